/** What a batch file consists of for the registry of files: itself, or the members of a zip, each named by its bytes. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { unpack } from '../lambdas/file-loader/unpack.ts';

export interface DeliveredFile {
  /** Its path; a member's name follows its zip's path. */
  readonly file: string;
  /** Hex, of the delivered bytes or of the member's: the file loader registers it under this. */
  readonly sha256: string;
}

/** A zip is unpacked below the state folder for as long as this takes. */
export async function filesWithin(path: string, stateDir: string): Promise<DeliveredFile[]> {
  if (!/\.zip$/i.test(path)) return [{ file: path, sha256: await sha256Of(createReadStream(path)) }];
  const workshop = join(stateDir, 'unpacked');
  mkdirSync(workshop, { recursive: true });
  const folder = mkdtempSync(join(workshop, 'load-'));
  try {
    const members = await unpack(path, createReadStream(path), folder);
    return members.map(({ name, sha256 }) => ({ file: name === path ? path : `${path}/${name}`, sha256 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function sha256Of(content: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk);
  return hash.digest('hex');
}
