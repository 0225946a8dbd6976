/** Writes what stands in OVER and ORDER BY, with Trino's order of NULLs said out loud. */
import { notVerified, SqlError } from '../errors.ts';
import type { Call, Frame, FrameBound, SortItem, Window } from '../syntax/tree.ts';
import { isInteger, typeText } from '../types.ts';
import { instantOf } from './cast.ts';
import { translateExpression } from './expression.ts';
import { failWith } from './failure.ts';
import { isOrderable } from './operator.ts';
import type { Environment, Typed } from './scope.ts';

/** Trino puts NULLs last in both directions. */
export const direction = (item: SortItem) =>
  `${item.descending ? 'DESC' : 'ASC'} NULLS ${item.nullsFirst ? 'FIRST' : 'LAST'}`;

/** Refuses a key that has no order; gives its instant where a zone would take part in DuckDB's. */
export function orderKey(value: Typed, item: SortItem): string {
  if (!isOrderable(value.type))
    throw new SqlError(
      'TYPE_MISMATCH',
      `Type ${typeText(value.type)} is not orderable, and therefore cannot be used in ORDER BY`,
      item.position,
    );
  return instantOf(value.sql, value.type);
}

export const sortSql = (item: SortItem, environment: Environment) =>
  `${orderKey(translateExpression(item.expression, environment), item)} ${direction(item)}`;

export function windowSql(over: NonNullable<Call['over']>, environment: Environment): string {
  const window =
    'reference' in over ? named(over.reference, over.position, environment) : resolveBase(over, environment);
  const parts: string[] = [];
  if (window.partitionBy.length > 0)
    parts.push(
      `PARTITION BY ${window.partitionBy
        .map((key) => {
          const value = translateExpression(key, environment);
          return instantOf(value.sql, value.type);
        })
        .join(', ')}`,
    );
  if (window.orderBy.length > 0)
    parts.push(`ORDER BY ${window.orderBy.map((item) => sortSql(item, environment)).join(', ')}`);
  if (window.frame) parts.push(frameSql(window.frame, environment));
  return parts.join(' ');
}

function named(name: string, position: Window['position'], environment: Environment): Window {
  const window = environment.windows.get(name.toLowerCase());
  if (!window) throw new SqlError('INVALID_ARGUMENTS', `Cannot resolve WINDOW name ${name}`, position);
  return resolveBase(window, environment);
}

/** `OVER (w ORDER BY …)` takes over what `w` says. */
function resolveBase(window: Window, environment: Environment): Window {
  if (window.base === undefined) return window;
  const base = named(window.base, window.position, environment);
  return {
    ...window,
    base: undefined,
    partitionBy: base.partitionBy,
    orderBy: window.orderBy.length > 0 ? window.orderBy : base.orderBy,
    frame: window.frame ?? base.frame,
  };
}

function frameSql(frame: Frame, environment: Environment): string {
  const bound = (value: FrameBound) => {
    if (value.kind !== 'preceding' && value.kind !== 'following') return value.kind.toUpperCase();
    const offset = translateExpression(value.value, environment);
    if (frame.unit === 'range') throw notVerified('a RANGE frame with an offset', value.value.position);
    if (!isInteger(offset.type))
      throw new SqlError(
        'TYPE_MISMATCH',
        `Window frame ${frame.unit.toUpperCase()} value type must be exact numeric type with scale 0 (actual ${typeText(offset.type)})`,
        value.value.position,
      );
    const negative = failWith('Window frame offset value must not be negative or null');
    const rows =
      offset.literal?.kind === 'number' && !offset.literal.text.startsWith('-')
        ? offset.sql
        : `CASE WHEN ${offset.sql} >= 0 THEN ${offset.sql} ELSE ${negative} END`;
    return `${rows} ${value.kind.toUpperCase()}`;
  };
  const start = bound(frame.start);
  const end = frame.end ? bound(frame.end) : 'CURRENT ROW';
  return `${frame.unit.toUpperCase()} BETWEEN ${start} AND ${end}`;
}
