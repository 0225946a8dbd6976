/** Compares the windows of a live view with what a run published: equal cells are counted, the others named and explained. */
import { canonicalNumber, numberText } from '../contract/number.ts';
import { databaseOf, EVENTS } from '../layout.ts';
import { quoteText } from '../sql/write.ts';
import type { LiveValue } from './accumulator.ts';
import type { LiveComparison, LiveView, Measure } from './design.ts';
import type { LiveReading, LiveRow } from './read.ts';
import { STANDARD_ERROR } from './sketch.ts';

export interface LiveDifference {
  /** Start of the window, ISO 8601, UTC. */
  readonly window: string;
  readonly key: Readonly<Record<string, string | number | null>>;
  readonly measure: string;
  /** Null where that side has no row. */
  readonly live: LiveValue;
  readonly gold: LiveValue;
  /** `late`, `duplicates`, or a reason that the view declares; absent where nothing explains it. */
  readonly reason?: string;
}

export interface LiveComparisonResult {
  readonly view: string;
  readonly title: string;
  /** Windows that were compared. */
  readonly windows: number;
  /** Values that were compared: one per window, key and measure. */
  readonly values: number;
  readonly equal: number;
  /** How many differ, by reason; `unexplained` is a fault. */
  readonly differing: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly differences: readonly LiveDifference[];
  readonly late: number;
  readonly refused: number;
  /** Rows to which an event came after the run began: they are left for the next one. */
  readonly moving: number;
}

/** Rows of an answer by column. */
export type NamedRow = Readonly<Record<string, string | null>>;

export interface Published {
  readonly columns: readonly string[];
  readonly rows: readonly NamedRow[];
  /** Windows and keys by declared reason. */
  readonly reasons: Readonly<Record<string, readonly NamedRow[]>>;
  /** Records of the source that arrived more than once: gold takes each once, a live view each time. */
  readonly duplicates: number;
}

const SHOWN = 20;

/** The statement that a comparison asks, for windows that begin in a range of milliseconds since the epoch. */
export const comparisonSql = (sql: string, fromMs: number, toMs: number): string =>
  sql.trim().replaceAll('{from}', timestamp(fromMs)).replaceAll('{to}', timestamp(toMs));

const timestamp = (ms: number) => `timestamp '${new Date(ms).toISOString().replace('T', ' ').slice(0, 23)}'`;

/** How often valid records of a source came again by the stream, within partitions of bronze. */
export const duplicatesSql = (study: string, source: string, fromDay: string, toDay: string): string =>
  [
    `select count(distinct shard || '/' || sequence_number) - count(distinct event_source || '/' || event_id) as duplicates`,
    `from ${databaseOf(study, 'bronze')}.records`,
    `where source = ${quoteText(source)} and verdict = 'valid' and stream = ${quoteText(EVENTS)}`,
    `and dt between ${quoteText(fromDay)} and ${quoteText(toDay)}`,
  ].join(' ');

/**
 * Compares every row that the run could see whole, whether its window is closed or not.
 * @param before rows whose last event arrived from here on are left for the next run; milliseconds since the epoch
 */
export function compareLive(
  view: LiveView & { readonly compare: LiveComparison },
  reading: LiveReading,
  published: Published,
  before: number,
): LiveComparisonResult {
  const measures = view.measures.filter(({ name }) => published.columns.includes(name));
  const starts = new Set(reading.windows.map(({ start }) => start));
  const live = new Map<string, LiveRow>();
  let moving = 0;
  for (const { start, rows } of reading.windows)
    for (const row of rows) {
      live.set(placeOf(start, view, row.key), row);
      if (row.arrivedMs >= before) moving += 1;
    }
  const gold = new Map(published.rows.map((row) => [placeOf(startOf(row), view, row), row]));
  const reasons = new Map(
    Object.entries(published.reasons).flatMap(([reason, rows]) =>
      rows.map((row) => [placeOf(startOf(row), view, row), reason] as const),
    ),
  );
  const places = [...new Set([...live.keys(), ...gold.keys()])].filter((place) => {
    const [start] = JSON.parse(place) as [string];
    return starts.has(start) && (live.get(place)?.arrivedMs ?? 0) < before;
  });
  const found = places.flatMap((place) =>
    measures.flatMap((measure) =>
      differenceAt(place, view, measure, live.get(place), gold.get(place), reasons.get(place)),
    ),
  );
  const differences = explainDuplicates(view, found, published.duplicates);
  const differing: Record<string, number> = {};
  for (const { reason = 'unexplained' } of differences) differing[reason] = (differing[reason] ?? 0) + 1;
  const values = places.length * measures.length;
  return {
    view: view.name,
    title: view.title,
    windows: reading.windows.length,
    values,
    equal: values - differences.length,
    differing,
    differences: differences
      .toSorted((a, b) => Number(a.reason !== undefined) - Number(b.reason !== undefined))
      .slice(0, SHOWN),
    late: reading.late,
    refused: reading.refused,
    moving,
  };
}

