/** One shard's records on disk: append-only segment files, read by position, dropped as a whole once they are too old. */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

export interface LogRecord {
  /** Position in the shard, from 1, without gaps. */
  readonly position: number;
  readonly arrivalMs: number;
  readonly partitionKey: string;
  /** Base64. */
  readonly data: string;
  /** Bytes of data and partition key, as AWS counts a record. */
  readonly bytes: number;
}

export interface LogPage {
  readonly records: readonly LogRecord[];
  /** Where the next page begins. */
  readonly next: number;
  /** When the record there arrived; undefined when there is none yet. */
  readonly nextArrivalMs?: number;
}

export interface ShardLog {
  /** Appends in one write; the records are there for every reader, and after a kill, when this returns. */
  append(
    records: ReadonlyArray<{ PartitionKey: string; Data: string }>,
    nowMs: number,
  ): { first: number; bytes: number };
  /** Records from a position on, at most `limit` and about `maxBytes`, none that arrived before `horizonMs`. */
  read(from: number, limit: number, maxBytes: number, horizonMs: number): LogPage;
  /** The position of the last record; 0 when there never was one. */
  last(): number;
  /** The first position whose record arrived at `timeMs` or later. */
  positionAt(timeMs: number): number;
  /** Deletes segments all of whose records arrived before. */
  dropBefore(horizonMs: number): void;
  close(): void;
}

/**
 * A record on disk: length of the body and its CRC-32 (4 bytes each), then the body: position and arrival (8 bytes
 * each, as doubles), length of the partition key (2 bytes), partition key, data.
 */
const HEADER_BYTES = 8;
const FIXED_BODY_BYTES = 18;
const SEGMENT_BYTES = 64 * 1024 * 1024;
/** One position is remembered for about this many bytes of a segment. */
const INDEX_STEP_BYTES = 64 * 1024;
const READ_BYTES = 1024 * 1024;

interface Mark {
  readonly position: number;
  readonly offset: number;
  readonly arrivalMs: number;
}

interface Segment {
  readonly path: string;
  /** Position of its first record. */
  readonly first: number;
  readonly fd: number;
  size: number;
  /** Sparse, in order; undefined until a sealed segment is first read. */
  marks: Mark[] | undefined;
}

