/** Capacity units as AWS computes them, and the ConsumedCapacity that a request may ask for. */
import type { IndexDefinition, Table } from './table.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

/** Units per table and index that one request consumed. */
export interface Consumption {
  readonly kind: 'read' | 'write';
  table: number;
  readonly indexes: Map<IndexDefinition, number>;
}

export const noConsumption = (kind: 'read' | 'write'): Consumption => ({
  kind,
  table: 0,
  indexes: new Map(),
});

/** At least one unit, even for an item that is not there; half of it when the read is eventually consistent. */
export const readUnits = (bytes: number, consistent: boolean): number =>
  Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);

export const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES));

export function addIndexUnits(consumption: Consumption, index: IndexDefinition, units: number): void {
  consumption.indexes.set(index, (consumption.indexes.get(index) ?? 0) + units);
}

export function addConsumption(total: Consumption, part: Consumption): void {
  total.table += part.table;
  for (const [index, units] of part.indexes) addIndexUnits(total, index, units);
}

/** Transactions read or write every item twice: once to prepare, once to commit. */
export function doubled(consumption: Consumption): Consumption {
  return {
    kind: consumption.kind,
    table: consumption.table * 2,
    indexes: new Map([...consumption.indexes].map(([index, units]) => [index, units * 2])),
  };
}

export const totalUnits = (consumption: Consumption): number =>
  [...consumption.indexes.values()].reduce((sum, units) => sum + units, consumption.table);

/** The ConsumedCapacity member; undefined unless `wanted` is TOTAL or INDEXES. `split` adds the transactions' detail. */
export function consumedCapacity(
  table: Table,
  consumption: Consumption,
  wanted: string | undefined,
  split = false,
): Record<string, unknown> | undefined {
  if (wanted !== 'TOTAL' && wanted !== 'INDEXES') return undefined;
  const unitName = consumption.kind === 'read' ? 'ReadCapacityUnits' : 'WriteCapacityUnits';
  const units = (amount: number) => ({ CapacityUnits: amount, ...(split && { [unitName]: amount }) });
  const total = { TableName: table.name, ...units(totalUnits(consumption)) };
  if (wanted === 'TOTAL') return total;
  const ofIndexes = (global: boolean) => {
    const entries = [...consumption.indexes].filter(([index]) => index.global === global);
    if (entries.length === 0) return undefined;
    return Object.fromEntries(entries.map(([index, amount]) => [index.name, units(amount)]));
  };
  return {
    ...total,
    Table: units(consumption.table),
    LocalSecondaryIndexes: ofIndexes(false),
    GlobalSecondaryIndexes: ofIndexes(true),
  };
}
