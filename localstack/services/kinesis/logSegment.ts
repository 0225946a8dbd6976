/** A shard's segment files: records one after the other, each with its checksum, and what came before the first. */
import { closeSync, fstatSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DamagedStateError } from '../../core/damage.ts';
import type { Mark } from './shardMark.ts';

/**
 * A segment begins with the position of its first record, the first position and the bytes of the segment before it
 * (8 bytes each, as doubles; 0 without one), and a CRC-32 of the three. Its records follow, each as length of the body and
 * its CRC-32 (4 bytes each), then the body: position and arrival (8 bytes each, as doubles), length of the partition key
 * (2 bytes), partition key, data.
 */
export const SEGMENT_HEADER_BYTES = 28;
export const HEADER_BYTES = 8;
export const FIXED_BODY_BYTES = 18;
/** One position is remembered for about this many bytes of a segment. */
const INDEX_STEP_BYTES = 64 * 1024;
const READ_BYTES = 1024 * 1024;

export interface IndexEntry {
  readonly position: number;
  readonly offset: number;
  readonly arrivalMs: number;
}

export interface Segment {
  readonly path: string;
  /** Position of its first record. */
  readonly first: number;
  readonly fd: number;
  size: number;
  /** Sparse, in order; undefined until a sealed segment is first read. */
  index: IndexEntry[] | undefined;
}

/** Opens the segments from the oldest one that is kept to the newest, each of which says what came before it. */
export function openSegments(folder: string, files: readonly string[], mark: Mark): Segment[] {
  const segments: Segment[] = [];
  for (const file of files) {
    const path = join(folder, file);
    const first = Number.parseInt(file, 10);
    // A kill came between the mark and the removal of what had expired.
    if (first < mark.oldest) {
      rmSync(path);
      continue;
    }
    const segment = openSegment(path, first);
    const header = readHeader(segment.fd);
    const before = segments.at(-1);
    if (!header || header.first !== first) {
      if (first <= mark.newest)
        throw new DamagedStateError(path, 'its header is not what was written', { offset: 0 });
      // A kill came before its first record.
      closeSync(segment.fd);
      rmSync(path);
      continue;
    }
    if (before ? before.first !== header.before : first !== mark.oldest && mark.oldest !== 0)
      throw missing(folder, before ? header.before : mark.oldest);
    if (before && before.size !== header.beforeBytes)
      throw brokenAt(before, Math.min(before.size, header.beforeBytes));
    segments.push(segment);
  }
  if (mark.newest !== 0 && !segments.some(({ first }) => first === mark.newest))
    throw missing(folder, mark.newest);
  return segments;
}

const segmentFile = (first: number) => `${String(first).padStart(16, '0')}.log`;

const missing = (folder: string, first: number) =>
  new DamagedStateError(join(folder, segmentFile(first)), 'it is missing and holds acknowledged records');

export const brokenAt = (segment: Segment, offset: number) =>
  new DamagedStateError(segment.path, 'an acknowledged record is not there as it was written', { offset });

function openSegment(path: string, first: number): Segment {
  const fd = openSync(path, 'a+');
  return { path, first, fd, size: fstatSync(fd).size, index: undefined };
}

export function makeSegment(folder: string, first: number, before: Segment | undefined): Segment {
  const segment = openSegment(join(folder, segmentFile(first)), first);
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  for (const [index, value] of [first, before?.first ?? 0, before?.size ?? 0].entries())
    header.writeDoubleLE(value, index * 8);
  header.writeUInt32LE(crc32(header.subarray(0, 24)), 24);
  writeFully(segment.fd, header);
  segment.size = SEGMENT_HEADER_BYTES;
  segment.index = [];
  return segment;
}

/** Undefined when it is not whole. */
function readHeader(fd: number): { first: number; before: number; beforeBytes: number } | undefined {
  const header = Buffer.alloc(SEGMENT_HEADER_BYTES);
  if (readFully(fd, header, 0) < SEGMENT_HEADER_BYTES) return undefined;
  if (header.readUInt32LE(24) !== crc32(header.subarray(0, 24))) return undefined;
  return {
    first: header.readDoubleLE(0),
    before: header.readDoubleLE(8),
    beforeBytes: header.readDoubleLE(16),
  };
}

