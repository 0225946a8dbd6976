/** Functions that DuckDB has no exact counterpart for, in JavaScript; slower than the macros, so only where needed. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { BIGINT, BLOB, BOOLEAN, DOUBLE, DuckDBBlobValue, FLOAT, INTEGER, VARCHAR } from '@duckdb/node-api';
import type { ScalarFunction } from '../../core/scalarFunctions.ts';
import { type JsonPath, parseJsonPath } from '../functions/jsonPath.ts';
import { zoneName } from '../translate/literal.ts';
import {
  fromBase32,
  fromBigEndian,
  fromIeee754,
  hmac,
  toBase32,
  toBigEndian,
  toIeee754,
  xxhash64,
} from './bytes.ts';
import { type FormatKind, javaFormat } from './javaFormat.ts';
import * as regexp from './javaRegExp.ts';
import {
  arrayContains,
  arrayItem,
  extractText,
  isScalar,
  jsonDouble,
  normaliseText,
  parseText,
  scalarText,
  shortestFloat,
  trinoDouble,
  trinoReal,
} from './jsonText.ts';
import { readTime, type TimeStyle } from './timeText.ts';
import {
  decodeWith,
  fromBase,
  luhnCheck,
  parseDuration,
  position,
  readableSeconds,
  soundex,
} from './wordFunctions.ts';

const paths = new Map<string, JsonPath>();

function pathOf(text: string): JsonPath {
  const known = paths.get(text) ?? parseJsonPath(text);
  if (!known) throw new Error(`not a JSON path: ${text}`);
  paths.set(text, known);
  return known;
}

/** RFC 3986, appendix B; Trino reads with java.net.URI, which knows no host in a text without `//`. */
const URI = /^(?:([A-Za-z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/;

/** What java.net.URI does not take. */
const NO_URL = /[\s<>"{}|\\^`]|%(?![0-9A-Fa-f]{2})/;

const decode = (text: string | undefined) => (text === undefined ? '' : decodeURIComponent(text));

function urlPart(url: string, part: string): string | null {
  if (NO_URL.test(url)) return null;
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
  if (NO_URL.test(url)) return null;
  const query = URI.exec(url)?.[4];
  if (query === undefined) return null;
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

function fail(message: string): never {
  throw new Error(`!${message}`);
}

const sized = (value: DuckDBBlobValue, size: number) =>
  value.bytes.length === size
    ? value.bytes
    : fail(`expected ${size}-byte input, but got instead: ${value.bytes.length}`);

const timeOf = (text: string, pattern: string, style: TimeStyle) =>
  readTime(text, pattern, style) ?? fail(`Invalid format: "${text}"`);

/** Undefined for text that is not a URL. */
function urlPort(url: string): bigint | null {
  if (NO_URL.test(url)) return null;
  const [, port] = /:(\d+)$/.exec(URI.exec(url)?.[2] ?? '') ?? [];
  return port === undefined ? null : BigInt(port);
}

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

/** Of the names that translated SQL calls them by. */
export const SCALAR_FUNCTIONS: readonly ScalarFunction[] = [
  {
    name: 'hw_js_json_scalar',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, path: string) => scalarText(text, pathOf(path)),
    seldom: true,
  },
  {
    name: 'hw_js_json_extract',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, path: string) => extractText(text, pathOf(path)),
    seldom: true,
  },
  { name: 'hw_js_json_parse', parameters: [VARCHAR], result: VARCHAR, apply: parseText },
  {
    name: 'hw_js_json_normalise',
    parameters: [VARCHAR],
    result: VARCHAR,
    apply: normaliseText,
    seldom: true,
  },
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
  {
    name: 'hw_js_hmac',
    parameters: [BLOB, BLOB, VARCHAR],
    result: BLOB,
    apply: (value: DuckDBBlobValue, key: DuckDBBlobValue, hash: string) =>
      new DuckDBBlobValue(hmac(value.bytes, key.bytes, hash)),
  },
  {
    name: 'hw_js_xxhash64',
    parameters: [BLOB],
    result: BLOB,
    apply: (value: DuckDBBlobValue) => new DuckDBBlobValue(xxhash64(value.bytes)),
  },
  {
    name: 'hw_js_to_base32',
    parameters: [BLOB],
    result: VARCHAR,
    apply: (value: DuckDBBlobValue) => toBase32(value.bytes),
  },
  {
    name: 'hw_js_from_base32',
    parameters: [VARCHAR],
    result: BLOB,
    apply: (text: string) => new DuckDBBlobValue(fromBase32(text) ?? fail(`Invalid base 32: ${text}`)),
  },
  {
    name: 'hw_js_to_base64url',
    parameters: [BLOB],
    result: VARCHAR,
    apply: (value: DuckDBBlobValue) =>
      Buffer.from(value.bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  },
  {
    name: 'hw_js_from_base64url',
    parameters: [VARCHAR],
    result: BLOB,
    apply: (text: string) =>
      /^[\w-]*={0,2}$/.test(text)
        ? new DuckDBBlobValue(Buffer.from(text, 'base64url'))
        : fail(`Illegal base64 text: ${text}`),
  },
  {
    name: 'hw_js_to_big_endian',
    parameters: [BIGINT, INTEGER],
    result: BLOB,
    apply: (value: bigint, size: number) => new DuckDBBlobValue(toBigEndian(value, size)),
  },
  {
    name: 'hw_js_from_big_endian',
    parameters: [BLOB, INTEGER],
    result: BIGINT,
    apply: (value: DuckDBBlobValue, size: number) => fromBigEndian(sized(value, size), size),
  },
  {
    name: 'hw_js_to_ieee754',
    parameters: [DOUBLE, INTEGER],
    result: BLOB,
    apply: (value: number, size: number) => new DuckDBBlobValue(toIeee754(value, size)),
  },
  {
    name: 'hw_js_from_ieee754',
    parameters: [BLOB, INTEGER],
    result: DOUBLE,
    apply: (value: DuckDBBlobValue, size: number) => fromIeee754(sized(value, size), size),
  },
  { name: 'hw_js_soundex', parameters: [VARCHAR], result: VARCHAR, apply: soundex },
  { name: 'hw_js_luhn_check', parameters: [VARCHAR], result: BOOLEAN, apply: luhnCheck },
  {
    name: 'hw_js_from_base',
    parameters: [VARCHAR, BIGINT],
    result: BIGINT,
    apply: (text: string, radix: bigint) => fromBase(text, Number(radix)),
  },
  { name: 'hw_js_strpos', parameters: [VARCHAR, VARCHAR, BIGINT], result: BIGINT, apply: position },
  { name: 'hw_js_readable_seconds', parameters: [DOUBLE], result: VARCHAR, apply: readableSeconds },
  { name: 'hw_js_duration', parameters: [VARCHAR], result: BIGINT, apply: parseDuration },
  {
    name: 'hw_js_normalize',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, form: string) => text.normalize(form),
  },
  {
    name: 'hw_js_from_utf8',
    parameters: [BLOB, VARCHAR],
    result: VARCHAR,
    apply: (value: DuckDBBlobValue, replacement: string) => decodeWith(value.bytes, replacement),
    seldom: true,
  },
  {
    name: 'hw_js_time_ms',
    parameters: [VARCHAR, VARCHAR, VARCHAR],
    result: BIGINT,
    apply: (text: string, pattern: string, style: TimeStyle) => BigInt(timeOf(text, pattern, style).ms),
    seldom: true,
  },
  {
    name: 'hw_js_time_zone',
    parameters: [VARCHAR, VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (text: string, pattern: string, style: TimeStyle) => timeOf(text, pattern, style).zone,
  },
  { name: 'hw_js_json_array_get', parameters: [VARCHAR, BIGINT], result: VARCHAR, apply: arrayItem },
  {
    name: 'hw_js_json_array_contains',
    parameters: [VARCHAR, VARCHAR, VARCHAR],
    result: BOOLEAN,
    apply: arrayContains,
  },
  { name: 'hw_js_is_json_scalar', parameters: [VARCHAR], result: BOOLEAN, apply: isScalar },
  { name: 'hw_js_url_port', parameters: [VARCHAR], result: BIGINT, apply: urlPort },
  {
    name: 'hw_js_format',
    parameters: [VARCHAR, VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: (pattern: string, kinds: string, values: string) =>
      javaFormat(pattern, [...kinds] as FormatKind[], JSON.parse(values) as (string | null)[]),
  },
  {
    name: 'hw_js_zone_name',
    parameters: [VARCHAR],
    result: VARCHAR,
    apply: (zone: string) => zoneName(zone) ?? fail(`'${zone}' is not a valid time zone`),
  },
  {
    name: 'hw_js_regexp_like',
    parameters: [VARCHAR, VARCHAR],
    result: BOOLEAN,
    apply: regexp.like,
    seldom: true,
  },
  {
    name: 'hw_js_regexp_extract',
    parameters: [VARCHAR, VARCHAR, BIGINT],
    result: VARCHAR,
    apply: regexp.extract,
    seldom: true,
  },
  {
    name: 'hw_js_regexp_extract_all',
    parameters: [VARCHAR, VARCHAR, BIGINT],
    result: VARCHAR,
    apply: regexp.extractAll,
    seldom: true,
  },
  {
    name: 'hw_js_regexp_count',
    parameters: [VARCHAR, VARCHAR],
    result: BIGINT,
    apply: regexp.count,
    seldom: true,
  },
  {
    name: 'hw_js_regexp_split',
    parameters: [VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: regexp.split,
    seldom: true,
  },
  { name: 'hw_js_regexp_pieces', parameters: [VARCHAR, VARCHAR], result: VARCHAR, apply: regexp.pieces },
  {
    name: 'hw_js_regexp_replace',
    parameters: [VARCHAR, VARCHAR, VARCHAR],
    result: VARCHAR,
    apply: regexp.replace,
    seldom: true,
  },
  {
    name: 'hw_js_regexp_position',
    parameters: [VARCHAR, VARCHAR, INTEGER, INTEGER],
    result: INTEGER,
    apply: regexp.positionOf,
  },
  { name: 'hw_js_json_double', parameters: [DOUBLE], result: VARCHAR, apply: jsonDouble },
  {
    name: 'hw_js_json_real',
    parameters: [FLOAT],
    result: VARCHAR,
    apply: (value: number) => jsonDouble(shortestFloat(value)),
  },
  {
    name: 'hw_js_levenshtein',
    parameters: [VARCHAR, VARCHAR],
    result: BIGINT,
    apply: levenshtein,
    seldom: true,
  },
  { name: 'hw_js_url', parameters: [VARCHAR, VARCHAR], result: VARCHAR, apply: urlPart },
  { name: 'hw_js_url_parameter', parameters: [VARCHAR, VARCHAR], result: VARCHAR, apply: urlParameter },
  { name: 'hw_js_url_decode', parameters: [VARCHAR], result: VARCHAR, apply: formDecode },
  { name: 'hw_js_url_encode', parameters: [VARCHAR], result: VARCHAR, apply: formEncode },
];
