/** Partition specs and their transforms: on values, in SQL, as text, and their evolution. https://iceberg.apache.org/spec/#partitioning */
import { IcebergError, invalidMetadata, notSupported } from './errors.ts';
import { murmur3 } from './murmur3.ts';
import {
  decimalOf,
  duckdbType,
  fieldsById,
  findField,
  type IcebergType,
  isPrimitive,
  type PlacedField,
  type Schema,
} from './schema.ts';
import { type Datum, encodeValue, floorDiv, minimalBytes, valueText } from './values.ts';

export interface PartitionField {
  'source-id': number;
  'field-id': number;
  name: string;
  /** `identity`, `bucket[16]`, `truncate[4]`, `year`, `month`, `day`, `hour` or `void`. */
  transform: string;
}

export interface PartitionSpec {
  'spec-id': number;
  fields: PartitionField[];
}

/** A file's place in its spec: one value per field, in the spec's order. */
export type PartitionTuple = readonly (Datum | null)[];

const FIRST_PARTITION_FIELD_ID = 1000;

type TransformKind = 'identity' | 'bucket' | 'truncate' | 'year' | 'month' | 'day' | 'hour' | 'void';

/** A transform bound to its source's type. */
export interface Transform {
  kind: TransformKind;
  /** Buckets, or the width of a truncation. */
  size: number;
  sourceType: string;
  /** `day` gives a `date`, as Iceberg's Java library writes it. */
  resultType: string;
}

