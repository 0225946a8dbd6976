/**
 * A file of keys: per kind of key and partition, the hashes of the keys in ascending order. The bronze writer leaves one
 * with each bronze object, and the index is made of such files.
 *
 * Format: one line of JSON (the header), then the first hash of every block of each list, then every list's hashes; a hash is
 * six bytes, big-endian. Header and first hashes are the file's head: with them a hash is looked up by reading one block.
 */

import { hashBytes, sortHashes } from './keyHash.ts';

/**
 * The partition of silver that a record is in: the value of the table's partition transform as text, null for a null, `''`
 * in a table without partitions, `'*'` where the contract does not tell.
 */
export type Period = string | null;

/** A period that may be any. */
export const anyPeriod = '*';

export interface KeyList {
  /** What the keys are of, e.g. `orders.order_id`. */
  readonly kind: string;
  readonly period: Period;
  /** Ascending. */
  readonly hashes: Float64Array;
}

export interface KeySegment {
  /** Arrival of the first and the last record, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly lists: readonly KeyList[];
}

interface Header {
  readonly from: number;
  readonly to: number;
  readonly lists: readonly { kind: string; period: Period; count: number }[];
}

export const entriesOf = ({ lists }: KeySegment): number =>
  lists.reduce((sum, { hashes }) => sum + hashes.length, 0);

/** Hashes in a block: 24 KB, less than a request to S3 costs in time. */
export const blockKeys = 4096;

const blocksOf = (count: number): number => Math.ceil(count / blockKeys);

const firstOfBlocks = ({ hashes }: KeyList): Float64Array => hashes.filter((_, at) => at % blockKeys === 0);

export function encodeSegment(segment: KeySegment): Uint8Array {
  const header: Header = {
    from: segment.from,
    to: segment.to,
    lists: segment.lists.map(({ kind, period, hashes }) => ({ kind, period, count: hashes.length })),
  };
  const head = Buffer.from(`${JSON.stringify(header)}\n`);
  const parts = [...segment.lists.map(firstOfBlocks), ...segment.lists.map(({ hashes }) => hashes)];
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  const file = new Uint8Array(head.length + count * hashBytes);
  file.set(head);
  const view = viewOf(file);
  let at = head.length;
  for (const hashes of parts)
    for (const hash of hashes) {
      view.setUint16(at, hash / 2 ** 32);
      view.setUint32(at + 2, hash);
      at += hashBytes;
    }
  return file;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const bufferOf = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Hashes from the bytes of a file or of a part of it. */
export function decodeHashes(bytes: Uint8Array): Float64Array {
  const view = viewOf(bytes);
  const hashes = new Float64Array(bytes.byteLength / hashBytes);
  for (let i = 0, at = 0; i < hashes.length; i++, at += hashBytes)
    hashes[i] = view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
  return hashes;
}

/** Where a list is in its file. */
export interface ListPlace {
  readonly kind: string;
  readonly period: Period;
  readonly count: number;
  /** Byte of the file at which its first hash begins. */
  readonly at: number;
  /** The first hash of each block. */
  readonly firsts: Float64Array;
}

export interface SegmentHead {
  readonly from: number;
  readonly to: number;
  readonly lists: readonly ListPlace[];
  /** Bytes of the head, and of the whole file. */
  readonly bytes: number;
  readonly fileBytes: number;
}

/** @param bytes the file, or its head at least. */
export function decodeHead(bytes: Uint8Array): SegmentHead {
  const file = bufferOf(bytes);
  const end = file.indexOf(10);
  const header = JSON.parse(file.toString('utf8', 0, end)) as Header;
  const blocks = header.lists.reduce((sum, { count }) => sum + blocksOf(count), 0);
  const headBytes = end + 1 + blocks * hashBytes;
  let first = end + 1;
  let at = headBytes;
  const lists = header.lists.map(({ kind, period, count }): ListPlace => {
    const firsts = decodeHashes(file.subarray(first, first + blocksOf(count) * hashBytes));
    const place = { kind, period, count, at, firsts };
    first += blocksOf(count) * hashBytes;
    at += count * hashBytes;
    return place;
  });
  return { from: header.from, to: header.to, lists, bytes: headBytes, fileBytes: at };
}

/** @throws RangeError for bytes that are not a file of keys. */
export function decodeSegment(bytes: Uint8Array): KeySegment {
  const head = decodeHead(bytes);
  if (bytes.byteLength !== head.fileBytes)
    throw new RangeError(
      `a file of keys has ${bytes.byteLength} bytes; by its head of ${head.bytes} bytes it has ${head.fileBytes}`,
    );
  const lists = head.lists.map(({ kind, period, count, at }): KeyList => {
    const hashes = decodeHashes(bytes.subarray(at, at + count * hashBytes));
    return { kind, period, hashes };
  });
  return { from: head.from, to: head.to, lists };
}

const listName = ({ kind, period }: Pick<KeyList, 'kind' | 'period'>) => JSON.stringify([kind, period]);

/** One segment with all lists of several: those of one kind and period in one. */
export function mergeSegments(segments: readonly KeySegment[]): KeySegment {
  const groups = Map.groupBy(
    segments.flatMap(({ lists }) => lists),
    listName,
  );
  return {
    from: segments.reduce((least, { from }) => Math.min(least, from), Number.POSITIVE_INFINITY),
    to: segments.reduce((most, { to }) => Math.max(most, to), Number.NEGATIVE_INFINITY),
    lists: [...groups.values()].map((group) => {
      const { kind, period, hashes } = group[0] as KeyList;
      return {
        kind,
        period,
        hashes: group.length === 1 ? hashes : mergeHashes(group.map((list) => list.hashes)),
      };
    }),
  };
}

/** The hashes of several lists, ascending. */
export function mergeHashes(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const hashes of lists) {
    all.set(hashes, at);
    at += hashes.length;
  }
  return sortHashes(all);
}

/** The segment with every hash once in its list. */
export const distinctSegment = (segment: KeySegment): KeySegment => ({
  ...segment,
  lists: segment.lists.map((list) => ({ ...list, hashes: distinct(list.hashes) })),
});

function distinct(hashes: Float64Array): Float64Array {
  const kept = new Float64Array(hashes.length);
  let count = 0;
  for (const hash of hashes) if (count === 0 || hash !== kept[count - 1]) kept[count++] = hash;
  return kept.slice(0, count);
}

/** True when a hash occurs twice in the lists together. */
export function hasRepeats(lists: readonly KeyList[]): boolean {
  const { hashes } =
    lists.length === 1 ? (lists[0] as KeyList) : { hashes: mergeHashes(lists.map((list) => list.hashes)) };
  for (let at = 1; at < hashes.length; at++) if (hashes[at] === hashes[at - 1]) return true;
  return false;
}

/** Of keys that tell records apart it matters whether one comes twice; of those that records share it does not. */
const collected = (kind: string, hashes: Float64Array) => (kind.includes('@') ? hashes : distinct(hashes));

/** Collects the keys of one bronze object. */
export interface KeyCollector {
  add(kind: string, period: Period, hash: number): void;
  /** @param arrived milliseconds of the first and the last record. */
  segment(arrived: readonly [from: number, to: number]): KeySegment;
}

export function createKeyCollector(): KeyCollector {
  const lists = new Map<string, { kind: string; period: Period; hashes: number[] }>();
  return {
    add(kind, period, hash) {
      const name = `${kind}\0${period}`;
      const list = lists.get(name);
      if (list) list.hashes.push(hash);
      else lists.set(name, { kind, period, hashes: [hash] });
    },
    segment: ([from, to]) => ({
      from,
      to,
      lists: [...lists.values()].map(({ kind, period, hashes }) => ({
        kind,
        period,
        hashes: collected(kind, Float64Array.from(hashes).sort()),
      })),
    }),
  };
}
