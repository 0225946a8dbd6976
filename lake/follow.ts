/** Follows one record: its way as hops with times and bytes, the line that bronze has of it, the cell it is in, its price. */
import { EVENTS, LANDING } from '../lib/model/layout.ts';
import { studyLineage } from '../lib/model/study/lineage.ts';
import type { RecordIdentity } from '../lib/model/study/provenance.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';
import { landedFile, liveWindows } from './followedArrival.ts';
import { cellOf, type FollowedCell, type FoundTable, fieldsOf, tablesOf } from './followedTables.ts';
import { type JourneyEvidence, type JourneyHop, journeyOf } from './journey.ts';
import { type FoundRecord, findRecord, type PreviewLine } from './objects.ts';
import { PRICE_REGION } from './prices.ts';
import type { WorkOptions } from './progress.ts';
import { type RecordPrice, recordPrice } from './recordPrice.ts';
import { type RunDetail, readRunDetail } from './runs.ts';
import { type Layer, NOT_TRACED, trace } from './trace.ts';
import { summaryOf, type TracedCopy } from './traceSummary.ts';

/** The record as bronze has it: one line of an object, and of which columns of its payload the gold row is made. */
interface RecordLine extends PreviewLine {
  readonly object: string;
  readonly fields: readonly string[];
}

/** ISO 8601; what nobody wrote down is absent. */
interface JourneyTimes {
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
  readonly line?: RecordLine;
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

export interface FollowOptions extends WorkOptions {
  /** Days back in which the record arrived. */
  readonly days: number;
  /** What `trace` gave for it. @default it is traced */
  readonly layers?: readonly Layer[];
}

/**
 * Follows one record. `id` is an event's id, of which the record that was kept is followed, or a record's place
 * `stream/shard/sequence number`. Throws `RunFailedError` when no record of these days has it.
 */
export async function followRecord(
  lake: LakeContext,
  study: Study,
  id: string,
  { layers: traced, ...options }: FollowOptions,
): Promise<Followed> {
  const layers = traced ?? (await trace(lake, study, id, options));
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
  readonly place: FoundRecord | undefined;
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
