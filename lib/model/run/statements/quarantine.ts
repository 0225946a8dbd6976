/** Tables that every study has in addition to its models: rows refused at the stage, and the results of the checks. */
import type { Contract } from '../../contract/contract.ts';
import { narrowedColumns, primaryKeyRule, rowRules, unfitRule } from '../../contract/rules.ts';
import { databaseOf, studyPrefix } from '../../layout.ts';
import { maxTravellingBytes, nameList, packed, quoteName, quoteTable, quoteText } from '../../sql/write.ts';
import type { RunScope } from '../scope.ts';
import { columnNames, type ModelTable, stableOrder, textOf } from './names.ts';
import { stagedRows } from './stage.ts';
import { icebergTableSql } from './table.ts';

type SystemColumn = readonly [name: string, type: string, description: string];

const refusedColumns: readonly SystemColumn[] = [
  ['model', 'string', 'Model whose stage refused the row'],
  ['rule', 'string', 'Rule that the row broke'],
  ['detail', 'string', 'What the rule says'],
  ['stream', 'string', 'Stream of the record behind the row; null where a row has no single record'],
  ['shard', 'string', 'Shard of that record'],
  ['sequence_number', 'string', 'Sequence number of that record'],
  ['event_id', 'string', 'Event that the row came from'],
  ['row_json', 'string', 'The refused row: column to text'],
  ['run_id', 'string', 'Run that refused it first'],
  ['refused_at', 'timestamp', 'When, UTC'],
];

const checksColumns: readonly SystemColumn[] = [
  ['run_id', 'string', 'Run that checked'],
  ['model', 'string', 'Model that was checked'],
  ['layer', 'string', 'silver, gold or marts'],
  ['rule', 'string', 'Rule'],
  [
    'dimension',
    'string',
    'Dimension of quality: completeness, accuracy, consistency, uniqueness, timeliness, …',
  ],
  ['severity', 'string', 'refuse, stop or warn'],
  ['failed', 'bigint', 'What the rule counted; for most rules the bad rows'],
  ['total', 'bigint', 'Rows that were looked at'],
  ['passed', 'boolean', 'The count is within the rule'],
  ['measured_at', 'timestamp', 'When, UTC'],
];

const asColumns = (columns: readonly SystemColumn[]): Contract['columns'] =>
  columns.map(([name, type, description]) => ({
    name,
    type,
    description,
    logicalType: 'string',
    required: false,
    primaryKey: false,
    options: {},
  }));

/** Columns of `<study>_quarantine.refused` and `.checks`, as Glue names their types. */
export const systemColumns = {
  refused: asColumns(refusedColumns),
  checks: asColumns(checksColumns),
} as const;

/** What these tables hold, for people: Athena's DDL has no comment for an Iceberg table. */
export const systemPurposes = {
  refused: 'Rows of silver that a rule of their table refused, with the rule',
  checks: 'What each check of a run counted, by table and rule',
} as const;

/** CREATE TABLE IF NOT EXISTS of `<study>_quarantine.refused` and `<study>_quarantine.checks`. */
export const createSystemTablesSql = (study: string, lake: string): string[] =>
  (['refused', 'checks'] as const).map((table) =>
    icebergTableSql(
      databaseOf(study, 'quarantine'),
      table,
      systemColumns[table],
      [],
      `s3://${lake}/${studyPrefix('quarantine/tables', study)}${table}`,
    ),
  );

const lineage = {
  stream: '_stream',
  shard: '_shard',
  sequence_number: '_sequence_number',
  event_id: '_event_id',
};

/** The stage's rows with their rules; of rows that share their key all but the one that is published break that rule. */
function judgedRows(model: ModelTable, scope: RunScope, attempt: number, doubledKeys: boolean): string {
  const stage = stagedRows(model, scope, attempt);
  if (!doubledKeys) return stage;
  const nth = `row_number() OVER (PARTITION BY g."_rule" IS NULL, ${nameList(model.contract.primaryKey, 'g')} ORDER BY ${stableOrder(model, 'g')})`;
  return (
    `(SELECT ${nameList(columnNames(model), 'g')}, CASE WHEN g."_rule" IS NULL AND ${nth} > 1 ` +
    `THEN ${quoteText(primaryKeyRule)} ELSE g."_rule" END AS "_rule" FROM ${stage} AS g)`
  );
}

/** Rule → what it says, of every rule by which the stage or the publishing may refuse a row. */
function refusals(contract: Contract): { name: string; description: string }[] {
  return [
    ...narrowedColumns(contract).map(({ name, type }) => ({
      name: unfitRule(name),
      description: `${name} does not fit ${type}`,
    })),
    ...rowRules(contract).filter((rule) => rule.severity === 'refuse'),
    {
      name: primaryKeyRule,
      description: `another ${contract.materialization === 'append' ? 'event holds' : 'row has'} the key (${contract.primaryKey.join(', ')})`,
    },
  ];
}

