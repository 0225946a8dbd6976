/**
 * row_number() where most partitions have one row, as in "the first of each event's copies": that row's number is 1, so
 * only the rows of the other partitions are sorted. DuckDB sorts all of them, whole, which costs several times the grouping
 * that tells which those are.
 */
import type { Expression } from '../syntax/tree.ts';
import type { Environment, Typed } from './scope.ts';
import { type WindowParts, windowParts } from './window.ts';

/** Types of which a grouping and a comparison hold the same values equal. */
const PLAIN = new Set(['varchar', 'bigint', 'integer', 'boolean', 'date', 'timestamp']);

/** The window of `row_number() OVER (PARTITION BY … )` over plain keys; undefined for anything else. */
export function numberedWindow(
  expression: Expression | undefined,
  environment: Environment,
): WindowParts | undefined {
  if (expression?.kind !== 'call' || expression.name !== 'row_number' || !expression.over) return undefined;
  // A common table cannot see the columns of an enclosing query.
  if (environment.outer) return undefined;
  const parts = windowParts(expression.over, { ...environment, allowsWindows: false });
  const isPlain = parts.keys.every(({ type }) => PLAIN.has(type.kind));
  return parts.keys.length > 0 && isPlain && !parts.frame ? parts : undefined;
}

/**
 * The SELECT whose output at `at` is the window's number.
 * @param shown every output and its name
 * @param rows what follows the select list
 */
export function numberRows(
  shown: readonly { readonly value: Typed; readonly name: string }[],
  at: number,
  { keys, order }: WindowParts,
  rows: string,
  { statement }: Environment,
): string {
  const [all, repeated, row, key, number, result] = Array.from({ length: 6 }, () => statement.nextAlias('n'));
  const columns = new Map<string, string>();
  /** The column of the first step that holds a value, one however often it is used. */
  const keep = (sql: string): string => {
    const known = columns.get(sql) ?? statement.nextAlias('k');
    columns.set(sql, known);
    return known;
  };
  const values = shown.map(({ value }, index) => (index === at ? number : keep(value.sql)));
  const partition = keys.map(({ sql }) => keep(sql));
  const sorted = order.map(({ sql, direction }) => `${row}.${keep(sql)} ${direction}`);
  const inRow = partition.map((name) => `${row}.${name}`).join(', ');
  const over = `PARTITION BY ${inRow}${sorted.length > 0 ? ` ORDER BY ${sorted.join(', ')}` : ''}`;
  const isRepeated = `EXISTS (SELECT 1 FROM ${repeated} AS ${key} WHERE ${partition.map((name) => `${key}.${name} IS NOT DISTINCT FROM ${row}.${name}`).join(' AND ')})`;
  const first = [...columns].map(([sql, name]) => `${sql} AS ${name}`).join(', ');
  const last = shown.map(({ name }, index) => `${result}.${values[index]} AS ${name}`).join(', ');
  return [
    `SELECT ${last} FROM (WITH ${all} AS MATERIALIZED (SELECT ${first}${rows}),`,
    `${repeated} AS MATERIALIZED (SELECT ${inRow} FROM ${all} AS ${row} GROUP BY ${inRow} HAVING count(*) > 1)`,
    `SELECT ${row}.*, CAST(1 AS BIGINT) AS ${number} FROM ${all} AS ${row} WHERE NOT ${isRepeated}`,
    `UNION ALL SELECT ${row}.*, row_number() OVER (${over}) AS ${number} FROM ${all} AS ${row} WHERE ${isRepeated}) AS ${result}`,
  ].join(' ');
}
