/** Reads one shard from its checkpoint on, deals its records to lanes, and moves the checkpoint as they are done with. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import type { StreamRecord } from './batch.ts';
import { createLane, type Lane, type LaneRules } from './lane.ts';
import type { StreamSource } from './source.ts';

/** A missed notice costs at most this; it is the machine's time, as nothing depends on it but latency. */
const POLL_MS = 1000;
/** How many batches a lane may hold ahead of the one that is under way. */
const BATCHES_AHEAD = 2;

export interface ShardReaderOptions {
  readonly shard: string;
  readonly source: StreamSource;
  readonly from: { after: string } | 'oldest' | 'start';
  readonly rules: LaneRules;
  /** Batches of a shard that may be under way at once. */
  readonly parallelism: number;
  readonly clock: Clock;
  /** Works a batch off, calling `finished` for records from its front. */
  work(batch: StreamRecord[], finished: (records: readonly StreamRecord[]) => void): Promise<void>;
  checkpoint(sequence: string): void;
  /** With tumbling windows: when the open one is over, and what is to be done then, or when the shard ends. */
  readonly window?: { endsAtMs(): number | undefined; close(): Promise<void> };
  /** Told of a read that failed; it is tried again. */
  trouble(error: Error): void;
}

export interface ShardReader {
  /** Resolves when the shard has been read to its end and all is done with, or the reader was stopped. */
  readonly finished: Promise<'ended' | 'stopped'>;
  /** Something may have arrived. */
  notice(): void;
  stop(): void;
  status(): ShardStatus;
}

export interface ShardStatus {
  readonly shard: string;
  /** Records read and not done with. */
  readonly backlog: number;
  readonly inFlight: number;
  /** The reader has seen the newest record. */
  readonly atTip: boolean;
  readonly windowEndsAtMs?: number;
}

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { shard, source, rules, clock } = options;
  const lanes: Lane[] = Array.from({ length: options.parallelism }, () => createLane(rules, clock));
  let outstanding: StreamRecord[] = [];
  let inFlight = 0;
  let atTip = false;
  let noticed = true;
  let stopped = false;
  let wake: (() => void) | undefined;

  const nudge = () => {
    wake?.();
    wake = undefined;
  };
  const pause = (ms?: number) =>
    new Promise<void>((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
      timer?.unref();
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const laneOf = (record: StreamRecord): Lane => {
    if (lanes.length === 1) return lanes[0] as Lane;
    const hash = createHash('md5').update(record.key).digest().readUInt32BE(0);
    return lanes[hash % lanes.length] as Lane;
  };

  const hasRoom = () =>
    lanes.reduce((sum, lane) => sum + lane.length, 0) < lanes.length * rules.batchSize * BATCHES_AHEAD &&
    lanes.reduce((sum, lane) => sum + lane.bytes, 0) < lanes.length * rules.payloadLimit * BATCHES_AHEAD;

  /** The checkpoint is the last record before which nothing is open. */
  function finish(records: readonly StreamRecord[]) {
    for (const record of records) record.done = true;
    const open = outstanding.findIndex((record) => !record.done);
    const count = open < 0 ? outstanding.length : open;
    if (count === 0) return;
    options.checkpoint((outstanding[count - 1] as StreamRecord).sequence);
    outstanding = outstanding.slice(count);
  }

  async function runLane(lane: Lane) {
    const { window } = options;
    for (;;) {
      const batch = await lane.next(window?.endsAtMs());
      if (batch === undefined && (stopped || !window)) return;
      inFlight += 1;
      nudge();
      try {
        if (batch?.length) await options.work(batch, finish);
        else await window?.close();
      } finally {
        inFlight -= 1;
      }
      if (batch === undefined) return;
    }
  }

  async function read(): Promise<'ended' | 'stopped'> {
    let position = options.from;
    let iterator: string | undefined;
    while (!stopped) {
      if (!hasRoom()) {
        await pause();
        continue;
      }
      noticed = false;
      try {
        iterator ??= await source.iterator(shard, position);
        const page = await source.read(shard, iterator, rules.batchSize * lanes.length * BATCHES_AHEAD);
        if (stopped) break;
        for (const record of page.records) {
          outstanding.push(record);
          laneOf(record).add(record);
        }
        const last = page.records.at(-1);
        if (last) position = { after: last.sequence };
        atTip = page.atTip;
        if (page.next === undefined) return 'ended';
        iterator = page.next;
        if (page.records.length === 0 && !noticed) await pause(POLL_MS);
      } catch (error) {
        if (stopped) break;
        // An iterator that expired, a throttled read: begin again after the last record that was read.
        iterator = undefined;
        options.trouble(error as Error);
        await pause(POLL_MS);
      }
    }
    return 'stopped';
  }

  async function run() {
    const working = Promise.all(lanes.map(runLane));
    const end = await read();
    for (const lane of lanes) {
      if (end === 'ended') lane.close();
      else lane.stop();
    }
    await working;
    return stopped ? 'stopped' : end;
  }

  return {
    finished: run(),
    notice() {
      noticed = true;
      atTip = false;
      nudge();
    },
    stop() {
      stopped = true;
      for (const lane of lanes) lane.stop();
      nudge();
    },
    status: () => ({
      shard,
      backlog: outstanding.length,
      inFlight,
      atTip,
      windowEndsAtMs: lanes
        .map((lane) => lane.windowEndsAtMs())
        .filter((end) => end !== undefined)
        .sort((a, b) => a - b)[0],
    }),
  };
}
