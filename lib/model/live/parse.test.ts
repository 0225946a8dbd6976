import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parseContract } from '../contract/contract.ts';
import { parseLive } from './parse.ts';

const ticks = parseContract(
  `apiVersion: v3.1.0
kind: DataContract
id: ticks
version: 1.0.0
status: active
description: {purpose: Ticks.}
schema:
  - name: ticks
    physicalType: topic
    dataGranularityDescription: One record per tick.
    properties:
      - {name: symbol, logicalType: string, required: true, description: Symbol.}
      - {name: price, logicalType: number, physicalType: 'decimal(18,4)', description: Price.}
      - {name: weight, logicalType: number, physicalType: double, description: Weight.}
      - {name: size, logicalType: integer, description: Size.}
      - {name: at, logicalType: timestamp, description: When.}
      - {name: sequence, logicalType: integer, description: Number., logicalTypeOptions: {minimum: 0}}
      - {name: tags, logicalType: array, description: Tags.}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: nyse.ticks}
  - {property: order, value: [sequence]}
`,
  'x/sources/ticks.yaml',
  'x',
);

const file = `title: Bar
source: ticks
key: [symbol]
window: {size: 10m, every: 1m}
time: {by: event, lateness: 90s, column: at}
measures:
  - {name: volume, function: sum, column: size, where: [{column: symbol, notIn: [TEST]}]}
  - {name: notional, function: sum, column: price, times: size}
  - {name: close, function: last, column: price, unit: USD}
  - {name: vwap, function: ratio, of: notional, over: volume, digits: 6}
`;

const parse = (text: string) => parseLive([{ file: 'x/live/bar.yaml', name: 'bar', text }], [ticks]);

test('a view is read with its columns, their scales and the order that its source declares', () => {
  const { views, problems } = parse(file);

  assert.deepEqual(problems, []);
  const [view] = views;
  assert.deepEqual(
    [view!.name, view!.sizeSeconds, view!.everySeconds, view!.keepSeconds],
    ['bar', 600, 60, 259_200],
  );
  assert.deepEqual(view!.key, [{ name: 'symbol', kind: 'text', scale: 0 }]);
  assert.deepEqual(view!.order, [{ name: 'sequence', kind: 'decimal', scale: 0 }]);
  assert.deepEqual(view!.time, { by: 'event', latenessSeconds: 90, from: { kind: 'column', column: 'at' } });
  assert.deepEqual(
    view!.measures.map((measure) => ('scale' in measure ? measure.scale : undefined)),
    [0, 4, 4, undefined],
  );
});

const faults: readonly (readonly [what: string, from: string, to: string, line: number, message: RegExp])[] =
  [
    [
      'a source',
      'source: ticks',
      'source: quotes',
      2,
      /source is 'quotes'; allowed are the sources .*: ticks/,
    ],
    [
      'a key',
      'key: [symbol]',
      'key: [ticker]',
      3,
      /key\.0 is 'ticker'; allowed are the columns of ticks .*: symbol, price/,
    ],
    ['a key of many values', 'key: [symbol]', 'key: [tags]', 3, /key\.0 is 'tags'; allowed/],
    [
      'a size',
      'size: 10m',
      'size: 10 minutes',
      4,
      /window\.size is "10 minutes"; it must be a whole number with s, m, h or d/,
    ],
    ['a step', 'every: 1m', 'every: 7m', 4, /window\.every is '7m'; it must divide window\.size, 10m/],
    ['a time', 'by: event', 'by: clock', 5, /time\.by is "clock"; allowed are arrival, event/],
    [
      'lateness by arrival',
      'by: event, lateness',
      'by: arrival, lateness',
      5,
      /time\.lateness is '90s'; it belongs to event time/,
    ],
    [
      'a time column',
      'column: at',
      'column: symbol',
      5,
      /time\.column is 'symbol'; allowed are columns of type timestamp or date: at/,
    ],
    [
      'a function',
      'function: last',
      'function: latest',
      9,
      /measures\.2\.function is "latest"; allowed are count, sum, min/,
    ],
    [
      'a column of a measure',
      'column: size, where',
      'column: sizes, where',
      7,
      /measures\.0\.column is 'sizes'; allowed/,
    ],
    [
      'a sum of doubles',
      'column: price, times',
      'column: weight, times',
      8,
      /measures\.1\.column is 'weight'; a sum takes integer and decimal columns/,
    ],
    [
      'a ratio',
      'over: volume',
      'over: close',
      10,
      /measures\.3\.over is 'close'; allowed are measures that count or sum: volume, notional/,
    ],
    [
      'a measure without its column',
      'function: last, column: price',
      'function: last',
      9,
      /measures\.2: a measure with function last needs 'column'/,
    ],
    [
      'a member too many',
      'digits: 6',
      'digits: 6, column: price',
      10,
      /function ratio does not take 'column'; allowed are name, unit, of, over, digits/,
    ],
    [
      'a key of the file',
      'title: Bar',
      'title: Bar\nwindows: 1',
      1,
      /the file: 'windows' is not known here; allowed are title, description, source/,
    ],
    ['two measures of one name', 'name: close', 'name: volume', 7, /two measures named 'volume'/],
  ];

for (const [what, from, to, line, message] of faults)
  test(`${what} that is not allowed is refused with file, line, value and what is allowed`, () => {
    const { problems } = parse(file.replace(from, to));

    assert.equal(problems.length > 0, true);
    assert.match(problems[0]!.message, message);
    assert.deepEqual([problems[0]!.file, problems[0]!.line], ['x/live/bar.yaml', line]);
  });
