/** Column counts and bounds of a written Parquet file, from what DuckDB's COPY … RETURN_STATS says of it. */
import { avroName } from './avro.ts';
import type { DataFile } from './manifest.ts';
import { fieldsById, isPrimitive, type PlacedField, type StructType } from './schema.ts';
import { type Datum, encodeValue, lowerBound, parseValue, upperBound } from './values.ts';

/** One column's statistics by name (`min`, `max`, `null_count`, …), as texts. */
export type ColumnStatistics = Map<string, string>;

export type Metrics = Pick<
  DataFile,
  'columnSizes' | 'valueCounts' | 'nullCounts' | 'nanCounts' | 'lowerBounds' | 'upperBounds'
>;

/** DuckDB's key of a column, `"a"."element"`, by the field ids of the schema that the file was written with. */
export function leavesByStatisticsKey(struct: StructType): Map<string, PlacedField> {
  return new Map(
    [...fieldsById(struct).values()]
      .filter((field) => isPrimitive(field.type))
      .map((field) => [field.path.map((name) => `"${avroName(name)}"`).join('.'), field]),
  );
}

/**
 * Bounds are left out where they could mislead: in lists and maps, for NaN or infinite values, for years that Iceberg's
 * readers cannot print, and where no value was seen.
 */
export function metricsOf(
  statistics: ReadonlyMap<string, ColumnStatistics>,
  leaves: ReadonlyMap<string, PlacedField>,
): Metrics {
  const metrics: Metrics = {
    columnSizes: new Map(),
    valueCounts: new Map(),
    nullCounts: new Map(),
    nanCounts: new Map(),
    lowerBounds: new Map(),
    upperBounds: new Map(),
  };
  for (const [key, values] of statistics) {
    const leaf = leaves.get(key);
    if (!leaf) continue;
    const type = leaf.type as string;
    const count = (name: string, into: Map<number, number>) => {
      const text = values.get(name);
      if (text !== undefined) into.set(leaf.id, Number(text));
    };
    count('column_size_bytes', metrics.columnSizes);
    if (leaf.repeated) continue;
    count('num_values', metrics.valueCounts);
    count('null_count', metrics.nullCounts);
    const nan = values.get('has_nan');
    if (nan === 'false') metrics.nanCounts.set(leaf.id, 0);
    if (nan === 'true') continue;
    const low = boundValue(type, values.get('min'));
    const high = boundValue(type, values.get('max'));
    if (low !== undefined)
      metrics.lowerBounds.set(leaf.id, encodeValue(type, lowerBound(type, zero(low, -0))));
    const top = high === undefined ? undefined : upperBound(type, zero(high, 0));
    if (top !== undefined) metrics.upperBounds.set(leaf.id, encodeValue(type, top));
  }
  return metrics;
}

function boundValue(type: string, text: string | undefined): Datum | undefined {
  const value = text === undefined ? undefined : parseValue(type, text);
  return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
}

/** A floating zero has two signs; the bound takes the one that covers both. */
const zero = (value: Datum, signed: number): Datum => (value === 0 ? signed : value);
