/** Reads a live view from its table: the newest windows by key, how far the view has got, and what it counted apart. */
import {
  type Accumulator,
  emptyAccumulator,
  type LiveValue,
  mergeAccumulator,
  restoreAccumulator,
  valuesOf,
} from './accumulator.ts';
import { isSliding, type LiveView } from './design.ts';
import {
  entryPartition,
  type LiveItem,
  type PaneItem,
  type ProgressItem,
  panePartition,
  progressPartition,
  READABLE_KEY,
  startText,
} from './items.ts';

/** The live table as readers need it: a partition's items in the order of their sort keys. */
export interface LiveReader {
  query(
    partition: string,
    options?: {
      /** Only sort keys that begin so. */
      readonly prefix?: string;
      /** Only sort keys from this one on, or up to and without the other. */
      readonly from?: string;
      readonly before?: string;
      readonly newestFirst?: boolean;
      /** Most items to give. @default - all */
      readonly limit?: number;
    },
  ): Promise<readonly LiveItem[]>;
}

export interface LiveQuery {
  /** The newest windows, so many. @default 1 */
  readonly windows?: number;
  /** Windows that begin from this instant on, and before the other; milliseconds since the epoch. @default - the newest */
  readonly fromMs?: number;
  readonly beforeMs?: number;
  /** Values of key columns that rows must have, as texts. @default - every key */
  readonly key?: Readonly<Record<string, string>>;
  /** Most rows of a window: those of the greatest first measure. @default - all */
  readonly top?: number;
}

export interface LiveRow {
  readonly key: Readonly<Record<string, string | number | null>>;
  readonly values: Readonly<Record<string, LiveValue>>;
  /** Events in the row; those that came too late are counted apart, and are in no value. */
  readonly events: number;
  readonly late: number;
  /** Arrival of its last event, milliseconds since the epoch. */
  readonly arrivedMs: number;
}

export interface LiveWindow {
  /** ISO 8601, UTC. */
  readonly start: string;
  readonly end: string;
  /** By event time: no event can change the window any more. By arrival: it is over. */
  readonly closed: boolean;
  /** Keys in the window, of which `rows` may show the first. */
  readonly keys: number;
  readonly rows: readonly LiveRow[];
}

export interface LiveReading {
  readonly view: string;
  readonly title: string;
  readonly source: string;
  /** Newest first. */
  readonly windows: readonly LiveWindow[];
  /** Up to here windows are closed, ISO 8601; absent by arrival, and before the first event. */
  readonly watermark?: string;
  /** Arrival of the newest record of the source, ISO 8601; absent before the first. */
  readonly arrivedAt?: string;
  readonly events: number;
  readonly late: number;
  readonly refused: number;
  readonly leftOut: number;
}

/** Windows that are read at once. */
const PARALLEL = 32;

/** @param nowMs the lake's clock, milliseconds since the epoch */
export async function readLive(
  table: LiveReader,
  view: LiveView,
  nowMs: number,
  query: LiveQuery = {},
): Promise<LiveReading> {
  const progress = (await table.query(progressPartition(view.name))) as ProgressItem[];
  const watermarkMs = Math.min(...progress.map((shard) => shard.watermark_ms));
  const closedBefore = view.time.by === 'arrival' ? nowMs : watermarkMs;
  const starts = await windowStarts(table, view, query);
  const panes = new Map<number, Promise<readonly PaneItem[]>>();
  const windows: LiveWindow[] = [];
  for (let from = 0; from < starts.length; from += PARALLEL) {
    const some = starts.slice(from, from + PARALLEL);
    const read = some.map((startMs) => readWindow(table, view, { startMs, closedBefore, query, panes }));
    windows.push(...(await Promise.all(read)));
  }
  const sum = (of: (item: ProgressItem) => number) => progress.reduce((total, item) => total + of(item), 0);
  return {
    view: view.name,
    title: view.title,
    source: view.source,
    windows,
    ...(progress.length > 0 && {
      ...(view.time.by === 'event' && { watermark: startText(watermarkMs) }),
      arrivedAt: startText(Math.max(...progress.map((shard) => shard.arrived_ms))),
    }),
    events: sum(({ events }) => events),
    late: sum(({ late }) => late),
    refused: sum(({ refused }) => refused),
    leftOut: sum((item) => item.left_out),
  };
}

