/** The properties that Athena takes for an Iceberg table, by Iceberg's own names. */
import { QueryFailure } from '../failures.ts';

/** https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html#querying-iceberg-table-properties */
const stored: Readonly<Record<string, string>> = {
  write_compression: 'write.parquet.compression-codec',
  write_target_data_file_size_bytes: 'write.target-file-size-bytes',
  optimize_rewrite_data_file_threshold: 'optimize_rewrite_data_file_threshold',
  optimize_rewrite_delete_file_threshold: 'optimize_rewrite_delete_file_threshold',
  optimize_rewrite_min_data_file_size_bytes: 'optimize_rewrite_min_data_file_size_bytes',
  optimize_rewrite_max_data_file_size_bytes: 'optimize_rewrite_max_data_file_size_bytes',
  vacuum_min_snapshots_to_keep: 'vacuum_min_snapshots_to_keep',
  vacuum_max_snapshot_age_seconds: 'vacuum_max_snapshot_age_seconds',
  vacuum_max_metadata_files_to_keep: 'vacuum_max_metadata_files_to_keep',
};

const codecs = new Set(['zstd', 'snappy', 'gzip', 'lz4', 'none', 'uncompressed']);

/**
 * @throws QueryFailure for a property that Athena does not take, or for a file format other than Parquet
 */
export function icebergProperties(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    const text = String(value);
    if (key === 'table_type' || key === 'is_external') continue;
    if (key === 'format') {
      if (text.toLowerCase() !== 'parquet')
        throw new QueryFailure(
          'NOT_SUPPORTED',
          `The Iceberg file format '${text}' is not emulated; parquet is.`,
        );
      properties['write.format.default'] = 'parquet';
    } else if (key === 'write.object-storage.enabled') {
      if (text.toLowerCase() === 'true')
        throw new QueryFailure(
          'NOT_SUPPORTED',
          "The table property 'write.object-storage.enabled' is not emulated.",
        );
    } else if (stored[key]) {
      if (key === 'write_compression' && !codecs.has(text.toLowerCase()))
        throw new QueryFailure(
          'INVALID_TABLE_PROPERTY',
          `write_compression is '${text}'; allowed: ${[...codecs].join(', ')}`,
        );
      properties[stored[key]] = key === 'write_compression' ? text.toLowerCase() : text;
    } else {
      throw new QueryFailure('', `Unsupported table property key: ${name}`, { type: 1200 });
    }
  }
  return properties;
}

const names = new Map(Object.entries(stored).map(([name, key]) => [key, name]));

/** An Iceberg table's properties as Athena shows them: by its own names, formats and codecs in capitals, ZSTD when none is set. */
export function shownIcebergProperties(properties: Readonly<Record<string, string>>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [key, value] of Object.entries(properties))
    if (key === 'write.format.default') shown.format = value.toUpperCase();
    else if (key !== stored.write_compression) shown[names.get(key) ?? key] = value;
  const codec = properties[stored.write_compression!] ?? 'zstd';
  return { ...shown, write_compression: codec.toUpperCase() };
}
