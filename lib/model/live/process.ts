/**
 * Brings a batch of one shard into the live table, each record exactly once per window, however often it is delivered.
 *
 * A shard's records come in order, from the last checkpoint on after a failure. An item is written whole, with the last
 * sequence number that is in it, and only over an older one; what an item holds depends only on the records, and not on
 * how they were cut into batches. Progress, which carries the watermark, is written after the panes that it speaks of.
 */
import {
  type Accumulator,
  compileMeasures,
  emptyAccumulator,
  restoreAccumulator,
  storeAccumulator,
  type Value,
} from './accumulator.ts';
import type { LiveView } from './design.ts';
import { type CompiledViews, type LiveRecord, sequenceKey, type Taken } from './fold.ts';
import {
  type ItemKey,
  keyText,
  type LiveItem,
  type PaneItem,
  type ProgressItem,
  paneEntryKey,
  paneKey,
  paneOf,
  progressKey,
} from './items.ts';

/** The live table as its writer needs it. */
export interface LiveWriter {
  /** The items that there are, read consistently, in any order. */
  read(keys: readonly ItemKey[]): Promise<readonly LiveItem[]>;
  /** Writes the item if there is none, or one with an earlier `sequence`; false when a later one is there. */
  writeNewer(item: LiveItem & { readonly sequence: string }): Promise<boolean>;
  /** Writes the items over what is there, in any order. */
  write(items: readonly LiveItem[]): Promise<void>;
}

/** Items kept in memory between batches; the oldest go first. */
const ITEMS_HELD = 100_000;
/** Writes under way at once. */
const PARALLEL = 64;

/** One key of a pane in memory. */
interface Held {
  readonly view: LiveView;
  readonly id: ItemKey;
  readonly startMs: number;
  readonly key: readonly Value[];
  sequence: string;
  events: number;
  late: number;
  arrivedMs: number;
  states: Accumulator;
  /** The table was asked for it. */
  isLoaded: boolean;
}

/** A record's part in one held key. */
interface Event {
  readonly held: Held;
  readonly add: ReturnType<typeof compileMeasures>;
  readonly sequence: string;
  readonly arrivedMs: number;
  readonly isLate: boolean;
  readonly taken: Taken & { readonly kind: 'event' };
}

type Progress = { -readonly [Name in keyof ProgressItem]: ProgressItem[Name] };

export interface LiveProcessor {
  /** Takes the next records of a shard, in their order. Rejects with the table's error; the batch is then given again. */
  process(shard: string, records: readonly LiveRecord[]): Promise<void>;
}

export function createProcessor(compiled: CompiledViews, table: LiveWriter): LiveProcessor {
  const work: Work = {
    ...compiled,
    table,
    adders: compiled.views.map(compileMeasures),
    memory: new Map(),
    entries: new Set(),
  };
  return {
    async process(shard, records) {
      try {
        await processBatch(work, shard, records);
      } catch (error) {
        // What memory holds may be ahead of what was written; the next attempt reads the table.
        work.memory.clear();
        throw error;
      }
    },
  };
}

/** What is kept between batches. */
interface Work extends CompiledViews {
  readonly table: LiveWriter;
  /** By the view's place. */
  readonly adders: readonly ReturnType<typeof compileMeasures>[];
  /** By the view's place, shard, pane and key. */
  readonly memory: Map<string, Held>;
  /** Panes whose entries are written, by view, pane and shard. */
  readonly entries: Set<string>;
}

async function processBatch(work: Work, shard: string, records: readonly LiveRecord[]): Promise<void> {
  const { table, views, memory } = work;
  const progress = await readProgress(table, views, shard);
  const events = records.flatMap((record) => eventsOf(work, record, shard, progress));
  await load(table, events);
  const touched = new Set<Held>();
  for (const event of events) if (addEvent(event)) touched.add(event.held);
  await writeEntries(work, shard, touched);
  await inParallel([...touched], async (held) => {
    // A later state is in the table: what memory holds is not to be built on.
    if (!(await table.writeNewer(paneItem(held)))) held.isLoaded = false;
  });
  await inParallel(
    progress.filter(({ isChanged }) => isChanged),
    ({ item }) => table.writeNewer(item),
  );
  for (const name of memory.keys()) {
    if (memory.size <= ITEMS_HELD) break;
    memory.delete(name);
  }
}

/** What progress does not know yet of a record, by view; moves progress on. */
function eventsOf(
  { views, take, adders, memory }: Work,
  record: LiveRecord,
  shard: string,
  progress: readonly ShardProgress[],
): Event[] {
  const sequence = sequenceKey(record.sequence);
  const events: Event[] = [];
  for (const [place, taken] of take(record, shard)) {
    const view = views[place]!;
    const of = progress[place]!;
    if (sequence <= of.item.sequence) continue;
    of.isChanged = true;
    const isLate = moveOn(view, of.item, sequence, record.arrivedAtMs, taken);
    if (taken.kind !== 'event') continue;
    const startMs = paneOf(view, view.time.by === 'arrival' ? record.arrivedAtMs : taken.atMs);
    const text = keyText(taken.key);
    const name = `${place}#${shard}#${startMs}#${text}`;
    let held = memory.get(name);
    if (!held) {
      held = unloaded(view, paneKey(view.name, startMs, text, shard), startMs, taken.key);
      memory.set(name, held);
    }
    events.push({ held, add: adders[place]!, sequence, arrivedMs: record.arrivedAtMs, isLate, taken });
  }
  return events;
}

