/**
 * Objects' bytes as plain files that are written once, under names that nothing refers to before the index does. A name
 * holds the CRC-32 of the bytes, by which they are checked when they are read.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  createReadStream,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DamagedStateError } from '../../core/damage.ts';
import { FileToMove } from '../../core/fileToMove.ts';
import { fileSum } from '../../core/stateFile.ts';
import { type ChecksumAlgorithm, createHasher } from './checksums.ts';

/** What an action may be given as bytes: in memory, as they arrive, or as a file that is moved in. */
export type BodySource = Buffer | AsyncIterable<Buffer> | FileToMove;

export interface WrittenBlob {
  readonly name: string;
  readonly size: number;
  /** Of the bytes, in hex. */
  readonly md5: string;
  /** Of the algorithm that was asked for, in base64. */
  readonly checksum?: string;
}

export interface Blobs {
  /** Writes bytes under a new name. `keyHint` gives the file its extension, which engines tell a format by. */
  write(source: BodySource, keyHint: string, algorithm?: ChecksumAlgorithm): Promise<WrittenBlob>;
  /**
   * Makes sure that a file holds the bytes that were written, `size` of them: read through once in the life of the process,
   * then again whenever the file was changed. `object` names it to a person. @throws DamagedStateError
   */
  check(name: string, size: number, object: string): void;
  /** Checks what was read since the last time once more: it may have been changed while it was read. @throws DamagedStateError */
  checkRead(): void;
  /** What the bytes under a name add up to. */
  digest(name: string, algorithm?: ChecksumAlgorithm): Promise<Pick<WrittenBlob, 'md5' | 'checksum'>>;
  /** A second name for the same bytes. */
  duplicate(name: string, keyHint: string): string;
  /** Bytes `start` to `end`, both inclusive, as they are read. Nothing is opened before the first is asked for. */
  read(name: string, start: number, end: number): AsyncIterable<Buffer>;
  path(name: string): string;
  /** The file goes a moment later, when the answers that were made of it have opened it. */
  remove(name: string): void;
  /** A path for a file that is to be moved in later. */
  tempFile(suffix: string): string;
  /** Removes what a killed process left: files without an owner and unfinished ones. */
  sweep(isOwned: (name: string) => boolean): void;
}

/** Files a folder: new files next to each other are several times faster to make than files spread over many folders. */
const FOLDER_FILES = 4096;

const READ_BYTES = 1024 * 1024;

/** Names that are distinct from every name of an earlier process, whatever the clocks did. */
function createNames(blobFolder: string, tempFolder: string) {
  const epoch = `${Date.now().toString(36)}${process.pid.toString(36)}`;
  let madeFolder: string | undefined;
  let counter = 0;
  return {
    newName(keyHint: string, sum: number): string {
      const id = counter++;
      const folder = `${epoch}-${Math.floor(id / FOLDER_FILES).toString(36)}`;
      if (folder !== madeFolder) {
        mkdirSync(join(blobFolder, folder), { recursive: true });
        madeFolder = folder;
      }
      return `${folder}/${(id % FOLDER_FILES).toString(36)}-${hexOf(sum)}${extension(keyHint)}`;
    },
    tempFile: (suffix: string) => join(tempFolder, `${epoch}-${(counter++).toString(36)}${suffix}`),
  };
}

/** Which files were seen to hold what was written. */
function createChecks(path: (name: string) => string) {
  /** Names of the files that were checked, each with what the file looked like then. */
  const checked = new Map<string, string>();
  /** What was read since it was last asked for, with its size and the object that it is. */
  const read = new Map<string, readonly [size: number, object: string]>();

  function check(name: string, size: number, object: string): void {
    read.set(name, [size, object]);
    const look = lookAt(path(name));
    if (look !== undefined && checked.get(name) === look) return;
    const what = damageOf(path(name), size, sumIn(name));
    if (what)
      throw new DamagedStateError(path(name), `${what}, and it is ${object}`, {
        instead: 'delete the object',
      });
    checked.set(name, look as string);
  }

  return {
    check,
    checkRead() {
      for (const [name, [size, object]] of read) check(name, size, object);
      read.clear();
    },
    forget(name: string) {
      checked.delete(name);
      read.delete(name);
    },
  };
}

