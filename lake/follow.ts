/** Follows one record: its way as hops with times and bytes, the line that bronze has of it, the cell it is in, its price. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { EVENTS, LANDING } from '../lib/model/layout.ts';
import { compileViews } from '../lib/model/live/fold.ts';
import { paneOf } from '../lib/model/live/items.ts';
import { type FileEntry, fileKey } from '../lib/model/run/ledger.ts';
import { quoteName, quoteTable, quoteText } from '../lib/model/sql/write.ts';
import { type LineageColumn, studyLineage } from '../lib/model/study/lineage.ts';
import type { RecordIdentity } from '../lib/model/study/provenance.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';
import { type JourneyEvidence, type JourneyHop, journeyOf, type TableEvidence } from './journey.ts';
import { findRecord, type PreviewLine } from './objects.ts';
import { PRICE_REGION } from './prices.ts';
import type { WorkOptions } from './progress.ts';
import { type RecordPrice, recordPrice } from './recordPrice.ts';
import { isGrouped, measuresOf, rowLabel, separated, sourceColumns, valueWords } from './rowWords.ts';
import { type RunDetail, readRunDetail } from './runs.ts';
import { readTable } from './tables.ts';
import { type Layer, NOT_TRACED, trace } from './trace.ts';
import { summaryOf, type TracedCopy } from './traceSummary.ts';

/** The record as bronze has it: one line of an object, and of which columns of its payload the gold row is made. */
export interface BronzeLine extends PreviewLine {
  readonly object: string;
  readonly fields: readonly string[];
}

/** A cell that the record went into. */
export interface FollowedCell {
  readonly zone: 'silver' | 'gold' | 'marts';
  readonly table: string;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
  /** Key of the row of gold that it went into on the way. */
  readonly by?: Readonly<Record<string, string>>;
}

/** ISO 8601; what nobody wrote down is absent. */
export interface JourneyTimes {
  readonly arrivedAt: string;
  readonly writtenAt?: string;
  readonly runStartedAt?: string;
  /** When the first table of gold that holds it was published. */
  readonly goldAt?: string;
}

export interface Followed {
  /** As it was asked for. */
  readonly id: string;
  readonly eventId?: string;
  readonly source?: string;
  readonly record: RecordIdentity;
  /** Every record of the event's id, in the order of their arrival. */
  readonly copies: readonly TracedCopy[];
  /** Which of them is followed. */
  readonly copy: TracedCopy;
  readonly times: JourneyTimes;
  readonly hops: readonly JourneyHop[];
  readonly line?: BronzeLine;
  readonly cell?: FollowedCell;
  /** Tables that it may have gone into and that cannot be traced back, and why. */
  readonly untraced: readonly { readonly table: string; readonly reason: string }[];
  /** Dollars of a million like it. */
  readonly price: { readonly region: string; readonly hops: readonly RecordPrice[] };
  /** All that the lake holds of it, as `trace` gives it. */
  readonly layers: readonly Layer[];
}

type Cells = Readonly<Record<string, string | undefined>>;

const cellsOf = ({ columns, rows }: Layer): Cells[] =>
  rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? undefined])));

