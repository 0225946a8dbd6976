import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type CoercedRow, coerceRow, fileEventId } from './coerce.ts';
import type { Column, Contract, LogicalType } from './contract.ts';
import { addDecimals, integerText, multiplyDecimals, numberText } from './number.ts';
import { compileTimeFormat } from './timeFormat.ts';

const column = (
  name: string,
  logicalType: LogicalType,
  type: string,
  extra: Partial<Column> = {},
): Column => ({
  name,
  logicalType,
  type,
  required: false,
  primaryKey: false,
  description: '',
  options: {},
  ...extra,
});
const contract: Contract = {
  study: 'shop',
  name: 'rows',
  kind: 'source',
  layer: 'source',
  file: 'rows.yaml',
  version: '1.0.0',
  grain: '',
  purpose: '',
  columns: [
    column('id', 'integer', 'bigint', { physicalName: 'Row ID' }),
    column('name', 'string', 'string'),
    column('price', 'number', 'decimal(18,2)'),
    column('sold', 'boolean', 'boolean'),
    column('day', 'date', 'date'),
    column('at', 'timestamp', 'timestamp'),
    column('tags', 'array', 'array<string>'),
  ],
  primaryKey: [],
  quality: [],
  nullTokens: ['', 'NULL'],
  timestampFormat: 'yyyy-MM-dd HH:mm:ss',
  settings: {},
};

const coerced = (row: Record<string, unknown>) => {
  const result = coerceRow(row, contract);
  assert.ok('dataText' in result, JSON.stringify(result));
  return result;
};

test('texts get the contract’s types, with every digit that the file had', () => {
  const row = coerced({
    id: '012345678901234567890',
    name: ' Ana ',
    price: '99.90',
    sold: 'Y',
    day: '2018-08-17',
    at: '2018-08-17 12:15:10',
    tags: '["a"]',
  });

  assert.equal(
    row.dataText,
    '{"id":12345678901234567890,"name":" Ana ","price":99.90,"sold":true,"day":"2018-08-17","at":"2018-08-17T12:15:10Z","tags":["a"]}',
  );
});

test('one row has one identity whatever types a file gives it', () => {
  const texts = coerced({
    id: '2',
    name: 'x',
    price: '7.50',
    sold: 'true',
    at: '2024-01-01 00:00:00',
    day: '2024-01-01 00:00:00',
  });
  const typed = coerced({
    id: 2n,
    name: 'x',
    price: 7.5,
    sold: true,
    at: new Date(Date.UTC(2024, 0, 1)),
    day: new Date(Date.UTC(2024, 0, 1)),
  });
  const drifted = coerced({
    id: 2.0,
    name: 'x',
    price: '7.5000',
    sold: 1,
    at: '2024-01-01T01:00:00+01:00',
    day: '2024-01-01',
  });

  assert.equal(fileEventId(contract, typed), fileEventId(contract, texts));
  assert.equal(fileEventId(contract, drifted), fileEventId(contract, texts));
});

test('identity is only that of the contract’s identity columns when it names some', () => {
  const byId = { ...contract, identity: ['id'] };

  assert.equal(
    fileEventId(byId, coerced({ id: '1', name: 'a' })),
    fileEventId(byId, coerced({ id: '1', name: 'b' })),
  );
});

test('a number with more digits than a double holds stays that number, inside arrays and objects too', () => {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const long = rawJSON('12345678901234567.89');

  const row = coerced({ id: '1', price: long, tags: [long], name: long, extra: { deep: long } });

  assert.equal(
    row.dataText,
    '{"id":1,"name":"12345678901234567.89","price":12345678901234567.89,"tags":[12345678901234567.89],"extra":{"deep":12345678901234567.89}}',
  );
});

test('null tokens leave a member out', () => {
  assert.equal(coerced({ id: '1', name: 'NULL', price: '' }).dataText, '{"id":1}');
});

test('a column is found under the file’s own name for it', () => {
  assert.equal(coerced({ 'Row ID': '1' }).dataText, '{"id":1}');
});

test('members that the contract does not name are kept', () => {
  assert.equal(coerced({ id: '1', extra: '007' }).dataText, '{"id":1,"extra":"007"}');
});

