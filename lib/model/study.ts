/** Reads a study's folder into plain data: its sources, its models in the order they depend on, and its questions. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseDocument } from 'yaml';
import { type Contract, parseContract } from './contract.ts';
import { databaseOf } from './databases.ts';
import { checkModels, orderModels } from './graph.ts';
import { type Dataset, readDatasets } from './inputs.ts';
import { type OltpDesign, parseOltp } from './oltp.ts';
import { ContractError, type Problem, StudyError } from './problem.ts';
import { type Query, readQuery } from './sql/query.ts';
import { SqlProblem } from './sql/tokens.ts';
import { compileTimeFormat } from './timeFormat.ts';
import { compileValidator } from './validator.ts';

export { readStudy } from './readStudy.ts';

export interface Model {
  readonly name: string;
  readonly layer: 'silver' | 'gold' | 'marts';
  readonly database: string;
  readonly table: string;
  /** One SELECT in Athena's dialect. */
  readonly sql: string;
  readonly contract: Contract;
  /** `database.table`, each once. */
  readonly references: readonly string[];
  /** Names of the models that it reads. */
  readonly dependsOn: readonly string[];
}

export interface Question {
  readonly name: string;
  readonly title: string;
  readonly sql: string;
  /** How to show the answer's columns, e.g. `revenue=money share=percent`. */
  readonly format?: string;
}

export interface Study {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly sources: readonly Contract[];
  /** Every model after those that it reads. */
  readonly models: readonly Model[];
  /** Names of models by level: a level's models read only from levels before it. */
  readonly levels: readonly (readonly string[])[];
  /** In the order in which study.yaml names them; those that it does not name follow by name. */
  readonly queries: readonly Question[];
  /** Datasets whose files have names of their own. */
  readonly inputs: readonly Dataset[];
  readonly oltp?: OltpDesign;
}

/** A model's SQL file beside what was read from it. */
export interface ModelFile {
  readonly model: Omit<Model, 'dependsOn'>;
  readonly sqlFile: string;
  readonly query: Query;
}

const layers = ['silver', 'gold', 'marts'] as const;

/** Names of the studies below `root`: the folders that hold a `study.yaml`, in alphabetical order. */
export function listStudies(root: string): string[] {
  return readdirSync(root)
    .filter((name) => existsSync(join(root, name, 'study.yaml')))
    .sort();
}

const filesOf = (dir: string, suffix: string) =>
  existsSync(dir)
    ? readdirSync(dir)
        .filter((name) => name.endsWith(suffix) && statSync(join(dir, name)).isFile())
        .sort()
        .map((name) => join(dir, name))
    : [];

/**
 * Reads `sql/<study>`.
 * @throws StudyError naming file, line and column of every problem: an unreadable contract, a cycle, an unknown table, an
 *   undeclared or missing column, `select *` in a published table, a source that no silver model accounts for.
 */
export function loadStudy(dir: string): Study {
  const problems: Problem[] = [];
  const name = basename(dir);
  if (!/^[a-z][a-z0-9]*$/.test(name))
    problems.push(
      at(dir, `a study's folder is named in lower case letters and digits, e.g. sql/amazon, not '${name}'`),
    );
  const { title, description, order, inputs } = readAbout(join(dir, 'study.yaml'), problems);
  const sources = filesOf(join(dir, 'sources'), '.yaml').flatMap((file) =>
    readContractFile(file, name, problems),
  );
  const files = layers.flatMap((layer) => readLayer(dir, layer, name, problems));
  const oltp = readOltp(join(dir, 'oltp.yaml'), sources, problems);
  const queries = filesOf(join(dir, 'queries'), '.sql').map(readQuestion);
  for (const query of order)
    if (!queries.some((question) => question.name === query))
      problems.push(
        at(join(dir, 'study.yaml'), `queries names '${query}', but there is no queries/${query}.sql`),
      );
  const datasets = readDatasets(inputs, join(dir, 'study.yaml'), sources, problems);
  problems.push(...checkModels(name, sources, files));
  if (problems.length) throw new StudyError(problems);
  const { models, levels, cycles } = orderModels(files);
  if (cycles.length) throw new StudyError(cycles);
  return {
    name,
    title,
    description,
    sources,
    models,
    levels,
    queries: queries.toSorted((a, b) => rank(order, a.name) - rank(order, b.name)),
    inputs: datasets,
    ...(oltp && { oltp }),
  };
}

const at = (file: string, message: string): Problem => ({ file, line: 1, column: 1, message });

const rank = (order: readonly string[], name: string) =>
  order.includes(name) ? order.indexOf(name) : order.length;

