/**
 * The balance sheet: every distinct record of a run, found again by its identity (stream, shard, sequence number). Each is
 * looked for in silver, among the duplicates, in quarantine; one that is nowhere is unaccounted. Nothing is subtracted, so
 * two mistakes cannot cancel out.
 */
import { databaseOf } from '../layout.ts';
import { checkedStatement, quoteTable, quoteText } from '../sql/write.ts';
import type { Study } from '../study/study.ts';
import { type RunScope, type Slice, unknownSource } from './scope.ts';
import { arrivalsName } from './statements/arrivals.ts';
import { sliceBounds } from './statements/bind.ts';
import { targetName } from './statements/names.ts';
import { silverBounds } from './statements/within.ts';

/** One line of the sheet as SQL gives it; Athena's results are texts. */
export interface BalanceRow {
  readonly source: string;
  readonly in_bronze: number | string;
  readonly copies: number | string;
  readonly silver: number | string;
  readonly duplicates: number | string;
  readonly quarantined: number | string;
  readonly unaccounted: number | string;
}

/** Receipts of a producer's run that were looked up in bronze; the source of a lost record is not known. */
export interface ReceiptRow {
  readonly source: string | null;
  readonly acknowledged: number | string;
  readonly lost: number | string;
}

/** What a producer got acknowledged and what bronze has of it. */
export interface Receipts {
  /** Answer of `receiptsSql`. */
  readonly rows: readonly ReceiptRow[];
  /** Records that were acknowledged, by the producer's own count. */
  readonly given: number;
}

export interface BalanceLine {
  readonly source: string;
  /** Distinct records that were acknowledged to producers. */
  readonly acknowledged?: number;
  /** Distinct records in the run's objects. */
  readonly inBronze: number;
  /** Lines of redelivered records beyond the first. */
  readonly copies: number;
  readonly silver: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly unaccounted: number;
}

export interface BalanceSheet {
  readonly lines: readonly BalanceLine[];
  readonly total: BalanceLine;
  /** Acknowledged records that are not in bronze. */
  readonly lost: number;
  /** Acknowledged records that no receipt covers: whether they are in bronze is not known. */
  readonly withoutReceipt: number;
  readonly balanced: boolean;
}

const identity = ['stream', 'shard', 'sequence_number'] as const;

const sameRecord = (a: string, b: string) =>
  identity.map((name) => `${a}.${name} = ${b}.${name}`).join(' AND ');

/** The run's records, each once: copies may have been judged by different versions of a contract, and one that is valid counts. */
function recordsOf(scope: RunScope, attempt: number): string {
  const arrivals = arrivalsName(scope, attempt);
  const columns = ['_stream', '_shard', '_sequence_number'];
  if (!scope.copies)
    return `SELECT ${[...columns, '_source', '_verdict', '_arrived_at', '_event_source', '_event_id'].join(', ')}, 1 AS lines FROM ${arrivals}`;
  const ofValid = (name: string) =>
    `coalesce(max(CASE WHEN _verdict = 'valid' THEN ${name} END), max(${name})) AS ${name}`;
  return [
    `SELECT ${columns.join(', ')}, ${ofValid('_source')}, max(_verdict) AS _verdict, min(_arrived_at) AS _arrived_at,`,
    `    ${ofValid('_event_source')}, ${ofValid('_event_id')}, count(*) AS lines`,
    `  FROM ${arrivals}`,
    `  GROUP BY ${columns.join(', ')}`,
  ].join('\n');
}

/** Rows of silver that may be of an event of the run: one for each event and record. */
function silverRows(study: Pick<Study, 'models'>, scope: RunScope): string[] {
  return study.models.flatMap((model) => {
    const sources = (model.contract.accountsFor ?? []).filter((source) => scope.sources[source]);
    const bounds = silverBounds(model, scope, 't');
    const columns = ['_stream', '_shard', '_sequence_number', '_event_source', '_event_id'];
    return sources.map(
      (source) =>
        `SELECT ${model.contract.identity ? 'DISTINCT ' : ''}${quoteText(source)} AS source, ${columns.map((name) => `t.${name}`).join(', ')} ` +
        `FROM ${targetName(model)} AS t${bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''}`,
    );
  });
}

/** Clocks may differ by so much; milliseconds. */
const CLOCKS_DIFFER_MS = 3_600_000;