/** Where records are in a segment. @throws DamagedStateError */
export function indexOf(segment: Segment): IndexEntry[] {
  if (!segment.index) {
    const index: IndexEntry[] = [];
    visit(segment, SEGMENT_HEADER_BYTES, (frame) => {
      remember(index, frame);
      return true;
    });
    segment.index = index;
  }
  return segment.index;
}

export function remember(index: IndexEntry[], entry: IndexEntry): void {
  const previous = index.at(-1);
  if (!previous || entry.offset - previous.offset >= INDEX_STEP_BYTES)
    index.push({ position: entry.position, offset: entry.offset, arrivalMs: entry.arrivalMs });
}

/** The offset of the last entry for which `isBefore` holds; they are in order, so halving finds it. */
export function offsetBefore(index: readonly IndexEntry[], isBefore: (entry: IndexEntry) => boolean): number {
  let low = 0;
  let high = index.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(index[middle] as IndexEntry)) low = middle + 1;
    else high = middle;
  }
  return index[low - 1]?.offset ?? SEGMENT_HEADER_BYTES;
}

/** A segment's first record arrived after, or with, the last one of the segment before it. */
export function firstArrivalMs(segment: Segment): number {
  let arrivalMs = Number.POSITIVE_INFINITY;
  visit(segment, SEGMENT_HEADER_BYTES, (frame) => {
    arrivalMs = frame.arrivalMs;
    return false;
  });
  return arrivalMs;
}

export interface Frame extends IndexEntry {
  /** Where its body begins and ends in the buffer that the visitor is given. */
  readonly body: number;
  readonly end: number;
}

type Visit = (frame: Frame, buffer: Buffer) => boolean;

/** Visits records from an offset until `look` says false. @throws DamagedStateError at the first that is not whole */
export function visit(segment: Segment, from: number, look: Visit): void {
  let stopped = false;
  const end = scan(segment, from, (frame, buffer) => {
    stopped = !look(frame, buffer);
    return !stopped;
  });
  if (!stopped && end < segment.size) throw brokenAt(segment, end);
}

/** Visits whole, undamaged records from an offset until `look` says false; gives the offset where it stopped. */
export function scan(segment: Segment, from: number, look: Visit): number {
  let offset = from;
  let want = READ_BYTES;
  while (offset < segment.size) {
    const buffer = Buffer.allocUnsafe(Math.min(want, segment.size - offset));
    const filled = readFully(segment.fd, buffer, offset);
    let at = 0;
    while (at + HEADER_BYTES <= filled) {
      const length = buffer.readUInt32LE(at);
      const body = at + HEADER_BYTES;
      const end = body + length;
      if (end > filled) break;
      if (length < FIXED_BODY_BYTES || crc32(buffer.subarray(body, end)) !== buffer.readUInt32LE(at + 4))
        return offset + at;
      const frame: Frame = {
        position: buffer.readDoubleLE(body),
        arrivalMs: buffer.readDoubleLE(body + 8),
        offset: offset + at,
        body,
        end,
      };
      if (!look(frame, buffer)) return offset + at;
      at = end;
    }
    // The file is shorter than it was.
    if (filled < buffer.length) return offset + at;
    if (at === 0) {
      if (filled < HEADER_BYTES) return offset;
      const needed = HEADER_BYTES + buffer.readUInt32LE(0);
      if (needed > segment.size - offset) return offset;
      want = needed;
      continue;
    }
    want = READ_BYTES;
    offset += at;
  }
  return offset;
}

function readFully(fd: number, buffer: Buffer, position: number): number {
  let filled = 0;
  while (filled < buffer.length) {
    const count = readSync(fd, buffer, filled, buffer.length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled;
}

export function writeFully(fd: number, buffer: Buffer): void {
  let written = 0;
  while (written < buffer.length) written += writeSync(fd, buffer, written);
}
