/** Reads the ranges of values that manifests give for a file or for a manifest's files; predicates are judged by them. */
import { boundOf, type DataFile, type ManifestFile } from './manifest.ts';
import type { BoundSpec } from './metadata.ts';
import { partitionRange, type RangesOf, type ValueRange } from './predicate.ts';
import type { PlacedField } from './schema.ts';
import { decodeValue } from './values.ts';

const isFloating = (type: unknown) => type === 'float' || type === 'double';

/** Bounds of a column of one file. NaN is outside bounds: a floating column is judged only if it is known to have none. */
function columnRange(file: DataFile, field: PlacedField): ValueRange | undefined {
  const type = field.type as string;
  const nulls = file.nullCounts.get(field.id);
  const values = file.valueCounts.get(field.id);
  const bounded = !isFloating(type) || file.nanCounts.get(field.id) === 0;
  const lower = bounded ? boundOf(file.lowerBounds, field.id, type) : undefined;
  const upper = bounded ? boundOf(file.upperBounds, field.id, type) : undefined;
  return {
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
    exact: type !== 'string' && type !== 'binary',
    mayHaveNull: nulls !== 0,
    allNull: nulls !== undefined && values !== undefined && nulls === values && file.records > 0,
    ordered: true,
    identity: true,
    map: (value) => value,
  };
}

export const rangesOfFile =
  (file: DataFile, { spec, transforms }: BoundSpec, fields: ReadonlyMap<number, PlacedField>): RangesOf =>
  (id) => {
    const field = fields.get(id);
    const ofColumn = field && typeof field.type === 'string' ? columnRange(file, field) : undefined;
    const ofPartition = spec.fields.flatMap((part, index) => {
      if (part['source-id'] !== id) return [];
      const transform = transforms[index]!;
      if (transform.kind === 'void') return [];
      const value = file.partition[index] ?? null;
      if (isFloating(transform.resultType)) return [];
      return [
        partitionRange(transform, {
          ...(value === null ? {} : { lower: value, upper: value }),
          mayHaveNull: value === null,
          allNull: value === null,
        }),
      ];
    });
    return ofColumn ? [ofColumn, ...ofPartition] : ofPartition;
  };

export const rangesOfManifest =
  (manifest: ManifestFile, { spec, transforms }: BoundSpec): RangesOf =>
  (id) =>
    spec.fields.flatMap((part, index) => {
      const summary = manifest.partitions[index];
      const transform = transforms[index]!;
      if (part['source-id'] !== id || !summary || transform.kind === 'void') return [];
      if (isFloating(transform.resultType)) return [];
      const { lower, upper } = summary;
      return [
        partitionRange(transform, {
          ...(lower ? { lower: decodeValue(transform.resultType, lower) } : {}),
          ...(upper ? { upper: decodeValue(transform.resultType, upper) } : {}),
          mayHaveNull: summary.containsNull,
          allNull: !lower && !upper && summary.containsNull && summary.containsNan !== true,
        }),
      ];
    });
