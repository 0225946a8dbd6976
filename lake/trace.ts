/** Follows one record through every layer, with the objects, rows and statements that touched it. */
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { databaseOf } from '../lib/model/layout.ts';
import { ledgerKey } from '../lib/model/run/ledger.ts';
import { runPrefix } from '../lib/model/run/plan.ts';
import { quoteText } from '../lib/model/sql/write.ts';
import { ProvenanceError, type RecordIdentity, rowsFromRecordSql } from '../lib/model/study/provenance.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask, QueryFailedError, type QueryResult } from './ask.ts';
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
  /** Rows in all, where `rows` are only the first of them. */
  readonly total?: number;
}

/** Rows of a table that are listed, however many were made from the record. */
const MOST_ROWS = 5;

/**
 * The layers that hold the event, from bronze to marts. The rows of later tables are found by their models' SELECTs, over
 * silver as it is: each scans what its model reads. `days` bounds how far back its record is looked for. A record whose
 * id cannot be read is named by its place: `stream/shard/sequence number`.
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
    `No record of the last ${counted(days, 'day')} in ${study.name} has the event id, or the place, '${eventId}'. ` +
      `Ids are in ${databaseOf(study.name, 'bronze')}.records; --days looks further back.`,
  );
}

const cellOf = ({ columns }: QueryResult, row: ReadonlyArray<string | null>, name: string) =>
  row[columns.findIndex((column) => column.name === name)] ?? '';

const present = (layer: Layer): Layer[] => (layer.rows.length === 0 ? [] : [layer]);

const layerOf = (
  layer: string,
  { database, table }: { readonly database: string; readonly table: string },
  { columns, rows }: QueryResult,
): Layer[] =>
  present({ layer, place: `${database}.${table}`, columns: columns.map(({ name }) => name), rows });

type Place = { readonly database: string; readonly table: string };

/** Rows of a table, under a condition or made from a record; none where no run has made the table yet. */
interface Find {
  readonly bronze: string;
  rows(place: Place, columns: string, condition: string): Promise<QueryResult>;
  /** With a last column: how many rows there are in all. */
  made(model: Model, record: RecordIdentity): Promise<QueryResult>;
}

async function createFind(lake: LakeContext, study: Study, options: WorkOptions): Promise<Find> {
  const databases = ['bronze', 'quarantine', 'silver', 'gold', 'marts'] as const;
  const tables = new Set<string>();
  for (const database of databases.map((layer) => databaseOf(study.name, layer)))
    for (const [table] of (await ask(lake, `show tables in ${database}`, options)).rows)
      tables.add(`${database}.${table}`);
  const none: QueryResult = {
    columns: [],
    rows: [],
    statistics: { milliseconds: 0, scannedBytes: 0 },
    queryExecutionId: '',
  };
  const query = async ({ database, table }: Place, sql: () => string) =>
    tables.has(`${database}.${table}`) ? ask(lake, sql(), options) : none;
  return {
    bronze: databaseOf(study.name, 'bronze'),
    rows: (place, columns, condition) =>
      query(place, () => `select ${columns} from ${place.database}.${place.table} where ${condition}`),
    made: (model, record) => query(model, () => rowsFromRecordSql(study, model, record, MOST_ROWS)),
  };
}

/** A record's place, when the text may be one. */
function placeIn(id: string): RecordIdentity | undefined {
  const [stream, shard, sequenceNumber, ...rest] = id.split('/');
  return stream && shard && sequenceNumber && rest.length === 0
    ? { stream, shard, sequenceNumber }
    : undefined;
}

const isAt = ({ stream, shard, sequenceNumber }: RecordIdentity) =>
  `stream = ${quoteText(stream)} and shard = ${quoteText(shard)} and sequence_number = ${quoteText(sequenceNumber)}`;

/** What finds every record of the event: by its id, which a place leads to unless it cannot be read. */
async function conditionOf(
  find: Find,
  id: string,
  days: string,
): Promise<{ eventId: string; event: string }> {
  const place = placeIn(id);
  const bronze = { database: find.bronze, table: 'records' };
  const at = place && (await find.rows(bronze, 'event_id', `${days} and ${isAt(place)}`)).rows[0];
  const eventId = at?.[0] ?? id;
  return { eventId, event: place && at && !at[0] ? isAt(place) : `event_id = ${quoteText(eventId)}` };
}