/** A record is refused after it has arrived: rows of quarantine from before the run's first record are of other records. */
function refusedSince({ arrived }: RunScope): string {
  const first = Math.min(...arrived.map(([from]) => from));
  if (!Number.isFinite(first)) return 'true';
  const instant = new Date(first - CLOCKS_DIFFER_MS).toISOString().replace('T', ' ').replace('Z', '');
  return `q.refused_at >= TIMESTAMP '${instant}'`;
}

const noSilver =
  'SELECT CAST(NULL AS varchar) AS source, CAST(NULL AS varchar) AS _stream, CAST(NULL AS varchar) AS _shard, ' +
  'CAST(NULL AS varchar) AS _sequence_number, CAST(NULL AS varchar) AS _event_source, CAST(NULL AS varchar) AS _event_id WHERE false';

/**
 * The statement whose rows are the sheet's lines. A valid record is, in this order: in `silver` (the row of its event has the
 * record's identity), quarantined (the stage refused it), a duplicate (the row of its event has another record's, or its
 * event came earlier in the run). A refused record must be in quarantine.
 *
 * Silver is looked at where it can hold an event of the run, and bronze is not read again: what arrived is staged.
 */
export function balanceSql(study: Pick<Study, 'name' | 'models'>, scope: RunScope, attempt: number): string {
  const quarantine = databaseOf(study.name, 'quarantine');
  const silver = silverRows(study, scope);
  const refusable = study.models
    .filter(({ contract }) => contract.accountsFor)
    .map(({ name }) => quoteText(name));
  const isSilver = `coalesce(${identity.map((name) => `s._${name} = r._${name}`).join(' AND ')}, false)`;
  const others = ['_stream', '_shard', '_sequence_number', '_arrived_at', '_event_source', '_event_id'];
  const columns = ['source', '_verdict', 'is_known', 'is_silver', ...others].join(', ');
  const same = (a: string, b: string) => identity.map((name) => `${a}.${name} = ${b}._${name}`).join(' AND ');
  return checkedStatement(
    `balance sheet of ${study.name}`,
    [
      'WITH records AS (',
      `  ${recordsOf(scope, attempt)}`,
      '),',
      'silver AS (',
      `  ${silver.join('\n  UNION ALL\n  ') || noSilver}`,
      '),',
      'joined AS (',
      `  SELECT r._source AS source, r._verdict, r.lines, s._event_id IS NOT NULL AS is_known, ${isSilver} AS is_silver,`,
      `    ${others.map((name) => `CASE WHEN NOT ${isSilver} THEN r.${name} END AS ${name}`).join(',\n    ')}`,
      '  FROM records AS r',
      "  LEFT JOIN silver AS s ON r._verdict = 'valid' AND s.source = r._source AND s._event_id = r._event_id AND s._event_source = r._event_source",
      '),',
      // Nearly every record is in silver; counted at once, those take one row for each source.
      'met AS (',
      `  SELECT ${columns}, count(*) AS records, sum(lines) AS lines FROM joined GROUP BY ${columns}`,
      '),',
      'others AS (',
      `  SELECT source, _verdict, lines, is_known, ${identity.map((name) => `_${name}`).join(', ')},`,
      '    row_number() OVER (PARTITION BY source, _verdict, _event_source, _event_id ORDER BY _arrived_at, _stream, _shard, _sequence_number) AS nth',
      '  FROM met',
      '  WHERE NOT is_silver',
      '),',
      'refused_records AS (',
      '  SELECT DISTINCT q.stream, q.shard, q.sequence_number',
      `  FROM ${quoteTable(quarantine, 'records')} AS q`,
      `  WHERE ${sliceBounds(scope, 'q')}`,
      '),',
      'refused_rows AS (',
      '  SELECT DISTINCT q.stream, q.shard, q.sequence_number',
      `  FROM ${quoteTable(quarantine, 'refused')} AS q`,
      `  WHERE q.model IN (${refusable.join(', ') || "''"}) AND ${refusedSince(scope)}`,
      '),',
      'classified AS (',
      "  SELECT source, records, lines, 'silver' AS class FROM met WHERE is_silver",
      '  UNION ALL',
      '  SELECT o.source, 1 AS records, o.lines,',
      '    CASE',
      "      WHEN o._verdict = 'refused' THEN CASE WHEN q.stream IS NOT NULL THEN 'quarantined' ELSE 'unaccounted' END",
      "      WHEN w.stream IS NOT NULL THEN 'quarantined'",
      "      WHEN o.is_known OR o.nth > 1 THEN 'duplicate'",
      "      ELSE 'unaccounted'",
      '    END AS class',
      '  FROM others AS o',
      `  LEFT JOIN refused_records AS q ON ${same('q', 'o')}`,
      `  LEFT JOIN refused_rows AS w ON ${same('w', 'o')}`,
      ')',
      'SELECT source, sum(records) AS in_bronze, sum(lines) - sum(records) AS copies,',
      ...['silver', 'duplicate', 'quarantined', 'unaccounted'].map(
        (kind, index) =>
          `  sum(CASE WHEN class = '${kind}' THEN records ELSE 0 END) AS ${kind === 'duplicate' ? 'duplicates' : kind}${index < 3 ? ',' : ''}`,
      ),
      'FROM classified',
      'GROUP BY source',
      'ORDER BY source',
    ].join('\n'),
  );
}

