/** `headwaters trace`: one event through every layer, with the objects, rows and statements that touched it. */
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { databaseOf } from '../../lib/model/databases.ts';
import { ledgerKey } from '../../lib/model/ledger.ts';
import { runPrefix } from '../../lib/model/plan.ts';
import type { Model, Study } from '../../lib/model/study.ts';
import { ask, type QueryResult } from '../athena.ts';
import { RunFailedError } from '../failure.ts';
import { physicalNames } from '../names.ts';
import { findStudy } from '../studies.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { openWorld, type World } from '../world.ts';

export interface TraceOptions {
  readonly study: string;
  readonly days: number;
  readonly state: string;
  readonly json: boolean;
}

interface Layer {
  /** `bronze`, `ledger`, `silver`, `gold`, … */
  readonly layer: string;
  /** What was found there: a table, a DynamoDB table, a folder. */
  readonly place: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

export async function trace(eventId: string, options: TraceOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const study = findStudy(options.study);
  const world = await openWorld({ stateDir: options.state, port: 0 });
  try {
    const layers = await follow(world, study, eventId, options.days);
    if (layers.length === 0)
      throw new RunFailedError(
        `No record of the last ${options.days} days in ${study.name} has the event id '${eventId}'. ` +
          `Ids are in ${study.name}_bronze.records; --days looks further back.`,
      );
    if (options.json) return terminal.line(JSON.stringify({ eventId, layers }, undefined, 2));
    for (const layer of layers) show(terminal, layer);
  } finally {
    await world.close();
  }
}

/** Rows are wide here: each is shown as lines of `column value`, what is NULL left out. */
function show(terminal: Terminal, { layer, place, columns, rows }: Layer) {
  terminal.line(`${terminal.style('bold', layer)} · ${place}`);
  const width = Math.max(...columns.map((name) => name.length));
  for (const row of rows) {
    const cells = columns.flatMap((name, i) =>
      row[i] === null || row[i] === '' ? [] : [`  ${name.padEnd(width)}  ${row[i]}`],
    );
    terminal.line(`${cells.join('\n')}${columns.length > 2 ? '\n' : ''}`);
  }
  if (columns.length <= 2) terminal.line();
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

const present = (layer: Layer): Layer[] => (layer.rows.length === 0 ? [] : [layer]);

const layerOf = (
  layer: string,
  { database, table }: { readonly database: string; readonly table: string },
  { columns, rows }: QueryResult,
): Layer[] =>
  present({ layer, place: `${database}.${table}`, columns: columns.map(({ name }) => name), rows });

/** Rows of a table under a condition; none where no run has made the table yet. */
type Find = (
  place: { readonly database: string; readonly table: string },
  columns: string,
  condition: string,
) => Promise<QueryResult>;

async function createFind(world: World, study: Study): Promise<Find> {
  const { athena } = world.clients;
  const databases = ['bronze', 'quarantine', 'silver', 'gold', 'marts'] as const;
  const tables = new Set<string>();
  for (const database of databases.map((layer) => databaseOf(study.name, layer)))
    for (const [table] of (await ask(athena, `show tables in ${database}`)).rows)
      tables.add(`${database}.${table}`);
  return async ({ database, table }, columns, condition) =>
    tables.has(`${database}.${table}`)
      ? ask(world.clients.athena, `select ${columns} from ${database}.${table} where ${condition}`)
      : { columns: [], rows: [], statistics: { milliseconds: 0, scannedBytes: 0 }, queryExecutionId: '' };
}

async function follow(world: World, study: Study, eventId: string, days: number): Promise<Layer[]> {
  const { now } = (await world.admin('GET', '/_headwaters/clock')) as { now: string };
  const since = new Date(Date.parse(now) - days * 86_400_000).toISOString().slice(0, 10);
  const event = `event_id = ${literal(eventId)}`;
  const bounds = `dt between ${literal(since)} and ${literal(now.slice(0, 10))} and ${event}`;
  const find = await createFind(world, study);
  const bronzeTable = { database: databaseOf(study.name, 'bronze'), table: 'records' };
  const bronze = await find(
    bronzeTable,
    '"$path" as object, stream, shard, sequence_number, arrived_at, source, verdict, rule, rule_path, dt, hour',
    `${bounds} order by arrived_at, shard, sequence_number`,
  );
  const quarantine = databaseOf(study.name, 'quarantine');
  const recordsTable = { database: quarantine, table: 'records' };
  const records = await find(
    recordsTable,
    '"$path" as object, shard, sequence_number, rule, rule_path',
    bounds,
  );
  const rowsTable = { database: quarantine, table: 'rows' };
  const rows = await find(rowsTable, 'model, rule, detail, row_json, run_id, refused_at', event);
  const { rows: ledgerRows, runs } = await ledger(world, study, bronze);
  const { layers: tables, models } = await published(find, study, eventId, bronze);
  const papers = await Promise.all([...runs].map((runId) => runPapers(world, study, runId, models)));
  return [
    ...layerOf('bronze', bronzeTable, bronze),
    ...present({
      layer: 'ledger',
      place: physicalNames.ledger,
      columns: ['object', 'state', 'records', 'run'],
      rows: ledgerRows,
    }),
    ...layerOf('quarantine', recordsTable, records),
    ...layerOf('quarantine', rowsTable, rows),
    ...papers.flat(),
    ...tables,
  ];
}

/** The ledger's rows of the objects that hold the event, and the runs that took them. */
async function ledger(world: World, study: Study, bronze: QueryResult) {
  const cell = (row: ReadonlyArray<string | null>, name: string) =>
    row[bronze.columns.findIndex((column) => column.name === name)] ?? '';
  const keys = new Map(
    bronze.rows.map((row) => {
      const key = cell(row, 'object').replace(/^s3:\/\/[^/]+\//, '');
      const pk = ledgerKey(
        study.name,
        cell(row, 'stream'),
        cell(row, 'shard'),
        cell(row, 'dt'),
        cell(row, 'hour'),
      );
      return [key, pk];
    }),
  );
  const rows: (string | null)[][] = [];
  const runs = new Set<string>();
  for (const [sk, pk] of keys) {
    const { Item } = await world.clients.dynamodb.send(
      new GetCommand({ TableName: physicalNames.ledger, Key: { pk, sk } }),
    );
    if (!Item) continue;
    rows.push([sk, String(Item.state), String(Item.records), Item.run_id ? String(Item.run_id) : null]);
    if (Item.run_id) runs.add(String(Item.run_id));
  }
  return { rows, runs };
}

/** What a run kept about itself: its manifest and books, and the statements of the models that the event went into. */
async function runPapers(
  world: World,
  study: Study,
  runId: string,
  models: ReadonlySet<string>,
): Promise<Layer[]> {
  const bucket = physicalNames.bucket('lake');
  const prefix = runPrefix(study.name, runId);
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: world.clients.s3 },
    { Bucket: bucket, Prefix: prefix },
  ))
    keys.push(...Contents.map(({ Key }) => Key!));
  const rowsOf = (wanted: readonly string[]) => wanted.map((key) => [`s3://${bucket}/${key}`]);
  const ownerOf = (key: string) => /\/statements\/([^/]+)\//.exec(key)?.[1];
  return [
    ...present({
      layer: `run ${runId}`,
      place: 'manifest, plan and balance sheet',
      columns: ['object'],
      rows: rowsOf(keys.filter((key) => !key.includes('/attempt='))),
    }),
    ...present({
      layer: `statements ${runId}`,
      place: `what was run for ${[...models].join(', ')}`,
      columns: ['object'],
      rows: rowsOf(keys.filter((key) => models.has(ownerOf(key) ?? ''))),
    }),
  ];
}