async function layersOf(
  lake: LakeContext,
  study: Study,
  asked: string,
  days: number,
  options: WorkOptions,
): Promise<Layer[]> {
  const now = await lake.target.now();
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const within = `dt between ${quoteText(day(now - days * 86_400_000))} and ${quoteText(day(now))}`;
  const find = await createFind(lake, study, options);
  const { eventId, event } = await conditionOf(find, asked, within);
  const bounds = `${within} and ${event}`;
  const bronzeTable = { database: databaseOf(study.name, 'bronze'), table: 'records' };
  const bronze = await find.rows(
    bronzeTable,
    '"$path" as object, stream, shard, sequence_number, arrived_at, event_id, event_source, source, verdict, rule, rule_path, rule_detail, dt, hour',
    `${bounds} order by arrived_at, shard, sequence_number`,
  );
  const quarantine = databaseOf(study.name, 'quarantine');
  const recordsTable = { database: quarantine, table: 'records' };
  const records = await find.rows(
    recordsTable,
    '"$path" as object, shard, sequence_number, rule, rule_path, rule_detail',
    bounds,
  );
  const rowsTable = { database: quarantine, table: 'refused' };
  const rows = await find.rows(rowsTable, 'model, rule, detail, row_json, run_id, refused_at', event);
  const { rows: ledgerRows, runs } = await ledger(lake, study, bronze);
  const { layers: tables, models } = await published(find, study, eventId, bronze);
  const ofRuns = await Promise.all([...runs].map((runId) => runObjects(lake, study, runId, models)));
  return [
    ...layerOf('bronze', bronzeTable, bronze),
    ...present({
      layer: 'ledger',
      place: lake.target.names.ledger,
      columns: ['object', 'state', 'records', 'run', 'valid', 'refused', 'bytes', 'written_at'],
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
  const cell = (row: ReadonlyArray<string | null>, name: string) => cellOf(bronze, row, name);
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
    const run = Item.run_id ? String(Item.run_id) : null;
    const facts = [Item.valid, Item.refused, Item.bytes, Item.written_at].map(String);
    rows.push([sk, String(Item.state), String(Item.records), run, ...facts]);
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

export const NOT_TRACED = 'not traced';

/** A table that a record may have gone into and that cannot be traced back, and why: a model that is newer than its table. */
const untraced = (model: Model, { message }: Error): Layer => ({
  layer: NOT_TRACED,
  place: `${model.database}.${model.table}`,
  columns: ['reason'],
  rows: [[message]],
});

/** The event's own rows in silver, and the published rows of later tables that were made from them. */
async function published(find: Find, study: Study, eventId: string, bronze: QueryResult) {
  const at = bronze.columns.findIndex(({ name }) => name === 'source');
  const sources = new Set(bronze.rows.map((row) => row[at]));
  const layers = new Map<string, Layer>();
  const models = new Set<string>();
  const first = study.models.filter(({ contract }) => contract.accountsFor?.some((one) => sources.has(one)));
  for (const model of first) {
    models.add(model.name);
    const own = await find.rows(model, '*', `_event_id = ${quoteText(eventId)}`);
    const [layer] = layerOf(model.layer, model, own);
    if (!layer) continue;
    layers.set(model.name, layer);
    await madeFrom(find, study, model, identityOf(own), layers);
  }
  for (const name of layers.keys()) models.add(name);
  return { layers: study.models.flatMap(({ name }) => layers.get(name) ?? []), models };
}

/** Adds the later tables that hold rows made from the record: a table whose sources hold none holds none. */
async function madeFrom(
  find: Find,
  study: Study,
  silver: Model,
  record: RecordIdentity,
  layers: Map<string, Layer>,
): Promise<void> {
  const reached = new Set([silver.name]);
  for (const model of study.models) {
    if (layers.has(model.name) || !model.dependsOn.some((name) => reached.has(name))) continue;
    try {
      const found = await find.made(model, record);
      const total = Number(found.rows[0]?.at(-1) ?? 0);
      const [layer] = layerOf(model.layer, model, {
        ...found,
        columns: found.columns.slice(0, -1),
        rows: found.rows.map((row) => row.slice(0, -1)),
      });
      if (layer) layers.set(model.name, { ...layer, ...(total > layer.rows.length && { total }) });
      else continue;
    } catch (error) {
      if (!(error instanceof ProvenanceError || error instanceof QueryFailedError)) throw error;
      layers.set(model.name, untraced(model, error));
    }
    reached.add(model.name);
  }
}

function identityOf(own: QueryResult): RecordIdentity {
  const cell = (name: string) => cellOf(own, own.rows[0]!, name);
  return { stream: cell('_stream'), shard: cell('_shard'), sequenceNumber: cell('_sequence_number') };
}
