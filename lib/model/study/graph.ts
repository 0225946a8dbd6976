/** The graph of models: checks that what the SQL reads and gives is declared, and puts the models in order. */
import type { Contract } from '../contract/contract.ts';
import { isDimension } from '../contract/contractFacts.ts';
import type { Problem } from '../contract/problem.ts';
import { databaseOf } from '../layout.ts';
import { arrivalsStage } from '../run/statements/arrivals.ts';
import { bindTable } from '../run/statements/bind.ts';
import { generatedColumns, versionColumns } from '../run/statements/dimension.ts';
import { workingColumns } from '../run/statements/names.ts';
import { readQuery } from '../sql/query.ts';
import { SqlProblem } from '../sql/tokens.ts';
import { isPlainDdlName } from '../sql/write.ts';
import type { Model, ModelFile } from './study.ts';

/** Columns by which a silver row knows its record; a table that accounts for a source must have them all. */
const lineageColumns = [
  '_stream',
  '_shard',
  '_sequence_number',
  '_event_source',
  '_event_id',
  '_arrived_at',
  '_run_id',
] as const;

const nameOf = (model: Pick<Model, 'database' | 'table'>) => `${model.database}.${model.table}`;

/** Tables that exist without a contract in the study. */
const givenTables = (study: string): string[] => [
  `${databaseOf(study, 'bronze')}.records`,
  `${databaseOf(study, 'bronze')}.run_objects`,
  `${databaseOf(study, 'bronze')}.acknowledged`,
  `${databaseOf(study, 'quarantine')}.records`,
  `${databaseOf(study, 'quarantine')}.refused`,
  `${databaseOf(study, 'quarantine')}.checks`,
];

/** Everything wrong between the files of a study; a cycle is found by `orderModels`. */
export function checkModels(
  study: string,
  sources: readonly Contract[],
  files: readonly ModelFile[],
): Problem[] {
  const known = new Set([...givenTables(study), ...files.map((file) => nameOf(file.model))]);
  return [
    ...doubles(files),
    ...files.flatMap((file) => [
      ...takenNames(file),
      ...unknownTables(file, known),
      ...wrongColumns(file, files),
      ...missingLineage(file, sources),
      ...wrongEntities(file, files),
      ...wrongSideQueries(file, known),
    ]),
    ...doublyAccounted(sources, files),
  ];
}

const here = (file: string, message: string): Problem => ({ file, line: 1, column: 1, message });

/** A model's stage table and its step are named only by the model, so that name is unique over the layers. */
function doubles(files: readonly ModelFile[]): Problem[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ model, sqlFile }) => {
    const first = seen.get(model.name);
    seen.set(model.name, sqlFile);
    return first ? [here(sqlFile, `the model '${model.name}' is declared already in ${first}`)] : [];
  });
}

/** Names that Athena or the pipeline itself has another use for. */
function takenNames({ model: { table, contract } }: ModelFile): Problem[] {
  const problems: string[] = [];
  if (!isPlainDdlName(table))
    problems.push(
      `the table's name '${table}' is reserved in Athena's DDL, or begins with an underscore; OPTIMIZE and VACUUM would not find the table. ` +
        `Choose another name, e.g. ${contract.study.replaceAll('-', '_')}_${table.replace(/^_+/, '')}`,
    );
  if (table === arrivalsStage.name)
    problems.push(`the name '${table}' is that of the stage of what arrived; choose another one`);
  for (const { name } of contract.columns)
    if (workingColumns.has(name))
      problems.push(
        `the column's name '${name}' is one that the pipeline adds while it stages and publishes a table; choose another one, e.g. ${name.slice(1)}`,
      );
  return problems.map((message) => here(contract.file, message));
}

function unknownTables({ query, sqlFile }: ModelFile, known: ReadonlySet<string>): Problem[] {
  return query.references.flatMap(({ database, table, line, column }) => {
    const name = database ? `${database}.${table}` : table;
    if (known.has(name)) return [];
    const near = [...known].filter((candidate) => candidate.endsWith(`.${table}`));
    const mend = !database
      ? `name it with its database${near.length ? `, e.g. ${near.join(' or ')}` : ''}`
      : `known tables are ${[...known].sort().join(', ')}`;
    return [{ file: sqlFile, line, column, message: `unknown table '${name}': ${mend}` }];
  });
}

/** A contract's own SQL: the rules that count by a query, bound to a stand-in for their table. */
function sideQueries(contract: Contract): { what: string; sql: string }[] {
  return contract.quality
    .filter((rule) => rule.type === 'sql' && rule.severity !== 'refuse')
    .map((rule) => ({
      what: `rule '${rule.name}'`,
      sql: bindTable(rule.query ?? '', ownTable, rule.column),
    }));
}

