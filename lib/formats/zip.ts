/** The members of a zip, as its central directory lists them (APPNOTE.TXT 6.3, https://support.pkware.com/pkzip/appnote). */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { DeliveredFile, Unpacked } from './delivered.ts';
import { bounded, expansionFault, isZlibError } from './expansion.ts';
import { limits } from './limits.ts';
import { FileRefusedError } from './row.ts';

/** Folders and what macOS adds hold no rows. */
const isFile = ({ fileName }: Entry) =>
  !fileName.endsWith('/') && !fileName.startsWith('__MACOSX/') && !fileName.endsWith('.DS_Store');

/**
 * A zip whose directory is whole, and accounts for all of its bytes, stands for its members: each is unpacked, or
 * refused when its size or checksum is not what the directory says.
 * @throws FileRefusedError for another one: none of its members is read then.
 */
export async function* unzip(
  file: DeliveredFile,
  dir: string,
  isWanted: (member: string) => boolean,
): AsyncGenerator<Unpacked> {
  const zip = await openPromise(file.path, { lazyEntries: true, autoClose: false }).catch(refuse);
  try {
    const entries = await readDirectory(zip, file);
    const files = entries.filter(isFile);
    if (files.length === 0) throw new FileRefusedError('the zip has no files in it');
    for (const [at, entry] of files.entries()) {
      const of = { name: entry.fileName, member: entry.fileName };
      if (!isWanted(entry.fileName)) {
        yield { ...of, isPassedOver: true };
        continue;
      }
      const path = join(dir, `member-${at}`);
      yield { ...of, ...(await extract(zip, entry, file, path)) };
      await rm(path, { force: true });
    }
  } finally {
    zip.close();
  }
}

const refuse = (error: Error): never => {
  if ('code' in error && error.code !== 'ERR_OUT_OF_RANGE') throw error;
  throw new FileRefusedError(
    `the zip's directory cannot be read, it is truncated or damaged: ${error.message}`,
    {
      cause: error,
    },
  );
};

async function readDirectory(zip: ZipFile, file: DeliveredFile): Promise<Entry[]> {
  if (zip.entryCount > limits.members)
    throw new FileRefusedError(`the zip has ${zip.entryCount} files; at most ${limits.members} are read`);
  const entries: Entry[] = [];
  try {
    for await (const entry of zip.eachEntry()) entries.push(entry);
  } catch (error) {
    refuse(error as Error);
  }
  const unpacked = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
  const fault = expansionFault(unpacked, file.bytes);
  if (fault) throw fault;
  await checkPlaces(zip, entries, file);
  return entries;
}

/** End record of the central directory, and the one of a large zip that comes before it. */
const ENDS = ['504b0506', '504b0606'];
/** What follows a member's bytes when its sizes were not known before (4.3.9). */
const DESCRIPTOR_BYTES = [0, 12, 16, 20, 24];
const HAS_DESCRIPTOR = 0b1000;

/** The members and the directory fill the file without gaps and overlaps: nothing in it is left out, or read twice. */
async function checkPlaces(zip: ZipFile, entries: readonly Entry[], file: DeliveredFile): Promise<void> {
  const damaged = (what: string) => new FileRefusedError(`the zip is damaged: ${what}`);
  const directoryEnd = Number(zip.readEntryCursor);
  if (!ENDS.includes(await hexAt(file.path, directoryEnd, 4)))
    throw damaged(`its directory goes on after the ${zip.entryCount} files that its end record counts`);
  const byPlace = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  let end = 0;
  let hasDescriptor = false;
  for (const entry of byPlace) {
    checkGap(entry.relativeOffsetOfLocalHeader - end, hasDescriptor, `before "${entry.fileName}"`, damaged);
    const header = await zip.readLocalFileHeaderPromise(entry).catch(refuse);
    if (!header.fileName.equals(entry.fileNameRaw))
      throw damaged(`"${entry.fileName}" has the name "${header.fileName}" at its place`);
    end = header.fileDataStart + entry.compressedSize;
    hasDescriptor = (entry.generalPurposeBitFlag & HAS_DESCRIPTOR) !== 0;
  }
  const directoryBytes = entries.reduce((sum, entry) => sum + directoryBytesOf(entry), 0);
  checkGap(directoryEnd - directoryBytes - end, hasDescriptor, 'before its directory', damaged);
}

const directoryBytesOf = (entry: Entry) =>
  46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;

function checkGap(
  bytes: number,
  hasDescriptor: boolean,
  where: string,
  damaged: (what: string) => FileRefusedError,
): void {
  if (bytes < 0) throw damaged(`the bytes ${where} belong to two files`);
  if (bytes > 0 && !(hasDescriptor && DESCRIPTOR_BYTES.includes(bytes)))
    throw damaged(`${bytes} bytes ${where} belong to no file that its directory lists`);
}

async function hexAt(path: string, position: number, length: number): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(length), position });
    return buffer.toString('hex', 0, bytesRead);
  } finally {
    await file.close();
  }
}

async function extract(zip: ZipFile, entry: Entry, file: DeliveredFile, path: string) {
  const hash = createHash('sha256');
  let checksum = 0;
  const summed = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      checksum = crc32(piece, checksum);
      done(null, piece);
    },
  });
  try {
    const bytes = await zip.openReadStreamPromise(entry);
    await pipeline(bytes, bounded(file.bytes), summed, createWriteStream(path));
    if (checksum !== entry.crc32) throw new Error('its checksum is not the one in the directory');
    return { path, sha256: hash.digest('hex') };
  } catch (error) {
    if ('code' in (error as Error) && !isZlibError(error)) throw error;
    const reason = `"${entry.fileName}" is damaged, or cannot be unpacked: ${(error as Error).message}`;
    return { sha256: memberDigest(file, entry), refused: new FileRefusedError(reason, { cause: error }) };
  }
}

/** Names a member whose own bytes cannot be had. */
const memberDigest = (file: DeliveredFile, entry: Entry) =>
  createHash('sha256')
    .update(`${file.sha256}\n${entry.fileName}\n${entry.relativeOffsetOfLocalHeader}`)
    .digest('hex');
