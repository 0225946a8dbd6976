/** Reads delimited text as LazySimpleSerDe and OpenCSVSerde do. */

import type { Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failure.ts';
import { isNested } from '../hiveType.ts';
import { identifier, listOf, literal } from './duckText.ts';
import { compressionOf, type HiveFile } from './files.ts';
import { fromText } from './textValue.ts';

export const lazySimple = 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe';
export const openCsv = 'org.apache.hadoop.hive.serde2.OpenCSVSerde';

interface Column {
  readonly name: string;
  readonly type: Type;
}

/** A text that no file has: OpenCSVSerde knows no NULL. */
const noText = '\u0001\u0002\u0001';

/** Hive also writes a delimiter as its code, e.g. `1` for ^A. */
function character(text: string | undefined, fallback: string): string {
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,3}$/.test(text) && text.length > 1) return String.fromCharCode(Number(text));
  return text === '\\t' ? '\t' : text;
}

/**
 * One SELECT per compression; its columns are the wanted ones and `__file`, the local path.
 * @param all every column of the table, in the file's order
 */
export function readCsv(
  files: readonly HiveFile[],
  all: readonly Column[],
  wanted: ReadonlySet<string>,
  serde: { readonly library: string; readonly parameters: Readonly<Record<string, string>> },
  tableProperties: Readonly<Record<string, string>>,
): string[] {
  const { library, parameters } = serde;
  const simple = library === lazySimple;
  const delimiter = simple
    ? character(parameters['field.delim'], '\u0001')
    : character(parameters.separatorChar, ',');
  const quote = simple ? '' : character(parameters.quoteChar, '"');
  const escapedBy = simple ? '' : character(parameters.escapeChar, '\\');
  if (simple && parameters['escape.delim'])
    throw new QueryFailure('NOT_SUPPORTED', "The serde property 'escape.delim' is not emulated.");
  // Hive's separators by depth: of fields, of a collection's items, of a map's key and value, then ^D, ^E, …
  const separators = [
    character(parameters['collection.delim'] ?? parameters['colelction.delim'], '\u0002'),
    character(parameters['mapkey.delim'], '\u0003'),
    ...['\u0004', '\u0005', '\u0006', '\u0007', '\u0008'],
  ];
  const skipped = Number(tableProperties['skip.header.line.count'] ?? 0);
  const nullText = simple ? (parameters['serialization.null.format'] ?? '\\N') : undefined;

  return [...Map.groupBy(files, compressionOf)].map(([compression, group]) => {
    const shape = all.map(({ name }) => `${literal(name)}: 'VARCHAR'`).join(', ');
    const options = [
      `columns = {${shape}}`,
      'auto_detect = false',
      'header = false',
      `skip = ${skipped}`,
      `delim = ${literal(delimiter)}`,
      `quote = ${literal(quote)}`,
      `escape = ${literal(escapedBy)}`,
      `nullstr = ${literal(nullText ?? noText)}`,
      'null_padding = true',
      'strict_mode = false',
      `compression = '${compression}'`,
      "filename = '__file'",
    ];
    const projected = all
      .filter(({ name }) => wanted.has(name))
      .map(({ name, type }) => {
        const text = identifier(name);
        const value = simple
          ? delimitedValue(text, type, name, separators, nullText!)
          : fromText(isText(type) ? text : `nullif(${text}, '')`, asOpenCsv(type), name, 'fail');
        return `${simple ? value : fromOpenCsv(value, type)} AS ${text}`;
      });
    return `SELECT ${[...projected, '__file'].join(', ')} FROM read_csv(${listOf(group.map((file) => file.path))}, ${options.join(', ')})`;
  });
}

const isText = (type: Type) => type.kind === 'varchar';

/**
 * A value of delimited text; nested ones are split by the separators of their depth, as Hive's LazyArray, LazyMap and LazyStruct
 * do: https://cwiki.apache.org/confluence/display/Hive/LanguageManual+DDL#LanguageManualDDL-RowFormats&SerDe
 */
function delimitedValue(
  text: string,
  type: Type,
  column: string,
  separators: readonly string[],
  nullText: string,
): string {
  const [separator, ...deeper] = separators;
  if (separator === undefined || !isNested(type)) return fromText(text, type, column, 'null');
  const item = `d${separators.length}`;
  const inner = (part: string, partType: Type, below: readonly string[]) =>
    delimitedValue(`nullif(${part}, ${literal(nullText)})`, partType, column, below, nullText);
  const parts = `string_split(${text}, ${literal(separator)})`;
  switch (type.kind) {
    case 'array':
      return `CASE WHEN ${text} = '' THEN [] ELSE list_transform(${parts}, lambda ${item}: ${inner(item, type.element, deeper)}) END`;
    case 'map': {
      const [between = '\u0003', ...below] = deeper;
      const [key, value] = [1, 2].map((side) => `string_split(${item}, ${literal(between)})[${side}]`);
      const entry = `struct_pack(k := ${inner(key!, type.key, below)}, v := ${inner(value!, type.value, below)})`;
      return `CASE WHEN ${text} = '' THEN MAP {} ELSE map_from_entries(list_transform(${parts}, lambda ${item}: ${entry})) END`;
    }
    case 'row': {
      const fields = type.fields.map(
        ({ name, type: field }, index) =>
          `${identifier(name ?? `field${index}`)} := ${inner(`${parts}[${index + 1}]`, field, deeper)}`,
      );
      return `CASE WHEN ${text} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    default:
      return fromText(text, type, column, 'null');
  }
}

/** OpenCSVSerde has dates as days and timestamps as milliseconds since 1970: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html */
const asOpenCsv = (type: Type): Type =>
  type.kind === 'date' || type.kind === 'timestamp' ? { kind: 'bigint' } : type;

function fromOpenCsv(value: string, type: Type): string {
  if (type.kind === 'date') return `(DATE '1970-01-01' + CAST(${value} AS INTEGER))`;
  return type.kind === 'timestamp' ? `make_timestamp(${value} * 1000)` : value;
}
