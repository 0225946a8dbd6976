/**
 * A file of keys that is read only where a key is looked for: the block of a list in which it would be. What a look-up reads
 * follows from the keys that are looked for, one block each at most, and not from those that are stored.
 */
import { hashBytes } from './keyHash.ts';
import { blockKeys, decodeHashes, type ListPlace, type Period, type SegmentHead } from './keySegment.ts';

export interface StoredList {
  readonly kind: string;
  readonly period: Period;
  /** Hashes of the blocks in which the keys would be, ascending. */
  near(keys: Float64Array): Promise<Float64Array>;
  /** Every hash, ascending. */
  all(): Promise<Float64Array>;
}

export interface StoredKeys {
  /** Arrival of the first and the last record, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly lists: readonly StoredList[];
}

/** Bytes of a file from one place (included) to another (excluded). */
export type ReadRange = (from: number, to: number) => Promise<Uint8Array>;

/** Keys of a file. Blocks are read once, and those that are asked for at the same time and are close together in one piece. */
export function inFile(head: SegmentHead, readRange: ReadRange): StoredKeys {
  const readPiece = together(readRange);
  const blocks = new Map<number, Promise<Float64Array>>();
  const readBlock = (list: ListPlace, block: number): Promise<Float64Array> => {
    const from = list.at + block * blockKeys * hashBytes;
    const to = Math.min(from + blockKeys * hashBytes, list.at + list.count * hashBytes);
    const known = blocks.get(from) ?? readPiece(from, to).then(decodeHashes);
    blocks.set(from, known);
    return known;
  };
  const read = async (list: ListPlace, wanted: Iterable<number>) =>
    concatenated(await Promise.all([...wanted].map((block) => readBlock(list, block))));
  return {
    from: head.from,
    to: head.to,
    lists: head.lists.map((list) => ({
      kind: list.kind,
      period: list.period,
      near: (keys) => read(list, blocksOf(list, keys)),
      all: () => read(list, list.firsts.keys()),
    })),
  };
}

/** The blocks in which the keys would be, ascending as the keys are; a key before the first hash is in none. */
function blocksOf({ firsts }: ListPlace, keys: Float64Array): Set<number> {
  const found = new Set<number>();
  let block = 0;
  for (const key of keys) {
    while (block + 1 < firsts.length && (firsts[block + 1] as number) <= key) block++;
    if ((firsts[block] as number) <= key) found.add(block);
  }
  return found;
}

function concatenated(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A gap of fewer bytes is read with what is around it: a request to S3 takes as long as some 100 KB of an answer. */
const GAP_BYTES = 100_000;
/** A piece is not longer, so that pieces are read side by side. */
const PIECE_BYTES = 8_000_000;

interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly resolve: (bytes: Promise<Uint8Array>) => void;
}

/** Reads what is asked for in one turn in as few pieces as are sensible. */
function together(readRange: ReadRange): ReadRange {
  let waiting: Wanted[] = [];
  const readAll = () => {
    const wanted = waiting.sort((a, b) => a.from - b.from);
    waiting = [];
    let piece: Wanted[] = [];
    const readPiece = () => {
      const [first, last] = [piece[0], piece.at(-1)];
      if (!first || !last) return;
      const bytes = readRange(first.from, last.to);
      for (const { from, to, resolve } of piece)
        resolve(bytes.then((all) => all.subarray(from - first.from, to - first.from)));
      piece = [];
    };
    for (const one of wanted) {
      const [first, last] = [piece[0], piece.at(-1)];
      if (first && last && (one.from - last.to > GAP_BYTES || one.to - first.from > PIECE_BYTES)) readPiece();
      piece.push(one);
    }
    readPiece();
  };
  return (from, to) =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(readAll);
      waiting.push({ from, to, resolve });
    });
}
