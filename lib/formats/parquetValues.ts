/** Exact values of Parquet columns: decimals as text, bytes without a type as text where they are UTF-8. */
import { isUtf8 } from 'node:buffer';
import { type FileMetaData, parquetSchema, type SchemaElement, type SchemaTree } from 'hyparquet';

type Row = Record<string, unknown>;
type Convert = (value: unknown) => unknown;

export interface ParquetConverters {
  /** The file's metadata as it has to be read for `row`: decimals come as whole numbers or bytes. */
  readonly metadata: FileMetaData;
  readonly row: (row: Row) => Row;
}

/** The library makes doubles of decimals, which have 15 digits; here they keep all of them. */
export function parquetConverters(metadata: FileMetaData): ParquetConverters {
  const columns = parquetSchema(metadata)
    .children.map((node) => [node.element.name, converterOf(node)] as const)
    .filter((column): column is [string, Convert] => column[1] !== undefined);
  return {
    metadata: { ...metadata, schema: metadata.schema.map(withoutDecimal) },
    row: (row) => {
      for (const [name, convert] of columns) if (row[name] != null) row[name] = convert(row[name]);
      return row;
    },
  };
}

const isDecimal = ({ converted_type, logical_type }: SchemaElement) =>
  converted_type === 'DECIMAL' || logical_type?.type === 'DECIMAL';

function withoutDecimal(element: SchemaElement): SchemaElement {
  if (!isDecimal(element)) return element;
  const { converted_type: _converted, logical_type: _logical, ...rest } = element;
  return rest;
}

function converterOf({ element, children }: SchemaTree): Convert | undefined {
  const repeated = element.repetition_type === 'REPEATED';
  const one = children.length === 0 ? leafConverter(element) : groupConverter(element, children);
  return one && repeated ? eachOf(one) : one;
}

function leafConverter(element: SchemaElement): Convert | undefined {
  if (isDecimal(element)) {
    const scale = element.scale ?? 0;
    return (value) => decimalText(value as number | bigint | Uint8Array, scale);
  }
  if (element.type !== 'BYTE_ARRAY' || element.converted_type || element.logical_type) return undefined;
  return (value) =>
    value instanceof Uint8Array && isUtf8(value) ? Buffer.from(value).toString('utf8') : value;
}

/** How the library gives groups: a list as an array, a map as an object, another group as an object of its members. */
function groupConverter(element: SchemaElement, children: readonly SchemaTree[]): Convert | undefined {
  const [inner] = children;
  if (element.converted_type === 'LIST' && inner) {
    const item = inner.children.length === 1 ? inner.children[0]! : undefined;
    const convert = item ? converterOf(item) : one(inner);
    return convert && eachOf(convert);
  }
  if (element.converted_type === 'MAP' && inner?.children[1]) {
    const convert = converterOf(inner.children[1]);
    return convert && membersOf(() => convert);
  }
  const converters = new Map(children.map((child) => [child.element.name, converterOf(child)]));
  return [...converters.values()].some(Boolean) ? membersOf((name) => converters.get(name)) : undefined;
}

/** Of a repeated node, without its repetition: the list around it has it already. */
const one = (node: SchemaTree) =>
  converterOf({ ...node, element: { ...node.element, repetition_type: 'REQUIRED' } });

const eachOf =
  (convert: Convert): Convert =>
  (value) =>
    Array.isArray(value) ? value.map((item: unknown) => (item == null ? item : convert(item))) : value;

const membersOf =
  (converterOfMember: (name: string) => Convert | undefined): Convert =>
  (value) => {
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, member]: [string, unknown]) => [
        name,
        member == null ? member : (converterOfMember(name)?.(member) ?? member),
      ]),
    );
  };

/** A whole number of 10^-scale, or its bytes in two's complement, the highest first. */
function decimalText(value: number | bigint | Uint8Array, scale: number): string {
  const whole = value instanceof Uint8Array ? signed(value) : BigInt(value);
  if (scale === 0) return String(whole);
  const digits = String(whole < 0n ? -whole : whole).padStart(scale + 1, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const signed = (bytes: Uint8Array) =>
  bytes.length === 0
    ? 0n
    : BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
