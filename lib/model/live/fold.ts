/** Turns a record of the stream into what each live view takes from it: its pane, its key and its values. */
import { readInstant, startOfDate } from '../contract/instant.ts';
import { type FoundMembers, memberFinder } from '../contract/jsonText.ts';
import { createJudge, type Judgement, type Sources } from '../contract/judge.ts';
import { exactNumber, wholeUnits } from '../contract/number.ts';
import { type Contribution, compileConditions, type Value } from './accumulator.ts';
import type { LiveColumn, LiveTime, LiveView } from './design.ts';

/** A record of one shard. */
export interface LiveRecord {
  readonly bytes: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly arrivedAtMs: number;
  /** As Kinesis writes it: decimal digits. */
  readonly sequence: string;
}

/** What a view makes of a record. */
export type Taken =
  /** The source's contract refused it. */
  | { readonly kind: 'refused' }
  /** The view's conditions leave it out. */
  | { readonly kind: 'left out' }
  | (Contribution & {
      readonly kind: 'event';
      /** Instant that puts it into its pane, milliseconds since the epoch. */
      readonly atMs: number;
      readonly key: readonly Value[];
    });

export interface CompiledViews {
  readonly views: readonly LiveView[];
  /** What each view of the record's source takes, by the view's place; nothing for an unknown type. */
  readonly take: (record: LiveRecord, shard: string) => readonly (readonly [place: number, taken: Taken])[];
}

const REFUSED: Taken = { kind: 'refused' };
const LEFT_OUT: Taken = { kind: 'left out' };

/** Compiles the views of a study: one judgement serves all views of a source. */
export function compileViews(study: Sources & { readonly live: readonly LiveView[] }): CompiledViews {
  const views = study.live;
  const judge = createJudge(study);
  const bySource = new Map(
    study.sources.map(({ name }) => {
      const places = [...views.keys()].filter((place) => views[place]!.source === name);
      const own = places.map((place) => views[place]!);
      const takers = own.map((view, index) => [places[index]!, compileView(view)] as const);
      return [name, { takers, read: compileColumns(own) }];
    }),
  );
  const take: CompiledViews['take'] = (record, shard) => {
    const judgement = judge(record.bytes, record.arrivedAtMs);
    const found = judgement.source && bySource.get(judgement.source.name);
    if (!found || found.takers.length === 0) return [];
    if (!judgement.valid) return found.takers.map(([place]) => [place, REFUSED] as const);
    const row = found.read(judgement);
    return found.takers.map(([place, of]) => [place, of(row, judgement, record, shard)] as const);
  };
  return { views, take };
}

/** Reads a column's value from one payload. */
type Row = (column: string) => Value;

/** Every column that the views of a source name. */
function columnsOf(views: readonly LiveView[]): Map<string, LiveColumn> {
  const columns = new Map<string, LiveColumn>();
  for (const { key, measures, order } of views)
    for (const column of [
      ...key,
      ...order,
      ...measures.flatMap((measure) =>
        measure.function === 'count' || measure.function === 'ratio'
          ? []
          : [measure.column, ...(measure.function === 'sum' && measure.times ? [measure.times] : [])],
      ),
    ])
      columns.set(column.name, column);
  return columns;
}

/** Decimals are read from the payload's text, which has every digit; other values as JSON.parse gave them. */
function compileColumns(views: readonly LiveView[]): (judgement: Judgement & { valid: true }) => Row {
  const columns = columnsOf(views);
  const exact = [...columns.values()].filter(({ kind }) => kind === 'decimal');
  const places = new Map(exact.map(({ name }, place) => [name, place]));
  const find = memberFinder(exact.map(({ name }) => name));
  return ({ event, dataText }) => {
    const data = event.data as Readonly<Record<string, unknown>>;
    let decimals: readonly Value[] | undefined;
    return (name) => {
      const place = places.get(name);
      if (place === undefined) return plainValue(data[name]);
      // All at once: the next payload's search reuses what this one found.
      decimals ??= readDecimals(find(dataText), dataText, exact);
      return decimals[place]!;
    };
  };
}

const readDecimals = (
  { starts, ends }: FoundMembers,
  text: string,
  columns: readonly LiveColumn[],
): Value[] =>
  columns.map(({ scale }, place) =>
    starts[place]! < 0 ? null : unitsOf(text.slice(starts[place], ends[place]), scale),
  );

const plainValue = (value: unknown): Value =>
  value === null || value === undefined ? null : typeof value === 'number' ? value : String(value);

/** As many digits make a whole number that a double holds. */
const SAFE_DIGITS = 15;

