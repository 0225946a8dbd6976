/** Reads delimited text as LazySimpleSerDe and OpenCSVSerde do. */

import type { Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failures.ts';
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

/** A text that no file has. */
const noText = '\u0001\u0002\u0001';

/** Hive also writes a delimiter as its code, e.g. `1` for ^A. */
function character(text: string | undefined, fallback: string): string {
  if (text === undefined || text === '') return fallback;
  if (/^\d{1,3}$/.test(text) && text.length > 1) return String.fromCharCode(Number(text));
  return text === '\\t' ? '\t' : text;
}

/**
 * SELECTs whose columns are the wanted ones and `__file`, the local path.
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
  const skipped = Number(tableProperties['skip.header.line.count'] ?? 0);
  return [...Map.groupBy(files, compressionOf)].flatMap(([compression, group]) => {
    const options = { paths: listOf(group.map((file) => file.path)), compression, skipped };
    return library === lazySimple
      ? [readDelimited(options, all, wanted, parameters)]
      : readOpenCsv(options, all, wanted, parameters);
  });
}

interface ReadOptions {
  readonly paths: string;
  readonly compression: string;
  /** Lines at the start of each file that are not rows. */
  readonly skipped: number;
}

/** `read_csv` of these columns, all of them text. */
function textsOf(
  { paths, compression, skipped }: ReadOptions,
  columns: readonly string[],
  settings: readonly string[],
): string {
  const options = [
    `columns = {${columns.map((name) => `${literal(name)}: 'VARCHAR'`).join(', ')}}`,
    'auto_detect = false',
    'header = false',
    `skip = ${skipped}`,
    'null_padding = true',
    'strict_mode = false',
    `compression = '${compression}'`,
    "filename = '__file'",
    ...settings,
  ];
  return `read_csv(${paths}, ${options.join(', ')})`;
}

/** Lines as the column `line`, an empty one as NULL: of several columns, DuckDB leaves empty lines out. */
const linesOf = (options: ReadOptions) =>
  textsOf(options, ['line'], [`delim = ${literal(noText)}`, "quote = ''", "escape = ''", "nullstr = ''"]);

/** An empty line is a row like any other, as the text of its first column is empty. */
function readDelimited(
  options: ReadOptions,
  all: readonly Column[],
  wanted: ReadonlySet<string>,
  parameters: Readonly<Record<string, string>>,
): string {
  if (parameters['escape.delim'])
    throw new QueryFailure('NOT_SUPPORTED', "The serde property 'escape.delim' is not emulated.");
  const delimiter = character(parameters['field.delim'], '\u0001');
  // Hive's separators by depth: of fields, of a collection's items, of a map's key and value, then ^D, ^E, …
  const separators = [
    character(parameters['collection.delim'] ?? parameters['colelction.delim'], '\u0002'),
    character(parameters['mapkey.delim'], '\u0003'),
    ...['\u0004', '\u0005', '\u0006', '\u0007', '\u0008'],
  ];
  const nullText = parameters['serialization.null.format'] ?? '\\N';
  const projected = all.flatMap(({ name, type }, index) => {
    if (!wanted.has(name)) return [];
    const text = `nullif(texts[${index + 1}], ${literal(nullText)})`;
    return [`${delimitedValue(text, type, name, separators, nullText)} AS ${identifier(name)}`];
  });
  const split = `SELECT string_split(coalesce(line, ''), ${literal(delimiter)}) AS texts, __file FROM ${linesOf(options)}`;
  return `SELECT ${[...projected, '__file'].join(', ')} FROM (${split})`;
}

/** An empty line is a row of NULLs. */
function readOpenCsv(
  options: ReadOptions,
  all: readonly Column[],
  wanted: ReadonlySet<string>,
  parameters: Readonly<Record<string, string>>,
): string[] {
  const names = all.map(({ name }) => name);
  const columns = all.filter(({ name }) => wanted.has(name));
  const settings = [
    `delim = ${literal(character(parameters.separatorChar, ','))}`,
    `quote = ${literal(character(parameters.quoteChar, '"'))}`,
    `escape = ${literal(character(parameters.escapeChar, '\\'))}`,
    // This serde knows no text that means NULL.
    `nullstr = ${literal(noText)}`,
  ];
  const values = columns.map(({ name, type }) => {
    const text = identifier(name);
    const value = fromText(isText(type) ? text : `nullif(${text}, '')`, asOpenCsv(type), name, 'fail');
    return `${fromOpenCsv(value, type)} AS ${text}`;
  });
  const nothing = columns.map(({ name }) => `NULL AS ${identifier(name)}`);
  return [
    `SELECT ${[...values, '__file'].join(', ')} FROM ${textsOf(options, names, settings)}`,
    `SELECT ${[...nothing, '__file'].join(', ')} FROM ${linesOf(options)} WHERE line IS NULL`,
  ];
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
