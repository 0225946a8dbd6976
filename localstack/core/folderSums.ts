/** Keeps the checksums of a complete folder in a file next to it, so that a later reader knows whether it is unchanged. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DamagedStateError } from './damage.ts';
import { fileSum, readStateFile, writeStateFile } from './stateFile.ts';

/** Path in the folder → size in bytes and CRC-32. */
type Sums = Readonly<Record<string, readonly [size: number, crc32: number]>>;

const sumsFile = (folder: string) => `${folder}.sum`;

/** Keeps what the files hold that are in `filled`, a folder that is about to be moved to `folder`. */
export function keepSums(folder: string, filled = folder): void {
  const files = readdirSync(filled, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const sums: Sums = Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(filled, path), [statSync(path).size, fileSum(path)]];
    }),
  );
  writeStateFile(sumsFile(folder), sums);
}

/** @throws DamagedStateError that names the first file that is missing or changed; `remedy` says what makes it again */
export function checkSums(folder: string, remedy: string): void {
  const sums = readStateFile<Sums>(sumsFile(folder));
  if (!sums) throw new DamagedStateError(sumsFile(folder), 'it is missing', { instead: remedy });
  for (const [name, [size, sum]] of Object.entries(sums)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false })?.size;
    if (found === size && fileSum(path) === sum) continue;
    const what = found === undefined ? 'it is missing' : 'its checksum does not match its content';
    throw new DamagedStateError(path, what, { instead: remedy });
  }
}

/** Whether the folder is there and holds what was kept of it. */
export function isWhole(folder: string): boolean {
  try {
    checkSums(folder, '');
    return true;
  } catch (error) {
    if (error instanceof DamagedStateError) return false;
    throw error;
  }
}
