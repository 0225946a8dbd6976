/** Functions that DuckDB has no exact counterpart for, in JavaScript; slow beside the macros, so only where needed. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  BIGINT,
  BLOB,
  DOUBLE,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBScalarFunction,
  type DuckDBType,
  FLOAT,
  VARCHAR,
} from '@duckdb/node-api';
import { type JsonPath, parseJsonPath } from '../functions/jsonPath.ts';
import { extractText, normaliseText, parseText, scalarText, trinoDouble, trinoReal } from './jsonText.ts';

interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly DuckDBType[];
  readonly result: DuckDBType;
  // biome-ignore lint/suspicious/noExplicitAny: DuckDB's values, as the parameter types say.
  readonly apply: (...args: any[]) => unknown;
}

const paths = new Map<string, JsonPath>();

function pathOf(text: string): JsonPath {
  const known = paths.get(text) ?? parseJsonPath(text);
  if (!known) throw new Error(`not a JSON path: ${text}`);
  paths.set(text, known);
  return known;
}

/** RFC 3986, appendix B; Trino reads with java.net.URI, which knows no host in a text without `//`. */
const URI = /^(?:([A-Za-z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

const decode = (text: string | undefined) => (text === undefined ? '' : decodeURIComponent(text));

function urlPart(url: string, part: string): string | null {
  if (/[\s<>"{}|\\^`]/.test(url)) return null;
  const [, protocol = '', authority = '', path = '', query = '', fragment = ''] = URI.exec(url) ?? [];
  switch (part) {
    case 'protocol':
      return protocol;
    case 'host':
      return authority.replace(/^.*@/, '').replace(/:\d*$/, '');
    case 'path':
      return decode(path);
    case 'query':
      return decode(query);
    default:
      return decode(fragment);
  }
}

function urlParameter(url: string, name: string): string | null {
  if (/[\s<>"{}|\\^`]/.test(url)) return null;
  const query = URI.exec(url)?.[4] ?? '';
  for (const pair of query.split('&')) {
    const [key = '', ...value] = pair.split('=');
    if (key === name) return formDecode(value.join('='));
  }
  return null;
}

const formDecode = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));
const formEncode = (text: string) =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** Insertions, removals and replacements of code points that make `b` of `a`. */
function levenshtein(a: string, b: string): bigint {
  const target = [...b];
  let distances = target.map((_, index) => index + 1);
  let row = 0;
  for (const c of a) {
    let diagonal = row++;
    let left = row;
    distances = distances.map((above, index) => {
      left = Math.min(above + 1, left + 1, diagonal + (c === target[index] ? 0 : 1));
      diagonal = above;
      return left;
    });
  }
  return BigInt(distances.at(-1) ?? row);
}

const FUNCTIONS: readonly ScalarFunction[] = [
  {
    name: 'hw_js_json_scalar',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, path: string) => scalarText(text, pathOf(path)),
  },
  {
    name: 'hw_js_json_extract',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, path: string) => extractText(text, pathOf(path)),
  },
  { name: 'hw_js_json_parse', parameters: [VARCHAR], result: VARCHAR, apply: parseText },
  { name: 'hw_js_json_normalise', parameters: [VARCHAR], result: VARCHAR, apply: normaliseText },
  { name: 'hw_js_double_text', parameters: [DOUBLE], result: VARCHAR, apply: trinoDouble },
  { name: 'hw_js_real_text', parameters: [FLOAT], result: VARCHAR, apply: trinoReal },
  {
    name: 'hw_js_sha512',
    parameters: [BLOB],
    result: BLOB,
    apply: (value: DuckDBBlobValue) => new DuckDBBlobValue(createHash('sha512').update(value.bytes).digest()),
  },
  {
    name: 'hw_js_crc32',
    parameters: [BLOB],
    result: BIGINT,
    apply: (value: DuckDBBlobValue) => BigInt(crc32(value.bytes)),
  },
  { name: 'hw_js_levenshtein', parameters: [VARCHAR, VARCHAR], result: BIGINT, apply: levenshtein },
  { name: 'hw_js_url', parameters: [VARCHAR, VARCHAR], result: VARCHAR, apply: urlPart },
  { name: 'hw_js_url_parameter', parameters: [VARCHAR, VARCHAR], result: VARCHAR, apply: urlParameter },
  { name: 'hw_js_url_decode', parameters: [VARCHAR], result: VARCHAR, apply: formDecode },
  { name: 'hw_js_url_encode', parameters: [VARCHAR], result: VARCHAR, apply: formEncode },
];

/** Registers the functions on a connection; a NULL argument gives NULL. */
export function registerScalarFunctions(connection: DuckDBConnection): void {
  for (const { name, parameters, result, apply } of FUNCTIONS)
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: parameters,
        returnType: result,
        mainFunction(_info, input, output) {
          const columns = parameters.map((_, index) => input.getColumnVector(index));
          for (let row = 0; row < input.rowCount; row++) {
            const args = columns.map((column) => column.getItem(row));
            output.setItem(row, (args.includes(null) ? null : apply(...args)) as never);
          }
          output.flush();
        },
      }),
    );
}