const keyOf = (uri: string) => uri.replace(/^s3:\/\/[^/]+\//, '');

/**
 * Follows one record. `id` is an event's id, of which the record that was kept is followed, or a record's place
 * `stream/shard/sequence number`. Throws `RunFailedError` when no record of these days has it.
 */
export async function followRecord(
  lake: LakeContext,
  study: Study,
  id: string,
  options: WorkOptions & { readonly days: number },
): Promise<Followed> {
  const layers = await trace(lake, study, id, options);
  const inBronze = layers.find(({ layer }) => layer === 'bronze');
  if (!inBronze)
    throw new RunFailedError(
      `Bronze does not hold ${id}; what the lake has of it is in ${layers.map(({ place }) => place).join(', ')}. ` +
        `${lake.command(`trace ${id} --study ${study.name}`)} shows it.`,
    );
  const { copies } = summaryOf(layers);
  const named = copies.findIndex(({ record: place }) => place === id);
  const kept = copies.findIndex(({ fate }) => fate === 'kept');
  const at = Math.max(0, named >= 0 ? named : kept);
  const copy = copies[at]!;
  const bronze = cellsOf(inBronze)[at]!;
  const record: RecordIdentity = {
    stream: bronze.stream!,
    shard: bronze.shard!,
    sequenceNumber: bronze.sequence_number!,
  };
  const object = keyOf(bronze.object!);
  const place = await findRecord(lake, study.name, object, record);
  const lineage = studyLineage(study);
  const run = await runOf(lake, study, layers, object);
  const tables = await tablesOf(lake, study, lineage, layers, run?.detail, bronze.source);
  const evidence = await evidenceOf(lake, study, {
    copy,
    copies,
    record,
    bronze,
    object,
    place,
    layers,
    run,
  });
  const hops = journeyOf({ ...evidence, tables: tables.map(({ evidence: found }) => found) });
  const shown = tables.find(({ evidence: { zone } }) => zone === 'gold') ?? tables[0];
  const { writtenAt } = evidence.ledger ?? {};
  const goldAt = tables.find(({ evidence: found }) => found.zone === 'gold' && found.publishedAt)?.evidence
    .publishedAt;
  const cell = copy.fate === 'kept' ? cellOf(tables) : undefined;
  return {
    id,
    ...(bronze.event_id !== undefined && { eventId: bronze.event_id }),
    ...(bronze.source !== undefined && { source: bronze.source }),
    record,
    copies,
    copy,
    times: {
      arrivedAt: bronze.arrived_at!,
      ...(writtenAt && { writtenAt }),
      ...(run?.startedAt && { runStartedAt: run.startedAt }),
      ...(copy.fate === 'kept' && goldAt && { goldAt }),
    },
    hops,
    ...(place && {
      line: {
        ...place,
        object,
        fields: shown && copy.fate === 'kept' ? fieldsOf(lineage, bronze.source ?? '', shown) : [],
      },
    }),
    ...(cell && { cell }),
    untraced: layers
      .filter(({ layer }) => layer === NOT_TRACED)
      .map(({ place: table, rows }) => ({ table, reason: rows[0]?.[0] ?? '' })),
    price: {
      region: PRICE_REGION,
      hops: priceOf(record, evidence.ledger?.records, place, copy, run?.detail, tables),
    },
    layers,
  };
}

interface FoundRun {
  readonly id: string;
  readonly startedAt?: string;
  readonly detail?: RunDetail;
}

/** The run that took the object; Step Functions keeps what it did for 90 days. */
async function runOf(
  lake: LakeContext,
  study: Study,
  layers: readonly Layer[],
  object: string,
): Promise<FoundRun | undefined> {
  const ledger = layers.filter(({ layer }) => layer === 'ledger').flatMap(cellsOf);
  const id = ledger.find((row) => row.object === object)?.run;
  if (id === undefined) return undefined;
  try {
    const detail = await readRunDetail(lake, study.name, id);
    const startedAt = detail.executions.map((one) => one.startedAt).sort()[0];
    return { id, ...(startedAt && { startedAt }), detail };
  } catch (error) {
    // A run that is under way has no books yet.
    if (!(error instanceof RangeError)) throw error;
    return { id };
  }
}

interface FoundTable {
  readonly model: Model;
  readonly evidence: TableEvidence;
  readonly measures: readonly string[];
}

/** The tables with rows made from the record, facts before what they look up. */
async function tablesOf(
  lake: LakeContext,
  study: Study,
  lineage: ReadonlyMap<string, LineageColumn>,
  layers: readonly Layer[],
  run: RunDetail | undefined,
  source = '',
): Promise<FoundTable[]> {
  const found = layers.flatMap((layer) => {
    const model = study.models.find(({ database, table }) => `${database}.${table}` === layer.place);
    return model && layer.layer === model.layer ? [{ model, layer }] : [];
  });
  // What accounts for the record, then what changes with it, then what only reads it.
  const rank = ({ contract }: Model) => (contract.accountsFor ? 0 : contract.incremental ? 1 : 2);
  const ordered = found.toSorted((a, b) => rank(a.model) - rank(b.model));
  const held = new Set(found.map(({ model }) => model.name));
  const statements = layers
    .filter(({ layer }) => layer.startsWith('statements '))
    .flatMap(({ rows }) => rows);
  return Promise.all(
    ordered.map(async ({ model, layer }) => {
      const measures = measuresOf(model, lineage, source);
      const row = layer.rows[0]!;
      const cell = (name: string) => row[layer.columns.indexOf(name)] ?? '';
      const values = valuesOf(model, layer, measures).map(([name, value]) => [name, value] as const);
      const [measure] = measures;
      const evidence: TableEvidence = {
        layer,
        zone: model.layer,
        table: model.table,
        labels: layer.rows.map((one) => rowLabel(model, layer, one)),
        ...(measure &&
          cell(measure) !== '' && { measure: { column: measure, value: separated(cell(measure)) } }),
        values,
        isGrouped: isGrouped(model),
        isView: model.contract.materialization === 'view',
        isOwn: model.contract.incremental !== undefined || layer.rows.length === 1,
        ...(await publication(lake, study, model, run)),
        statements: statements
          .flatMap(([uri]) => statementIn(keyOf(uri!), model.name))
          .toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step)),
        ...(model.layer === 'gold' && (await fileOf(lake, model, layer))),
        joined: study.models
          .filter(
            ({ name, layer: zone }) => model.dependsOn.includes(name) && zone === 'gold' && !held.has(name),
          )
          .map((one) => ({ zone: one.layer, table: one.table })),
      };
      return { model, evidence, measures };
    }),
  );
}

