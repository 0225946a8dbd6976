/** Small state files: replaced as a whole, and read back only if they hold what was written. */
import { closeSync, openSync, readFileSync, readSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { DamagedStateError } from './damage.ts';

const READ_BYTES = 1024 * 1024;

/** CRC-32 of a file's bytes. */
export function fileSum(path: string): number {
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  const fd = openSync(path, 'r');
  try {
    let sum = 0;
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer))
      sum = crc32(buffer.subarray(0, count), sum);
    return sum;
  } finally {
    closeSync(fd);
  }
}

/** A reader sees the old file or the new one, whenever the process is killed. */
export function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** Writes plain data as one line of JSON after its CRC-32. */
export function writeStateFile(path: string, value: unknown): void {
  const body = JSON.stringify(value);
  writeAtomically(path, `${crc32(body).toString(16).padStart(8, '0')} ${body}\n`);
}

/** What `writeStateFile` wrote, or undefined when there is no such file. @throws DamagedStateError */
export function readStateFile<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const [, checksum, body] = /^([0-9a-f]{8}) (.*)\n$/s.exec(text) ?? [];
  if (body === undefined || Number.parseInt(checksum as string, 16) !== crc32(body))
    throw new DamagedStateError(path, 'its checksum does not match its content');
  return JSON.parse(body) as T;
}

interface Sum {
  readonly size: number;
  readonly crc32: number;
}

/** Keeps what `filled` holds, a file that is about to be moved to `path`, in `<path>.sum`. For files that can be made again. */
export const keepSum = (filled: string, path: string): void =>
  writeStateFile(`${path}.sum`, { size: statSync(filled).size, crc32: fileSum(filled) });

/** Whether a file is there and holds what was kept of it. */
export function isAsKept(path: string): boolean {
  let sum: Sum | undefined;
  try {
    sum = readStateFile<Sum>(`${path}.sum`);
  } catch (error) {
    if (!(error instanceof DamagedStateError)) throw error;
  }
  if (!sum || statSync(path, { throwIfNoEntry: false })?.size !== sum.size) return false;
  return fileSum(path) === sum.crc32;
}