const TIMES = new Set(['timestamp', 'timestamptz']);
const BUCKETABLE = /^(int|long|date|time|timestamp|timestamptz|string|uuid|binary|decimal\(.*|fixed\[.*)$/;
const TRUNCATABLE = /^(int|long|string|binary|decimal\(.*)$/;

/** Reads a transform's name and checks that it applies to the type. Throws NOT_SUPPORTED or INVALID_ARGUMENTS. */
export function bindTransform(transform: string, type: IcebergType, column: string): Transform {
  const match =
    /^(identity|void|year|month|day|hour)$|^(bucket|truncate)\[(\d+)\]$/.exec(transform) ?? undefined;
  if (!match) throw notSupported(`Partition transform '${transform}' of column '${column}' is not known`);
  const kind = (match[1] ?? match[2]) as TransformKind;
  const size = Number(match[3] ?? 0);
  if (!isPrimitive(type))
    throw new IcebergError('INVALID_ARGUMENTS', `Cannot partition by the non-primitive column '${column}'`);
  const applies =
    kind === 'identity' || kind === 'void'
      ? true
      : kind === 'bucket'
        ? size > 0 && BUCKETABLE.test(type)
        : kind === 'truncate'
          ? size > 0 && TRUNCATABLE.test(type)
          : TIMES.has(type) || (type === 'date' && kind !== 'hour');
  if (!applies)
    throw new IcebergError(
      'INVALID_ARGUMENTS',
      `Transform ${transform} cannot be applied to column '${column}' of type ${type}`,
    );
  const keeps = kind === 'identity' || kind === 'truncate' || kind === 'void';
  return { kind, size, sourceType: type, resultType: keeps ? type : kind === 'day' ? 'date' : 'int' };
}

/** The transforms of a spec's fields; `fields` holds every field that the table ever had (a source may be dropped since). */
export const bindSpec = (spec: PartitionSpec, fields: ReadonlyMap<number, PlacedField>): Transform[] =>
  spec.fields.map((field) => {
    const source = fields.get(field['source-id']);
    if (!source)
      throw invalidMetadata(
        `Partition field '${field.name}' is of column ${field['source-id']}, which no schema of the table has`,
      );
    return bindTransform(field.transform, source.type, source.path.join('.'));
  });

const MICROS_PER_HOUR = 3_600_000_000n;
const MICROS_PER_DAY = 24n * MICROS_PER_HOUR;

/** The transform of one value. */
export function applyTransform(transform: Transform, value: Datum | null): Datum | null {
  if (value === null || transform.kind === 'void') return null;
  switch (transform.kind) {
    case 'identity':
      return value;
    case 'bucket':
      return (murmur3(hashInput(transform.sourceType, value)) & 0x7fffffff) % transform.size;
    case 'truncate':
      return truncate(transform.size, value);
    default: {
      const days =
        transform.sourceType === 'date'
          ? (value as number)
          : Number(floorDiv(value as bigint, MICROS_PER_DAY));
      if (transform.kind === 'day') return days;
      if (transform.kind === 'hour') return Number(floorDiv(value as bigint, MICROS_PER_HOUR));
      const date = new Date(days * 86_400_000);
      const years = date.getUTCFullYear() - 1970;
      return transform.kind === 'year' ? years : years * 12 + date.getUTCMonth();
    }
  }
}

/** What Appendix B hashes: integers, dates and times as 8 bytes, decimals as minimal big-endian bytes, else the bytes. */
function hashInput(type: string, value: Datum): Buffer {
  if (typeof value === 'number' || (typeof value === 'bigint' && !decimalOf(type)))
    return encodeValue('long', BigInt(value));
  return encodeValue(type, value);
}

function truncate(width: number, value: Datum): Datum {
  if (typeof value === 'string') return [...value].slice(0, width).join('');
  if (Buffer.isBuffer(value)) return value.subarray(0, width);
  const whole = BigInt(value as number | bigint);
  const by = BigInt(width);
  const cut = whole - (((whole % by) + by) % by);
  return typeof value === 'number' ? Number(cut) : cut;
}

/** Names of `BUCKET_FUNCTIONS`. */
export const HASH_LONG = 'iceberg_hash_long';
export const HASH_TEXT = 'iceberg_hash_text';
export const HASH_DECIMAL = 'iceberg_hash_decimal';
export const HASH_BYTES = 'iceberg_hash_bytes';

export const hashOfLong = (value: bigint): number => murmur3(encodeValue('long', value));
export const hashOfText = (value: string): number => murmur3(Buffer.from(value));
export const hashOfDecimal = (unscaled: bigint): number => murmur3(minimalBytes(unscaled));

/**
 * How a partition's value leaves DuckDB: `sql` gives it for a row; with `hashed` the text is only a stand-in (names of
 * folders are short), and the value is found in the written file. `decode` makes the value of the transform of the text.
 */
export interface PartitionKey {
  sql: string;
  hashed: boolean;
  decode(text: string): Datum;
}

/** Every integer-like value travels as an integer, so that no session setting or calendar range touches it. */
export function partitionKey(transform: Transform, expression: string): PartitionKey {
  const { kind, size, sourceType, resultType } = transform;
  const whole = (sql: string): PartitionKey => ({ sql, hashed: false, decode: wholeDecoder(resultType) });
  if (kind === 'void') return whole('NULL::INTEGER');
  if (kind === 'bucket') return whole(`(${hashSql(sourceType, expression)} & 2147483647) % ${size}`);
  const days = sourceType === 'date' ? daysSql(expression) : floorSql(microsSql(expression), MICROS_PER_DAY);
  const utc = sourceType === 'timestamptz' ? `(${expression} AT TIME ZONE 'UTC')` : expression;
  if (kind === 'day') return whole(days);
  if (kind === 'hour') return whole(floorSql(microsSql(expression), MICROS_PER_HOUR));
  if (kind === 'year') return whole(`year(${utc}) - 1970`);
  if (kind === 'month') return whole(`(year(${utc}) - 1970) * 12 + month(${utc}) - 1`);
  if (['string', 'binary', 'uuid'].includes(sourceType) || sourceType.startsWith('fixed')) {
    const cut =
      kind === 'identity'
        ? expression
        : sourceType === 'string'
          ? `left(${expression}, ${size})`
          : `left(hex(${expression}), ${size * 2})`;
    return {
      sql: `md5_number(${cut}::VARCHAR)`,
      hashed: true,
      decode: () => {
        throw new Error('a hashed key is decoded from the file');
      },
    };
  }
  if (kind === 'truncate') {
    const value = decimalOf(sourceType) ? unscaledSql(expression) : `${expression}::HUGEINT`;
    return whole(`${value} - (((${value} % ${size}) + ${size}) % ${size})`);
  }
  if (decimalOf(sourceType)) return whole(unscaledSql(expression));
  if (sourceType === 'date') return whole(daysSql(expression));
  if (TIMES.has(sourceType)) return whole(microsSql(expression));
  if (sourceType === 'time') return whole(`epoch_us(${expression})`);
  if (sourceType === 'boolean') return { sql: expression, hashed: false, decode: (text) => text === 'true' };
  if (sourceType === 'float' || sourceType === 'double')
    return { sql: expression, hashed: false, decode: floatingFromText };
  return whole(expression);
}

const floatingFromText = (text: string): number =>
  /^-?inf/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text);

const wholeDecoder = (type: string) => (text: string) =>
  type === 'int' || type === 'date' ? Number(text) : BigInt(text);

const floorSql = (micros: string, by: bigint) => `CAST(floor(${micros}::DECIMAL(38,0) / ${by}) AS BIGINT)`;
const daysSql = (expression: string) => `(${expression} - DATE '1970-01-01')`;
const microsSql = (expression: string) => `epoch_us(${expression})`;
const unscaledSql = (expression: string) => `replace(${expression}::VARCHAR, '.', '')::HUGEINT`;

function hashSql(type: string, expression: string): string {
  if (decimalOf(type)) return `${HASH_DECIMAL}(${unscaledSql(expression)})`;
  if (type === 'string') return `${HASH_TEXT}(${expression})`;
  if (type === 'uuid') return `${HASH_BYTES}(unhex(replace(${expression}::VARCHAR, '-', '')))`;
  if (type === 'date') return `${HASH_LONG}(${daysSql(expression)}::BIGINT)`;
  if (TIMES.has(type) || type === 'time') return `${HASH_LONG}(${microsSql(expression)})`;
  if (type === 'int' || type === 'long') return `${HASH_LONG}(${expression}::BIGINT)`;
  return `${HASH_BYTES}(${expression})`;
}

/** A partition value as people read it: `2024-01` for a month. */
export function partitionValueText(transform: Transform, value: Datum | null): string {
  if (value === null) return 'null';
  const two = (part: number) => String(part).padStart(2, '0');
  switch (transform.kind) {
    case 'year':
      return String(1970 + (value as number));
    case 'month': {
      const years = Math.floor((value as number) / 12);
      return `${1970 + years}-${two((value as number) - years * 12 + 1)}`;
    }
    case 'hour': {
      const days = Math.floor((value as number) / 24);
      return `${valueText('date', days)}-${two((value as number) - days * 24)}`;
    }
    default:
      return valueText(transform.resultType, value);
  }
}

/** The folder of a partition, `order_month=2024-01/country=NL`; empty without fields. */
export const partitionPath = (spec: PartitionSpec, transforms: Transform[], tuple: PartitionTuple): string =>
  spec.fields
    .map(
      (field, index) =>
        `${encodeURIComponent(field.name)}=${encodeURIComponent(partitionValueText(transforms[index]!, tuple[index] ?? null))}`,
    )
    .join('/');

const LONGEST_NAME = 120;

/** `partitionPath` as folders of object keys, which are limited to 1,024 bytes in all: long values are cut. */
export const partitionFolder = (
  spec: PartitionSpec,
  transforms: Transform[],
  tuple: PartitionTuple,
): string =>
  partitionPath(spec, transforms, tuple)
    .split('/')
    .map((part) => part.slice(0, LONGEST_NAME).replace(/%.?$/, ''))
    .join('/');

/** A text that two tuples of one spec share exactly when they are equal. */
export const tupleKey = (specId: number, tuple: PartitionTuple): string =>
  JSON.stringify([
    specId,
    ...tuple.map((value) =>
      value === null
        ? null
        : Buffer.isBuffer(value)
          ? value.toString('hex')
          : typeof value === 'string'
            ? value
            : Object.is(value, -0)
              ? '-0'
              : String(value),
    ),
  ]);

/**
 * Reads one partition expression of Athena (`bucket(16, id)`) or Trino (`bucket(id, 16)`), a bare column being its
 * identity. Throws INVALID_ARGUMENTS for another form.
 */
function parsePartitioning(text: string): { column: string; transform: string } {
  const name = (quoted: string) => quoted.trim().replace(/^(["`])(.*)\1$/, '$2');
  const call = /^\s*(\w+)\s*\(\s*(.+?)\s*\)\s*$/.exec(text);
  if (!call) return { column: name(text), transform: 'identity' };
  const kind = call[1]!.toLowerCase().replace(/^(year|month|day|hour)s$/, '$1');
  const parts = call[2]!.split(',').map((part) => part.trim());
  if (kind === 'bucket' || kind === 'truncate') {
    const size = parts.find((part) => /^\d+$/.test(part));
    const column = parts.find((part) => !/^\d+$/.test(part));
    if (parts.length === 2 && size && column) return { column: name(column), transform: `${kind}[${size}]` };
  } else if (parts.length === 1 && ['year', 'month', 'day', 'hour', 'identity', 'void'].includes(kind)) {
    return { column: name(parts[0]!), transform: kind };
  }
  throw new IcebergError(
    'INVALID_ARGUMENTS',
    `Invalid partition field declaration: '${text}'. Allowed: a column, year|month|day|hour(column), bucket(n, column), truncate(n, column)`,
  );
}

const SUFFIX: Record<string, string> = { bucket: '_bucket', truncate: '_trunc' };

/**
 * The spec that the expressions declare. A field that an earlier spec had keeps its field id, as format version 2 asks.
 */
export function newSpec(
  partitioning: readonly string[],
  schema: Schema,
  earlier: readonly PartitionSpec[] = [],
  lastPartitionId = FIRST_PARTITION_FIELD_ID - 1,
): { spec: PartitionSpec; lastPartitionId: number } {
  const known = earlier.flatMap((spec) => spec.fields);
  let last = lastPartitionId;
  const fields = partitioning.map((text): PartitionField => {
    const { column, transform } = parsePartitioning(text);
    const source = findField(schema, column);
    if (source.repeated)
      throw new IcebergError('INVALID_ARGUMENTS', `Cannot partition by '${column}', which repeats in a row`);
    bindTransform(transform, source.type, column);
    const kind = transform.replace(/\[.*/, '');
    const same = known.find((field) => field['source-id'] === source.id && field.transform === transform);
    const suffix = kind === 'identity' ? '' : (SUFFIX[kind] ?? `_${kind}`);
    return {
      'source-id': source.id,
      'field-id': same?.['field-id'] ?? ++last,
      name: same?.name ?? `${source.path.join('.')}${suffix}`,
      transform,
    };
  });
  const names = fields.map((field) => field.name);
  const twice = names.find((field, index) => names.indexOf(field) !== index);
  if (twice) throw new IcebergError('INVALID_ARGUMENTS', `Partition field '${twice}' is declared twice`);
  const specId = Math.max(-1, ...earlier.map((spec) => spec['spec-id'])) + 1;
  return {
    spec: { 'spec-id': specId, fields },
    lastPartitionId: Math.max(last, FIRST_PARTITION_FIELD_ID - 1),
  };
}

/** A spec as Athena's DDL declares it. */
export function partitioningText(spec: PartitionSpec, schema: Schema): string[] {
  const fields = fieldsById(schema);
  return spec.fields.flatMap((field) => {
    const source = fields.get(field['source-id']);
    if (!source || field.transform === 'void') return [];
    const column = source.path.join('.');
    const sized = /^(\w+)\[(\d+)\]$/.exec(field.transform);
    if (sized) return [`${sized[1]}(${sized[2]}, ${column})`];
    return [field.transform === 'identity' ? column : `${field.transform}(${column})`];
  });
}

/** DuckDB's name for the type of a partition value. */
export const partitionDuckdbType = (transform: Transform): string => duckdbType(transform.resultType);
