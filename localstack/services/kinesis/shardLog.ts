/** One shard's records on disk: append-only segment files, read by position, dropped as a whole once they are too old. */
import { closeSync, ftruncateSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DamagedStateError } from '../../core/damage.ts';
import {
  brokenAt,
  FIXED_BODY_BYTES,
  firstArrivalMs,
  HEADER_BYTES,
  type IndexEntry,
  indexOf,
  makeSegment,
  offsetBefore,
  openSegments,
  remember,
  SEGMENT_HEADER_BYTES,
  type Segment,
  scan,
  visit,
  writeFully,
} from './logSegment.ts';
import { type Mark, type MarkFile, openMarkFile } from './shardMark.ts';

export interface LogRecord {
  /** Position in the shard, from 1; after a kill some positions are left out. */
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
  /** The last position that is taken; 0 when there never was a record. */
  last(): number;
  /** The first position whose record arrived at `timeMs` or later. */
  positionAt(timeMs: number): number;
  /** Deletes segments all of whose records arrived before. */
  dropBefore(horizonMs: number): void;
  /** @throws DamagedStateError when a file is missing or shorter than what was written to it */
  check(): void;
  close(): void;
}

const SEGMENT_BYTES = 64 * 1024 * 1024;
/** As many positions are reserved at a time, so that the disk is waited for once in a while only. */
const RESERVED_AT_A_TIME = 65_536;
/** The file of how far the shard was acknowledged. */
const MARK_FILE = 'acknowledged';

/** An open shard. */
interface Shard {
  readonly folder: string;
  readonly segmentBytes: number;
  readonly segments: Segment[];
  readonly markFile: MarkFile;
  mark: Mark;
  /** The last position that is taken. */
  last: number;
  lastArrivalMs: number;
}

/**
 * Opens a shard's folder. What a kill left unfinished after the last acknowledged record is cut off: it was acknowledged to nobody.
 * @throws DamagedStateError when anything is missing or changed up to there
 */
export function openShardLog(folder: string, segmentBytes = SEGMENT_BYTES): ShardLog {
  const shard = recover(folder, segmentBytes);
  return {
    last: () => shard.last,
    append: (records, nowMs) => append(shard, records, nowMs),
    read: (from, limit, maxBytes, horizonMs) => read(shard, from, limit, maxBytes, horizonMs),
    positionAt: (timeMs) => positionAt(shard, timeMs),
    dropBefore: (horizonMs) => dropBefore(shard, horizonMs),
    check: () => check(shard),
    close: () => close(shard),
  };
}

function recover(folder: string, segmentBytes: number): Shard {
  mkdirSync(folder, { recursive: true });
  const markPath = join(folder, MARK_FILE);
  const markFile = openMarkFile(markPath);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.log'))
    .sort();
  if (!markFile.mark && (!markFile.isNew || files.length > 0))
    throw new DamagedStateError(markPath, 'it does not say up to where the shard was acknowledged');
  const mark = markFile.mark ?? { oldest: 0, newest: 0, end: 0, last: 0, reserved: 0, closed: true };
  const segments = openSegments(folder, files, mark);
  let last = 0;
  let lastArrivalMs = 0;
  const open = segments.at(-1);
  if (open) {
    const index: IndexEntry[] = [];
    const end = scan(open, SEGMENT_HEADER_BYTES, (frame) => {
      remember(index, frame);
      last = frame.position;
      lastArrivalMs = frame.arrivalMs;
      return true;
    });
    if (open.first === mark.newest && end < mark.end) throw brokenAt(open, end);
    if (end < open.size) ftruncateSync(open.fd, end);
    Object.assign(open, { size: end, index });
  }
  // Without a good end some positions may have been given out of which there is no trace any more.
  last = Math.max(last, mark.closed ? mark.last : mark.reserved);
  return { folder, segmentBytes, segments, markFile, mark, last, lastArrivalMs };
}

/** No position beyond the reserved ones is given out before the disk itself has the mark. */
function reserve(shard: Shard, count: number): void {
  const { mark, last } = shard;
  if (!mark.closed && last + count <= mark.reserved) return;
  const reserved = Math.max(mark.reserved, last + count + RESERVED_AT_A_TIME);
  shard.mark = { ...mark, reserved, closed: false };
  shard.markFile.write(shard.mark, true);
}

