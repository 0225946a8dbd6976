/** Counts and sums per source in one window of arrival time on one shard; the window's whole result is carried along, so writing it twice is harmless. */
import type { Contract } from '../../lib/model/contract.ts';
import { decodeEvent } from '../../lib/model/envelope.ts';
import type { Study } from '../../lib/model/study.ts';
import { compileValidator, type Validator } from '../../lib/model/validator.ts';

/** Source → what the window holds of it so far. Lambda hands it from batch to batch (at most 1 MB). */
export type WindowState = Readonly<Record<string, SourceState>>;

export interface SourceState {
  readonly events: number;
  readonly refused: number;
  /** Measure → its sum as a decimal text. */
  readonly sums: Readonly<Record<string, string>>;
}

/** Events of no known type are counted under this name. */
export const UNKNOWN_SOURCE = 'unknown';

interface Measure {
  readonly column: string;
  readonly scale: number;
}

interface Door {
  readonly name: string;
  readonly validate: Validator;
  readonly measures: readonly Measure[];
}

/** `decimal(18,2)` → 2. */
const scaleOf = (type: string) => Number(/^decimal\(\d+,\s*(\d+)\)$/.exec(type)?.[1] ?? 0);

/** What a contract sums: its custom property `measures` (column names), or every decimal column. */
export function measuresOf({ columns, settings }: Pick<Contract, 'columns' | 'settings'>): Measure[] {
  const declared = settings.measures;
  const chosen = Array.isArray(declared)
    ? columns.filter(({ name }) => declared.includes(name))
    : columns.filter(({ type }) => type.startsWith('decimal('));
  return chosen.map(({ name, type }) => ({ column: name, scale: scaleOf(type) }));
}

/** Compiles a study into a fold of one record's bytes into the window's state. */
export function createAggregator(
  study: Pick<Study, 'sources'>,
): (state: WindowState, records: readonly Uint8Array[]) => WindowState {
  const doors = new Map<string, Door>();
  for (const contract of study.sources) {
    if (contract.door !== 'stream' || !contract.eventType) continue;
    doors.set(contract.eventType, {
      name: contract.name,
      validate: compileValidator(contract),
      measures: measuresOf(contract),
    });
  }
  return (state, records) => {
    const next: Record<string, SourceState> = { ...state };
    for (const bytes of records) {
      const decoded = decodeEvent(bytes);
      const door = 'event' in decoded ? doors.get(decoded.event.type) : undefined;
      const name = door?.name ?? UNKNOWN_SOURCE;
      const before = next[name] ?? { events: 0, refused: 0, sums: {} };
      const valid = door !== undefined && 'event' in decoded && door.validate(decoded.event.data).valid;
      next[name] = valid
        ? {
            ...before,
            events: before.events + 1,
            sums: addMeasures(before.sums, door.measures, decoded.event.data),
          }
        : { ...before, refused: before.refused + 1 };
    }
    return next;
  };
}

function addMeasures(
  sums: SourceState['sums'],
  measures: readonly Measure[],
  data: unknown,
): SourceState['sums'] {
  if (measures.length === 0) return sums;
  const next = { ...sums };
  for (const { column, scale } of measures) {
    const value = (data as Record<string, unknown>)[column];
    if (typeof value === 'number')
      next[column] = addDecimals(next[column] ?? '0', value.toFixed(scale), scale);
  }
  return next;
}

/** Adds two decimal texts of the same scale without a float in between. */
export function addDecimals(a: string, b: string, scale: number): string {
  const sum = unscaled(a, scale) + unscaled(b, scale);
  if (scale === 0) return String(sum);
  const digits = String(sum < 0n ? -sum : sum).padStart(scale + 1, '0');
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function unscaled(decimal: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale));
}

/** An item of the live table: what one shard holds of one source in one window. Readers add up the shards. */
export interface LiveItem {
  /** `live#<source>` */
  readonly pk: string;
  /** `<window start, ISO>#<shard>` */
  readonly sk: string;
  readonly source: string;
  readonly window_start: string;
  readonly window_seconds: number;
  readonly shard: string;
  readonly events: number;
  readonly refused: number;
  readonly sums: Readonly<Record<string, string>>;
  /** Epoch seconds at which DynamoDB drops the item. */
  readonly expires_at: number;
}

const DAYS_KEPT = 3;

/** The items that stand for the window now: SET, never added, so a repeated batch changes nothing. */
export function liveItems(
  window: { start: string; end: string },
  shard: string,
  state: WindowState,
): LiveItem[] {
  const startMs = Date.parse(window.start);
  const endMs = Date.parse(window.end);
  return Object.entries(state).map(([source, { events, refused, sums }]) => ({
    pk: `live#${source}`,
    sk: `${new Date(startMs).toISOString()}#${shard}`,
    source,
    window_start: new Date(startMs).toISOString(),
    window_seconds: (endMs - startMs) / 1000,
    shard,
    events,
    refused,
    sums,
    expires_at: Math.floor(endMs / 1000) + DAYS_KEPT * 86_400,
  }));
}