const ownTable = '"this"."table"';

/** `database.table` of the tables that a contract's own SQL names, its own left out. */
function sideReferences(model: Pick<Model, 'database' | 'table' | 'contract'>): string[] {
  return sideQueries(model.contract)
    .flatMap(({ sql }) => readQuery(sql).references)
    .map(({ database, table }) => `${database}.${table}`)
    .filter((name) => name !== 'this.table' && name !== nameOf(model));
}

function wrongSideQueries({ model }: ModelFile, known: ReadonlySet<string>): Problem[] {
  try {
    return sideQueries(model.contract).flatMap(({ what, sql }) =>
      readQuery(sql).references.flatMap(({ database, table }) => {
        const name = database ? `${database}.${table}` : table;
        return known.has(name) || name === 'this.table'
          ? []
          : [here(model.contract.file, `${what} names the unknown table '${name}'`)];
      }),
    );
  } catch (error) {
    if (!(error instanceof SqlProblem || error instanceof RangeError)) throw error;
    return [here(model.contract.file, `a rule cannot be read: ${error.message}`)];
  }
}

/** Columns that the SELECT gives: what the contract declares, and for a table of entities not what is generated. */
function columnsOfSelect({ contract }: Pick<Model, 'contract'>, ofVersions: readonly string[]): Set<string> {
  const declared = contract.columns.map((column) => column.name.toLowerCase());
  if (!isDimension(contract)) return new Set(declared);
  const generated = generatedColumns(contract);
  return new Set([...declared.filter((name) => !generated.includes(name)), ...ofVersions]);
}

/** The contract of the table that a table of entities has its versions from. */
const versionsTable = ({ contract }: Pick<Model, 'contract'>, files: readonly ModelFile[]) =>
  files.find((file) => file.model.name === contract.versionsFrom)?.model.contract;

function wrongColumns({ model, query, sqlFile }: ModelFile, files: readonly ModelFile[]): Problem[] {
  const ofVersions = isDimension(model.contract) ? versionColumns(versionsTable(model, files)?.columns) : [];
  const declared = columnsOfSelect(model, ofVersions);
  const problems: Problem[] = [];
  const given = new Set<string>();
  for (const [index, { name, star, line, column }] of query.projection.entries()) {
    const report = (message: string) => problems.push({ file: sqlFile, line, column, message });
    if (star) report(`'select *' in the published table ${nameOf(model)}: name its columns`);
    else if (name === undefined) report(`column ${index + 1} of the final SELECT has no name: add AS …`);
    else if (!declared.has(name)) report(`column '${name}' is not declared in ${model.contract.file}`);
    else if (given.has(name)) report(`column '${name}' is given twice`);
    if (name) given.add(name);
  }
  const place = query.projection[0];
  // A star hides which columns come, so nothing can be called missing.
  if (!query.projection.some((column) => column.star))
    for (const name of declared)
      if (!given.has(name))
        problems.push({
          file: sqlFile,
          line: place?.line ?? 1,
          column: place?.column ?? 1,
          message: ofVersions.includes(name)
            ? `versions are put in order by '${name}', and the final SELECT does not give it: add ${name}`
            : `column '${name}' is declared in ${model.contract.file}, but the final SELECT does not give it`,
        });
  return problems;
}

function missingLineage({ model }: ModelFile, sources: readonly Contract[]): Problem[] {
  const { contract } = model;
  const problems: Problem[] = [];
  const names = new Set(contract.columns.map((column) => column.name));
  for (const source of contract.accountsFor ?? []) {
    if (!sources.some((candidate) => candidate.name === source))
      problems.push(
        here(
          contract.file,
          `source '${source}' is unknown; sources are ${sources.map((s) => s.name).join(', ')}`,
        ),
      );
    if (contract.materialization !== 'append' || model.layer !== 'silver')
      problems.push(
        here(contract.file, `only a silver table with materialization append accounts for a source`),
      );
  }
  if (contract.materialization === 'append') {
    const missing = lineageColumns.filter((name) => !names.has(name));
    if (missing.length)
      problems.push(
        here(contract.file, `an append table knows each row's record; declare ${missing.join(', ')}`),
      );
  } else if (contract.primaryKey.length === 0 && contract.materialization !== 'view')
    problems.push(
      here(
        contract.file,
        `a ${contract.materialization} table is compared by its key: declare primaryKey columns`,
      ),
    );
  if (contract.materialization === 'view' && contract.quality.length > 0)
    problems.push(here(contract.file, 'a view is computed when it is read, so no rule is measured on it'));
  if (!contract.accountsFor && model.references.includes(`${databaseOf(contract.study, 'bronze')}.records`))
    problems.push(
      here(contract.file, 'only a silver table reads bronze, and of it the sources that it accounts for'),
    );
  return problems;
}

