/**
 * Stages a model: its SELECT over what the run needs of its inputs, cast to the contract's types, each row with the rule
 * that refuses it (`_rule`, null for a good row).
 *
 * The stage is an Iceberg table, because a workgroup that enforces its result location refuses CTAS with
 * `external_location` and puts Hive tables among the query results, while Iceberg's `location` is taken as it is
 * (https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html). It is read a few times and removed, so its
 * compression is the quick one.
 *
 * Most silver tables need none: their rows are published from what arrived. Where a run brings an event twice, or two events
 * that claim one key, the table is staged, so that the first one is found.
 */

import { isDimension } from '../../contract/contractFacts.ts';
import {
  incrementalRule,
  narrowedColumns,
  primaryKeyRule,
  refusesKeys,
  unfitRule,
} from '../../contract/rules.ts';
import { parseType, queryType } from '../../contract/types.ts';
import { databaseOf } from '../../layout.ts';
import { nameList, quoteName, quoteText } from '../../sql/write.ts';
import type { Period } from '../keys/keySegment.ts';
import type { ModelScope, RunScope } from '../scope.ts';
import { arrivalsName, arrivedLines, arrivedRows } from './arrivals.ts';
import { bindModel } from './bind.ts';
import { dimensionSql } from './dimension.ts';
import {
  appendIdentity,
  arrivalOrder,
  columnNames,
  isRemade,
  type ModelTable,
  stageName,
  targetName,
} from './names.ts';
import { ruleOf } from './rowRule.ts';
import { createStageSql } from './table.ts';
import { inPartitions, silverBounds } from './within.ts';

/** Whether the run stages the model; a silver table whose rows are all good as they arrived is not. */
export function isStaged(model: ModelTable, scope: RunScope): boolean {
  if (model.contract.materialization !== 'append') return true;
  const plan = model.derivedFrom ? scope.sources[model.derivedFrom] : undefined;
  return !plan?.typed || plan.repeats || plan.contested || scope.copies || isRemade(model, scope);
}

/** The rows that the run would publish, each with its `_rule`, as a relation. */
export const stagedRows = (model: ModelTable, scope: RunScope, attempt: number): string =>
  isStaged(model, scope) ? stageName(model, scope, attempt) : arrivedRows(model, scope, attempt);

/** The table in which a person finds the rows that the run would publish. */
export const stagedAt = (model: ModelTable, scope: RunScope, attempt: number): string =>
  isStaged(model, scope) ? stageName(model, scope, attempt) : arrivalsName(scope, attempt);

/**
 * What may not fit its column's type, and so is cast row by row. Of a table derived from its source the validator has
 * judged every value already.
 */
const mayNotFit = (model: ModelTable) => (model.derivedFrom ? [] : narrowedColumns(model.contract));

/** The model's columns cast to their types, and `_unfit`: the rule of the first value that does not fit, else null. */
function typedColumns(model: ModelTable, qualifier: string): string {
  const tried = new Set(mayNotFit(model).map((column) => column.name));
  const columns = model.contract.columns.map(({ name, type }) => {
    const value = `${qualifier}.${quoteName(name)}`;
    const cast = `${tried.has(name) ? 'TRY_CAST' : 'CAST'}(${value} AS ${queryType(parseType(type))})`;
    return { name, value, cast };
  });
  const unfit = columns
    .filter(({ name }) => tried.has(name))
    .map(
      ({ name, value, cast }) =>
        `WHEN ${value} IS NOT NULL AND ${cast} IS NULL THEN ${quoteText(unfitRule(name))}`,
    );
  return [
    ...columns.map(({ name, cast }) => `${cast} AS ${quoteName(name)}`),
    unfit.length > 0
      ? `CAST(CASE ${unfit.join('\n      ')} END AS varchar) AS "_unfit"`
      : 'CAST(NULL AS varchar) AS "_unfit"',
  ].join(',\n    ');
}

/** CREATE TABLE … AS of the stage. */
export function stageSql(model: ModelTable, scope: RunScope, attempt: number): string {
  const select =
    model.contract.materialization === 'append'
      ? appendStage(model, scope, attempt)
      : mergeStage(model, scope);
  return createStageSql(`stage of ${model.name}`, model, scope, attempt, select);
}

