/** Objects' bytes as plain files that are written once, under names that nothing refers to before the index does. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ChecksumAlgorithm, createHasher } from './checksums.ts';

/** What an action may be given as bytes: in memory, as they arrive, or as a finished local file that is moved in. */
export type BodySource = Buffer | AsyncIterable<Buffer> | { readonly path: string };

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
  /** A second name for the same bytes. */
  duplicate(name: string, keyHint: string): string;
  path(name: string): string;
  remove(name: string): void;
  /** A path for a file that is to be moved in later. */
  tempFile(suffix: string): string;
  /** Removes what a killed process left: files without an owner and unfinished ones. */
  sweep(isOwned: (name: string) => boolean): void;
}

/** Files a folder: new files beside each other are several times faster to make than files spread over many folders. */
const FOLDER_FILES = 4096;

export function createBlobs(folder: string): Blobs {
  const blobFolder = join(folder, 'blobs');
  const tempFolder = join(folder, 'tmp');
  let madeFolder: string | undefined;
  let counter = 0;
  /** Distinct from every name of an earlier process, whatever the clocks did. */
  const epoch = `${Date.now().toString(36)}${process.pid.toString(36)}`;
  mkdirSync(tempFolder, { recursive: true });

  const path = (name: string) => join(blobFolder, name);

  function newName(keyHint: string): string {
    const id = counter++;
    const folder = `${epoch}-${Math.floor(id / FOLDER_FILES).toString(36)}`;
    if (folder !== madeFolder) {
      mkdirSync(join(blobFolder, folder), { recursive: true });
      madeFolder = folder;
    }
    return `${folder}/${(id % FOLDER_FILES).toString(36)}${extension(keyHint)}`;
  }

  async function writeStream(source: AsyncIterable<Buffer>, target: string, algorithm?: ChecksumAlgorithm) {
    const md5 = createHash('md5');
    const hasher = algorithm && createHasher(algorithm);
    let size = 0;
    const file = await open(target, 'w');
    try {
      for await (const chunk of source) {
        md5.update(chunk);
        hasher?.update(chunk);
        size += chunk.length;
        await file.writeFile(chunk);
      }
    } finally {
      await file.close();
    }
    return { size, md5: md5.digest('hex'), checksum: hasher?.digest() };
  }

  const tempFile = (suffix: string) => join(tempFolder, `${epoch}-${(counter++).toString(36)}${suffix}`);

  return {
    path,
    tempFile,
    async write(source, keyHint, algorithm) {
      if (Buffer.isBuffer(source)) {
        const name = newName(keyHint);
        writeFileSync(path(name), source);
        return { name, size: source.length, ...digestsOf(source, algorithm) };
      }
      if ('path' in source) {
        const digests = await digestsOfFile(source.path, algorithm);
        const name = newName(keyHint);
        moveFile(source.path, path(name));
        return { name, ...digests };
      }
      const unfinished = tempFile('.part');
      try {
        const digests = await writeStream(source, unfinished, algorithm);
        const name = newName(keyHint);
        renameSync(unfinished, path(name));
        return { name, ...digests };
      } catch (error) {
        rmSync(unfinished, { force: true });
        throw error;
      }
    },
    duplicate(name, keyHint) {
      const copy = newName(keyHint);
      try {
        linkSync(path(name), path(copy));
      } catch {
        copyFileSync(path(name), path(copy));
      }
      return copy;
    },
    remove: (name) => rmSync(path(name), { force: true }),
    sweep(isOwned) {
      rmSync(tempFolder, { recursive: true, force: true });
      mkdirSync(tempFolder, { recursive: true });
      mkdirSync(blobFolder, { recursive: true });
      for (const folder of readdirSync(blobFolder)) {
        const files = readdirSync(join(blobFolder, folder));
        const orphans = files.filter((file) => !isOwned(`${folder}/${file}`));
        if (orphans.length === files.length) rmSync(join(blobFolder, folder), { recursive: true });
        else for (const orphan of orphans) rmSync(join(blobFolder, folder, orphan));
      }
    },
  };
}

function digestsOf(bytes: Buffer, algorithm: ChecksumAlgorithm | undefined) {
  const hasher = algorithm && createHasher(algorithm);
  hasher?.update(bytes);
  return { md5: createHash('md5').update(bytes).digest('hex'), checksum: hasher?.digest() };
}

async function digestsOfFile(path: string, algorithm: ChecksumAlgorithm | undefined) {
  const md5 = createHash('md5');
  const hasher = algorithm && createHasher(algorithm);
  const file = await open(path, 'r');
  for await (const chunk of file.createReadStream({ highWaterMark: 1024 * 1024 })) {
    md5.update(chunk);
    hasher?.update(chunk);
  }
  return { size: statSync(path).size, md5: md5.digest('hex'), checksum: hasher?.digest() };
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
