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
import { nameList, quoteName, quoteTable, quoteText } from '../../sql/write.ts';
import type { Period } from '../keys/keySegment.ts';
import type { ModelScope, RunScope } from '../scope.ts';
import { arrivalsName, arrivalsStage, arrivedLines, arrivedRows } from './arrivals.ts';
import { bindModel } from './bind.ts';
import { dimensionSql } from './dimension.ts';
import {
  appendIdentity,
  arrivalOrder,
  columnNames,
  isRemade,
  type ModelTable,
  stageName,
  stageTable,
  targetName,
  textOf,
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

/** What Spark publishes a silver table from: `database.table`, and the source where the stage holds what arrived of all. */
export const sparkStage = (
  model: ModelTable,
  scope: RunScope,
  attempt: number,
): { readonly database: string; readonly table: string; readonly source?: string } => ({
  database: databaseOf(scope.study, 'stage'),
  ...(isStaged(model, scope)
    ? { table: stageTable(model, scope, attempt) }
    : {
        table: stageTable(arrivalsStage, scope, attempt),
        ...(model.derivedFrom && { source: model.derivedFrom }),
      }),
});

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

/**
 * The rows in the order of their arrival: an event is the first of its copies that keeps the rules of a row, so that a
 * record that was refused can be sent again corrected; of events that claim one key the first keeps it. What follows from an
 * event's first good copy is the same whether its copies come in one run or in several.
 */
function appendStage(model: ModelTable, scope: RunScope, attempt: number): string {
  const columns = nameList(columnNames(model));
  const order = nameList(arrivalOrder);
  // The id before its source, which is one and the same for most rows: what differs early is quicker to sort by.
  const identity = appendIdentity(model).toReversed();
  const ranked = [
    ...typedRows(model, scope, attempt),
    'judged AS (',
    `  SELECT ${columns}, ${ruleOf(model, '"_unfit"')} AS "_rule"`,
    '  FROM typed',
    '),',
    'ranked AS (',
    `  SELECT ${columns}, "_rule", row_number() OVER (PARTITION BY ${nameList(identity)}, "_rule" IS NULL ORDER BY ${order}) AS "_copy"`,
    '  FROM judged',
    ')',
  ];
  if (!refusesKeys(model.contract))
    return [
      ...ranked,
      `SELECT ${columns}, "_rule"`,
      'FROM ranked',
      'WHERE "_rule" IS NOT NULL OR "_copy" = 1',
    ].join('\n');
  return [...ranked.slice(0, -1), '),', ...keyedRows(model, scope)].join('\n');
}

const keysEqual = (names: readonly string[], a: string, b: string) =>
  names.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');

/** The ranked rows with the rule of the primary key: the first good copy of an event decides for all of its good copies. */
function keyedRows(model: ModelTable, scope: RunScope): string[] {
  const { contract } = model;
  const columns = columnNames(model);
  const identity = appendIdentity(model);
  const key = contract.primaryKey;
  // A rebuilt table holds nothing that a row of it could meet.
  const bounds = isRemade(model, scope) ? ['false'] : silverBounds(model, scope, 't');
  const known = (names: readonly string[]) =>
    `(SELECT ${nameList(names, 't')} FROM ${targetName(model)} AS t${bounds.length > 0 ? ` WHERE ${bounds.join(' AND ')}` : ''})`;
  const met = `e.${quoteName(identity[0] as string)} IS NOT NULL`;
  const [refused, isRefused] = refusedEvents(model, scope);
  return [
    // An event that silver knows will not be inserted, so it takes no key from another.
    'met AS (',
    `  SELECT ${nameList(columns, 'r')}, r."_rule", r."_copy", ${met} AS "_known", ${isRefused} AS "_refused",`,
    `    r."_rule" IS NULL AND r."_copy" = 1 AND NOT ${met} AND NOT ${isRefused} AS "_claims"`,
    '  FROM ranked AS r',
    `  LEFT JOIN ${known(identity)} AS e ON ${keysEqual(identity, 'e', 'r')}`,
    ...refused,
    '),',
    'held AS (',
    `  SELECT ${nameList(columns, 'm')}, m."_rule", m."_copy", m."_known",`,
    `    m."_refused" OR (m."_claims" AND (h.${quoteName(key[0] as string)} IS NOT NULL OR row_number() OVER (PARTITION BY ${nameList(key, 'm')}, m."_claims" ORDER BY ${nameList(arrivalOrder, 'm')}) > 1)) AS "_refused"`,
    '  FROM met AS m',
    `  LEFT JOIN ${known(key)} AS h ON ${keysEqual(key, 'h', 'm')}`,
    '),',
    'decided AS (',
    `  SELECT ${nameList(columns)}, "_rule", "_copy", "_known",`,
    `    max(CASE WHEN "_rule" IS NULL AND "_refused" THEN 1 ELSE 0 END) OVER (PARTITION BY ${nameList(identity)}) = 1 AS "_refused"`,
    '  FROM held',
    ')',
    `SELECT ${nameList(columns)},`,
    '  CASE',
    '    WHEN "_rule" IS NOT NULL THEN "_rule"',
    `    WHEN "_refused" AND NOT "_known" THEN ${quoteText(primaryKeyRule)}`,
    '  END AS "_rule"',
    'FROM decided',
    'WHERE "_rule" IS NOT NULL OR "_copy" = 1 OR ("_refused" AND NOT "_known")',
  ];
}

/**
 * The join that finds the events whose key was refused in an earlier run, and the condition that it found one. They hold
 * neither a row nor a key of silver, and are in quarantine by their row.
 */
function refusedEvents(model: ModelTable, scope: RunScope): [join: string[], found: string] {
  const isNew = (model.contract.accountsFor ?? []).every((source) => !scope.sources[source]?.stored);
  if (isRemade(model, scope) || (isNew && model.derivedFrom)) return [[], 'false'];
  const identity = model.contract.columns.filter(({ name }) => appendIdentity(model).includes(name));
  const member = ({ name }: { readonly name: string }) =>
    `json_extract_scalar(q."row_json", ${quoteText(`$.${name}`)}) AS ${quoteName(name)}`;
  const equal = identity.map((column) => `q.${quoteName(column.name)} = ${textOf(column, 'r')}`);
  return [
    [
      `  LEFT JOIN (SELECT DISTINCT ${identity.map(member).join(', ')} FROM ${quoteTable(databaseOf(scope.study, 'quarantine'), 'refused')} AS q`,
      `    WHERE q."model" = ${quoteText(model.name)} AND q."rule" = ${quoteText(primaryKeyRule)}) AS q ON ${equal.join(' AND ')}`,
    ],
    `q.${quoteName(identity[0]?.name as string)} IS NOT NULL`,
  ];
}
