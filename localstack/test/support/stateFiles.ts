/** State folders as a kill leaves them, and the harm that their files can come to. */
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A copy of a state folder in use: what is on disk at this moment, as after SIGKILL. */
export function killedImage(stateDir: string): string {
  const image = mkdtempSync(join(tmpdir(), 'headwaters-image-'));
  cpSync(stateDir, image, { recursive: true });
  rmSync(join(image, 'lock.sqlite'), { force: true });
  return image;
}

/** Flips one bit. */
export function flipBit(path: string, offset: number, bit = 0): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
  writeFileSync(path, bytes);
}

/** Cuts the file to `size` bytes. */
export const cutTo = (path: string, size: number) => truncateSync(path, size);
