/**
 * The balance sheet: every distinct record of a run, found again by its identity (stream, shard, sequence number). Each is
 * looked for in silver, among the duplicates, in quarantine; one that is nowhere is unaccounted. Nothing is subtracted, so
 * two mistakes cannot cancel out.
 */

import { databaseOf } from './databases.ts';
import type { RunScope, Slice } from './plan.ts';
import { checkedStatement, quoteTable, quoteText } from './sql/write.ts';
import { runRecords, sliceBounds } from './statements/bind.ts';
import { stageName } from './statements/names.ts';
import { createStageSql } from './statements/stage.ts';
import { dropStageSql } from './statements/table.ts';
import type { Study } from './study.ts';

/** As many bits as a bigint has beside its sign. */
const MOST_SILVER_TABLES = 63;

/** Name under which a run stages what its balance sheet is made from; it is published nowhere. */
export const balanceStage = 'balance__records';

/** Name of the line for records that name no source we know. */
export const unknownSource = '(unknown)';

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

/** Receipts of a producer's run compared with bronze; the source of a lost record is not known. */
export interface ReceiptRow {
  readonly source: string | null;
  readonly acknowledged: number | string;
  readonly lost: number | string;
}

export interface BalanceLine {
  readonly source: string;
  /** Distinct records that producers were told are stored. */
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
  readonly balanced: boolean;
}

/** Which silver table holds the records of each source. */
export function silverOf(
  study: Pick<Study, 'models'>,
): { source: string; database: string; table: string }[] {
  return study.models.flatMap(({ contract, database, table }) =>
    (contract.accountsFor ?? []).map((source) => ({ source, database, table })),
  );
}

/** Statements of the balance sheet, to be run in this order. */
export interface BalanceStatements {
  /** CREATE TABLE … AS: how many of the run's records silver holds, and each of the others by itself. */
  readonly seek: string;
  /** The sheet's lines. */
  readonly sheet: string;
  readonly drop: string;
}

const identity = ['stream', 'shard', 'sequence_number'] as const;

const identityOf = (alias: string) => identity.map((name) => `${alias}.${name}`);

const sameRecord = (a: string, b: string) =>
  identity.map((name) => `${a}.${name} = ${b}.${name}`).join(' AND ');

/** The run's lines in bronze, with these columns beside the identity. */
function linesOf(scope: RunScope, columns: readonly string[]): string {
  const shown = columns.map((name) =>
    name === 'source' ? `coalesce(source, ${quoteText(unknownSource)}) AS source` : name,
  );
  return `SELECT ${[...identity, ...shown].join(', ')} FROM ${runRecords(scope, [...identity, ...columns])} AS l`;
}

/**
 * A valid record is, in this order: in `silver` (a row has its identity), a duplicate (its event is in silver by another
 * record, or came earlier in the run), quarantined (the stage refused it). A refused record must be in quarantine.
 *
 * Nearly all are in silver, and done with when they are found there. Put away in a table, the few others are known to be few
 * when bronze and silver are read for what else there is to know of them, so that no engine keeps millions for them.
 */
export function balanceStatements(
  study: Pick<Study, 'name' | 'models'>,
  scope: RunScope,
  attempt: number,
): BalanceStatements {
  const stage = { name: balanceStage };
  return {
    seek: createStageSql(
      `records of ${study.name}'s balance sheet`,
      stage,
      scope,
      attempt,
      seekSql(study, scope),
    ),
    sheet: sheetSql(study, scope, stageName(stage, scope, attempt)),
    drop: dropStageSql(stage, scope, attempt),
  };
}