/** Up to three values of the first row: what the record added to; of silver, what it says. */
function valuesOf({ contract }: Model, layer: Layer, measures: readonly string[]): [string, string][] {
  const own = layer.columns.filter((name) => !/^(_|event_)/.test(name));
  const first = contract.layer === 'silver' ? own : [];
  const names = [...new Set([...first.slice(0, 2), ...measures, ...first])].slice(0, 3);
  return names.flatMap((name): [string, string][] => {
    const value = layer.rows[0]![layer.columns.indexOf(name)];
    if (value === null || value === undefined) return [];
    return [[name, measures.includes(name) ? separated(value) : valueWords(name, value)]];
  });
}

const STEPS = ['stage', 'publish', 'view'];

/** A step of a model, among the statements that a run kept. */
function statementIn(key: string, model: string): { step: string; key: string }[] {
  const [, step, name] = /\/statements\/.*\/([a-z]+)-(\w+?)(?:-\d+)?\.sql$/.exec(key) ?? [];
  return name === model && STEPS.includes(step!) ? [{ step: step!, key }] : [];
}

/** Clocks of the statement and of the snapshot may differ by as much. */
const CLOCKS_MS = 1000;

/** When the run published the table, and the snapshot that it made. */
async function publication(
  lake: LakeContext,
  study: Study,
  { database, table, layer }: Model,
  run: RunDetail | undefined,
): Promise<Pick<TableEvidence, 'publishedAt' | 'snapshot'>> {
  const into = new RegExp(`^\\s*(?:MERGE|INSERT)\\s+INTO\\s+"${database}"\\."${table}"`, 'i');
  const statement = run?.statements.findLast(({ sql, state }) => state === 'SUCCEEDED' && into.test(sql));
  if (!statement) return {};
  const begun = Date.parse(statement.submittedAt);
  const ended = begun + statement.milliseconds;
  const { snapshots } = await readTable(lake, study.name, layer, table);
  const snapshot = snapshots.find(
    ({ at }) => Date.parse(at) >= begun - CLOCKS_MS && Date.parse(at) <= ended + CLOCKS_MS,
  );
  return { publishedAt: new Date(ended).toISOString(), ...(snapshot && { snapshot: snapshot.id }) };
}

const isKey = (value: string | null | undefined): value is string => value !== null && value !== undefined;

/** The row's key, when all of it has a value. */
function rowKey({ contract }: Model, { columns, rows }: Layer): Record<string, string> | undefined {
  const cells = contract.primaryKey.map((name) => [name, rows[0]![columns.indexOf(name)]] as const);
  return cells.length > 0 && cells.every(([, value]) => isKey(value))
    ? (Object.fromEntries(cells) as Record<string, string>)
    : undefined;
}

