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
  /** Is called with a read that failed; the read is repeated. */
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

/** Records with the same key go to the same lane. */
function laneOf(record: StreamRecord, lanes: readonly Lane[]): Lane {
  if (lanes.length === 1) return lanes[0] as Lane;
  const hash = createHash('md5').update(record.key).digest().readUInt32BE(0);
  return lanes[hash % lanes.length] as Lane;
}

const haveRoom = (lanes: readonly Lane[], rules: LaneRules) =>
  lanes.reduce((sum, lane) => sum + lane.length, 0) < lanes.length * rules.batchSize * BATCHES_AHEAD &&
  lanes.reduce((sum, lane) => sum + lane.bytes, 0) < lanes.length * rules.payloadLimit * BATCHES_AHEAD;

/** Records that were read and are not done with, in the order of their sequence numbers. */
function createOpenRecords() {
  let records: StreamRecord[] = [];
  return {
    add(read: readonly StreamRecord[]) {
      records.push(...read);
    },
    count: () => records.length,
    /** The sequence number of the last record before which nothing is open now; undefined when none was added to them. */
    finish(done: readonly StreamRecord[]): string | undefined {
      for (const record of done) record.done = true;
      const open = records.findIndex((record) => !record.done);
      const count = open < 0 ? records.length : open;
      const last = records[count - 1]?.sequence;
      records = records.slice(count);
      return last;
    },
  };
}

/** One wait, which ends when its time is over or somebody ends it. */
function createPause() {
  let wake: (() => void) | undefined;
  return {
    begin: (ms?: number) =>
      new Promise<void>((resolve) => {
        const timer = ms === undefined ? undefined : setTimeout(resolve, ms);
        timer?.unref();
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    end() {
      wake?.();
      wake = undefined;
    },
  };
}

export function startShardReader(options: ShardReaderOptions): ShardReader {
  const { shard, source, rules, clock } = options;
  const lanes: Lane[] = Array.from({ length: options.parallelism }, () => createLane(rules, clock));
  const open = createOpenRecords();
  const waiting = createPause();
  let inFlight = 0;
  let atTip = false;
  let noticed = true;
  let stopped = false;

  function finish(records: readonly StreamRecord[]) {
    const sequence = open.finish(records);
    if (sequence !== undefined) options.checkpoint(sequence);
  }

  async function runLane(lane: Lane) {
    const { window } = options;
    for (;;) {
      const batch = await lane.next(window?.endsAtMs());
      if (batch === undefined && (stopped || !window)) return;
      inFlight += 1;
      waiting.end();
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
      if (!haveRoom(lanes, rules)) {
        await waiting.begin();
        continue;
      }
      noticed = false;
      try {
        iterator ??= await source.iterator(shard, position);
        const page = await source.read(shard, iterator, rules.batchSize * lanes.length * BATCHES_AHEAD);
        if (stopped) break;
        open.add(page.records);
        for (const record of page.records) laneOf(record, lanes).add(record);
        const last = page.records.at(-1);
        if (last) position = { after: last.sequence };
        atTip = page.atTip;
        if (page.next === undefined) return 'ended';
        iterator = page.next;
        if (page.records.length === 0 && !noticed) await waiting.begin(POLL_MS);
      } catch (error) {
        if (stopped) break;
        // An iterator that expired, a throttled read: begin again after the last record that was read.
        iterator = undefined;
        options.trouble(error as Error);
        await waiting.begin(POLL_MS);
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
      waiting.end();
    },
    stop() {
      stopped = true;
      for (const lane of lanes) lane.stop();
      waiting.end();
    },
    status: () => ({
      shard,
      backlog: open.count(),
      inFlight,
      atTip,
      windowEndsAtMs: lanes
        .map((lane) => lane.windowEndsAtMs())
        .filter((end) => end !== undefined)
        .sort((a, b) => a - b)[0],
    }),
  };
}