function seekSql(study: Pick<Study, 'name' | 'models'>, scope: RunScope): string {
  const silver = silverOf(study);
  const tables = [...new Set(silver.map(({ database, table }) => quoteTable(database, table)))];
  if (tables.length > MOST_SILVER_TABLES)
    throw new RangeError(
      `the study ${study.name} has ${tables.length} silver tables; its balance sheet tells up to ${MOST_SILVER_TABLES} apart`,
    );
  /** One bit a table, so that a record tells every table that holds it. */
  const bitOf = (table: string) => `CAST(${2n ** BigInt(tables.indexOf(table))} AS bigint)`;
  const rows = tables.map(
    (table) => `SELECT ${bitOf(table)} AS held, _stream, _shard, _sequence_number FROM ${table}`,
  );
  /** Sources by the order of their names, so that the last of some codes is the last of their names. */
  const ownTables = silver
    .toSorted((a, b) => (a.source < b.source ? -1 : 1))
    .map(
      ({ source, database, table }, index) =>
        `(${quoteText(source)}, ${index + 1}, ${bitOf(quoteTable(database, table))})`,
    );
  return [
    'WITH own AS (',
    `  SELECT source, code, held FROM (VALUES ${ownTables.join(', ')}) AS v (source, code, held)`,
    '),',
    'run_lines AS (',
    `  ${linesOf(scope, ['source', 'verdict'])}`,
    '),',
    'silver AS (',
    `  ${rows.join('\n  UNION ALL\n  ')}`,
    '),',
    // Lines and silver's rows meet in one grouping that carries numbers only, which costs a fraction of a join of millions
    // with millions. Copies may have been judged by different versions of a contract; one that is valid is read by silver,
    // so only such a one tells the code of its source.
    'records AS (',
    '  SELECT stream, shard, sequence_number, max(code) AS code, count(line) AS lines, bitwise_or_agg(held) AS held',
    '  FROM (',
    "    SELECT l.stream, l.shard, l.sequence_number, CASE WHEN l.verdict IS DISTINCT FROM 'refused' THEN own.code END AS code, 1 AS line, CAST(0 AS bigint) AS held",
    '    FROM run_lines AS l',
    '    LEFT JOIN own ON own.source = l.source',
    '    UNION ALL',
    '    SELECT _stream AS stream, _shard AS shard, _sequence_number AS sequence_number, NULL AS code, NULL AS line, held FROM silver',
    '  ) AS found',
    '  GROUP BY stream, shard, sequence_number',
    '  HAVING count(line) > 0',
    '),',
    'placed AS (',
    `  SELECT own.source, r.lines, ${identityOf('r').join(', ')},`,
    '    coalesce(bitwise_and(r.held, own.held) <> 0, false) AS in_silver',
    '  FROM records AS r',
    '  LEFT JOIN own ON own.code = r.code',
    ')',
    `SELECT CASE WHEN in_silver THEN source END AS source, in_silver, ${identity.map((name) => `CASE WHEN NOT in_silver THEN ${name} END AS ${name}`).join(', ')}, count(*) AS records, sum(lines) AS lines`,
    'FROM placed',
    `GROUP BY ${Array.from({ length: identity.length + 2 }, (_, index) => index + 1).join(', ')}`,
  ].join('\n');
}