/** The data file that holds the first row now. */
async function fileOf(lake: LakeContext, model: Model, layer: Layer): Promise<Pick<TableEvidence, 'file'>> {
  const key = rowKey(model, layer);
  if (!key || model.contract.materialization === 'view') return {};
  const table = quoteTable(model.database, model.table);
  const condition = Object.entries(key)
    .map(([name, value]) => `cast(${quoteName(name)} as varchar) = ${quoteText(value)}`)
    .join(' and ');
  const { rows } = await ask(lake, `select "$path" from ${table} where ${condition} limit 1`);
  const path = rows[0]?.[0];
  if (!path) return {};
  const files = await ask(
    lake,
    `select record_count, file_size_in_bytes from ${quoteTable(model.database, `${model.table}$files`)} where file_path = ${quoteText(path)}`,
  );
  const [count, bytes] = files.rows[0] ?? [];
  return {
    file: { key: keyOf(path), ...(count && { rows: Number(count) }), ...(bytes && { bytes: Number(bytes) }) },
  };
}

/** The cell that is led back from: of the first grouped mart, else of gold, the value that the record added to. */
function cellOf(tables: readonly FoundTable[]): FollowedCell | undefined {
  const candidates = tables.flatMap(({ model, evidence, measures: [column] }) => {
    const key = rowKey(model, evidence.layer);
    return key && column && model.layer !== 'silver' && evidence.isOwn
      ? [{ cell: { zone: model.layer, table: model.table, column, key }, evidence }]
      : [];
  });
  const single = candidates.filter(({ evidence }) => evidence.layer.rows.length === 1);
  const best =
    single.find(({ evidence }) => evidence.zone === 'marts' && evidence.isGrouped) ??
    single.find(({ evidence }) => evidence.isGrouped) ??
    single[0] ??
    candidates[0];
  const gold = candidates.find(({ evidence }) => evidence.zone === 'gold');
  return best && { ...best.cell, ...(gold && gold !== best && { by: gold.cell.key }) };
}

/** Payload columns that the row's key and its value are made from. */
function fieldsOf(
  lineage: ReadonlyMap<string, LineageColumn>,
  source: string,
  { model, measures, evidence }: FoundTable,
): string[] {
  const shown = [...model.contract.primaryKey, ...(evidence.measure ? measures.slice(0, 1) : [])];
  return sourceColumns(
    lineage,
    source,
    shown.map((name) => `${model.layer}.${model.table}.${name}`),
  );
}

function priceOf(
  { stream }: RecordIdentity,
  batch: number | undefined,
  place: PreviewLine | undefined,
  { fate }: TracedCopy,
  run: RunDetail | undefined,
  tables: readonly FoundTable[],
): RecordPrice[] {
  return recordPrice({
    ...(stream === EVENTS && place && { streamBytes: place.end - place.start }),
    ...(batch !== undefined && { batch }),
    ...(run?.account && fate === 'kept' && { statements: statementsWork(run, tables, run.account.records) }),
  });
}

/** Statements of the run for the tables that hold the record. */
function statementsWork(run: RunDetail, tables: readonly FoundTable[], records: number) {
  const names = tables.flatMap(({ model: { database, table } }) => [
    `"${database}"."${table}"`,
    `_stage"."${table}__`,
  ]);
  const own = run.statements.filter(
    ({ sql }) => !/^\s*CREATE TABLE IF NOT EXISTS/.test(sql) && names.some((name) => sql.includes(name)),
  );
  return { count: own.length, scannedBytes: own.map(({ scannedBytes }) => scannedBytes), records };
}

interface Found {
  readonly copy: TracedCopy;
  readonly copies: readonly TracedCopy[];
  readonly record: RecordIdentity;
  readonly bronze: Cells;
  readonly object: string;
  readonly place: Awaited<ReturnType<typeof findRecord>>;
  readonly layers: readonly Layer[];
  readonly run: FoundRun | undefined;
}