/** Starts of the windows asked for, newest first: those with a pane, and of a sliding view every step in between. */
async function windowStarts(
  table: LiveReader,
  view: LiveView,
  { windows = 1, fromMs, beforeMs }: LiveQuery,
): Promise<number[]> {
  const partition = entryPartition(view.name);
  const stepMs = view.everySeconds * 1000;
  const sizeMs = view.sizeSeconds * 1000;
  const isBounded = fromMs !== undefined || beforeMs !== undefined;
  const found = new Set<number>();
  let before = beforeMs === undefined ? undefined : startText(beforeMs + sizeMs - stepMs);
  while (found.size < windows || isBounded) {
    // A pane has an entry per shard, so that a page may hold fewer panes than entries.
    const page = await table.query(partition, {
      ...(fromMs !== undefined && { from: startText(fromMs) }),
      ...(before !== undefined && { before }),
      newestFirst: true,
      ...(!isBounded && { limit: Math.max(16, windows) }),
    });
    for (const { sk } of page) found.add(Date.parse(sk.slice(0, sk.indexOf('#'))));
    if (isBounded || page.length === 0) break;
    before = page.at(-1)!.sk;
  }
  const panes = [...found].sort((a, b) => b - a);
  const starts = isSliding(view)
    ? slidingStarts(panes, view, isBounded ? Number.POSITIVE_INFINITY : windows)
    : panes;
  return (isBounded ? starts : starts.slice(0, windows)).filter(
    (startMs) =>
      (fromMs === undefined || startMs >= fromMs) && (beforeMs === undefined || startMs < beforeMs),
  );
}

/** Windows that end with the newest pane or a step before it, as long as one of their panes has events. */
function slidingStarts(panes: readonly number[], view: LiveView, most: number): number[] {
  const stepMs = view.everySeconds * 1000;
  const reachMs = view.sizeSeconds * 1000 - stepMs;
  const newest = panes[0] ?? 0;
  const starts = new Set<number>();
  for (const pane of panes)
    for (let startMs = Math.min(pane, newest - reachMs); startMs >= pane - reachMs; startMs -= stepMs) {
      if (starts.size >= most) return [...starts];
      starts.add(startMs);
    }
  return [...starts];
}

interface WindowRequest {
  readonly startMs: number;
  readonly closedBefore: number;
  readonly query: LiveQuery;
  /** Panes that are read already: neighbouring sliding windows share them. */
  readonly panes: Map<number, Promise<readonly PaneItem[]>>;
}

async function readWindow(
  table: LiveReader,
  view: LiveView,
  { startMs, closedBefore, query, panes }: WindowRequest,
): Promise<LiveWindow> {
  const endMs = startMs + view.sizeSeconds * 1000;
  const rows = new Map<string, Mutable<LiveRow> & { readonly states: Accumulator }>();
  for (let paneMs = startMs; paneMs < endMs; paneMs += view.everySeconds * 1000) {
    if (!panes.has(paneMs)) panes.set(paneMs, readPane(table, view, paneMs, query));
    for (const item of await panes.get(paneMs)!) {
      const name = JSON.stringify(item.key);
      let row = rows.get(name);
      if (!row) {
        row = { key: item.key, values: {}, events: 0, late: 0, arrivedMs: 0, states: emptyAccumulator(view) };
        rows.set(name, row);
      }
      mergeAccumulator(view, row.states, restoreAccumulator(view, item.measures));
      row.events += item.events - item.late;
      row.late += item.late;
      row.arrivedMs = Math.max(row.arrivedMs, item.arrived_ms);
    }
  }
  const first = view.measures[0]!.name;
  const sorted = [...rows]
    .map(([name, { states, ...row }]) => {
      const values = valuesOf(view, states);
      return { name, rank: Number(values[first] ?? 0), row: { ...row, values } };
    })
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
    .map(({ row }) => row);
  return {
    start: startText(startMs),
    end: startText(endMs),
    closed: endMs <= closedBefore,
    keys: sorted.length,
    rows: query.top === undefined ? sorted : sorted.slice(0, query.top),
  };
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

async function readPane(
  table: LiveReader,
  view: LiveView,
  startMs: number,
  { key = {} }: LiveQuery,
): Promise<readonly PaneItem[]> {
  const items = (await table.query(panePartition(view.name, startMs), keyPrefix(view, key))) as PaneItem[];
  const asked = Object.entries(key);
  return items.filter((item) => asked.every(([name, value]) => String(item.key[name]) === value));
}

/** Texts that the first key columns are asked for narrow down what is read. */
function keyPrefix({ key: columns }: LiveView, asked: Readonly<Record<string, string>>): { prefix?: string } {
  const values: string[] = [];
  for (const { name, kind } of columns) {
    const value = asked[name];
    if (value === undefined || value === 'null' || kind === 'double') break;
    values.push(value);
  }
  const text = JSON.stringify(values).slice(0, -1);
  return values.length > 0 && text.length <= READABLE_KEY ? { prefix: text } : {};
}
