/**
 * How many events a second one core brings into live views: decode, envelope, contract, and the fold into three views, with the
 * items written to a table in memory.
 *
 * Method: 20,000 distinct records of about 300 bytes, in batches of 1,000 as the event source mapping gives them, taken round by
 * round for about two seconds after one warm-up round; one thread; the median round counts.
 */
import { parseContract } from '../lib/model/contract/contract.ts';
import { compileViews, type LiveRecord } from '../lib/model/live/fold.ts';
import type { LiveItem } from '../lib/model/live/items.ts';
import { parseLive } from '../lib/model/live/parse.ts';
import { createProcessor, type LiveWriter } from '../lib/model/live/process.ts';

const events = parseContract(
  `apiVersion: v3.1.0
kind: DataContract
id: bench
version: 1.0.0
status: active
description: {purpose: Bench.}
schema:
  - name: player_events
    physicalType: topic
    dataGranularityDescription: One record per action.
    properties:
      - {name: user_id, logicalType: string, required: true, description: Viewer., logicalTypeOptions: {minLength: 1}}
      - {name: video_id, logicalType: string, required: true, description: Video., logicalTypeOptions: {minLength: 1}}
      - {name: action, logicalType: string, required: true, description: Action.}
      - {name: region, logicalType: string, required: true, description: Region.}
      - {name: position_seconds, logicalType: integer, required: true, description: Position., logicalTypeOptions: {minimum: 0}}
customProperties:
  - {property: ingestion, value: stream}
  - {property: eventType, value: bench.player_events}
`,
  'bench/sources/player_events.yaml',
  'bench',
);

const views = {
  plays: `key: [video_id, region]
window: {size: 1m}
measures:
  - {name: plays, function: count, where: [{column: action, in: [play]}]}
  - {name: seconds, function: sum, column: position_seconds}`,
  viewers: `key: [region]
window: {size: 5m, every: 1m}
measures:
  - {name: viewers, function: distinct, column: user_id}`,
  positions: `window: {size: 1m}
time: {by: event, lateness: 30s}
measures:
  - {name: events, function: count}
  - {name: furthest, function: max, column: position_seconds}
  - {name: newest, function: last, column: video_id}`,
};

const { views: live, problems } = parseLive(
  Object.entries(views).map(([name, text]) => ({
    file: `${name}.yaml`,
    name,
    text: `title: ${name}\nsource: player_events\n${text}`,
  })),
  [events],
);
if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('\n'));

const COUNT = 20_000;
const BATCH = 1000;
const regions = ['US', 'BR', 'DE', 'IN', 'JP'];
const start = Date.UTC(2024, 11, 1);

/** Sequence numbers go on from round to round, so that every record is new. */
let sequence = 0;
const payloads = Array.from({ length: COUNT }, (_, index) =>
  Buffer.from(
    JSON.stringify({
      specversion: '1.0',
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      source: 'bench',
      type: 'bench.player_events',
      subject: `user-${index % 3000}`,
      time: new Date(start + (index >> 3)).toISOString(),
      data: {
        user_id: `user-${index % 3000}`,
        video_id: `video-${index % 200}`,
        action: index % 4 === 0 ? 'play' : 'seek',
        region: regions[index % 5],
        position_seconds: index % 7200,
      },
    }),
  ),
);

const items = new Map<string, LiveItem>();
const nameOf = ({ pk, sk }: Pick<LiveItem, 'pk' | 'sk'>) => `${pk}\n${sk}`;
const table: LiveWriter = {
  read: async (keys) => keys.flatMap((key) => items.get(nameOf(key)) ?? []),
  writeNewer: async (item) => {
    items.set(nameOf(item), item);
    return true;
  },
  write: async (written) => {
    for (const item of written) items.set(nameOf(item), item);
  },
};
const processor = createProcessor(compileViews({ sources: [events], live }), table);

async function round(): Promise<number> {
  const batches: LiveRecord[][] = [];
  for (let from = 0; from < COUNT; from += BATCH)
    batches.push(
      payloads.slice(from, from + BATCH).map((bytes, index) => ({
        bytes,
        arrivedAtMs: start + ((from + index) >> 3),
        sequence: `4965${String(++sequence).padStart(52, '0')}`,
      })),
    );
  const startedAt = performance.now();
  for (const batch of batches) await processor.process('shardId-000000000000', batch);
  return COUNT / ((performance.now() - startedAt) / 1000);
}

await round();
const rates: number[] = [];
const until = performance.now() + 2000;
while (performance.now() < until || rates.length < 3) rates.push(await round());
rates.sort((a, b) => a - b);
const median = rates[Math.floor(rates.length / 2)]!;
console.log(`decode, judge and fold into 3 views  ${Math.round(median).toLocaleString('en-US')} events/s`);