/**
 * The statement that looks up a producer's receipts in bronze. A record is found by its sequence number if it is also the
 * event that was sent: a number that was given out twice finds no other record.
 * @param producerRun id under which the producer kept its receipts.
 * @param bounds partitions of bronze in which the records arrived.
 */
export function receiptsSql(study: string, producerRun: string, bounds: Slice): string {
  const bronze = databaseOf(study, 'bronze');
  return [
    'WITH receipts AS (',
    `  SELECT DISTINCT ${receiptOf('a')} FROM ${quoteTable(bronze, 'acknowledged')} AS a WHERE a.run = ${quoteText(producerRun)}`,
    '),',
    'stored AS (',
    `  SELECT ${receiptOf('r')}, min(coalesce(r.source, ${quoteText(unknownSource)})) AS source`,
    `  FROM ${quoteTable(bronze, 'records')} AS r WHERE ${sliceBounds({ runId: producerRun, slice: bounds }, 'r')}`,
    `  GROUP BY ${receiptOf('r')}`,
    ')',
    'SELECT s.source AS source, count(*) AS acknowledged, count_if(s.stream IS NULL) AS lost',
    'FROM receipts AS a',
    `LEFT JOIN stored AS s ON ${sameRecord('s', 'a')} AND s.partition_key = a.partition_key`,
    // Bytes that are not an event have no identity, neither where they were sent nor in bronze.
    '  AND (a.event_id IS NULL OR s.event_id IS NULL OR (s.event_source = a.event_source AND s.event_id = a.event_id))',
    'GROUP BY s.source',
  ].join('\n');
}

const receiptOf = (alias: string) =>
  [...identity, 'partition_key', 'event_source', 'event_id'].map((name) => `${alias}.${name}`).join(', ');

const toLine = (row: BalanceRow, acknowledged: number | undefined): BalanceLine => ({
  source: row.source,
  ...(acknowledged !== undefined && { acknowledged }),
  inBronze: Number(row.in_bronze),
  copies: Number(row.copies),
  silver: Number(row.silver),
  duplicates: Number(row.duplicates),
  quarantined: Number(row.quarantined),
  unaccounted: Number(row.unaccounted),
});

type Figure = 'inBronze' | 'copies' | 'silver' | 'duplicates' | 'quarantined' | 'unaccounted';

/**
 * The sheet. It is balanced when no record is unaccounted, every line adds up, and every record that was acknowledged has
 * a receipt and is in bronze.
 * @param receipts when a producer kept them.
 */
export function balanceSheet(rows: readonly BalanceRow[], receipts?: Receipts): BalanceSheet {
  const acknowledged = new Map(receipts?.rows.map((row) => [row.source, Number(row.acknowledged)]));
  const lines = rows.map((row) => toLine(row, receipts ? (acknowledged.get(row.source) ?? 0) : undefined));
  const sum = (figure: Figure) => lines.reduce((total, line) => total + line[figure], 0);
  const total: BalanceLine = {
    source: 'total',
    ...(receipts && { acknowledged: receipts.given }),
    inBronze: sum('inBronze'),
    copies: sum('copies'),
    silver: sum('silver'),
    duplicates: sum('duplicates'),
    quarantined: sum('quarantined'),
    unaccounted: sum('unaccounted'),
  };
  const { rows: receiptRows = [], given = 0 } = receipts ?? {};
  const lost = receiptRows.reduce((sum, row) => sum + Number(row.lost), 0);
  const withoutReceipt = given - receiptRows.reduce((sum, row) => sum + Number(row.acknowledged), 0);
  const addsUp = lines.every(
    (line) => line.inBronze === line.silver + line.duplicates + line.quarantined + line.unaccounted,
  );
  const balanced = addsUp && total.unaccounted === 0 && lost === 0 && withoutReceipt === 0;
  return { lines, total, lost, withoutReceipt, balanced };
}