/** A model's rows, from the partitions that the run reads; from whole tables for a model without a plan. */
export const modelSql = (model: ModelTable, scope: ModelScope): string =>
  isDimension(model.contract) ? dimensionSql(model, scope) : bindModel(model, scope);

/** Rows outside of the partitions are of no concern, unless they are where `incremental` leads to none: those are staged too. */
function mergeStage(model: ModelTable, scope: RunScope): string {
  const { partitions, covers } = scope.models[model.name] ?? {};
  const within = (periods: readonly Period[]) => inPartitions(model.contract, 'typed', periods);
  const outside = covers && `coalesce(NOT ${within(covers)}, true)`;
  const bounds = partitions ? `\n  WHERE ${within(partitions)} OR ${outside}` : '';
  const rule = ruleOf(model, '"_unfit"');
  return [
    'WITH model AS (',
    modelSql(model, scope),
    '),',
    'typed AS (',
    `  SELECT\n    ${typedColumns(model, 'model')}\n  FROM model`,
    ')',
    `SELECT ${nameList(columnNames(model))}, ${outside ? `coalesce(${rule}, CASE WHEN ${outside} THEN ${quoteText(incrementalRule)} END)` : rule} AS "_rule"`,
    `FROM typed${bounds}`,
  ].join('\n');
}

/** The rule of an arrived row, if it is that of a value that does not fit. */
const unfitRuleOf = (qualifier: string) =>
  `CASE WHEN ${qualifier}."_rule" LIKE ${quoteText(unfitRule('%'))} THEN ${qualifier}."_rule" END`;

/** The model's rows with the contract's types: those of a typed source are staged already with what arrived. */
function typedRows(model: ModelTable, scope: RunScope, attempt: number): string[] {
  const columns = columnNames(model);
  if (model.derivedFrom && scope.sources[model.derivedFrom]?.typed)
    return [
      'WITH typed AS (',
      `  SELECT ${nameList(columns, 'a')}, ${isRemade(model, scope) ? unfitRuleOf('a') : 'CAST(NULL AS varchar)'} AS "_unfit" FROM ${arrivedRows(model, scope, attempt)} AS a`,
      '),',
    ];
  const lines = arrivedLines(scope, attempt, model.contract.accountsFor ?? []);
  return [
    'WITH model AS (',
    bindModel(model, scope, { [`${databaseOf(scope.study, 'bronze')}.records`]: lines }),
    '),',
    'typed AS (',
    `  SELECT\n    ${typedColumns(model, 'model')}\n  FROM model`,
    '),',
  ];
}

/** Copies of one event stand behind the first; of events that claim one key the first keeps it. */
function appendStage(model: ModelTable, scope: RunScope, attempt: number): string {
  const columns = columnNames(model);
  const order = nameList(arrivalOrder);
  const judged = [
    ...typedRows(model, scope, attempt),
    'ranked AS (',
    // The id before its source, which is one and the same for most rows: what differs early is quicker to sort by.
    `  SELECT ${nameList(columns)}, "_unfit", row_number() OVER (PARTITION BY ${nameList(appendIdentity(model).toReversed())} ORDER BY ${order}) AS "_copy"`,
    '  FROM typed',
    '),',
    'judged AS (',
    `  SELECT ${nameList(columns)}, ${ruleOf(model, '"_unfit"')} AS "_rule"`,
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
  // A rebuilt table holds nothing that a row of it could meet.
  const bounds = isRemade(model, scope) ? ['false'] : silverBounds(model, scope, 't');
  const known = (names: readonly string[]) =>
    `(SELECT ${nameList(names, 't')} FROM ${targetName(model)} AS t${bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''})`;
  return [
    `${judged.join('\n')},`,
    // An event that silver knows will not be inserted, so it takes no key from another.
    'met AS (',
    `  SELECT ${nameList(columns, 'j')}, j."_rule", e.${quoteName(identity[0] as string)} IS NOT NULL AS "_known"`,
    '  FROM judged AS j',
    `  LEFT JOIN ${known(identity)} AS e ON ${equal(identity, 'e', 'j')}`,
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
    `LEFT JOIN ${known(key)} AS h ON ${equal(key, 'h', 'k')}`,
  ].join('\n');
}
