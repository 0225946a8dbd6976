/**
 * Turns a file's row into a payload by the source's contract: texts (CSV, XML) get their types, typed values (JSON,
 * Parquet) the same spelling, so that one row has one identity whatever file format or column types it came in.
 */

import { hash } from 'node:crypto';
import type { Column, Contract } from './contract.ts';
import type { Refusal } from './envelope.ts';
import { canonicalNumber, integerText, numberText } from './number.ts';
import { compileTimeFormat, type InstantReader, isoDate, isoInstant } from './timeFormat.ts';

export interface CoercedRow {
  /** For the validator; numbers are doubles here. */
  readonly data: Readonly<Record<string, unknown>>;
  /** The payload as JSON text, with every digit that the file had. */
  readonly dataText: string;
  /** Column → its value's canonical JSON, the same for every spelling of the value; absent columns are missing. */
  readonly canonical: Readonly<Record<string, string>>;
}

/** A value's JSON text for the payload and for its identity. */
interface Coerced {
  readonly text: string;
  readonly canonical: string;
}

const same = (text: string): Coerced => ({ text, canonical: text });

/** A row that does not fit its contract, and the first column that is why. */
export interface MisfitRow extends Refusal {
  /** The payload as JSON text, in which the values that do not fit are as they came, and all others have their types. */
  readonly partlyTyped: string;
}

type RowReader = (row: Readonly<Record<string, unknown>>) => CoercedRow | MisfitRow;

const readers = new WeakMap<Contract, RowReader>();

/**
 * Coerces one row. Null tokens and nulls become absent members; members that the contract does not name are kept as
 * they came. Nothing is trimmed.
 * @returns the payload, or rule `type` with the JSON pointer of the first column whose value does not fit.
 */
export function coerceRow(
  row: Readonly<Record<string, unknown>>,
  contract: Contract,
): CoercedRow | MisfitRow {
  let reader = readers.get(contract);
  if (!reader) {
    reader = createReader(contract);
    readers.set(contract, reader);
  }
  return reader(row);
}

/** `event_id` of a file's row: sha256 (hex) over the source's name and its identity columns in canonical JSON. */
export function fileEventId(contract: Contract, row: CoercedRow): string {
  const members: string[] = [];
  for (const { name, key } of identityOf(contract)) {
    const value = row.canonical[name];
    if (value !== undefined) members.push(key + value);
  }
  return hash('sha256', `${contract.name}\n{${members.join(',')}}`, 'hex');
}

const identities = new WeakMap<Contract, readonly { readonly name: string; readonly key: string }[]>();

/** The columns that make a row's identity, in the order of their names. */
function identityOf(contract: Contract) {
  let identity = identities.get(contract);
  if (!identity) {
    const names = contract.identity ?? contract.columns.map((column) => column.name);
    identity = [...names].sort().map((name) => ({ name, key: `${JSON.stringify(name)}:` }));
    identities.set(contract, identity);
  }
  return identity;
}

function createReader(contract: Contract): RowReader {
  const nullTokens = new Set(contract.nullTokens ?? ['']);
  const timeFormats = new Map<string, InstantReader>();
  const instantOf = (column: Column): InstantReader => {
    const pattern =
      typeof column.options.format === 'string' ? column.options.format : contract.timestampFormat;
    if (!pattern) return isoInstant;
    let read = timeFormats.get(pattern);
    if (!read) {
      read = compileTimeFormat(pattern);
      timeFormats.set(pattern, read);
    }
    return read;
  };
  const known = new Set(contract.columns.flatMap(({ name, physicalName }) => [name, physicalName ?? name]));
  const columns = contract.columns.map((column) => ({ column, key: `${JSON.stringify(column.name)}:` }));

  return (row) => {
    const canonical: Record<string, string> = {};
    const members: string[] = [];
    let refusal: Refusal | undefined;
    for (const { column, key } of columns) {
      const value = row[column.name] ?? (column.physicalName && row[column.physicalName]);
      if (value === null || value === undefined || (typeof value === 'string' && nullTokens.has(value)))
        continue;
      const coerced = coerceValue(value, column, instantOf);
      if (!coerced) {
        refusal ??= {
          rule: 'type',
          path: `/${column.name}`,
          message: `/${column.name} is ${exactJson(value).slice(0, 80)}; it must be ${column.logicalType} (${column.type})`,
        };
        members.push(key + exactJson(value));
        continue;
      }
      canonical[column.name] = coerced.canonical;
      members.push(key + coerced.text);
    }
    for (const name of Object.keys(row)) {
      const value = row[name];
      if (!known.has(name) && value !== null && value !== undefined)
        members.push(`${JSON.stringify(name)}:${exactJson(value)}`);
    }
    const dataText = `{${members.join(',')}}`;
    if (refusal) return { ...refusal, partlyTyped: dataText };
    return { data: JSON.parse(dataText) as Record<string, unknown>, dataText, canonical };
  };
}

