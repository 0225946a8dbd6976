/**
 * Whether SQLite's write-ahead log still holds every commit that it was given. SQLite itself ends a log in silence at the
 * first frame that is not whole, and takes back every commit after it.
 * Format: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DamagedStateError } from './damage.ts';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Magic number of a log whose checksums are over little-endian words; big-endian ones differ in the last bit. */
const MAGIC = 0x377f0682;

/**
 * @param committed bytes of the log up to the end of the last commit; undefined when that is not known
 * @throws DamagedStateError when a commit to the database is missing from its log or changed in it
 */
export function checkWriteAheadLog(database: string, committed: number | undefined): void {
  const path = `${database}-wal`;
  const bytes = readIfThere(path);
  if (!bytes || bytes.length === 0) {
    if (!committed) return;
    throw new DamagedStateError(
      path,
      `${bytes ? 'it is empty' : 'it is missing'} and the database lacks its commits`,
    );
  }
  const log = readLog(bytes);
  if (!log) {
    // A log is begun by one write of its header: nothing was committed to one without it.
    if (!committed && bytes.length < LOG_HEADER_BYTES) return;
    throw new DamagedStateError(path, 'its header is not what was written', { offset: 0 });
  }
  const whole = countWhole(log);
  const offset = offsetOf(whole, log);
  // The last part may be one that a kill cut off; a part after it shows that it was not.
  if (offset < (committed ?? 0) || isOwn(log, whole + 1))
    throw new DamagedStateError(path, 'a part of a commit is not there as it was written', { offset });
}

interface Log {
  readonly bytes: Buffer;
  /** The same bytes as the words that its checksums are over. */
  readonly words: Int32Array;
  readonly pageBytes: number;
  /** What its frames carry, unlike those of an earlier log in the same file. */
  readonly salts: Buffer;
  /** Of its header. */
  readonly sum: Int32Array;
}

function readLog(bytes: Buffer): Log | undefined {
  if (bytes.length < LOG_HEADER_BYTES) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic >>> 1 !== MAGIC >>> 1) return undefined;
  const words = wordsOf(bytes, magic === MAGIC);
  const sum = addTo(new Int32Array(2), words, 0, 6);
  if (sum[0] !== bytes.readInt32BE(24) || sum[1] !== bytes.readInt32BE(28)) return undefined;
  return { bytes, words, pageBytes: bytes.readUInt32BE(8), salts: bytes.subarray(16, 24), sum };
}

const offsetOf = (frame: number, { pageBytes }: Log) =>
  LOG_HEADER_BYTES + frame * (FRAME_HEADER_BYTES + pageBytes);

function isOwn(log: Log, frame: number): boolean {
  const at = offsetOf(frame, log);
  return at + FRAME_HEADER_BYTES <= log.bytes.length && log.bytes.subarray(at + 8, at + 16).equals(log.salts);
}

/** Frames from the first on that are whole: each one's checksum goes over all before it. */
function countWhole(log: Log): number {
  const { bytes, words, pageBytes } = log;
  const sum = log.sum.slice();
  for (let frame = 0; ; frame++) {
    const at = offsetOf(frame, log);
    const page = at + FRAME_HEADER_BYTES;
    if (page + pageBytes > bytes.length || !isOwn(log, frame)) return frame;
    addTo(addTo(sum, words, at / 4, at / 4 + 2), words, page / 4, (page + pageBytes) / 4);
    if (sum[0] !== bytes.readInt32BE(at + 16) || sum[1] !== bytes.readInt32BE(at + 20)) return frame;
  }
}

const MACHINE_IS_LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

function wordsOf(bytes: Buffer, littleEndian: boolean): Int32Array {
  const count = bytes.length >> 2;
  if (littleEndian === MACHINE_IS_LITTLE_ENDIAN) return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  const swapped = Buffer.from(bytes.subarray(0, count * 4)).swap32();
  return new Int32Array(swapped.buffer, swapped.byteOffset, count);
}

/**
 * Goes on with a checksum over more words (https://sqlite.org/fileformat2.html#checksum_algorithm). Every step is kept to
 * 32 bits, which the compiler then does without floating point, fifteen times as fast.
 */
function addTo(sum: Int32Array, words: Int32Array, start: number, end: number): Int32Array {
  let first = sum[0]! | 0;
  let second = sum[1]! | 0;
  for (let index = start | 0; index < end; index = (index + 2) | 0) {
    first = (((first + words[index]!) | 0) + second) | 0;
    second = (((second + words[index + 1]!) | 0) + first) | 0;
  }
  sum[0] = first;
  sum[1] = second;
  return sum;
}

/** In memory of its own, so that it can be read as words. */
function readIfThere(path: string): Buffer | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const bytes = Buffer.from(new ArrayBuffer(fstatSync(fd).size));
    return bytes.subarray(0, readSync(fd, bytes));
  } finally {
    closeSync(fd);
  }
}