async function writeEntries(
  { table, entries }: Work,
  shard: string,
  touched: ReadonlySet<Held>,
): Promise<void> {
  const fresh = new Map<string, LiveItem>();
  for (const { view, startMs, arrivedMs } of touched) {
    const name = `${view.name}#${startMs}#${shard}`;
    if (!entries.has(name) && !fresh.has(name))
      fresh.set(name, {
        ...paneEntryKey(view.name, startMs, shard),
        expires_at: expiry(view, Math.max(startMs, arrivedMs)),
      });
  }
  if (fresh.size > 0) await table.write([...fresh.values()]);
  for (const name of fresh.keys()) entries.add(name);
  if (entries.size > ITEMS_HELD) entries.clear();
}

const unloaded = (view: LiveView, id: ItemKey, startMs: number, key: readonly Value[]): Held => ({
  view,
  id,
  startMs,
  key,
  sequence: '',
  events: 0,
  late: 0,
  arrivedMs: 0,
  states: emptyAccumulator(view),
  isLoaded: false,
});

/** Brings the items that the events need into memory, as the table has them. */
async function load(table: LiveWriter, events: readonly Event[]): Promise<void> {
  const unknown = new Map<string, Held>();
  for (const { held } of events)
    if (!held.isLoaded) {
      held.isLoaded = true;
      unknown.set(nameOf(held.id), held);
    }
  if (unknown.size === 0) return;
  const found = await table.read([...unknown.values()].map(({ id }) => id));
  for (const item of found as readonly PaneItem[]) {
    const held = unknown.get(nameOf(item))!;
    held.sequence = item.sequence;
    held.events = item.events;
    held.late = item.late;
    held.arrivedMs = item.arrived_ms;
    held.states = restoreAccumulator(held.view, item.measures);
  }
}

const nameOf = ({ pk, sk }: ItemKey) => `${pk}\n${sk}`;

interface ShardProgress {
  readonly item: Progress;
  isChanged: boolean;
}

/** By the view's place. */
async function readProgress(
  table: LiveWriter,
  views: readonly LiveView[],
  shard: string,
): Promise<ShardProgress[]> {
  const found = (await table.read(views.map(({ name }) => progressKey(name, shard)))) as ProgressItem[];
  return views.map(({ name }) => {
    const key = progressKey(name, shard);
    const item = found.find(({ pk }) => pk === key.pk) ?? {
      ...key,
      sequence: '',
      watermark_ms: 0,
      arrived_ms: 0,
      events: 0,
      late: 0,
      refused: 0,
      left_out: 0,
    };
    return { item: { ...item }, isChanged: false };
  });
}

/** Counts a record in a view's progress; true when it is an event whose pane is closed. */
function moveOn(
  view: LiveView,
  item: Progress,
  sequence: string,
  arrivedAtMs: number,
  taken: Taken,
): boolean {
  item.sequence = sequence;
  item.arrived_ms = Math.max(item.arrived_ms, arrivedAtMs);
  if (taken.kind === 'refused') item.refused += 1;
  if (taken.kind === 'left out') item.left_out += 1;
  if (taken.kind !== 'event') return false;
  item.events += 1;
  // By arrival nothing is late.
  if (view.time.by === 'arrival') return false;
  const isLate = paneOf(view, taken.atMs) + view.everySeconds * 1000 <= item.watermark_ms;
  if (isLate) item.late += 1;
  // An event from the future moves time no further than its arrival.
  const reached = Math.min(taken.atMs, arrivedAtMs) - view.time.latenessSeconds * 1000;
  item.watermark_ms = Math.max(item.watermark_ms, reached);
  return isLate;
}

/** False for a record that the item has already. */
function addEvent({ held, add, sequence, arrivedMs, isLate, taken }: Event): boolean {
  if (sequence <= held.sequence) return false;
  held.sequence = sequence;
  held.events += 1;
  held.arrivedMs = Math.max(held.arrivedMs, arrivedMs);
  if (isLate) held.late += 1;
  else add(held.states, taken);
  return true;
}

const paneItem = ({ view, id, key, sequence, events, late, states, arrivedMs }: Held): PaneItem => ({
  ...id,
  key: Object.fromEntries(
    view.key.map(({ name }, index) => {
      const value = key[index]!;
      return [name, typeof value === 'bigint' ? String(value) : value];
    }),
  ),
  sequence,
  events,
  late,
  measures: storeAccumulator(view, states),
  arrived_ms: arrivedMs,
  expires_at: expiry(view, arrivedMs),
});

/** A pane of the past, as when history is loaded, is kept from its arrival on. */
const expiry = (view: LiveView, fromMs: number) =>
  Math.ceil(fromMs / 1000) + view.sizeSeconds + view.keepSeconds;

async function inParallel<Item>(
  items: readonly Item[],
  act: (item: Item) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await act(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
}
