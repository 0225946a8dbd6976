/**
 * What the footer of a Parquet file says of its columns, read by byte ranges: the rows stay unread.
 * https://parquet.apache.org/docs/file-format/metadata/
 */
import { type AsyncBuffer, parquetMetadataAsync, type SchemaElement } from 'hyparquet';

export interface ParquetColumn {
  /** Path in the schema, joined by dots. */
  readonly name: string;
  readonly type: string;
  readonly values: number;
  /** Absent where the writer kept no statistics. */
  readonly nulls?: number;
  /** Compressed. */
  readonly bytes: number;
  readonly from?: string;
  readonly to?: string;
}

export interface ParquetFooter {
  readonly rows: number;
  readonly rowGroups: number;
  readonly columns: readonly ParquetColumn[];
  readonly createdBy?: string;
}

/** The first request takes the end of the file; a longer footer takes a second one. */
const FIRST_BYTES = 64 * 1024;

/** @throws Error of the reader for what is not Parquet */
export async function parquetFooter(file: AsyncBuffer): Promise<ParquetFooter> {
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: FIRST_BYTES });
  // The chunks of a row group are in the order of the schema's leaves.
  const leaves = metadata.schema.filter(({ num_children: children }) => !children);
  const columns = new Map<string, ParquetColumn>();
  for (const { columns: chunks } of metadata.row_groups)
    for (const [at, { meta_data: chunk }] of chunks.entries()) {
      if (!chunk) continue;
      const name = chunk.path_in_schema.join('.');
      const { min_value: min, max_value: max, null_count: nulls } = chunk.statistics ?? {};
      const before = columns.get(name);
      columns.set(name, {
        name,
        type: typeOf(leaves[at], chunk.type),
        values: (before?.values ?? 0) + Number(chunk.num_values),
        bytes: (before?.bytes ?? 0) + Number(chunk.total_compressed_size),
        ...(nulls !== undefined && { nulls: (before?.nulls ?? 0) + Number(nulls) }),
        // Bounds of several row groups are compared as they are; what cannot be ordered has none.
        ...bound('from', before?.from, min, (a, b) => a < b),
        ...bound('to', before?.to, max, (a, b) => a > b),
      });
    }
  return {
    rows: Number(metadata.num_rows),
    rowGroups: metadata.row_groups.length,
    columns: [...columns.values()],
    ...(metadata.created_by && { createdBy: metadata.created_by }),
  };
}

function typeOf(element: SchemaElement | undefined, physical: string): string {
  const logical = element?.logical_type?.type ?? element?.converted_type;
  if (logical === 'DECIMAL') return `DECIMAL(${element?.precision}, ${element?.scale})`;
  return logical ? `${logical} (${physical})` : physical;
}

function bound(
  name: 'from' | 'to',
  before: string | undefined,
  value: unknown,
  isBeyond: (a: number | string, b: number | string) => boolean,
): Partial<Record<'from' | 'to', string>> {
  const text = written(value);
  if (text === undefined) return before === undefined ? {} : { [name]: before };
  if (before === undefined) return { [name]: text };
  const numbers = [Number(text), Number(before)] as const;
  const beyond = numbers.some(Number.isNaN) ? isBeyond(text, before) : isBeyond(...numbers);
  return { [name]: beyond ? text : before };
}

function written(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  return String(value);
}
