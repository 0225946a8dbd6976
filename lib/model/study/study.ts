/** Reads a study's folder into plain data: its sources, its models in the order they depend on, and its questions. */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { type Contract, parseContract } from '../contract/contract.ts';
import { ContractError, type Problem, StudyError } from '../contract/problem.ts';
import { compileTimeFormat } from '../contract/timeFormat.ts';
import { compileValidator } from '../contract/validator.ts';
import { databaseOf } from '../layout.ts';
import type { LiveView } from '../live/design.ts';
import { parseLive } from '../live/parse.ts';
import { type Query, readQuery } from '../sql/query.ts';
import { SqlProblem } from '../sql/tokens.ts';
import type { StudyAbout } from './about/design.ts';
import { parseAbout } from './about/parse.ts';
import {
  derivationProblems,
  derivedContract,
  derivedSql,
  extendedContract,
  extendedSql,
  wrongAddition,
} from './derivedSilver.ts';
import { checkModels, orderModels } from './graph.ts';
import { incrementalProblems } from './incrementalProblems.ts';
import { type Dataset, readDatasets } from './inputs.ts';
import { type OltpDesign, parseOltp } from './oltp.ts';
import { type Preset, parsePresets } from './presets.ts';
import type { ServingDesign } from './serving/design.ts';
import { parseServing } from './serving/parse.ts';
import { sparkProblems } from './sparkContracts.ts';
import { openYaml } from './yamlProblems.ts';

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
  /** Of a silver table that no SQL file declares: the source whose contract it is derived from. */
  readonly derivedFrom?: string;
  /** Of a table of entities: the columns of the table that its versions come from. */
  readonly versions?: readonly VersionColumn[];
}

export interface VersionColumn {
  readonly name: string;
  readonly type: string;
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
  /** Views that the hot path keeps, in the order of their names. */
  readonly live: readonly LiveView[];
  readonly serving: ServingDesign;
  /** Absent where the study says nothing of a company. */
  readonly about?: StudyAbout;
  readonly presets: readonly Preset[];
}

/** A model with the file that its SQL is in, or, of a derived one, the contract that it comes from. */
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

/** The longest name of a study, so that its bucket's name stays within S3's 63 characters. */
const LONGEST_NAME = 16;

/** What a study may be named, for messages. */
export const STUDY_NAMES = `a study's name has up to ${LONGEST_NAME} lower case letters and digits, with single hyphens between them, e.g. ride-hailing`;

export const isStudyName = (name: string) =>
  name.length <= LONGEST_NAME && /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name);

/**
 * Study → its folder, of all studies in these places: each is a folder of studies, or a study's own folder.
 * @throws StudyError for a place without a study, and for two studies of one name.
 */
export function studyFolders(places: readonly string[]): Map<string, string> {
  const folders = new Map<string, string>();
  const problems: Problem[] = [];
  for (const place of places) {
    const found = studiesAt(place);
    if (found.length === 0)
      problems.push(
        at(place, 'there is no study: name a folder of studies, or a folder with a study.yaml in it'),
      );
    for (const folder of found) {
      const name = basename(folder);
      const other = folders.get(name);
      if (other && other !== folder)
        problems.push(at(folder, `there is another study '${name}' in ${other}`));
      folders.set(name, folder);
    }
  }
  if (problems.length) throw new StudyError(problems);
  return folders;
}

function studiesAt(place: string): string[] {
  const path = resolve(place);
  if (!existsSync(path)) return [];
  if (existsSync(join(path, 'study.yaml'))) return [path];
  return listStudies(path).map((name) => join(path, name));
}

const filesOf = (dir: string, suffix: string) =>
  existsSync(dir)
    ? readdirSync(dir)
        .filter(
          (name) =>
            name.endsWith(suffix) && !name.endsWith('.test.yaml') && statSync(join(dir, name)).isFile(),
        )
        .sort()
        .map((name) => join(dir, name))
    : [];

