/**
 * Payloads at the limits of every type that a source may declare, and the question whether the judge lets through exactly
 * what Athena's cast takes: one set of cases, asked of the local engine by the tests and of Trino by parity.
 */
import fc from 'fast-check';
import { type Column, parseContract } from '../../lib/model/contract/contract.ts';
import { isDate, readInstant } from '../../lib/model/contract/instant.ts';
import { type ExactJson, readExactly } from '../../lib/model/contract/jsonText.ts';
import { decimalsOf, exactNumber, isSameNumber, wholeUnits } from '../../lib/model/contract/number.ts';
import { type AthenaType, parseType } from '../../lib/model/contract/types.ts';
import { compileValidator } from '../../lib/model/contract/validator.ts';
import { quoteText } from '../../lib/model/sql/write.ts';
import { unfitSql } from '../../lib/model/study/derivedSilver.ts';
import { valueSql } from '../../lib/model/study/payloadSql.ts';

const columns: readonly (readonly [name: string, logical: string, physical: string, more?: string])[] = [
  ['text', 'string', 'string'],
  ['code', 'string', 'varchar(5)'],
  ['bytes', 'string', 'binary'],
  ['tiny', 'integer', 'tinyint'],
  ['small', 'integer', 'smallint'],
  ['plain', 'integer', 'int'],
  ['big', 'integer', 'bigint'],
  ['long', 'integer', 'decimal(38,0)'],
  ['money', 'number', 'decimal(18,2)'],
  ['rounded', 'number', 'decimal(18,2)', 'round'],
  ['part', 'number', 'decimal(38,38)'],
  ['wide', 'number', 'decimal(38,10)'],
  ['digit', 'number', 'decimal(1,0)', 'round'],
  ['ratio', 'number', 'double'],
  ['rough', 'number', 'float'],
  ['flag', 'boolean', 'boolean'],
  ['day', 'date', 'date'],
  ['moment', 'timestamp', 'timestamp'],
  ['nearly', 'timestamp', 'timestamp', 'round'],
  ['tags', 'array', 'array<string>'],
  ['counts', 'array', 'array<bigint>'],
  ['prices', 'array', 'array<decimal(18,2)>'],
  ['rates', 'array', 'array<double>'],
  ['scores', 'object', 'map<string,int>'],
  ['shape', 'object', 'struct<a:int,b:string,c:array<decimal(10,3)>>'],
  ['extra', 'object', 'string'],
];

/** The contract of a source that has a column of every type. */
export const limitsYaml = `apiVersion: v3.1.0
kind: DataContract
id: limits
version: 1.0.0
status: active
description: {purpose: Every type that a source may declare.}
schema:
  - name: limits
    physicalType: topic
    dataGranularityDescription: One record per case.
    properties:
${columns
  .map(([name, logical, physical, digits]) => {
    const bounds = logical === 'date' || logical === 'timestamp';
    return (
      `      - {name: ${name}, logicalType: ${logical}, physicalType: '${physical}', description: It.` +
      `${bounds ? ", logicalTypeOptions: {minimum: '0001-01-01', maximum: '9999-12-31'}" : ''}` +
      `${digits ? `, customProperties: [{property: excessDigits, value: ${digits}}]` : ''}}`
    );
  })
  .join('\n')}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: limits}
`;

const source = parseContract(limitsYaml, 'limits/sources/limits.yaml', 'limits');

const validate = compileValidator(source);

/** One payload with one member, and what the judge said of it. */
export interface PayloadCase {
  readonly column: Column;
  /** The member's JSON text. */
  readonly raw: string;
  readonly text: string;
  readonly rule: string | undefined;
}

