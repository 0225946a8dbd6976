/** A study of ticks with a few live views, and its records. */
import { parseContract } from '../contract/contract.ts';
import type { LiveRecord } from './fold.ts';
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
      - {name: price, logicalType: number, physicalType: 'decimal(18,2)', required: true, description: Price.}
      - {name: size, logicalType: integer, required: true, description: Size.}
      - {name: trader, logicalType: string, description: Who.}
      - {name: sequence, logicalType: integer, description: Number., logicalTypeOptions: {minimum: 0}}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: nyse.ticks}
  - {property: order, value: [sequence]}
`,
  'x/sources/ticks.yaml',
  'x',
);

const MEASURES = `measures:
  - {name: trades, function: count}
  - {name: volume, function: sum, column: size}
  - {name: notional, function: sum, column: price, times: size}
  - {name: vwap, function: ratio, of: notional, over: volume, digits: 4}
  - {name: low, function: min, column: price}
  - {name: high, function: max, column: price}
  - {name: open, function: first, column: price}
  - {name: close, function: last, column: price}
  - {name: traders, function: distinct, column: trader}
`;

/** A study with one view per entry: its name → its members before the measures. */
export function ticksStudy(views: Readonly<Record<string, string>>, measures = MEASURES) {
  const files = Object.entries(views).map(([name, members]) => ({
    file: `${name}.yaml`,
    name,
    text: `title: T\nsource: ticks\n${members}\n${measures}`,
  }));
  const { views: live, problems } = parseLive(files, [ticks]);
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));
  return { sources: [ticks], live };
}

export const NOON = Date.UTC(2024, 11, 2, 12);

export interface Tick {
  readonly symbol?: string;
  readonly price?: number;
  readonly size?: number;
  readonly trader?: string;
  readonly sequence?: number;
  /** Milliseconds after noon. */
  readonly at?: number;
  readonly arrived?: number;
}

/** A record of a shard; its place in the shard is its sequence number. */
export function tickRecord(place: number, tick: Tick): LiveRecord {
  const { symbol = 'IBM', price = 1, size = 1, trader = 't', sequence = place, at = 0, arrived = at } = tick;
  const event = {
    specversion: '1.0',
    id: String(place),
    source: 's',
    type: 'nyse.ticks',
    time: new Date(NOON + at).toISOString(),
    data: { symbol, price, size, trader, sequence },
  };
  return {
    bytes: Buffer.from(JSON.stringify(event)),
    arrivedAtMs: NOON + arrived,
    sequence: String(10_000 + place),
  };
}