/** What keeps a table of entities from being made of its versions. */
function wrongEntities({ model }: ModelFile, files: readonly ModelFile[]): Problem[] {
  const { contract } = model;
  if (!isDimension(contract)) return [];
  const { entity = [], versionsFrom = '', inferredFrom = [], primaryKey } = contract;
  const silver = (name: string | undefined) =>
    files.find((file) => file.model.layer === 'silver' && file.model.name === name)?.model;
  const versions = silver(versionsFrom);
  const named = (table: string | undefined, column: string | undefined) =>
    silver(table)?.contract.columns.some(({ name }) => name === column);
  const problems = [
    ...(versions && model.references.includes(nameOf(versions))
      ? entity
          .filter((name) => !named(versionsFrom, name))
          .map((name) => `'${versionsFrom}' has no column '${name}'`)
      : [`versionsFrom is '${versionsFrom}', which is not a silver table that the SELECT reads`]),
    ...(primaryKey.length === 1
      ? []
      : ['the key is a digest of the entity: declare one primaryKey column for it']),
    ...(inferredFrom.length > 0 && entity.length !== 1 ? ['inferredFrom needs an entity of one column'] : []),
    ...inferredFrom
      .filter((text) => !named(...(text.split('.') as [string, string])))
      .map((text) => `inferredFrom names '${text}', which is not table.column of silver`),
  ];
  return problems.map((message) => here(contract.file, message));
}

/** Every record must be found again: a source is accounted for by exactly one silver table. */
function doublyAccounted(sources: readonly Contract[], files: readonly ModelFile[]): Problem[] {
  return sources.flatMap((source) => {
    const readers = files.filter((file) => file.model.contract.accountsFor?.includes(source.name));
    if (readers.length <= 1) return [];
    const names = readers.map((file) => file.model.name).join(' and ');
    return [here(source.file, `the source '${source.name}' is accounted for by ${names}; exactly one may`)];
  });
}

/**
 * Puts models after those that they read, level by level; within a level by name, so that the order never depends on
 * the folder's listing. Models of a cycle are in none: each is a problem.
 */
export function orderModels(files: readonly ModelFile[]): {
  models: Model[];
  levels: string[][];
  cycles: Problem[];
} {
  const byTable = new Map(files.map((file) => [nameOf(file.model), file.model.name]));
  const waiting = new Map<string, Model>();
  for (const { model } of files) {
    // What the rules look at must be published before, just as what the SELECT reads.
    const named = (model.contract.inferredFrom ?? []).map(
      (text) => `${databaseOf(model.contract.study, 'silver')}.${text.split('.')[0]}`,
    );
    const references = [...new Set([...model.references, ...sideReferences(model), ...named])].sort();
    const dependsOn = references.flatMap((reference) => byTable.get(reference) ?? []);
    const versions = versionsTable(model, files);
    waiting.set(model.name, {
      ...model,
      references,
      dependsOn: [...new Set(dependsOn)].sort(),
      ...(versions && { versions: versions.columns.map(({ name, type }) => ({ name, type })) }),
    });
  }
  const models: Model[] = [];
  const levels: string[][] = [];
  while (waiting.size > 0) {
    const level = [...waiting.values()]
      .filter((model) => model.dependsOn.every((name) => !waiting.has(name)))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (level.length === 0) return { models, levels, cycles: describeCycles(files, waiting) };
    for (const model of level) {
      waiting.delete(model.name);
      models.push(model);
    }
    levels.push(level.map((model) => model.name));
  }
  return { models, levels, cycles: [] };
}

/** One problem per model that waits for itself, at the place of the reference that closes the circle. */
function describeCycles(files: readonly ModelFile[], waiting: ReadonlyMap<string, Model>): Problem[] {
  return files.flatMap(({ model, query, sqlFile }) => {
    const path = wayBack(model.name, waiting);
    if (!path) return [];
    const next = waiting.get(path[1] as string);
    const reference = query.references.find(
      ({ database, table }) => next && `${database}.${table}` === nameOf(next),
    );
    return [
      {
        file: sqlFile,
        line: reference?.line ?? 1,
        column: reference?.column ?? 1,
        message: `cycle: ${path.join(' → ')}; a model cannot read, by whatever way, what is made from it`,
      },
    ];
  });
}

/** Shortest way from a model over its dependencies back to itself. */
function wayBack(start: string, waiting: ReadonlyMap<string, Model>): string[] | undefined {
  const queue: string[][] = [[start]];
  const seen = new Set<string>();
  for (let path = queue.shift(); path; path = queue.shift()) {
    for (const next of waiting.get(path.at(-1) as string)?.dependsOn ?? []) {
      if (next === start) return [...path, next];
      if (seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return undefined;
}
