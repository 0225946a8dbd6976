/** Writes what is in OVER and ORDER BY, with Trino's order of NULLs said out loud. */
import { notVerified, SqlError } from '../errors.ts';
import type { Call, Expression, Frame, FrameBound, SortItem, Window } from '../syntax/tree.ts';
import { commonType, isInteger, isNumeric, physicalType, sameType, typeText } from '../types.ts';
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

/** What is in OVER: keys whose `sql` is what takes part in the partition, the order, the frame. */
export interface WindowParts {
  readonly keys: readonly Typed[];
  readonly order: readonly { readonly sql: string; readonly direction: string }[];
  readonly frame: string | undefined;
}

export function windowParts(over: NonNullable<Call['over']>, environment: Environment): WindowParts {
  const window =
    'reference' in over ? named(over.reference, over.position, environment) : resolveBase(over, environment);
  return {
    keys: window.partitionBy.map((key) => {
      const value = translateExpression(key, environment);
      return { sql: instantOf(value.sql, value.type), type: value.type };
    }),
    order: window.orderBy.map((item) => ({
      sql: orderKey(translateExpression(item.expression, environment), item),
      direction: direction(item),
    })),
    frame: window.frame && frameSql(window.frame, window, environment),
  };
}

export function windowSql(over: NonNullable<Call['over']>, environment: Environment): string {
  const { keys, order, frame } = windowParts(over, environment);
  const parts: string[] = [];
  if (keys.length > 0) parts.push(`PARTITION BY ${keys.map(({ sql }) => sql).join(', ')}`);
  if (order.length > 0)
    parts.push(`ORDER BY ${order.map((item) => `${item.sql} ${item.direction}`).join(', ')}`);
  if (frame) parts.push(frame);
  return parts.join(' ');
}

/** Whether the call's window says which rows it looks at. */
export function hasFrame({ over }: Call, environment: Environment): boolean {
  if (!over) return false;
  const window =
    'reference' in over ? named(over.reference, over.position, environment) : resolveBase(over, environment);
  return window.frame !== undefined;
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

const isMoved = (bound: FrameBound | undefined) => bound?.kind === 'preceding' || bound?.kind === 'following';

/** The one key that a RANGE with an offset counts along. */
function rangeKey(frame: Frame, window: Window, environment: Environment): Typed | undefined {
  if (frame.unit !== 'range' || !(isMoved(frame.start) || isMoved(frame.end))) return undefined;
  const [item, ...others] = window.orderBy;
  if (!item || others.length > 0)
    throw new SqlError(
      'INVALID_ARGUMENTS',
      `Window frame of type RANGE PRECEDING or FOLLOWING requires single sort item in ORDER BY (actual: ${window.orderBy.length})`,
      window.position,
    );
  const key = translateExpression(item.expression, environment);
  const { kind } = key.type;
  if (!isNumeric(key.type) && kind !== 'date' && kind !== 'timestamp')
    throw kind === 'varchar' || kind === 'boolean'
      ? new SqlError(
          'TYPE_MISMATCH',
          `Window frame of type RANGE PRECEDING or FOLLOWING requires that sort item type be numeric, datetime or interval (actual: ${typeText(key.type)})`,
          item.position,
        )
      : notVerified(`a RANGE frame with an offset over ${typeText(key.type)}`, item.position);
  return key;
}

/** How far from the key a RANGE reaches. */
function rangeOffset(key: Typed, offset: Typed, value: Extract<FrameBound, { value: Expression }>): string {
  const { position } = value.value;
  const isInterval =
    offset.type.kind === 'interval day to second' || offset.type.kind === 'interval year to month';
  if (isNumeric(key.type) ? !isNumeric(offset.type) : !isInterval)
    throw new SqlError(
      'TYPE_MISMATCH',
      `Window frame RANGE value type (${typeText(offset.type)}) not compatible with sort item type (${typeText(key.type)})`,
      position,
    );
  if (offset.literal?.kind !== 'number' && value.value.kind !== 'interval')
    throw notVerified('a RANGE frame with a computed offset', position);
  if (
    offset.literal?.text.startsWith('-') ||
    (value.value.kind === 'interval' && /-/.test(value.value.value))
  )
    throw new SqlError(
      'INVALID_ARGUMENTS',
      'Window frame offset value must not be negative or null',
      position,
    );
  if (isNumeric(key.type) && !sameType(commonType(key.type, offset.type) ?? key.type, key.type))
    throw notVerified(`a RANGE frame of ${typeText(offset.type)} over ${typeText(key.type)}`, position);
  return `CAST(${offset.sql} AS ${isInterval ? 'INTERVAL' : physicalType(key.type)})`;
}

function frameSql(frame: Frame, window: Window, environment: Environment): string {
  const key = rangeKey(frame, window, environment);
  const bound = (value: FrameBound) => {
    if (value.kind !== 'preceding' && value.kind !== 'following') return value.kind.toUpperCase();
    const offset = translateExpression(value.value, environment);
    if (key) return `${rangeOffset(key, offset, value)} ${value.kind.toUpperCase()}`;
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
