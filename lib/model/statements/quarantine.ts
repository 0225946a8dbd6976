/** Tables that every study has beside its models: rows refused at the stage, and the results of the checks. */

import type { Contract } from '../contract.ts';
import { databaseOf } from '../databases.ts';
import type { RunScope } from '../plan.ts';
import { canRefuse, primaryKeyRule, refusesKeys, rowRules } from '../rules.ts';
import { checkedStatement, nameList, quoteName, quoteTable, quoteText } from '../sql/write.ts';
import { type ModelTable, stageName } from './names.ts';
import { icebergTableSql } from './table.ts';

type SystemColumn = readonly [name: string, type: string, description: string];

const rowsColumns: readonly SystemColumn[] = [
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

/** Columns of `<study>_quarantine.rows` and `.checks`, as Glue names their types. */
export const systemColumns = { rows: asColumns(rowsColumns), checks: asColumns(checksColumns) } as const;

/** CREATE TABLE IF NOT EXISTS of `<study>_quarantine.rows` and `<study>_quarantine.checks`. */
export const createSystemTablesSql = (study: string, lake: string): string[] =>
  (['rows', 'checks'] as const).map((table) =>
    icebergTableSql(
      databaseOf(study, 'quarantine'),
      table,
      systemColumns[table],
      [],
      `s3://${lake}/quarantine/tables/study=${study}/${table}`,
    ),
  );

/** A column's value as text within the row's JSON; arrays, maps and rows as their JSON. */
const asText = (column: Contract['columns'][number]) =>
  /^(array|map|struct)</.test(column.type)
    ? `json_format(CAST(s.${quoteName(column.name)} AS JSON))`
    : `CAST(s.${quoteName(column.name)} AS varchar)`;

const lineage = {
  stream: '_stream',
  shard: '_shard',
  sequence_number: '_sequence_number',
  event_id: '_event_id',
};

/**
 * Puts a stage's refused rows into `<study>_quarantine.rows`, each once however often it is refused again. Undefined for
 * a model that can refuse nothing.
 */
export function refuseSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  refusedAt: string,
): string | undefined {
  const { contract } = model;
  if (!canRefuse(contract)) return undefined;
  const has = new Set(contract.columns.map((column) => column.name));
  // The run's id would make a row that is refused again look like another one.
  const kept = contract.columns.filter((column) => column.name !== '_run_id');
  const details = [
    ...rowRules(contract).filter((rule) => rule.severity === 'refuse'),
    ...(refusesKeys(contract)
      ? [
          {
            name: primaryKeyRule,
            description: `another event holds the key (${contract.primaryKey.join(', ')})`,
          },
        ]
      : []),
  ].map((rule) => `WHEN ${quoteText(rule.name)} THEN ${quoteText(rule.description)}`);
  const source = Object.entries(lineage)
    .map(
      ([name, column]) =>
        `${has.has(column) ? `s.${quoteName(column)}` : 'CAST(NULL AS varchar)'} AS ${quoteName(name)}`,
    )
    .join(', ');
  const names = rowsColumns.map(([name]) => name);
  const same = (name: string) => `coalesce(q.${quoteName(name)}, '') = coalesce(s.${quoteName(name)}, '')`;
  return checkedStatement(
    `quarantine of ${model.name}`,
    [
      `MERGE INTO ${quoteTable(databaseOf(scope.study, 'quarantine'), 'rows')} AS q`,
      'USING (',
      `  SELECT DISTINCT ${quoteText(model.name)} AS "model", s."_rule" AS "rule", CASE s."_rule" ${details.join(' ')} END AS "detail",`,
      `    ${source},`,
      `    json_format(CAST(map(ARRAY[${kept.map((column) => quoteText(column.name)).join(', ')}], ARRAY[${kept.map(asText).join(', ')}]) AS JSON)) AS "row_json",`,
      `    ${quoteText(scope.runId)} AS "run_id", CAST(${timestampLiteral(refusedAt)} AS timestamp(6)) AS "refused_at"`,
      `  FROM ${stageName(model, scope, attempt)} AS s`,
      '  WHERE s."_rule" IS NOT NULL',
      ') AS s',
      `ON q."model" = s."model" AND q."rule" = s."rule" AND ${['stream', 'shard', 'sequence_number', 'row_json'].map(same).join(' AND ')}`,
      `WHEN NOT MATCHED THEN INSERT (${nameList(names)}) VALUES (${nameList(names, 's')})`,
    ].join('\n'),
  );
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

/** Rows of checks that one statement carries: about 40 KB, far below Athena's limit. */
const checksAStatement = 250;

/** Keeps a run's check results; a second try of the run replaces nothing and doubles nothing. */
export function checksSql(scope: RunScope, results: readonly CheckResult[], measuredAt: string): string[] {
  const names = checksColumns.map(([name]) => name);
  const statements: string[] = [];
  for (let from = 0; from < results.length; from += checksAStatement) {
    const values = results
      .slice(from, from + checksAStatement)
      .map(
        (result) =>
          `(${[scope.runId, result.model, result.layer, result.rule, result.dimension, result.severity].map(quoteText).join(', ')}, ` +
          `CAST(${result.failed} AS bigint), CAST(${result.total} AS bigint), ${result.passed}, CAST(${timestampLiteral(measuredAt)} AS timestamp(6)))`,
      );
    statements.push(
      [
        `MERGE INTO ${quoteTable(databaseOf(scope.study, 'quarantine'), 'checks')} AS c`,
        `USING (VALUES\n  ${values.join(',\n  ')}\n) AS s (${nameList(names)})`,
        'ON c."run_id" = s."run_id" AND c."model" = s."model" AND c."rule" = s."rule"',
        `WHEN NOT MATCHED THEN INSERT (${nameList(names)}) VALUES (${nameList(names, 's')})`,
      ].join('\n'),
    );
  }
  return statements;
}
