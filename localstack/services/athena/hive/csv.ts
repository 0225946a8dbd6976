/** Reads delimited text as LazySimpleSerDe and OpenCSVSerde do. */

import type { Type } from '../../../sql/types.ts';
import { QueryFailure } from '../failure.ts';
import { identifier, listOf, literal } from './duckText.ts';
import type { HiveFile } from './files.ts';
import { compressionOf } from './json.ts';
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
          ? fromText(text, type, name, 'null')
          : fromText(isText(type) ? text : `nullif(${text}, '')`, type, name, 'fail');
        return `${value} AS ${text}`;
      });
    return `SELECT ${[...projected, '__file'].join(', ')} FROM read_csv(${listOf(group.map((file) => file.path))}, ${options.join(', ')})`;
  });
}

const isText = (type: Type) => type.kind === 'varchar';
