/** Pages of Query and Scan: an index or the table read in order, filtered and projected, a page at a time. */
import { addIndexUnits, consumedCapacity, noConsumption, readUnits } from './capacity.ts';
import type { Binding, Placeholders } from './expressions/binding.ts';
import { type Condition, conditionPaths, holds, parseCondition } from './expressions/condition.ts';
import { type Path, project } from './expressions/paths.ts';
import { parseProjection } from './expressions/projection.ts';
import { checkedKey, keyNames, keyType, positionOf } from './keys.ts';
import { type Database, lastKeyOf } from './state.ts';
import type { Span } from './store.ts';
import { type IndexDefinition, projected, type Table } from './table.ts';
import { checkedItem, type Item, itemSize, typeOf, validationError } from './values.ts';
import { assertKeysWhole } from './writes.ts';

export interface PageInput extends Placeholders {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly FilterExpression?: string;
  readonly ProjectionExpression?: string;
  readonly Select?: string;
  readonly Limit?: number;
  readonly ConsistentRead?: boolean;
  readonly ExclusiveStartKey?: Item;
  readonly ReturnConsumedCapacity?: string;
}

const MAX_PAGE_BYTES = 1024 * 1024;

/** A read of one table or index, its parameters checked. */
export interface PageRequest {
  readonly table: Table;
  readonly index: IndexDefinition | undefined;
  readonly filter: Condition | undefined;
  readonly paths: readonly Path[] | undefined;
}

export function indexOf(table: Table, input: PageInput): IndexDefinition | undefined {
  if (input.IndexName === undefined) return undefined;
  const index = table.indexes.find(({ name }) => name === input.IndexName);
  if (!index) {
    throw validationError(`The table does not have the specified index: ${input.IndexName}`);
  }
  if (index.global && input.ConsistentRead) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  return index;
}

/** Parses filter and projection; the caller asserts that the binding is used up when it has parsed its own expressions. */
export function parsePage(
  table: Table,
  index: IndexDefinition | undefined,
  input: PageInput,
  binding: Binding,
): PageRequest {
  if (input.Select === 'SPECIFIC_ATTRIBUTES' && input.ProjectionExpression === undefined) {
    throw validationError(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (input.Select === 'ALL_PROJECTED_ATTRIBUTES' && !index) {
    throw validationError(
      'One or more parameter values were invalid: ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName',
    );
  }
  if (
    input.ProjectionExpression !== undefined &&
    (input.Select ?? 'SPECIFIC_ATTRIBUTES') !== 'SPECIFIC_ATTRIBUTES'
  ) {
    throw validationError(
      `Cannot specify the ProjectionExpression when choosing to get ${input.Select === 'COUNT' ? 'only the Count' : input.Select}`,
    );
  }
  if (input.Select === 'ALL_ATTRIBUTES' && index?.global && index.projection.ProjectionType !== 'ALL') {
    throw validationError(
      'One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global secondary index ' +
        `${index.name} because its projection type is not ALL`,
    );
  }
  const filter =
    input.FilterExpression === undefined
      ? undefined
      : parseCondition(input.FilterExpression, 'FilterExpression', binding);
  const paths =
    input.ProjectionExpression === undefined
      ? undefined
      : parseProjection(input.ProjectionExpression, binding);
  assertKeysWhole(table, [...(filter ? conditionPaths(filter) : []), ...(paths ?? [])]);
  return { table, index, filter, paths };
}

/** Where a page starts: the positions behind ExclusiveStartKey. */
export function startOf(
  table: Table,
  index: IndexDefinition | undefined,
  start: Item | undefined,
): Span['after'] {
  if (start === undefined) return undefined;
  const invalid = (why = '') => validationError(`The provided starting key is invalid${why}`);
  const names = new Set([...keyNames(table.keySchema), ...(index ? keyNames(index.keySchema) : [])]);
  if (Object.keys(start).length !== names.size) throw invalid();
  const key = checkedItem(start);
  for (const name of names) {
    if (!key[name] || typeOf(key[name]) !== keyType(table.attributes, name)) {
      throw invalid(': The provided key element does not match the schema');
    }
  }
  const own = Object.fromEntries(keyNames(table.keySchema).map((name) => [name, key[name]!]));
  const item = positionOf(table.keySchema, checkedKey(table, own))!;
  return index ? { ...positionOf(index.keySchema, key)!, item } : item;
}

/** Local indexes fetch what they do not hold from the table, at the price of a read each. */
function fetchesWhole({ table, index, paths }: PageRequest, input: PageInput): boolean {
  if (!index || index.global || index.projection.ProjectionType === 'ALL') return false;
  if (input.Select === 'ALL_ATTRIBUTES') return true;
  const held = new Set<unknown>([
    ...keyNames(table.keySchema),
    ...keyNames(index.keySchema),
    ...(index.projection.NonKeyAttributes ?? []),
  ]);
  return paths?.some(([head]) => !held.has(head)) ?? false;
}

/** Reads one page of a span: until its end, `Limit` items, or 1 MB before filtering. */
export function readPage(database: Database, request: PageRequest, input: PageInput, span: Span) {
  const { table, index, filter, paths } = request;
  const whole = fetchesWhole(request, input);
  const rows = index ? database.store.entries(table, index, span) : database.store.items(table, span);
  const items: Item[] = [];
  let scanned = 0;
  let bytes = 0;
  let fetchedUnits = 0;
  let last: Item | undefined;
  for (const { item, size } of rows) {
    const held = index ? projected(table, index, item) : item;
    scanned++;
    bytes += index ? itemSize(held) : size;
    if (whole) fetchedUnits += readUnits(size, input.ConsistentRead ?? false);
    const seen = whole || !index ? item : held;
    if (!filter || holds(filter, seen)) items.push(paths ? project(seen, paths) : seen);
    if (scanned === input.Limit || bytes >= MAX_PAGE_BYTES) {
      last = item;
      break;
    }
  }
  const consumption = noConsumption('read');
  const units = readUnits(bytes, input.ConsistentRead ?? false);
  if (index) addIndexUnits(consumption, index, units);
  else consumption.table = units;
  consumption.table += fetchedUnits;
  database.meterRead(table, consumption);
  return {
    Items: input.Select === 'COUNT' ? undefined : items,
    Count: items.length,
    ScannedCount: scanned,
    LastEvaluatedKey: last && lastKeyOf(table, index, last),
    ConsumedCapacity: consumedCapacity(table, consumption, input.ReturnConsumedCapacity),
  };
}