const truths: Readonly<Record<string, string>> = {
  true: 'true',
  t: 'true',
  yes: 'true',
  y: 'true',
  '1': 'true',
  false: 'false',
  f: 'false',
  no: 'false',
  n: 'false',
  '0': 'false',
};

const numeric = (value: unknown): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value));

/** JSON.isRawJSON (ECMAScript proposal, in Node ≥ 22): a number with more digits than a double holds. */
const { isRawJSON } = JSON as unknown as { isRawJSON(value: unknown): boolean };

/** The value's plain text, as a CSV would show it; undefined for objects and for NaN. */
function plainText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (isRawJSON(value)) return numberText(JSON.stringify(value));
  if (numeric(value)) return numberText(String(value));
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return isoInstant(value.toISOString());
  return undefined;
}

function coerceValue(
  value: unknown,
  column: Column,
  instantOf: (column: Column) => InstantReader,
): Coerced | undefined {
  if (column.logicalType === 'object' || column.logicalType === 'array') return coerceNested(value);
  const text = plainText(value);
  if (text === undefined) return undefined;
  switch (column.logicalType) {
    case 'string':
      // A number in a text column is spelled canonically: 2 and 2.0 are one value read by different readers.
      return same(JSON.stringify(numeric(value) || isRawJSON(value) ? canonicalNumber(text) : text));
    case 'integer': {
      const integer = integerText(text);
      return integer === undefined ? undefined : same(integer);
    }
    case 'number': {
      const number = numberText(text);
      return number === undefined ? undefined : { text: number, canonical: canonicalNumber(number) };
    }
    case 'boolean': {
      const truth = truths[text.toLowerCase()];
      return truth === undefined ? undefined : same(truth);
    }
    case 'date': {
      const date = isoDate(text, instantOf(column));
      return date === undefined ? undefined : same(JSON.stringify(date));
    }
    case 'timestamp': {
      const instant = instantOf(column)(text) ?? isoInstant(text);
      return instant === undefined ? undefined : same(JSON.stringify(instant));
    }
  }
}

/** Objects and arrays pass as they are; a text cell must hold their JSON. */
function coerceNested(value: unknown): Coerced | undefined {
  if (typeof value !== 'string')
    return typeof value === 'object' && !isRawJSON(value)
      ? { text: exactJson(value), canonical: exactJson(value, true) }
      : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    return { text: value, canonical: exactJson(parsed, true) };
  } catch {
    return undefined;
  }
}

/** JSON text of any value a file reader gives; big integers keep their digits. */
function exactJson(value: unknown, sorted = false): string {
  if (typeof value === 'bigint') return value.toString();
  // JSON has no word for them.
  if (typeof value === 'number' && !Number.isFinite(value)) return `"${value}"`;
  if (value instanceof Date || isRawJSON(value)) return JSON.stringify(value);
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
  if (Array.isArray(value)) return `[${value.map((item) => exactJson(item, sorted)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    if (sorted) entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${exactJson(item, sorted)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