interface About {
  readonly title: string;
  readonly description: string;
  /** Names of queries in the order of the summary. */
  readonly order: readonly string[];
  readonly inputs: unknown;
}

function readAbout(file: string, problems: Problem[]): About {
  if (!existsSync(file)) {
    problems.push(at(file, 'a study has a study.yaml with title and description'));
    return { title: '', description: '', order: [], inputs: undefined };
  }
  const read: unknown = parseDocument(readFileSync(file, 'utf8')).toJS();
  const about = (typeof read === 'object' && read !== null ? read : {}) as Record<string, unknown>;
  for (const key of ['title', 'description'])
    if (typeof about[key] !== 'string') problems.push(at(file, `${key} is missing`));
  return {
    title: String(about.title ?? '').trim(),
    description: String(about.description ?? '').trim(),
    order: Array.isArray(about.queries) ? about.queries.map(String) : [],
    inputs: about.inputs,
  };
}

function readContractFile(file: string, study: string, problems: Problem[]): Contract[] {
  try {
    const contract = parseContract(readFileSync(file, 'utf8'), file, study);
    if (contract.kind === 'source') problems.push(...uncompilable(contract));
    return [contract];
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    problems.push(...error.problems);
    return [];
  }
}

/** A pattern, format or time format that does not compile must fail here, not in the Lambda that first needs it. */
function uncompilable(contract: Contract): Problem[] {
  const compile = [
    () => void compileValidator(contract),
    ...[contract.timestampFormat, ...contract.columns.map(timeFormatOf)].flatMap((pattern) =>
      pattern === undefined ? [] : [() => void compileTimeFormat(pattern)],
    ),
  ];
  return compile.flatMap((attempt) => {
    try {
      attempt();
      return [];
    } catch (error) {
      return [at(contract.file, (error as Error).message)];
    }
  });
}

const timeFormatOf = ({ logicalType, options }: Contract['columns'][number]) =>
  (logicalType === 'date' || logicalType === 'timestamp') && typeof options.format === 'string'
    ? options.format
    : undefined;

function readLayer(dir: string, layer: Model['layer'], study: string, problems: Problem[]): ModelFile[] {
  const contracts = filesOf(join(dir, layer), '.yaml');
  for (const sqlFile of filesOf(join(dir, layer), '.sql'))
    if (!contracts.includes(sqlFile.replace(/\.sql$/, '.yaml')))
      problems.push(at(sqlFile, 'has no contract beside it: add the .yaml of the same name'));
  return contracts.flatMap((file) => {
    const sqlFile = file.replace(/\.yaml$/, '.sql');
    const contract = readContractFile(file, study, problems)[0];
    if (!contract) return [];
    if (!existsSync(sqlFile)) {
      problems.push(at(file, `has no SQL beside it: add ${basename(sqlFile)}`));
      return [];
    }
    if (contract.name !== basename(file, '.yaml'))
      problems.push(at(file, `declares '${contract.name}'; the file must have the table's name`));
    const sql = readFileSync(sqlFile, 'utf8');
    try {
      const query = readQuery(sql);
      const references = query.references.map((found) =>
        found.database ? `${found.database}.${found.table}` : found.table,
      );
      return [
        {
          sqlFile,
          query,
          model: {
            name: contract.name,
            layer,
            database: databaseOf(study, layer),
            table: contract.name,
            sql: sql.trim(),
            contract,
            references: [...new Set(references)].sort(),
          },
        },
      ];
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      problems.push({ file: sqlFile, line: error.line, column: error.column, message: error.message });
      return [];
    }
  });
}

/** A question's first comment line is its title; `-- format: …` may follow. */
function readQuestion(file: string): Question {
  const text = readFileSync(file, 'utf8');
  const comments = /^(?:--[^\n]*\n)*/.exec(text)?.[0] ?? '';
  const lines = comments.split('\n').map((line) => line.replace(/^--\s?/, '').trim());
  const format = lines
    .find((line) => line.startsWith('format:'))
    ?.slice('format:'.length)
    .trim();
  return {
    name: basename(file, '.sql'),
    title: lines.find((line) => line && !line.startsWith('format:')) ?? basename(file, '.sql'),
    sql: text.slice(comments.length).trim(),
    ...(format && { format }),
  };
}

function readOltp(file: string, sources: readonly Contract[], problems: Problem[]): OltpDesign | undefined {
  if (!existsSync(file)) return undefined;
  const read = parseOltp(readFileSync(file, 'utf8'), file, sources);
  problems.push(...read.problems);
  return read.design;
}