const misfits: readonly (readonly [row: Record<string, unknown>, path: string])[] = [
  [{ id: '1.5' }, '/id'],
  [{ id: '0x10' }, '/id'],
  [{ price: '$5' }, '/price'],
  [{ price: Number.NaN }, '/price'],
  [{ sold: 'maybe' }, '/sold'],
  [{ day: '2018-02-30' }, '/day'],
  [{ day: '2018-08-17 12:00:00' }, '/day'],
  [{ at: '17.08.2018' }, '/at'],
  [{ tags: 'a,b' }, '/tags'],
  [{ name: { first: 'x' } }, '/name'],
];
for (const [row, path] of misfits)
  test(`${String(Object.values(row)[0])} does not fit ${path}`, () => {
    const result = coerceRow(row, contract);

    assert.ok('rule' in result);
    assert.deepEqual([result.rule, result.path], ['type', path]);
  });

test('coercing what was coerced changes nothing', () => {
  const values = fc.record(
    {
      id: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).map(String),
      name: fc.string(),
      price: fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
      sold: fc.constantFrom('t', 'F', 'yes', '0'),
      at: fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(values, (row) => {
      const once = coerceRow(row, contract);
      if (!('dataText' in once)) return;
      // Read back as text, because JSON.parse would round the big integers.
      const again = coerceRow(
        Object.fromEntries(
          Object.entries(once.canonical).map(([name, json]) => [
            name,
            json.startsWith('"') ? JSON.parse(json) : json,
          ]),
        ),
        contract,
      ) as CoercedRow;

      assert.deepEqual(again.canonical, once.canonical);
      assert.equal(fileEventId(contract, again), fileEventId(contract, once));
    }),
  );
});

test('numbers keep their digits and lose only what says nothing', () => {
  assert.deepEqual(
    ['+007.50', '1e3', '-0.0', '.5', '5.', '1.5e-3', '12e-1', '', '.', '1,5', 'Infinity'].map(numberText),
    ['7.50', '1000', '0.0', '0.5', '5', '0.0015', '1.2', undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(['2.0', '2.5', '1e2', '-0'].map(integerText), ['2', undefined, '100', '0']);
});

test('decimal sums and products are exact', () => {
  const decimals = fc.tuple(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    fc.integer({ min: 0, max: 6 }),
  );
  const write = ([value, scale]: [bigint, number]) => {
    const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
    const at = digits.length - scale;
    return `${value < 0n ? '-' : ''}${digits.slice(0, at)}${scale ? `.${digits.slice(at)}` : ''}`;
  };
  const millionths = (text: string) => {
    const [whole = '', fraction = ''] = text.split('.');
    return BigInt(whole + fraction.padEnd(12, '0'));
  };
  fc.assert(
    fc.property(decimals, decimals, (a, b) => {
      const x = write(a);
      const y = write(b);

      assert.equal(millionths(addDecimals(x, y)), millionths(x) + millionths(y));
      assert.equal(millionths(multiplyDecimals(x, y)) * 10n ** 12n, millionths(x) * millionths(y));
    }),
  );
});

// https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/time/format/DateTimeFormatter.html
const formats: readonly (readonly [pattern: string, text: string, instant: string | undefined])[] = [
  ['dd/MM/yyyy HH:mm', '01/12/2024 09:30', '2024-12-01T09:30:00Z'],
  ['M/d/yyyy h:mm:ss a', '1/2/2024 12:05:09 AM', '2024-01-02T00:05:09Z'],
  ["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", '2024-12-01T10:00:00.120+02:00', '2024-12-01T08:00:00.12Z'],
  ['MMMM d, yyyy', 'September 25, 2021', '2021-09-25T00:00:00Z'],
  ['epochSeconds', '964982703', '2000-07-30T18:45:03Z'],
  ['epochMilliseconds', '964982703001', '2000-07-30T18:45:03.001Z'],
  ['yyyy-MM-dd HH:mm:ss', '2024-02-30 00:00:00', undefined],
  ['yyyy-MM-dd HH:mm:ss', ' 2024-02-03 00:00:00', undefined],
];
for (const [pattern, text, instant] of formats)
  test(`'${text}' read as ${pattern} is ${instant ?? 'no time'}`, () => {
    assert.equal(compileTimeFormat(pattern)(text), instant);
  });

test('a time format with a letter that is not read is refused', () => {
  assert.throws(() => compileTimeFormat('YYYY-ww'), /'YYYY' is not read/);
});