async function writeStream(source: AsyncIterable<Buffer>, target: string, algorithm?: ChecksumAlgorithm) {
  const digests = createDigests(algorithm);
  const file = await open(target, 'w');
  try {
    for await (const chunk of source) {
      digests.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return digests.result();
}

/** Removes what is in the folder of blobs without an owner. */
function removeOrphans(blobFolder: string, isOwned: (name: string) => boolean): void {
  mkdirSync(blobFolder, { recursive: true });
  for (const folder of readdirSync(blobFolder)) {
    const files = readdirSync(join(blobFolder, folder));
    const orphans = files.filter((file) => !isOwned(`${folder}/${file}`));
    if (orphans.length === files.length) rmSync(join(blobFolder, folder), { recursive: true });
    else for (const orphan of orphans) rmSync(join(blobFolder, folder, orphan));
  }
}

export function createBlobs(folder: string, log: (message: string) => void): Blobs {
  const blobFolder = join(folder, 'blobs');
  const tempFolder = join(folder, 'tmp');
  mkdirSync(tempFolder, { recursive: true });

  const path = (name: string) => join(blobFolder, name);
  const names = createNames(blobFolder, tempFolder);
  const checks = createChecks(path);

  return {
    path,
    tempFile: names.tempFile,
    async write(source, keyHint, algorithm) {
      if (Buffer.isBuffer(source)) {
        const digests = createDigests(algorithm);
        digests.update(source);
        const { sum, ...written } = digests.result();
        const name = names.newName(keyHint, sum);
        writeFileSync(path(name), source);
        return { name, ...written };
      }
      if (source instanceof FileToMove) {
        const { sum, ...written } = await digestsOfFile(source.path, algorithm);
        const name = names.newName(keyHint, sum);
        moveFile(source.path, path(name));
        return { name, ...written };
      }
      const unfinished = names.tempFile('.part');
      try {
        const { sum, ...written } = await writeStream(source, unfinished, algorithm);
        const name = names.newName(keyHint, sum);
        renameSync(unfinished, path(name));
        return { name, ...written };
      } catch (error) {
        rmSync(unfinished, { force: true });
        throw error;
      }
    },
    check: checks.check,
    checkRead: checks.checkRead,
    digest: (name, algorithm) => digestsOfFile(path(name), algorithm),
    duplicate(name, keyHint) {
      const copy = names.newName(keyHint, sumIn(name));
      try {
        linkSync(path(name), path(copy));
      } catch {
        copyFileSync(path(name), path(copy));
      }
      return copy;
    },
    async *read(name, start, end) {
      if (end < start) return;
      yield* createReadStream(path(name), { start, end, highWaterMark: READ_BYTES });
    },
    remove(name) {
      checks.forget(name);
      setImmediate(() => {
        rm(path(name), { force: true }).catch((error: Error) =>
          log(`S3 left a file behind: ${error.message}`),
        );
      });
    },
    sweep(isOwned) {
      rmSync(tempFolder, { recursive: true, force: true });
      mkdirSync(tempFolder, { recursive: true });
      removeOrphans(blobFolder, isOwned);
    },
  };
}

/** Size, MD5, the CRC-32 that goes into the name, and the checksum that was asked for. */
function createDigests(algorithm: ChecksumAlgorithm | undefined) {
  const md5 = createHash('md5');
  const hasher = algorithm && createHasher(algorithm);
  let size = 0;
  let sum = 0;
  return {
    update(bytes: Buffer) {
      md5.update(bytes);
      hasher?.update(bytes);
      sum = crc32(bytes, sum);
      size += bytes.length;
    },
    result: () => ({ size, md5: md5.digest('hex'), checksum: hasher?.digest(), sum }),
  };
}

async function digestsOfFile(path: string, algorithm: ChecksumAlgorithm | undefined) {
  const digests = createDigests(algorithm);
  const file = await open(path, 'r');
  for await (const chunk of file.createReadStream({ highWaterMark: READ_BYTES })) digests.update(chunk);
  return digests.result();
}

const hexOf = (sum: number) => sum.toString(16).padStart(8, '0');

const sumIn = (name: string) => Number.parseInt(/-([0-9a-f]{8})(\.[^/]*)?$/.exec(name)?.[1] as string, 16);

/** What tells a file from what it was before; undefined when there is none. */
function lookAt(path: string): string | undefined {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.size} ${found.mtimeNs}`;
}

/** What is wrong with a file that should have this size and this CRC-32. */
function damageOf(path: string, size: number, sum: number): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false })?.size;
  if (found === undefined) return 'it is missing';
  if (found !== size) return `it has ${found} bytes instead of ${size}`;
  return fileSum(path) === sum ? undefined : 'its checksum does not match its content';
}

/** A rename, or a copy where the file comes from another file system. */
function moveFile(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    copyFileSync(from, `${to}.part`);
    renameSync(`${to}.part`, to);
    rmSync(from);
  }
}

/** `.ndjson.gz` of `a/b/c.ndjson.gz`; at most two short ones, so that no key can shape a path. */
const extension = (key: string) => /(\.[a-z0-9]{1,10}){1,2}$/i.exec(basename(key))?.[0].toLowerCase() ?? '';
