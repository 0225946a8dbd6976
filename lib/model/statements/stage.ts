/**
 * Stages a model: its SELECT over the run's slice, cast to the contract's types, one row per identity, each with the rule
 * that refuses it (`_rule`, null for a good row).
 *
 * The stage is an Iceberg table, because a workgroup that enforces its result location refuses CTAS with
 * `external_location` and puts Hive tables among the query results, while Iceberg's `location` is taken as it is and
 * DROP TABLE deletes the files too (https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html). It is read a few
 * times and dropped, so its compression is the quick one.
 */

import { partitionValue } from '../partitioning.ts';
import type { RunScope } from '../plan.ts';
import { primaryKeyRule, refusesKeys, rowRules } from '../rules.ts';
import { checkedStatement, literal, nameList, quoteName, quoteText } from '../sql/write.ts';
import { parseType, queryType } from '../types.ts';
import { bindRun } from './bind.ts';
import {
  appendIdentity,
  arrivalOrder,
  columnNames,
  type ModelTable,
  type Staged,
  stageLocation,
  stageName,
  targetName,
} from './names.ts';

/** Values of the partition column (as text, null included) that a run recomputes. */
export type TouchedValues = readonly (string | null)[];

/** The statement whose rows (`value`) are the partitions that a run recomputes; undefined = the whole table. */
export function touchedSql(model: ModelTable, scope: RunScope): string | undefined {
  const partition = partitionValue(model.contract);
  if (!model.contract.touched || !partition) return undefined;
  // Through the column's type, so that the text is what a literal of that type is written from.
  const value = `CAST(CAST(p."value" AS ${queryType(parseType(partition.type))}) AS varchar)`;
  return checkedStatement(
    `touched of ${model.name}`,
    `SELECT DISTINCT ${value} AS "value" FROM (\n${bindRun(model.contract.touched, scope)}\n) AS p ("value")`,
  );
}

/** `expression` is one of these values. */
export function isOneOf(expression: string, values: TouchedValues, type: string): string {
  const literals = values.filter((value) => value !== null).map((value) => literal(type, value));
  const listed = literals.length ? `${expression} IN (${literals.join(', ')})` : 'false';
  return values.includes(null) ? `(${listed} OR ${expression} IS NULL)` : listed;
}

const typedColumns = (model: ModelTable, qualifier: string) =>
  model.contract.columns
    .map(
      (column) =>
        `CAST(${qualifier}.${quoteName(column.name)} AS ${queryType(parseType(column.type))}) AS ${quoteName(column.name)}`,
    )
    .join(',\n    ');

/** The first refusing rule that the row breaks, in the contract's order. */
function ruleOf(model: ModelTable): string {
  const refusing = rowRules(model.contract).filter((rule) => rule.severity === 'refuse');
  if (refusing.length === 0) return 'CAST(NULL AS varchar)';
  const cases = refusing.map((rule) => `WHEN (${rule.broken}) THEN ${quoteText(rule.name)}`);
  return `CAST(CASE ${cases.join('\n      ')} END AS varchar)`;
}

/**
 * CREATE TABLE … AS of the stage.
 * @param touched values that `touchedSql` gave; leave out for a whole table.
 * @throws RangeError when `touched` is empty: there is nothing to stage, and the run skips the model.
 */
export function stageSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  touched?: TouchedValues,
): string {
  if (touched?.length === 0)
    throw new RangeError(`the run ${scope.runId} touches no partition of ${model.name}: skip the model`);
  const select =
    model.contract.materialization === 'append'
      ? appendStage(model, scope)
      : mergeStage(model, scope, touched);
  return createStageSql(`stage of ${model.name}`, model, scope, attempt, select);
}

/** @param what it is called in an error */
export const createStageSql = (
  what: string,
  staged: Staged,
  scope: RunScope,
  attempt: number,
  select: string,
): string =>
  checkedStatement(
    what,
    `CREATE TABLE ${stageName(staged, scope, attempt)}\n` +
      "WITH (table_type = 'ICEBERG', is_external = false, format = 'PARQUET', write_compression = 'SNAPPY', " +
      `location = ${quoteText(stageLocation(staged, scope, attempt))})\nAS\n${select}`,
  );

function mergeStage(model: ModelTable, scope: RunScope, touched: TouchedValues | undefined): string {
  const partition = partitionValue(model.contract);
  const bounds =
    touched && partition
      ? `\n  WHERE ${isOneOf(partition.expression('typed'), touched, partition.type)}`
      : '';
  return [
    'WITH model AS (',
    bindRun(model.sql, scope),
    '),',
    'typed AS (',
    `  SELECT\n    ${typedColumns(model, 'model')}\n  FROM model`,
    ')',
    `SELECT ${nameList(columnNames(model))}, ${ruleOf(model)} AS "_rule"`,
    `FROM typed${bounds}`,
  ].join('\n');
}

/** Copies of one event stand behind the first; of events that claim one key the first keeps it. */
function appendStage(model: ModelTable, scope: RunScope): string {
  const columns = columnNames(model);
  const order = nameList(arrivalOrder);
  const judged = [
    'WITH model AS (',
    bindRun(model.sql, scope),
    '),',
    'typed AS (',
    `  SELECT\n    ${typedColumns(model, 'model')}\n  FROM model`,
    '),',
    'ranked AS (',
    // The id before its source, which is one and the same for most rows: what differs early is quicker to sort by.
    `  SELECT ${nameList(columns)}, row_number() OVER (PARTITION BY ${nameList(appendIdentity(model).toReversed())} ORDER BY ${order}) AS "_copy"`,
    '  FROM typed',
    '),',
    'judged AS (',
    `  SELECT ${nameList(columns)}, ${ruleOf(model)} AS "_rule"`,
    '  FROM ranked',
    '  WHERE "_copy" = 1',
    ')',
  ];
  if (!refusesKeys(model.contract))
    return [...judged, `SELECT ${nameList(columns)}, "_rule"`, 'FROM judged'].join('\n');

  const key = model.contract.primaryKey;
  const identity = appendIdentity(model);
  const equal = (names: readonly string[], a: string, b: string) =>
    names.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');
  return [
    `${judged.join('\n')},`,
    // An event that silver knows will not be inserted, so it takes no key from another.
    'met AS (',
    `  SELECT ${nameList(columns, 'j')}, j."_rule", e.${quoteName(identity[0] as string)} IS NOT NULL AS "_known"`,
    '  FROM judged AS j',
    `  LEFT JOIN ${targetName(model)} AS e ON ${equal(identity, 'e', 'j')}`,
    '),',
    'keyed AS (',
    `  SELECT ${nameList(columns)}, "_rule", "_known", row_number() OVER (PARTITION BY ${nameList(key)}, "_rule" IS NULL, "_known" ORDER BY ${order}) AS "_holder"`,
    '  FROM met',
    ')',
    `SELECT ${nameList(columns, 'k')},`,
    '  CASE',
    '    WHEN k."_rule" IS NOT NULL THEN k."_rule"',
    '    WHEN k."_known" THEN NULL',
    `    WHEN h.${quoteName(key[0] as string)} IS NOT NULL OR k."_holder" > 1 THEN ${quoteText(primaryKeyRule)}`,
    '  END AS "_rule"',
    'FROM keyed AS k',
    `LEFT JOIN ${targetName(model)} AS h ON ${equal(key, 'h', 'k')}`,
  ].join('\n');
}