const digits = (most: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: most, size: 'max' }).map((all) => all.join(''));
const whole = digits(40).map((text) => text.replace(/^0+(?=\d)/, '') || '0');
const exponent = fc.oneof(
  fc.constant(''),
  fc.integer({ min: -45, max: 45 }).map((value) => `e${value}`),
  fc.constantFrom('E+2', 'e-0', 'e308', 'e309', 'e-400', 'e999', 'e1000', 'e-1000', 'e2147483648'),
);
const numbers = fc.oneof(
  fc
    .tuple(fc.constantFrom('', '-'), whole, digits(42), exponent)
    .map(([sign, units, decimals, power]) => `${sign}${units}${decimals && `.${decimals}`}${power}`),
  fc
    .tuple(fc.constantFrom('', '-'), fc.nat(40), fc.constantFrom('', '.4', '.5', '.994', '.995', '.0', '.00'))
    .map(([sign, count, decimals]) => `${sign}${'9'.repeat(count) || '0'}${decimals}`),
  fc
    .tuple(
      fc.constantFrom(7n, 8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n),
      fc.constantFrom(-1n, 0n, 1n),
      fc.constantFrom('', '-'),
      fc.constantFrom('', '.0', '.5', 'e0'),
    )
    .map(([power, step, sign, end]) => `${sign}${2n ** power + step}${end}`),
  fc.constantFrom(
    '0',
    '-0',
    '-0.0',
    '0e5',
    '1e17',
    '9.999',
    '3.4028235e38',
    '3.4028236e38',
    '1e39',
    '1e-400',
  ),
  fc.constant(`0.${'1'.repeat(999)}`),
);

const two = (most: number) =>
  fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
const days = fc.oneof(
  fc
    .tuple(fc.constantFrom('0000', '0001', '1582', '1900', '2024', '9999'), two(13), two(32))
    .map((parts) => parts.join('-')),
  fc.constantFrom(
    '2024-02-29',
    '2023-02-29',
    '1582-10-10',
    '2024-1-1',
    '12024-01-01',
    ' 2024-01-01',
    '2024-01-01 ',
  ),
);
const times = fc
  .tuple(
    days,
    fc.constantFrom('T', 'T', 'T', ' ', 't'),
    fc.constantFrom('10:00', '00:00:00', '23:59:59', '24:00:00', '10:00:60', '9:00:00'),
    fc.oneof(
      fc.constant(''),
      digits(10).map((text) => text && `.${text}`),
      fc.constant('.9999999'),
    ),
    fc.constantFrom('Z', '', '+01:00', '-14:00', '+14:00', '+14:01', '-00:00', '+1', 'z', ' UTC'),
  )
  .map((parts) => parts.join(''));

const quoted = (texts: fc.Arbitrary<string>) => texts.map((text) => JSON.stringify(text));
const strings = fc.oneof(
  quoted(fc.string({ unit: 'grapheme', maxLength: 8 })),
  fc.constantFrom(
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud83d"',
    '"\\ude00x"',
    '"\\ud83d\\ude00"',
    '"äöüßé"',
    '"😀😀😀😀😀"',
    '"  x "',
    '""',
  ),
  quoted(fc.base64String({ maxLength: 12 })),
);

const lists = (items: fc.Arbitrary<string>) =>
  fc.array(items, { maxLength: 3 }).map((all) => `[${all.join(', ')}]`);
const objects = (names: fc.Arbitrary<string>, values: fc.Arbitrary<string>) =>
  fc
    .array(fc.tuple(names, values), { maxLength: 4 })
    .map((all) => `{${all.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`);

const scalars = fc.oneof(numbers, strings, fc.constantFrom('true', 'false', 'null'));
const shortNumbers = fc.oneof(
  numbers,
  fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e6, min: -1e6 }).map(String),
);
const texts: Readonly<Record<string, fc.Arbitrary<string>>> = {
  string: strings,
  integer: numbers,
  number: numbers,
  boolean: fc.constantFrom('true', 'false', '"true"', '1', 'null'),
  date: quoted(days),
  timestamp: quoted(times),
  array: fc.oneof(lists(shortNumbers), lists(strings), lists(scalars), fc.constant('"[]"')),
  object: objects(
    fc.constantFrom('a', 'b', 'c', 'A', 'other'),
    fc.oneof(scalars, lists(shortNumbers), fc.constant('{"x":[1.50,{"y":1e2}]}')),
  ),
};

