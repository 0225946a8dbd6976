/**
 * Live views as they are kept in DynamoDB. A window is made of panes as long as the view's step; an item holds what one
 * shard brought of one key into one pane, and readers add up shards and panes. Three kinds of item, by partition key:
 * `pane#<view>#<start>` (a key of a pane), `panes#<view>` (which panes there are), `progress#<view>` (a shard's progress).
 */
import { hash } from 'node:crypto';
import type { StoredMeasures, Value } from './accumulator.ts';
import type { LiveView } from './design.ts';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** What one shard brought of one key into one pane. */
export interface PaneItem extends ItemKey {
  /** The key's values by column; decimals as their digits. */
  readonly key: Readonly<Record<string, string | number | null>>;
  /** `sequenceKey` of the last record that is in it: a record up to it is not added again. */
  readonly sequence: string;
  readonly events: number;
  /** Events that came after the pane was closed: counted here, and in no measure. */
  readonly late: number;
  readonly measures: StoredMeasures;
  /** Arrival of the last event, milliseconds since the epoch. */
  readonly arrived_ms: number;
  /** Epoch seconds at which DynamoDB drops the item. */
  readonly expires_at: number;
}

/** A pane that a shard has brought events into. */
export interface PaneEntry extends ItemKey {
  readonly expires_at: number;
}

/** How far one shard has got in one view. */
export interface ProgressItem extends ItemKey {
  readonly sequence: string;
  /** Panes that end by then take no more events of this shard; milliseconds since the epoch. */
  readonly watermark_ms: number;
  /** Arrival of the last record of the view's source, milliseconds since the epoch. */
  readonly arrived_ms: number;
  /** Events in the view's panes, late ones included. */
  readonly events: number;
  readonly late: number;
  readonly refused: number;
  readonly left_out: number;
}

export type LiveItem = PaneItem | PaneEntry | ProgressItem;

export const startText = (ms: number): string => new Date(ms).toISOString();

/** Characters of a key that are kept as they are; DynamoDB's sort key has up to 1,024 bytes. */
export const READABLE_KEY = 200;

/** `["IBM"]`: the key's values as JSON; of a long key the beginning, and its digest. */
export function keyText(values: readonly Value[]): string {
  const text = JSON.stringify(values.map((value) => (typeof value === 'bigint' ? String(value) : value)));
  return text.length <= READABLE_KEY ? text : `${text.slice(0, READABLE_KEY)}…${hash('sha256', text)}`;
}

export const paneKey = (view: string, startMs: number, key: string, shard: string): ItemKey => ({
  pk: panePartition(view, startMs),
  sk: `${key}#${shard}`,
});

export const panePartition = (view: string, startMs: number) => `pane#${view}#${startText(startMs)}`;

export const paneEntryKey = (view: string, startMs: number, shard: string): ItemKey => ({
  pk: entryPartition(view),
  sk: `${startText(startMs)}#${shard}`,
});

export const entryPartition = (view: string) => `panes#${view}`;

export const progressKey = (view: string, shard: string): ItemKey => ({
  pk: progressPartition(view),
  sk: shard,
});

export const progressPartition = (view: string) => `progress#${view}`;

/** Start of the pane that an instant is in. */
export const paneOf = ({ everySeconds }: Pick<LiveView, 'everySeconds'>, atMs: number): number =>
  Math.floor(atMs / (everySeconds * 1000)) * everySeconds * 1000;