/** Opens a shard's folder. What a kill left unfinished at the end, which nobody was told of, is cut off. */
export function openShardLog(folder: string): ShardLog {
  mkdirSync(folder, { recursive: true });
  const segments: Segment[] = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .sort()
    .map((file) => openSegment(join(folder, file), Number.parseInt(file, 10)));
  let last = 0;
  let lastArrivalMs = 0;
  const open = segments.at(-1);
  if (open) {
    last = open.first - 1;
    open.marks = [];
    const end = scan(open, 0, (frame) => {
      remember(open.marks as Mark[], frame);
      last = frame.position;
      lastArrivalMs = frame.arrivalMs;
      return true;
    });
    if (end < open.size) ftruncateSync(open.fd, end);
    open.size = end;
  }

  function writable(): Segment {
    const current = segments.at(-1);
    if (current && current.size < SEGMENT_BYTES) return current;
    const first = last + 1;
    const segment = openSegment(join(folder, `${String(first).padStart(16, '0')}.log`), first);
    segment.marks = [];
    segments.push(segment);
    return segment;
  }

  function marksOf(segment: Segment): Mark[] {
    if (!segment.marks) {
      const marks: Mark[] = [];
      scan(segment, 0, (frame) => {
        remember(marks, frame);
        return true;
      });
      segment.marks = marks;
    }
    return segment.marks;
  }

  return {
    last: () => last,

    append(records, nowMs) {
      const segment = writable();
      const arrivalMs = Math.max(nowMs, lastArrivalMs);
      let capacity = 0;
      for (const { PartitionKey, Data } of records)
        capacity += HEADER_BYTES + FIXED_BODY_BYTES + PartitionKey.length * 3 + ((Data.length * 3) >> 2) + 3;
      const buffer = Buffer.allocUnsafe(capacity);
      const first = last + 1;
      const marks: Mark[] = [];
      let end = 0;
      let bytes = 0;
      for (const [index, { PartitionKey, Data }] of records.entries()) {
        const body = end + HEADER_BYTES;
        buffer.writeDoubleLE(first + index, body);
        buffer.writeDoubleLE(arrivalMs, body + 8);
        const keyBytes = buffer.write(PartitionKey, body + FIXED_BODY_BYTES, 'utf8');
        buffer.writeUInt16LE(keyBytes, body + 16);
        const dataBytes = buffer.write(Data, body + FIXED_BODY_BYTES + keyBytes, 'base64');
        const length = FIXED_BODY_BYTES + keyBytes + dataBytes;
        buffer.writeUInt32LE(length, end);
        buffer.writeUInt32LE(crc32(buffer.subarray(body, body + length)), end + 4);
        marks.push({ position: first + index, offset: segment.size + end, arrivalMs });
        end = body + length;
        bytes += keyBytes + dataBytes;
      }
      try {
        writeFully(segment.fd, buffer.subarray(0, end));
      } catch (error) {
        ftruncateSync(segment.fd, segment.size);
        throw error;
      }
      for (const mark of marks) remember(segment.marks as Mark[], mark);
      segment.size += end;
      last += records.length;
      lastArrivalMs = arrivalMs;
      return { first, bytes };
    },

    read(from, limit, maxBytes, horizonMs) {
      const records: LogRecord[] = [];
      let bytes = 0;
      let next = Math.max(from, segments[0]?.first ?? last + 1);
      let nextArrivalMs: number | undefined;
      for (const [index, segment] of segments.entries()) {
        if (nextArrivalMs !== undefined) break;
        if (next >= (segments[index + 1]?.first ?? last + 1)) continue;
        const start = offsetBefore(marksOf(segment), (mark) => mark.position <= next);
        scan(segment, start, (frame, buffer) => {
          if (frame.position < next) return true;
          if (records.length >= limit || bytes >= maxBytes) {
            nextArrivalMs = frame.arrivalMs;
            return false;
          }
          next = frame.position + 1;
          if (frame.arrivalMs < horizonMs) return true;
          const keyEnd = frame.body + FIXED_BODY_BYTES + buffer.readUInt16LE(frame.body + 16);
          const size = frame.end - frame.body - FIXED_BODY_BYTES;
          records.push({
            position: frame.position,
            arrivalMs: frame.arrivalMs,
            partitionKey: buffer.toString('utf8', frame.body + FIXED_BODY_BYTES, keyEnd),
            data: buffer.toString('base64', keyEnd, frame.end),
            bytes: size,
          });
          bytes += size;
          return true;
        });
      }
      return { records, next, nextArrivalMs };
    },

    positionAt(timeMs) {
      if (timeMs > lastArrivalMs) return last + 1;
      let found = last + 1;
      for (const segment of segments.toReversed()) {
        const marks = marksOf(segment);
        const start = offsetBefore(marks, (mark) => mark.arrivalMs < timeMs);
        scan(segment, start, (frame) => {
          if (frame.arrivalMs < timeMs) return true;
          found = Math.min(found, frame.position);
          return false;
        });
        if ((marks[0]?.arrivalMs ?? 0) < timeMs) break;
      }
      return found;
    },

    dropBefore(horizonMs) {
      while (segments.length > 1) {
        const [oldest, following] = segments as [Segment, Segment];
        if (firstArrivalMs(following) >= horizonMs) return;
        closeSync(oldest.fd);
        rmSync(oldest.path);
        segments.shift();
      }
    },

    close() {
      for (const segment of segments) closeSync(segment.fd);
    },
  };
}

/** A segment's first record arrived after, or with, the last one of the segment before it. */
function firstArrivalMs(segment: Segment): number {
  let arrivalMs = Number.POSITIVE_INFINITY;
  scan(segment, 0, (frame) => {
    arrivalMs = frame.arrivalMs;
    return false;
  });
  return arrivalMs;
}

function openSegment(path: string, first: number): Segment {
  const fd = openSync(path, 'a+');
  return { path, first, fd, size: fstatSync(fd).size, marks: undefined };
}

function remember(marks: Mark[], mark: Mark): void {
  const previous = marks.at(-1);
  if (!previous || mark.offset - previous.offset >= INDEX_STEP_BYTES)
    marks.push({ position: mark.position, offset: mark.offset, arrivalMs: mark.arrivalMs });
}

/** The offset of the last mark for which `isBefore` holds; marks are in order, so halving finds it. */
function offsetBefore(marks: readonly Mark[], isBefore: (mark: Mark) => boolean): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(marks[middle] as Mark)) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1]?.offset ?? 0;
}

interface Frame extends Mark {
  /** Where its body begins and ends in the buffer that the visitor is given. */
  readonly body: number;
  readonly end: number;
}

/** Visits whole, undamaged records from an offset until `visit` says false; gives the offset where it stopped. */
function scan(segment: Segment, from: number, visit: (frame: Frame, buffer: Buffer) => boolean): number {
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
      if (!visit(frame, buffer)) return offset + at;
      at = end;
    }
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

function writeFully(fd: number, buffer: Buffer): void {
  let written = 0;
  while (written < buffer.length) written += writeSync(fd, buffer, written);
}