/** Column name → the event's value there, as Athena's text. */
type Values = Map<string, string>;

/** What was found of the event, by model. */
interface Found {
  readonly layer: Layer;
  /** Of a single row; several rows say nothing that holds for the event. */
  readonly values: Values;
}

/**
 * The event's own rows in silver, and the rows of later tables that it went into: those under the key that the rows found
 * so far name. A table that the event only counts into under a key that no row names stays out.
 */
async function published(find: Find, study: Study, eventId: string, bronze: QueryResult) {
  const at = bronze.columns.findIndex(({ name }) => name === 'source');
  const sources = new Set(bronze.rows.map((row) => row[at]));
  const found = new Map<string, Found>();
  const models = new Set<string>();
  const first = study.models.filter(({ contract }) => contract.accountsFor?.some((one) => sources.has(one)));
  for (const model of first) {
    models.add(model.name);
    const own = await find(model, '*', `_event_id = ${literal(eventId)}`);
    if (!keep(found, model, own)) continue;
    await followKeys(find, downstream(study, model), ownKey(model, own), found);
  }
  for (const name of found.keys()) models.add(name);
  return { layers: study.models.flatMap(({ name }) => found.get(name)?.layer ?? []), models };
}

/** Sweeps over the later tables until no further one can be searched: a fact names the key of its dimension and its mart. */
async function followKeys(
  find: Find,
  later: readonly Model[],
  own: Values,
  found: Map<string, Found>,
): Promise<void> {
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const model of later) {
      if (found.has(model.name)) continue;
      const key = searchKey(model, own, neighbours(model, later, found));
      if (!key) continue;
      const condition = [...key]
        .map(([name, value]) => `cast(${identifier(name)} as varchar) = ${literal(value)}`)
        .join(' and ');
      keep(found, model, await find(model, '*', `${condition} limit 20`));
    }
  }
}