/**
 * Reads `sql/<study>`.
 * @throws StudyError naming file, line and column of every problem: an unreadable contract, a cycle, an unknown table, an
 *   undeclared or missing column, `select *` in a published table, a source that two silver models account for.
 */
export function loadStudy(dir: string): Study {
  const problems: Problem[] = [];
  const name = basename(dir);
  if (!isStudyName(name)) problems.push(at(dir, `the folder is named '${name}'; ${STUDY_NAMES}`));
  const { title, description, order, inputs, about, presets } = readStudyFile(
    join(dir, 'study.yaml'),
    problems,
  );
  const sources = filesOf(join(dir, 'sources'), '.yaml').flatMap((file) =>
    readContractFile(file, name, problems),
  );
  const written = layers.flatMap((layer) => readLayer(dir, layer, name, problems));
  const files = [...derivedModels(dir, name, sources, written, problems), ...written];
  const oltp = readOltp(join(dir, 'oltp.yaml'), sources, problems);
  const live = readLiveViews(dir, sources, problems);
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
  problems.push(...incrementalProblems({ models, sources }), ...sparkProblems({ models, sources }));
  const serving = readServing(dir, queries, models, problems);
  if (problems.length) throw new StudyError(problems);
  /** From the study's folder on: a bundle says nothing of the machine that it was made on. */
  const portable = <C extends Contract>(contract: C): C => ({
    ...contract,
    file: relative(dirname(resolve(dir)), resolve(contract.file)).replaceAll('\\', '/'),
  });
  return {
    name,
    title,
    description,
    sources: sources.map(portable),
    models: models.map((model) => ({ ...model, contract: portable(model.contract) })),
    levels,
    queries: queries.toSorted((a, b) => rank(order, a.name) - rank(order, b.name)),
    inputs: datasets,
    ...(oltp && { oltp }),
    live,
    serving,
    ...(about && { about }),
    presets,
  };
}

const at = (file: string, message: string): Problem => ({ file, line: 1, column: 1, message });

const rank = (order: readonly string[], name: string) =>
  order.includes(name) ? order.indexOf(name) : order.length;

/** What `study.yaml` says. */
interface StudyFile {
  readonly title: string;
  readonly description: string;
  /** Names of queries in the order of the summary. */
  readonly order: readonly string[];
  readonly inputs: unknown;
  readonly about: StudyAbout | undefined;
  readonly presets: readonly Preset[];
}