function sheetSql(study: Pick<Study, 'name' | 'models'>, scope: RunScope, counted: string): string {
  const quarantine = databaseOf(study.name, 'quarantine');
  const silver = silverOf(study);
  const events = silver.map(
    ({ source, database, table }) =>
      `SELECT ${quoteText(source)} AS source, _event_source AS event_source, _event_id AS event_id FROM ${quoteTable(database, table)}`,
  );
  const refusable = silver.map(({ table }) => quoteText(table)).join(', ');
  const met = ['source', 'records', 'lines', 'verdict', ...identity, 'nth'].map((name) => `o.${name}`);
  return checkedStatement(
    `balance sheet of ${study.name}`,
    [
      'WITH run_lines AS (',
      `  ${linesOf(scope, ['arrived_at', 'source', 'verdict', 'event_source', 'event_id'])}`,
      '),',
      'silver_events AS (',
      `  ${events.join('\n  UNION ALL\n  ')}`,
      '),',
      // 'valid' sorts after 'refused', a source's name after the bracket of (unknown).
      'open AS (',
      `  SELECT max(l.source) AS source, c.records, c.lines, ${identityOf('c').join(', ')},`,
      '    max(l.verdict) AS verdict, min(l.arrived_at) AS arrived_at, max(l.event_source) AS event_source, max(l.event_id) AS event_id',
      '  FROM run_lines AS l',
      `  RIGHT JOIN ${counted} AS c ON ${sameRecord('l', 'c')}`,
      '  WHERE NOT c.in_silver',
      `  GROUP BY c.records, c.lines, ${identityOf('c').join(', ')}`,
      '),',
      'ordered AS (',
      `  SELECT source, records, lines, verdict, event_source, event_id, ${identity.join(', ')},`,
      '    row_number() OVER (PARTITION BY source, verdict, event_source, event_id ORDER BY arrived_at, stream, shard, sequence_number) AS nth',
      '  FROM open',
      '),',
      'met AS (',
      `  SELECT ${met.join(', ')}, count(e.source) AS events`,
      '  FROM silver_events AS e',
      '  RIGHT JOIN ordered AS o ON e.source = o.source AND e.event_source = o.event_source AND e.event_id = o.event_id',
      `  GROUP BY ${met.join(', ')}`,
      '),',
      'refused_records AS (',
      '  SELECT DISTINCT q.stream, q.shard, q.sequence_number',
      `  FROM ${quoteTable(quarantine, 'records')} AS q`,
      `  WHERE ${sliceBounds(scope, 'q')}`,
      '),',
      'refused_rows AS (',
      '  SELECT DISTINCT q.stream, q.shard, q.sequence_number',
      `  FROM ${quoteTable(quarantine, 'rows')} AS q`,
      `  WHERE q.model IN (${refusable || "''"})`,
      '),',
      'classified AS (',
      `  SELECT source, records, lines, 'silver' AS class FROM ${counted} WHERE in_silver`,
      '  UNION ALL',
      '  SELECT r.source, r.records, r.lines,',
      '    CASE',
      "      WHEN r.verdict = 'refused' THEN CASE WHEN q.stream IS NOT NULL THEN 'quarantined' ELSE 'unaccounted' END",
      "      WHEN r.events > 0 OR r.nth > 1 THEN 'duplicate'",
      "      WHEN w.stream IS NOT NULL THEN 'quarantined'",
      "      ELSE 'unaccounted'",
      '    END AS class',
      '  FROM met AS r',
      `  LEFT JOIN refused_records AS q ON ${sameRecord('q', 'r')}`,
      `  LEFT JOIN refused_rows AS w ON ${sameRecord('w', 'r')}`,
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
 * The statement that looks up a producer's receipts in bronze.
 * @param producerRun id under which the producer kept its receipts.
 * @param bounds partitions of bronze in which the records arrived.
 */
export function receiptsSql(study: string, producerRun: string, bounds: Slice): string {
  const bronze = databaseOf(study, 'bronze');
  const scope = { study, runId: '', lake: '', slice: bounds };
  return [
    'WITH receipts AS (',
    `  SELECT DISTINCT a.stream, a.shard, a.sequence_number FROM ${quoteTable(bronze, 'acknowledged')} AS a WHERE a.run = ${quoteText(producerRun)}`,
    '),',
    'stored AS (',
    `  SELECT r.stream, r.shard, r.sequence_number, min(coalesce(r.source, ${quoteText(unknownSource)})) AS source`,
    `  FROM ${quoteTable(bronze, 'records')} AS r WHERE ${sliceBounds(scope, 'r')}`,
    '  GROUP BY r.stream, r.shard, r.sequence_number',
    ')',
    'SELECT s.source AS source, count(*) AS acknowledged, count_if(s.stream IS NULL) AS lost',
    'FROM receipts AS a',
    'LEFT JOIN stored AS s ON s.stream = a.stream AND s.shard = a.shard AND s.sequence_number = a.sequence_number',
    'GROUP BY s.source',
  ].join('\n');
}

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
 * The sheet. It is balanced when no record is unaccounted, every line adds up, and no acknowledged record is lost.
 * @param receipts of `receiptsSql`, when a producer kept them.
 */
export function balanceSheet(rows: readonly BalanceRow[], receipts?: readonly ReceiptRow[]): BalanceSheet {
  const acknowledged = new Map(receipts?.map((row) => [row.source, Number(row.acknowledged)]));
  const lines = rows.map((row) => toLine(row, receipts ? (acknowledged.get(row.source) ?? 0) : undefined));
  const sum = (figure: Figure) => lines.reduce((total, line) => total + line[figure], 0);
  const total: BalanceLine = {
    source: 'total',
    ...(receipts && { acknowledged: receipts.reduce((count, row) => count + Number(row.acknowledged), 0) }),
    inBronze: sum('inBronze'),
    copies: sum('copies'),
    silver: sum('silver'),
    duplicates: sum('duplicates'),
    quarantined: sum('quarantined'),
    unaccounted: sum('unaccounted'),
  };
  const lost = (receipts ?? []).reduce((sum, row) => sum + Number(row.lost), 0);
  const addsUp = lines.every(
    (line) => line.inBronze === line.silver + line.duplicates + line.quarantined + line.unaccounted,
  );
  return { lines, total, lost, balanced: addsUp && total.unaccounted === 0 && lost === 0 };
}