function keep(found: Map<string, Found>, model: Model, result: QueryResult): boolean {
  const [layer] = layerOf(model.layer, model, result);
  if (!layer) return false;
  const [row, ...others] = result.rows;
  const cells = result.columns.map(({ name }, i) => [name, row![i] ?? ''] as const);
  found.set(model.name, { layer, values: new Map(others.length === 0 ? cells : []) });
  return true;
}

/** Values of the tables that a table reads or is read by: elsewhere a column of the same name may mean another thing. */
function neighbours(model: Model, later: readonly Model[], found: ReadonlyMap<string, Found>): Values {
  const readers = later.filter(({ dependsOn }) => dependsOn.includes(model.name)).map(({ name }) => name);
  return new Map([...model.dependsOn, ...readers].flatMap((name) => [...(found.get(name)?.values ?? [])]));
}

/** The table's own key when all of it is known; else the event's key, if the table has it, and what is known of its own. */
function searchKey({ contract }: Model, own: Values, known: Values): Values | undefined {
  const { primaryKey } = contract;
  const part = primaryKey.flatMap((name) => (known.get(name) ? [[name, known.get(name)!] as const] : []));
  if (primaryKey.length > 0 && part.length === primaryKey.length) return new Map(part);
  const columns = new Set(contract.columns.map(({ name }) => name));
  return [...own.keys()].every((name) => columns.has(name)) ? new Map([...own, ...part]) : undefined;
}

/** The key of the event's own row: as declared, else its first column. */
function ownKey({ contract }: Model, { columns, rows }: QueryResult): Values {
  const names = contract.primaryKey.length > 0 ? contract.primaryKey : [columns[0]!.name];
  return new Map(
    names.map((name) => [name, rows[0]![columns.findIndex((column) => column.name === name)] ?? '']),
  );
}

function downstream(study: Study, model: Model): Model[] {
  const reached = new Set([model.name]);
  return study.models.filter(({ name, dependsOn }) => {
    if (!dependsOn.some((other) => reached.has(other))) return false;
    reached.add(name);
    return true;
  });
}