function readStudyFile(file: string, problems: Problem[]): StudyFile {
  const empty: StudyFile = {
    title: '',
    description: '',
    order: [],
    inputs: undefined,
    about: undefined,
    presets: [],
  };
  if (!existsSync(file)) {
    problems.push(at(file, 'a study has a study.yaml with title and description'));
    return empty;
  }
  const { document, report } = openYaml(file, readFileSync(file, 'utf8'), problems);
  if (!document) return empty;
  const read: unknown = document.toJS();
  const given = (typeof read === 'object' && read !== null ? read : {}) as Record<string, unknown>;
  for (const key of ['title', 'description'])
    if (typeof given[key] !== 'string') problems.push(at(file, `${key} is missing`));
  const about = parseAbout(given.about, report);
  const publications = about?.publications.map(({ id }) => id) ?? [];
  return {
    title: String(given.title ?? '').trim(),
    description: String(given.description ?? '').trim(),
    order: Array.isArray(given.queries) ? given.queries.map(String) : [],
    inputs: given.inputs,
    about,
    presets: parsePresets(given.presets, publications, report),
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
      problems.push(at(sqlFile, 'has no contract next to it: add the .yaml of the same name'));
  return contracts.flatMap((file) => {
    const sqlFile = file.replace(/\.yaml$/, '.sql');
    if (!existsSync(sqlFile)) {
      if (layer !== 'silver') problems.push(at(file, `has no SQL next to it: add ${basename(sqlFile)}`));
      return [];
    }
    const contract = readTable(file, study, problems);
    if (!contract) return [];
    const sql = readFileSync(sqlFile, 'utf8').trim();
    if (contract.accountsFor && !sql.startsWith('--'))
      problems.push(
        at(sqlFile, `replaces the table derived from its source: begin with a comment that says why`),
      );
    return readModel(contract, layer, sql, sqlFile, problems);
  });
}

/** A table's contract, which has the name of its file. */
function readTable(file: string, study: string, problems: Problem[]): Contract | undefined {
  const contract = readContractFile(file, study, problems)[0];
  if (contract && contract.name !== basename(file, '.yaml'))
    problems.push(at(file, `declares '${contract.name}'; the file must have the table's name`));
  return contract;
}

function readModel(
  contract: Contract,
  layer: Model['layer'],
  sql: string,
  sqlFile: string,
  problems: Problem[],
): ModelFile[] {
  try {
    const query = readQuery(sql);
    const references = query.references.map((found) =>
      found.database ? `${found.database}.${found.table}` : found.table,
    );
    const model = {
      name: contract.name,
      layer,
      database: databaseOf(contract.study, layer),
      table: contract.name,
      sql,
      contract,
      references: [...new Set(references)].sort(),
    };
    return [{ sqlFile, query, model }];
  } catch (error) {
    if (!(error instanceof SqlProblem)) throw error;
    problems.push({ file: sqlFile, line: error.line, column: error.column, message: error.message });
    return [];
  }
}

/** The silver tables of the sources that no SQL file accounts for, each with what a silver file without SQL adds to it. */
function derivedModels(
  dir: string,
  study: string,
  sources: readonly Contract[],
  written: readonly ModelFile[],
  problems: Problem[],
): ModelFile[] {
  const additions = filesOf(join(dir, 'silver'), '.yaml')
    .filter((file) => !existsSync(file.replace(/\.yaml$/, '.sql')))
    .flatMap((file) => readTable(file, study, problems) ?? []);
  for (const addition of additions) problems.push(...wrongAddition(addition, sources));
  const accounted = new Set(written.flatMap(({ model }) => model.contract.accountsFor ?? []));
  return sources
    .filter(({ name }) => !accounted.has(name))
    .flatMap((source) => {
      const addition = additions.find(({ name }) => name === source.name);
      const contract = addition
        ? extendedContract(derivedContract(source), addition)
        : derivedContract(source);
      problems.push(...derivationProblems(contract));
      const sql = addition ? extendedSql(source, addition.columns) : derivedSql(source);
      return readModel(contract, 'silver', sql, contract.file, problems).map((file) => ({
        ...file,
        model: { ...file.model, derivedFrom: source.name },
      }));
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

function readLiveViews(dir: string, sources: readonly Contract[], problems: Problem[]): LiveView[] {
  const files = filesOf(join(dir, 'live'), '.yaml').map((file) => ({
    file,
    name: basename(file, '.yaml'),
    text: readFileSync(file, 'utf8'),
  }));
  const read = parseLive(files, sources);
  problems.push(...read.problems);
  return read.views;
}

function readServing(
  dir: string,
  queries: readonly Question[],
  models: readonly Model[],
  problems: Problem[],
): ServingDesign {
  const files = filesOf(join(dir, 'serving'), '.yaml').map((file) => ({
    file,
    text: readFileSync(file, 'utf8'),
  }));
  const read = parseServing(files, {
    queries: Object.fromEntries(queries.map(({ name, sql }) => [name, columnsOfQuery(sql)])),
    tables: Object.fromEntries(
      models.map(({ layer, table, contract }) => [
        `${layer}.${table}`,
        contract.columns.map((column) => column.name),
      ]),
    ),
  });
  problems.push(...read.problems);
  return read.design;
}

const columnsOfQuery = (sql: string): string[] =>
  readQuery(sql).projection.flatMap(({ name }) => (name === undefined ? [] : [name]));