/** A JSON number's text as whole units of 10^-scale, digits beyond rounded half up; null for what is not a number. */
export function unitsOf(text: string, scale: number): bigint | null {
  const plain = plainUnits(text, scale);
  if (plain !== undefined) return BigInt(plain);
  const number = exactNumber(text.startsWith('"') ? text.slice(1, -1) : text);
  if (!number) return null;
  const units = wholeUnits(number, scale);
  return number.negative ? -units : units;
}

/** The units of a short number without sign, exponent or surplus digits, as most are; undefined for any other text. */
function plainUnits(text: string, scale: number): number | undefined {
  if (text.length > SAFE_DIGITS) return undefined;
  let units = 0;
  let digits = 0;
  let decimals = -1;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) {
      units = units * 10 + digit;
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (digit === -2 && decimals < 0) decimals = 0;
    else return undefined;
  }
  const missing = scale - Math.max(0, decimals);
  return digits > 0 && missing >= 0 && digits + missing <= SAFE_DIGITS ? units * 10 ** missing : undefined;
}

type Take = (row: Row, judgement: Judgement & { valid: true }, record: LiveRecord, shard: string) => Taken;

function compileView(view: LiveView): Take {
  const instantOf = compileTime(view.time);
  const matches = compileConditions(view.where);
  const key = view.key.map(({ name }) => name);
  return (row, { event }, { arrivedAtMs, sequence }, shard) => {
    const data = event.data as Readonly<Record<string, unknown>>;
    if (!matches(data)) return LEFT_OUT;
    const at = instantOf(event.time, data) ?? { ms: arrivedAtMs, nanos: 0 };
    let place: string | undefined;
    return {
      kind: 'event',
      atMs: at.ms,
      key: key.map(row),
      data,
      read: row,
      place: () => {
        place ??= `${placeOfInstant(at)}${view.order.map(({ name }) => sortable(row(name))).join('')}${shard}#${sequenceKey(sequence)}`;
        return place;
      },
    };
  };
}

/** Milliseconds since the epoch, and the nanoseconds after that millisecond. */
interface FineInstant {
  readonly ms: number;
  readonly nanos: number;
}

type InstantOf = (
  time: string | undefined,
  data: Readonly<Record<string, unknown>>,
) => FineInstant | undefined;

const fine = (text: unknown): FineInstant | undefined => {
  const found = typeof text === 'string' ? (readInstant(text) ?? startOfDate(text)) : undefined;
  return (
    found && {
      ms: found.seconds * 1000 + Math.floor(found.nanos / 1e6),
      nanos: found.nanos % 1e6,
    }
  );
};

/** An event without an event time counts at its arrival. */
function compileTime(time: LiveTime): InstantOf {
  if (time.by === 'arrival') return () => undefined;
  const { from } = time;
  if (from.kind === 'envelope') return (text) => fine(text);
  if (from.kind === 'column') return (_text, data) => fine(data[from.column]);
  const toUtc = wallClock(from.zone);
  return (_text, data) => {
    const midnight = startOfDate(String(data[from.date] ?? ''));
    const milliseconds = data[from.milliseconds];
    return midnight && typeof milliseconds === 'number'
      ? { ms: toUtc(midnight.seconds * 1000 + milliseconds), nanos: 0 }
      : undefined;
  };
}

const HOUR = 3_600_000;

/** Turns a zone's wall clock into UTC. Offsets change on the hour at the earliest, so one is looked up per hour. */
export function wallClock(zone: string): (wallMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  const offsetAt = (utcMs: number) => {
    const name = format.formatToParts(utcMs).find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return sign ? (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1) : 0;
  };
  const offsets = new Map<number, number>();
  return (wallMs) => {
    const hour = Math.floor(wallMs / HOUR);
    let offset = offsets.get(hour);
    if (offset === undefined) {
      const guess = offsetAt(hour * HOUR);
      offset = offsetAt(hour * HOUR - guess);
      offsets.set(hour, offset);
    }
    return wallMs - offset;
  };
}

/** Years before 1970 sort too. */
const EARLIEST_MS = 62_135_596_800_000;

const placeOfInstant = ({ ms, nanos }: FineInstant) =>
  `${String(ms + EARLIEST_MS).padStart(15, '0')}${String(nanos).padStart(6, '0')}`;

const LEAST_BIGINT = 2n ** 63n;

/** A value in the order of its kind; a missing one is before all others. */
function sortable(value: Value): string {
  if (value === null) return '\u0000';
  if (typeof value === 'bigint') return `\u0001${String(value + LEAST_BIGINT).padStart(20, '0')}`;
  return `\u0001${value}\u0000`;
}

/** A sequence number as a text that sorts as the numbers do, whatever their lengths. */
export const sequenceKey = (sequence: string): string =>
  `${String(sequence.length).padStart(3, '0')}:${sequence}`;

/** The sequence number of a `sequenceKey`. */
export const sequenceOf = (key: string): string => key.slice(key.indexOf(':') + 1);