/** The segment that takes the next records. */
function writable({ folder, segmentBytes, segments, last }: Shard): Segment {
  const current = segments.at(-1);
  if (current && current.size < segmentBytes) return current;
  const segment = makeSegment(folder, last + 1, current);
  segments.push(segment);
  return segment;
}

type NewRecords = Parameters<ShardLog['append']>[0];

function append(shard: Shard, records: NewRecords, nowMs: number): { first: number; bytes: number } {
  reserve(shard, records.length);
  const segment = writable(shard);
  const arrivalMs = Math.max(nowMs, shard.lastArrivalMs);
  const first = shard.last + 1;
  const { frames, entries, bytes } = encode(records, first, arrivalMs, segment.size);
  try {
    writeFully(segment.fd, frames);
  } catch (error) {
    ftruncateSync(segment.fd, segment.size);
    throw error;
  }
  for (const entry of entries) remember(segment.index!, entry);
  segment.size += frames.length;
  shard.last += records.length;
  shard.lastArrivalMs = arrivalMs;
  shard.mark = {
    ...shard.mark,
    oldest: shard.segments[0]!.first,
    newest: segment.first,
    end: segment.size,
    last: shard.last,
  };
  shard.markFile.write(shard.mark);
  return { first, bytes };
}

/** The records as they are in a segment from `offset` on; `bytes` are those of data and partition keys. */
function encode(records: NewRecords, first: number, arrivalMs: number, offset: number) {
  let capacity = 0;
  for (const { PartitionKey, Data } of records)
    capacity += HEADER_BYTES + FIXED_BODY_BYTES + PartitionKey.length * 3 + ((Data.length * 3) >> 2) + 3;
  const buffer = Buffer.allocUnsafe(capacity);
  const entries: IndexEntry[] = [];
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
    entries.push({ position: first + index, offset: offset + end, arrivalMs });
    end = body + length;
    bytes += keyBytes + dataBytes;
  }
  return { frames: buffer.subarray(0, end), entries, bytes };
}

function read(
  { segments, last }: Shard,
  from: number,
  limit: number,
  maxBytes: number,
  horizonMs: number,
): LogPage {
  const records: LogRecord[] = [];
  let bytes = 0;
  let next = Math.max(from, segments[0]?.first ?? last + 1);
  let nextArrivalMs: number | undefined;
  for (const [index, segment] of segments.entries()) {
    if (nextArrivalMs !== undefined) break;
    if (next >= (segments[index + 1]?.first ?? last + 1)) continue;
    const start = offsetBefore(indexOf(segment), (entry) => entry.position <= next);
    visit(segment, start, (frame, buffer) => {
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
}

function positionAt({ segments, last, lastArrivalMs }: Shard, timeMs: number): number {
  if (timeMs > lastArrivalMs) return last + 1;
  let found = last + 1;
  for (const segment of segments.toReversed()) {
    const index = indexOf(segment);
    const start = offsetBefore(index, (entry) => entry.arrivalMs < timeMs);
    visit(segment, start, (frame) => {
      if (frame.arrivalMs < timeMs) return true;
      found = Math.min(found, frame.position);
      return false;
    });
    if ((index[0]?.arrivalMs ?? 0) < timeMs) break;
  }
  return found;
}

function dropBefore(shard: Shard, horizonMs: number): void {
  const { segments, markFile } = shard;
  while (segments.length > 1) {
    const [oldest, following] = segments as [Segment, Segment];
    if (firstArrivalMs(following) >= horizonMs) return;
    shard.mark = { ...shard.mark, oldest: following.first };
    // In both slots: neither may name a segment that is gone.
    for (let slot = 0; slot < 2; slot++) markFile.write(shard.mark);
    closeSync(oldest.fd);
    rmSync(oldest.path);
    segments.shift();
  }
}

function check({ folder, segments }: Shard): void {
  const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  for (const { path, size } of segments) {
    const found = sizeOf(path);
    if (found < size)
      throw new DamagedStateError(path, 'acknowledged records are missing', { offset: found });
  }
  const markPath = join(folder, MARK_FILE);
  if (segments.length > 0 && sizeOf(markPath) === 0)
    throw new DamagedStateError(markPath, 'it does not say up to where the shard was acknowledged');
}

function close({ mark, markFile, last, segments }: Shard): void {
  if (!mark.closed) markFile.write({ ...mark, last, closed: true });
  markFile.close();
  for (const { fd } of segments) closeSync(fd);
}
