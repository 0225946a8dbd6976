/** Follows one event through every layer, with the objects, rows and statements that touched it. */
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { databaseOf } from '../lib/model/layout.ts';
import { ledgerKey } from '../lib/model/run/ledger.ts';
import { runPrefix } from '../lib/model/run/plan.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask, type QueryResult } from './ask.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';
import type { WorkOptions } from './progress.ts';
import { counted } from './text.ts';

export interface Layer {
  /** `bronze`, `ledger`, `silver`, `gold`, … */
  readonly layer: string;
  /** What was found there: a table, a DynamoDB table, a folder. */
  readonly place: string;
  readonly columns: readonly string[];
  readonly rows: ReadonlyArray<ReadonlyArray<string | null>>;
}

/**
 * The layers that hold the event, from bronze to marts. `days` bounds how far back its record is looked for.
 * Throws `RunFailedError` when no record of these days has the id.
 */
export async function trace(
  lake: LakeContext,
  study: Study,
  eventId: string,
  { days, ...options }: WorkOptions & { readonly days: number },
): Promise<Layer[]> {
  const layers = await layersOf(lake, study, eventId, days, options);
  if (layers.length > 0) return layers;
  throw new RunFailedError(
    `No record of the last ${counted(days, 'day')} in ${study.name} has the event id '${eventId}'. ` +
      `Ids are in ${databaseOf(study.name, 'bronze')}.records; --days looks further back.`,
  );
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

async function createFind(lake: LakeContext, study: Study, options: WorkOptions): Promise<Find> {
  const databases = ['bronze', 'quarantine', 'silver', 'gold', 'marts'] as const;
  const tables = new Set<string>();
  for (const database of databases.map((layer) => databaseOf(study.name, layer)))
    for (const [table] of (await ask(lake, `show tables in ${database}`, options)).rows)
      tables.add(`${database}.${table}`);
  return async ({ database, table }, columns, condition) =>
    tables.has(`${database}.${table}`)
      ? ask(lake, `select ${columns} from ${database}.${table} where ${condition}`, options)
      : { columns: [], rows: [], statistics: { milliseconds: 0, scannedBytes: 0 }, queryExecutionId: '' };
}

async function layersOf(
  lake: LakeContext,
  study: Study,
  eventId: string,
  days: number,
  options: WorkOptions,
): Promise<Layer[]> {
  const now = await lake.target.now();
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const event = `event_id = ${literal(eventId)}`;
  const bounds = `dt between ${literal(day(now - days * 86_400_000))} and ${literal(day(now))} and ${event}`;
  const find = await createFind(lake, study, options);
  const bronzeTable = { database: databaseOf(study.name, 'bronze'), table: 'records' };
  const bronze = await find(
    bronzeTable,
    '"$path" as object, stream, shard, sequence_number, arrived_at, source, verdict, rule, rule_path, rule_detail, dt, hour',
    `${bounds} order by arrived_at, shard, sequence_number`,
  );
  const quarantine = databaseOf(study.name, 'quarantine');
  const recordsTable = { database: quarantine, table: 'records' };
  const records = await find(
    recordsTable,
    '"$path" as object, shard, sequence_number, rule, rule_path, rule_detail',
    bounds,
  );
  const rowsTable = { database: quarantine, table: 'refused' };
  const rows = await find(rowsTable, 'model, rule, detail, row_json, run_id, refused_at', event);
  const { rows: ledgerRows, runs } = await ledger(lake, study, bronze);
  const { layers: tables, models } = await published(find, study, eventId, bronze);
  const ofRuns = await Promise.all([...runs].map((runId) => runObjects(lake, study, runId, models)));
  return [
    ...layerOf('bronze', bronzeTable, bronze),
    ...present({
      layer: 'ledger',
      place: lake.target.names.ledger,
      columns: ['object', 'state', 'records', 'run'],
      rows: ledgerRows,
    }),
    ...layerOf('quarantine', recordsTable, records),
    ...layerOf('quarantine', rowsTable, rows),
    ...ofRuns.flat(),
    ...tables,
  ];
}

/** The ledger's rows of the objects that hold the event, and the runs that took them. */
async function ledger(lake: LakeContext, study: Study, bronze: QueryResult) {
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
    const { Item } = await lake.target.clients.dynamodb.send(
      new GetCommand({ TableName: lake.target.names.ledger, Key: { pk, sk } }),
    );
    if (!Item) continue;
    rows.push([sk, String(Item.state), String(Item.records), Item.run_id ? String(Item.run_id) : null]);
    if (Item.run_id) runs.add(String(Item.run_id));
  }
  return { rows, runs };
}

/** What a run keeps about itself: its manifest and balance sheet, and the statements of the models that the event went into. */
async function runObjects(
  lake: LakeContext,
  study: Study,
  runId: string,
  models: ReadonlySet<string>,
): Promise<Layer[]> {
  const bucket = lake.target.names.bucket('lake');
  const prefix = runPrefix(study.name, runId);
  const keys: string[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: lake.target.clients.s3 },
    { Bucket: bucket, Prefix: prefix },
  ))
    keys.push(...Contents.map(({ Key }) => Key!));
  const rowsOf = (wanted: readonly string[]) => wanted.map((key) => [`s3://${bucket}/${key}`]);
  const modelOf = (key: string) => /\/statements\/.*\/[a-z]+-(\w+?)(?:-\d+)?\.sql$/.exec(key)?.[1];
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
      rows: rowsOf(keys.filter((key) => models.has(modelOf(key) ?? ''))),
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