/** A window and key as a text that both sides share. */
const placeOf = (start: string, { key }: LiveView, row: Readonly<Record<string, unknown>>): string =>
  JSON.stringify([start, ...key.map(({ name }) => canonical(row[name]))]);

/** Athena shows a timestamp as `2024-12-01 10:00:00.000000`. */
const startOf = ({ window_start: text }: NamedRow): string => {
  const ms = Date.parse(`${(text ?? '').replace(' ', 'T').replace(/(\.\d{3})\d*$/, '$1')}Z`);
  return Number.isNaN(ms) ? '' : new Date(ms).toISOString();
};

const canonical = (value: unknown): string | null => {
  if (value === null || value === undefined) return null;
  const number = numberText(String(value));
  return number === undefined ? String(value) : canonicalNumber(number);
};

function differenceAt(
  place: string,
  view: LiveView,
  measure: Measure,
  live: LiveRow | undefined,
  gold: NamedRow | undefined,
  reason: string | undefined,
): LiveDifference[] {
  const held = live && live.events > 0 ? (live.values[measure.name] ?? null) : null;
  const inGold = gold?.[measure.name] ?? null;
  if (areEqual(measure, held, inGold)) return [];
  const [window, ...values] = JSON.parse(place) as [string, ...(string | null)[]];
  const why = reason ?? (live && live.late > 0 ? 'late' : undefined);
  return [
    {
      window,
      key: Object.fromEntries(view.key.map(({ name }, index) => [name, values[index]!])),
      measure: measure.name,
      live: held,
      gold: inGold,
      ...(why !== undefined && { reason: why }),
    },
  ];
}

function areEqual(measure: Measure, live: LiveValue, gold: string | null): boolean {
  if (canonical(live) === canonical(gold)) return true;
  if (live === null || gold === null) return false;
  if (measure.function === 'distinct')
    return Math.abs(Number(live) - Number(gold)) <= Math.max(1, 4 * STANDARD_ERROR * Number(gold));
  const isDouble =
    measure.function !== 'count' && measure.function !== 'ratio' && measure.column.kind === 'double';
  return isDouble && Number(live) === Number(gold);
}

/** What live counts beyond gold is explained by duplicates, as far as there are any. */
function explainDuplicates(
  view: LiveView,
  differences: readonly LiveDifference[],
  duplicates: number,
): readonly LiveDifference[] {
  const counts = new Set(view.measures.filter(({ function: of }) => of === 'count').map(({ name }) => name));
  const open = differences.filter(({ reason }) => reason === undefined);
  const surplus = open
    .filter(({ measure }) => counts.has(measure))
    .map(({ live, gold }) => Number(live) - Number(gold));
  const first = view.measures.find(({ name }) => counts.has(name))?.name;
  const total = open
    .filter(({ measure }) => measure === first)
    .reduce((sum, { live, gold }) => sum + Number(live) - Number(gold), 0);
  const explained = surplus.length > 0 && surplus.every((more) => more > 0) && total <= duplicates;
  if (!explained) return differences;
  return differences.map((difference) =>
    difference.reason === undefined ? { ...difference, reason: 'duplicates' } : difference,
  );
}