/** Cases of a seed, judged; `perColumn` of each column. */
export function payloadCases(seed: number, perColumn: number): PayloadCase[] {
  return source.columns.flatMap((column, index) =>
    fc
      .sample(texts[column.logicalType] as fc.Arbitrary<string>, { seed: seed + index, numRuns: perColumn })
      .map((raw): PayloadCase => {
        const text = `{"other":{"deep":[1]}, ${JSON.stringify(column.name)} : ${raw} }`;
        const verdict = validate(JSON.parse(text), text, Date.UTC(2024, 11, 1));
        return { column, raw, text, rule: verdict.valid ? undefined : verdict.rule };
      }),
  );
}

/** As a rebuilt silver table reads the payloads: what its type does not take is NULL. */
export function rebuiltSql(column: Column, payloads: readonly string[]): string {
  const rows = payloads.map((text, n) => `(${n}, ${quoteText(text)})`);
  return (
    `SELECT n, ${textOf(column, valueSql(column, 'try_cast'))} AS value, ${unfitSql({ columns: [column] })} AS rule ` +
    `FROM (VALUES ${rows.join(', ')}) AS v (n, data)`
  );
}

/**
 * The SELECT whose rows (`n`, `value`) say what the cast makes of each payload.
 * @param tried what cannot be cast is NULL; otherwise it fails the statement
 */
export function castSql(column: Column, payloads: readonly string[], tried: boolean): string {
  const rows = payloads.map((text, n) => `(${n}, ${quoteText(text)})`);
  return `SELECT n, ${shownSql(column, tried)} AS value FROM (VALUES ${rows.join(', ')}) AS v (n, data)`;
}

function shownSql(column: Column, tried: boolean): string {
  return textOf(column, tried ? `try(${valueSql(column)})` : valueSql(column));
}

function textOf(column: Column, cast: string): string {
  const type = parseType(column.type);
  if (type.kind !== 'scalar') return `json_format(CAST(${cast} AS json))`;
  if (type.name === 'binary') return `to_base64(${cast})`;
  // As text a real has fewer digits than it holds.
  return type.name === 'float' ? `CAST(CAST(${cast} AS double) AS varchar)` : `CAST(${cast} AS varchar)`;
}

/** Rules of JSON's own and of its types: a cast may well make something of such a value. */
const ownRules = ['type', 'unicode', 'duplicate', 'depth'];

/**
 * True when the cast has a say: of what is let through, and of what is refused because no cast could keep it. Inside arrays
 * and objects, and of integers smaller than Iceberg's, casts make something of more than is declared.
 */
export const isAsked = ({ column, rule }: PayloadCase): boolean =>
  rule === undefined ||
  !(ownRules.includes(rule) || isNested(column) || column.type === 'tinyint' || column.type === 'smallint');

const isNested = ({ logicalType }: Column) => logicalType === 'array' || logicalType === 'object';

/**
 * What is wrong between judge and cast; undefined when they agree. What the judge lets through the cast takes, and without
 * changing it; what the cast does not take, or would change, the judge refuses. A value of another JSON type than declared
 * is refused, whatever a cast may make of it.
 * @param value as the cast gives it; null when it failed
 */
export function disagreement(
  { column, raw, rule, text }: PayloadCase,
  value: string | null,
): string | undefined {
  const exact = readExactly(raw);
  if (exact.kind === 'word' && exact.value === null)
    return rule === undefined && value === null ? undefined : `${text}: null is ${value}, judged ${rule}`;
  const kept = value !== null && isKept(column, exact, value);
  if (rule === undefined) return kept ? undefined : `${text}: let through; the cast gives ${value}`;
  return kept && !isBeyondTime(column, exact)
    ? `${text}: refused by ${rule}; the cast gives ${value}`
    : undefined;
}

/** Years outside of 1 to 9999, and forms of a time that only some engines read, are refused though the cast takes them. */
function isBeyondTime(column: Column, exact: ExactJson): boolean {
  if (exact.kind !== 'string') return false;
  if (column.logicalType === 'date') return exact.value.startsWith('0000') || !isDate(exact.value);
  const seconds = readInstant(exact.value)?.seconds;
  return seconds === undefined || seconds < -62_135_596_800 || seconds > 253_402_214_400;
}