/** A model whose refused rows are put into quarantine. */
export interface Refusing {
  readonly model: ModelTable;
  /** Rows of a table that is compared by its key share one: all but one of each are refused. */
  readonly doubledKeys: boolean;
}

/**
 * Puts what the stages of some models refused into `<study>_quarantine.refused`, each row once however often it is refused
 * again. All models in one statement, because statements that write to one table at the same time undo each other.
 */
export function refuseSql(
  refusing: readonly Refusing[],
  scope: RunScope,
  attempt: number,
  refusedAt: string,
): string[] {
  const names = refusedColumns.map(([name]) => name);
  const same = (name: string) => `coalesce(q.${quoteName(name)}, '') = coalesce(s.${quoteName(name)}, '')`;
  const merge = (rows: string) =>
    [
      `MERGE INTO ${quoteTable(databaseOf(scope.study, 'quarantine'), 'refused')} AS q`,
      'USING (',
      rows,
      ') AS s',
      `ON q."model" = s."model" AND q."rule" = s."rule" AND ${['stream', 'shard', 'sequence_number', 'row_json'].map(same).join(' AND ')}`,
      `WHEN NOT MATCHED THEN INSERT (${nameList(names)}) VALUES (${nameList(names, 's')})`,
    ].join('\n');
  const refused = refusing.map((one) => refusedRows(one, scope, attempt, refusedAt));
  return packed('quarantine', refused, '\nUNION ALL\n', maxTravellingBytes - 2000).map(merge);
}

/** Takes the refused rows of rebuilt models out of quarantine: they are judged again. */
export const forgetSql = (study: string, models: readonly string[]): string =>
  `DELETE FROM ${quoteTable(databaseOf(study, 'quarantine'), 'refused')} WHERE "model" IN (${models.map(quoteText).join(', ')})`;

function refusedRows(
  { model, doubledKeys }: Refusing,
  scope: RunScope,
  attempt: number,
  refusedAt: string,
): string {
  const { contract } = model;
  const has = new Set(contract.columns.map((column) => column.name));
  // The run's id would make a row that is refused again look like another one.
  const kept = contract.columns.filter((column) => column.name !== '_run_id');
  const details = refusals(contract).map(
    (rule) => `WHEN ${quoteText(rule.name)} THEN ${quoteText(rule.description)}`,
  );
  const source = Object.entries(lineage)
    .map(
      ([name, column]) =>
        `${has.has(column) ? `s.${quoteName(column)}` : 'CAST(NULL AS varchar)'} AS ${quoteName(name)}`,
    )
    .join(', ');
  return [
    `  SELECT DISTINCT ${quoteText(model.name)} AS "model", s."_rule" AS "rule", CASE s."_rule" ${details.join(' ')} END AS "detail",`,
    `    ${source},`,
    `    json_format(CAST(map(ARRAY[${kept.map((column) => quoteText(column.name)).join(', ')}], ARRAY[${kept.map((column) => textOf(column, 's')).join(', ')}]) AS JSON)) AS "row_json",`,
    `    ${quoteText(scope.runId)} AS "run_id", CAST(${timestampLiteral(refusedAt)} AS timestamp(6)) AS "refused_at"`,
    `  FROM ${judgedRows(model, scope, attempt, doubledKeys)} AS s`,
    '  WHERE s."_rule" IS NOT NULL',
  ].join('\n');
}

/** `2024-12-01T10:00:00.000Z` as a literal. */
const timestampLiteral = (iso: string) => `TIMESTAMP '${iso.replace('T', ' ').replace(/Z$/, '')}'`;

/** One result of a check, as `checks` keeps it over time. */
export interface CheckResult {
  readonly model: string;
  readonly layer: string;
  readonly rule: string;
  readonly dimension: string;
  readonly severity: string;
  readonly failed: number;
  readonly total: number;
  readonly passed: boolean;
}

/** Keeps a run's check results; a second try of the run replaces nothing and doubles nothing. */
export function checksSql(scope: RunScope, results: readonly CheckResult[], measuredAt: string): string[] {
  const names = checksColumns.map(([name]) => name);
  const values = results.map(
    (result) =>
      `(${[scope.runId, result.model, result.layer, result.rule, result.dimension, result.severity].map(quoteText).join(', ')}, ` +
      `CAST(${result.failed} AS bigint), CAST(${result.total} AS bigint), ${result.passed}, CAST(${timestampLiteral(measuredAt)} AS timestamp(6)))`,
  );
  return packed('checks', values, ',\n  ', maxTravellingBytes - 2000).map((rows) =>
    [
      `MERGE INTO ${quoteTable(databaseOf(scope.study, 'quarantine'), 'checks')} AS c`,
      `USING (VALUES\n  ${rows}\n) AS s (${nameList(names)})`,
      `ON c."run_id" = ${quoteText(scope.runId)} AND c."model" = s."model" AND c."rule" = s."rule"`,
      `WHEN NOT MATCHED THEN INSERT (${nameList(names)}) VALUES (${nameList(names, 's')})`,
    ].join('\n'),
  );
}
