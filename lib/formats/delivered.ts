/** A delivered file on local disk, with the digest that names it, and what is in it: itself, or the members of a zip. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { bounded, isZlibError } from './expansion.ts';
import { limits, sizeText } from './limits.ts';
import { FileRefusedError } from './row.ts';
import { unzip } from './zip.ts';

export interface DeliveredFile {
  readonly name: string;
  readonly path: string;
  /** sha256, hex, of its bytes. */
  readonly sha256: string;
  readonly bytes: number;
}

export interface UnpackedFile {
  /** The name whose suffix says the format. */
  readonly name: string;
  /** Of a zip's member: its name there. */
  readonly member?: string;
  readonly path: string;
  /** sha256, hex, of the delivered file's bytes, or of the member's bytes. */
  readonly sha256: string;
}

/** What became of a delivered file or of a member of a zip: unpacked, refused with the reason, or not asked for. */
export type Unpacked =
  | UnpackedFile
  | {
      readonly name: string;
      readonly member?: string;
      readonly sha256: string;
      readonly refused: FileRefusedError;
    }
  | { readonly name: string; readonly member: string; readonly isPassedOver: true };

/** Writes a file's bytes under `dir`. The bytes of a file that is too large are read to their end, not kept. */
export async function receive(
  name: string,
  bytes: NodeJS.ReadableStream,
  dir: string,
): Promise<DeliveredFile> {
  const path = join(dir, 'delivered');
  const hash = createHash('sha256');
  let size = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      size += piece.length;
      done(null, size > limits.fileBytes ? undefined : piece);
    },
  });
  await pipeline(bytes, counted, createWriteStream(path));
  return { name, path, sha256: hash.digest('hex'), bytes: size };
}

/**
 * What is in a delivered file, one after the other: an unpacked file is on disk until the next one is asked for.
 * @param isWanted tells which members of a zip are read; the others are passed over.
 */
export async function* unpack(
  file: DeliveredFile,
  dir: string,
  isWanted: (member: string) => boolean = () => true,
): AsyncGenerator<Unpacked> {
  const { name, path, sha256 } = file;
  try {
    if (file.bytes > limits.fileBytes)
      throw new FileRefusedError(
        `the file has ${sizeText(file.bytes)}; allowed are ${sizeText(limits.fileBytes)}. Split it into smaller files`,
      );
    await checkSuffix(file);
    if (/\.zip$/i.test(name)) yield* unzip(file, dir, isWanted);
    else if (/\.gz$/i.test(name))
      yield { name: name.replace(/\.gz$/i, ''), path: await gunzip(file, dir), sha256 };
    else yield { name, path, sha256 };
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    yield { name, sha256, refused: error };
  }
}

const packed: readonly (readonly [suffix: string, what: string, magic: string])[] = [
  ['gz', 'gzip', '1f8b08'],
  ['zip', 'a zip', '504b0304'],
];

/** Packed bytes under the name of unpacked ones would be read as text. */
async function checkSuffix({ name, path }: DeliveredFile): Promise<void> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(4), position: 0 });
  await file.close();
  const start = buffer.toString('hex', 0, bytesRead);
  for (const [suffix, what, magic] of packed)
    if (start.startsWith(magic) && !name.toLowerCase().endsWith(`.${suffix}`))
      throw new FileRefusedError(`"${name}" is ${what} by its bytes: name it ${name}.${suffix}`);
}

/** Members of gzip may follow each other, and zeros may follow them (RFC 1952); anything else is refused. */
async function gunzip(file: DeliveredFile, dir: string): Promise<string> {
  const path = join(dir, 'unpacked');
  const inflate = createGunzip();
  try {
    await pipeline(createReadStream(file.path), inflate, bounded(file.bytes), createWriteStream(path));
  } catch (error) {
    if (error instanceof FileRefusedError || !isZlibError(error)) throw error;
    throw new FileRefusedError(`not gzip, truncated, or followed by other bytes: ${error.message}`, {
      cause: error,
    });
  }
  for await (const piece of createReadStream(file.path, { start: inflate.bytesWritten }))
    if ((piece as Buffer).some((byte) => byte !== 0))
      throw new FileRefusedError(
        `${file.bytes - inflate.bytesWritten} bytes follow the end of the gzip data at byte ${inflate.bytesWritten}`,
      );
  return path;
}
