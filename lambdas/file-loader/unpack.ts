/** A delivered file on local disk: unpacked from gzip or zip, each member with the sha256 that names it. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Unzip, UnzipInflate } from 'fflate';
import { FileRefusedError } from './formats/row.ts';

export interface UnpackedFile {
  /** The name whose suffix tells the format; of a zip's member, its name there. */
  readonly name: string;
  readonly path: string;
  /** sha256, hex, of the delivered file's bytes, or of the member's bytes. */
  readonly sha256: string;
}

/** What became of a delivered file or of a member of a zip: unpacked, or refused with the reason. */
export type Unpacked =
  | UnpackedFile
  | { readonly name: string; readonly sha256: string; readonly refused: FileRefusedError };

const hashing = (hash: Hash) =>
  new Transform({
    transform(piece: Buffer, _encoding, done) {
      hash.update(piece);
      done(null, piece);
    },
  });

/** Writes a delivered file's bytes below `dir` and unpacks them. */
export async function unpack(name: string, bytes: NodeJS.ReadableStream, dir: string): Promise<Unpacked[]> {
  const delivered = join(dir, 'delivered');
  const hash = createHash('sha256');
  await pipeline(bytes, hashing(hash), createWriteStream(delivered));
  const sha256 = hash.digest('hex');
  if (/\.zip$/i.test(name)) return unzip(name, delivered, dir, sha256);
  if (!/\.gz$/i.test(name)) return [{ name, path: delivered, sha256 }];
  const path = join(dir, 'unpacked');
  const plainName = name.replace(/\.gz$/i, '');
  try {
    await pipeline(createReadStream(delivered), createGunzip(), createWriteStream(path));
    return [{ name: plainName, path, sha256 }];
  } catch (error) {
    return [
      {
        name: plainName,
        sha256,
        refused: new FileRefusedError(`not gzip, or truncated: ${(error as Error).message}`),
      },
    ];
  }
}

interface Member {
  readonly name: string;
  readonly path: string;
  readonly hash: Hash;
  readonly file: number;
  complete: boolean;
  failure?: Error;
}

/** Folders and what macOS adds are no members. */
const isMember = (name: string) =>
  !name.endsWith('/') && !name.startsWith('__MACOSX/') && !name.endsWith('.DS_Store');

async function unzip(name: string, delivered: string, dir: string, sha256: string): Promise<Unpacked[]> {
  const members: Member[] = [];
  const archive = new Unzip((entry) => {
    if (!isMember(entry.name)) return;
    const path = join(dir, `member-${members.length}`);
    const member: Member = {
      name: entry.name,
      path,
      hash: createHash('sha256'),
      file: openSync(path, 'w'),
      complete: false,
    };
    members.push(member);
    entry.ondata = (error, piece, final) => {
      if (error) {
        member.failure = error;
        return;
      }
      member.hash.update(piece);
      writeSync(member.file, piece);
      if (final) member.complete = true;
    };
    entry.start();
  });
  archive.register(UnzipInflate);
  let failure: Error | undefined;
  try {
    for await (const piece of createReadStream(delivered) as AsyncIterable<Buffer>) archive.push(piece);
    archive.push(new Uint8Array(0), true);
  } catch (error) {
    failure = error as Error;
  } finally {
    for (const { file } of members) closeSync(file);
  }
  if (members.length === 0) {
    const why = failure ? `: ${failure.message}` : '';
    return [{ name, sha256, refused: new FileRefusedError(`no zip, or one without files${why}`) }];
  }
  return members.map((member): Unpacked => {
    const of = { name: member.name, sha256: member.hash.digest('hex') };
    if (member.complete && !member.failure) return { ...of, path: member.path };
    const why = (member.failure ?? failure)?.message ?? 'it has no end';
    return {
      ...of,
      refused: new FileRefusedError(`the member "${member.name}" is truncated or damaged: ${why}`),
    };
  });
}