/** All but the tables. */
async function evidenceOf(
  lake: LakeContext,
  study: Study,
  { copy, copies, record, bronze, object, place, layers, run }: Found,
): Promise<Omit<JourneyEvidence, 'tables'>> {
  const line: Cells = place ? (JSON.parse(place.text) as Cells) : {};
  const contract = study.sources.find(({ name }) => name === bronze.source);
  const row = layers
    .filter(({ layer }) => layer === 'ledger')
    .flatMap(cellsOf)
    .find((one) => one.object === object);
  const refusedRows = layers.find(
    ({ layer, columns }) => layer === 'quarantine' && columns.includes('model'),
  );
  const entity = /^oltp:[^/]+\/(.+)$/.exec(bronze.event_source ?? '')?.[1];
  const file =
    record.stream === LANDING && bronze.source !== undefined
      ? await landedFile(lake, study, bronze.source, record.shard)
      : undefined;
  return {
    copy,
    copies: copies.length,
    identity: record,
    eventId: bronze.event_id,
    source: bronze.source,
    ...(contract && { contract: { version: contract.version } }),
    sentBy: bronze.event_source,
    partitionKey: line.partition_key,
    happenedAt: line.event_time,
    stream: lake.target.names.stream(study.name),
    object: { key: object, ...(row?.bytes && { packed: Number(row.bytes) }) },
    ...(place && { place }),
    ...(row && {
      ledger: {
        table: lake.target.names.ledger,
        records: Number(row.records),
        valid: Number(row.valid),
        refused: Number(row.refused),
        state: row.state!,
        ...(row.written_at && { writtenAt: row.written_at }),
        ...(row.run && { run: row.run }),
      },
    }),
    ...(run && { run }),
    ...(file && { file }),
    ...(entity && { change: { entity, table: lake.target.names.storeTable(study.name) } }),
    ...(bronze.rule && {
      refusal: { rule: bronze.rule, path: bronze.rule_path ?? '', detail: bronze.rule_detail ?? '' },
    }),
    ...(refusedRows && { refusedRows }),
    live: record.stream === EVENTS ? liveWindows(study, line) : [],
  };
}

/** The file of a record, from the registry of files. */
async function landedFile(
  { target }: LakeContext,
  study: Study,
  source: string,
  digest: string,
): Promise<JourneyEvidence['file']> {
  // A record's shard is the beginning of the file's id.
  const { Items = [] } = await target.clients.dynamodb.send(
    new QueryCommand({
      TableName: target.names.ledger,
      KeyConditionExpression: 'pk = :pk and begins_with(sk, :id)',
      ExpressionAttributeValues: { ':pk': fileKey(study.name, source, '').pk, ':id': digest },
    }),
  );
  const [entry] = Items as FileEntry[];
  if (!entry) return undefined;
  const { key, rows } = entry;
  try {
    const head = await target.clients.s3.send(
      new HeadObjectCommand({ Bucket: target.names.landingBucket(study.name), Key: key }),
    );
    return {
      key,
      rows,
      ...(head.ContentLength !== undefined && { bytes: head.ContentLength }),
      ...(head.LastModified && { landedAt: head.LastModified.toISOString() }),
    };
  } catch (error) {
    // The file may have been removed since.
    if ((error as Error).name !== 'NotFound') throw error;
    return { key, rows };
  }
}

/** The windows that live views put the record into, by their own code. */
function liveWindows(study: Study, line: Cells): JourneyEvidence['live'] {
  if (line.verdict !== 'valid' || line.data === undefined) return [];
  const { views, take } = compileViews(study);
  const {
    event_id: id,
    event_source: source,
    event_type: type,
    event_time: time,
    event_subject: subject,
  } = line;
  const envelope = { specversion: '1.0', id, source, type, time, subject };
  const text = `${JSON.stringify(envelope).slice(0, -1)},"data":${line.data}}`;
  const taken = take(
    {
      bytes: Buffer.from(text),
      arrivedAtMs: Date.parse(line.arrived_at!),
      sequence: line.sequence_number!,
    },
    line.shard!,
  );
  return taken.flatMap(([at, one]) => {
    const view = views[at]!;
    if (one.kind !== 'event') return [];
    const window = new Date(paneOf(view, one.atMs)).toISOString().slice(0, 19).replace('T', ' ');
    return [{ view: view.name, window, key: one.key.map(String).join(', ') }];
  });
}