/** True when the cast's value says what the payload said. */
function isKept(column: Column, exact: ExactJson, value: string): boolean {
  const type = parseType(column.type);
  if (type.kind !== 'scalar') return isKeptInside(type, exact, readExactly(value));
  if (column.logicalType === 'object' || column.logicalType === 'array')
    return isSameJson(exact, readExactly(value));
  if (exact.kind === 'string') {
    if (column.logicalType === 'timestamp')
      return isSameMoment(exact.value, value, column.excessDigits === 'round');
    if (type.name === 'binary')
      return Buffer.from(exact.value, 'base64').equals(Buffer.from(value, 'base64'));
    return exact.value === value;
  }
  if (exact.kind === 'word') return String(exact.value) === value;
  return exact.kind === 'number' && isKeptNumber(type, exact.text, value, column.excessDigits === 'round');
}

function isKeptNumber(
  type: AthenaType & { kind: 'scalar' },
  text: string,
  value: string,
  rounds: boolean,
): boolean {
  if (type.name === 'double' || type.name === 'float') {
    const number = type.name === 'float' ? Math.fround(Number(text)) : Number(text);
    return Number.isFinite(number) && number === Number(value);
  }
  const [given, found] = [exactNumber(text), exactNumber(value)];
  const scale = type.parameters[1] ?? 0;
  if (!rounds || !given || !found || decimalsOf(given) <= scale) return isSameNumber(given, found);
  const size = wholeUnits(given, scale);
  return size === wholeUnits(found, scale) && (size === 0n || given.negative === found.negative);
}

function isSameMoment(given: string, found: string, rounds: boolean): boolean {
  const [a, b] = [readInstant(given), readInstant(`${found.replace(' ', 'T')}Z`)];
  if (!a || !b) return false;
  const micros = Math.floor(a.nanos / 1000) + (a.nanos % 1000 >= 500 ? 1 : 0);
  const gap = (b.seconds - a.seconds) * 1e6 + b.nanos / 1000 - micros;
  return gap === 0 && (rounds || a.nanos % 1000 === 0);
}

/** The payload's value inside an array, map or struct, against what the cast made of it. */
function isKeptInside(type: AthenaType, given: ExactJson, found: ExactJson): boolean {
  if (given.kind === 'word' && given.value === null) return found.kind === 'word' && found.value === null;
  if (type.kind === 'array')
    return (
      given.kind === 'array' &&
      found.kind === 'array' &&
      given.items.length === found.items.length &&
      given.items.every((item, at) => isKeptInside(type.element, item, found.items[at] as ExactJson))
    );
  if (type.kind === 'scalar') {
    if (given.kind === 'number' && found.kind === 'number')
      return isKeptNumber(type, given.text, found.text, false);
    return isSameJson(given, found);
  }
  if (given.kind !== 'object' || found.kind !== 'object') return false;
  const values = new Map(found.members);
  return given.members.every(([name, member]) => {
    const field =
      type.kind === 'struct' ? type.fields.find((one) => one.name === name.toLowerCase()) : undefined;
    if (type.kind === 'struct' && !field) return true;
    const value = values.get(field?.name ?? name);
    return value !== undefined && isKeptInside(type.kind === 'map' ? type.value : field!.type, member, value);
  });
}

const isSameDouble = (a: string, b: string) => !/^-?\d+$/.test(a) && Number(a) === Number(b);

function isSameJson(a: ExactJson, b: ExactJson): boolean {
  // Java writes 5e-324 as 4.9E-324.
  if (a.kind === 'number' && b.kind === 'number')
    return isSameNumber(exactNumber(a.text), exactNumber(b.text)) || isSameDouble(a.text, b.text);
  if (a.kind === 'array' && b.kind === 'array')
    return (
      a.items.length === b.items.length &&
      a.items.every((item, at) => isSameJson(item, b.items[at] as ExactJson))
    );
  if (a.kind === 'object' && b.kind === 'object')
    return (
      a.members.length === b.members.length &&
      a.members.every(([name, value], at) => {
        const [otherName, other] = b.members[at] as readonly [string, ExactJson];
        return name === otherName && isSameJson(value, other);
      })
    );
  return a.kind === b.kind && 'value' in a && 'value' in b && a.value === b.value;
}
