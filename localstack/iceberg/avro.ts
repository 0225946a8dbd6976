/** Avro container files as Iceberg uses them: whole files in memory, longs exact, fields found by Iceberg's `field-id`. https://avro.apache.org/docs/1.11.1/specification/#object-container-files */
import { randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import avro from 'avsc';
import { invalidMetadata, notSupported } from './errors.ts';

/** An Avro schema as JSON. */
export type AvroSchema = string | AvroSchema[] | { [attribute: string]: unknown };

const MAGIC = Buffer.from('Obj\x01', 'latin1');

/** Every Avro long is a bigint: snapshot ids have 63 bits. */
const exactLong = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left < right ? -1 : left > right ? 1 : 0),
});

const typeOf = (schema: AvroSchema): avro.Type =>
  avro.Type.forSchema(schema as avro.Schema, { registry: { long: exactLong }, wrapUnions: false });

const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: 16 } },
  ],
} as avro.Schema);

const COUNT = avro.Type.forSchema('long');

/** A file with one block. `header` adds to the metadata next to schema and codec. */
export function writeAvro(
  schema: AvroSchema,
  records: readonly unknown[],
  header: Record<string, string> = {},
): Buffer {
  const type = typeOf(schema);
  const sync = randomBytes(16);
  const meta = Object.fromEntries(
    Object.entries({ 'avro.schema': JSON.stringify(schema), 'avro.codec': 'deflate', ...header }).map(
      ([name, value]) => [name, Buffer.from(value)],
    ),
  );
  const parts = [MAGIC, HEADER.toBuffer({ meta, sync })];
  if (records.length > 0) {
    const body = deflateRawSync(Buffer.concat(records.map((record) => type.toBuffer(record))));
    parts.push(COUNT.toBuffer(records.length), COUNT.toBuffer(body.length), body, sync);
  }
  return Buffer.concat(parts);
}

export interface AvroFile {
  header: Record<string, string>;
  schema: AvroSchema;
  records: Record<string, unknown>[];
}

/**
 * A file's records. `names` gives our name of a field id: the writer's own names differ between engines and versions.
 * Throws ICEBERG_INVALID_METADATA when the bytes are not an Avro file.
 */
export function readAvro(bytes: Buffer, names: ReadonlyMap<number, string>, location: string): AvroFile {
  if (!bytes.subarray(0, 4).equals(MAGIC)) throw invalidMetadata(`${location} is not an Avro file`);
  const decoded = HEADER.decode(bytes, MAGIC.length);
  if (decoded.offset < 0) throw invalidMetadata(`The Avro file ${location} is cut off in its header`);
  const { meta, sync } = decoded.value as { meta: Record<string, Buffer>; sync: Buffer };
  const header = Object.fromEntries(Object.entries(meta).map(([name, value]) => [name, value.toString()]));
  const schema = JSON.parse(header['avro.schema'] ?? 'null') as AvroSchema;
  const type = typeOf(renameById(schema, names));
  const records: Record<string, unknown>[] = [];
  let at = decoded.offset;
  while (at < bytes.length) {
    const count = COUNT.decode(bytes, at);
    const size = COUNT.decode(bytes, count.offset);
    const start = size.offset;
    const end = start + Number(size.value);
    if (start < 0 || !bytes.subarray(end, end + 16).equals(sync))
      throw invalidMetadata(`The Avro file ${location} is damaged: no sync marker at byte ${end}`);
    const block = decompress(bytes.subarray(start, end), header['avro.codec'] ?? 'null', location);
    let offset = 0;
    for (let index = 0; index < Number(count.value); index++) {
      const record = type.decode(block, offset);
      if (record.offset < 0) throw invalidMetadata(`The Avro file ${location} is damaged in record ${index}`);
      records.push(record.value as Record<string, unknown>);
      offset = record.offset;
    }
    at = end + 16;
  }
  return { header, schema, records };
}

function decompress(block: Buffer, codec: string, location: string): Buffer {
  switch (codec) {
    case 'null':
      return block;
    case 'deflate':
      return inflateRawSync(block);
    case 'zstandard':
      return zstdDecompressSync(block);
    default:
      throw notSupported(
        `The Avro file ${location} is compressed with '${codec}'; null, deflate and zstandard are read`,
      );
  }
}

/** The schema with each field named by its id; a name is not a part of Avro's binary encoding. */
function renameById(schema: AvroSchema, names: ReadonlyMap<number, string>): AvroSchema {
  if (Array.isArray(schema)) return schema.map((branch) => renameById(branch, names));
  if (typeof schema !== 'object') return schema;
  const renamed: Record<string, unknown> = { ...schema };
  if (Array.isArray(schema.fields))
    renamed.fields = (schema.fields as Record<string, unknown>[]).map((field) => ({
      ...field,
      name: names.get(field['field-id'] as number) ?? field.name,
      type: renameById(field.type as AvroSchema, names),
    }));
  for (const part of ['items', 'values', 'type'] as const)
    if (schema[part] !== undefined && typeof schema[part] === 'object')
      renamed[part] = renameById(schema[part] as AvroSchema, names);
  return renamed;
}

/** A name as Avro allows it: Iceberg's `AvroSchemaUtil.makeCompatibleName`, used for Parquet columns too. */
export function avroName(name: string): string {
  const escaped = (char: string) =>
    /\d/.test(char) ? `_${char}` : `_x${char.charCodeAt(0).toString(16).toUpperCase()}`;
  return name
    .split('')
    .map((char, index) => (/[A-Za-z_]/.test(char) || (index > 0 && /\d/.test(char)) ? char : escaped(char)))
    .join('');
}
