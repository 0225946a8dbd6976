/** The files of a state folder by kind, and the harm that can come to one. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Random } from '../../lib/simulator/random.ts';

export interface StateFile {
  readonly path: string;
  readonly kind: string;
}

/** Pattern of the path in the cloud's folder → kind; the first that matches is a file's kind. */
const KINDS: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [/^kinesis\/.*\.log$/, () => 'log of a shard'],
  [/^kinesis\/.*\/acknowledged$/, () => 'mark of a shard'],
  [/^kinesis\/.*\/stream\.json$/, () => 'stream.json'],
  [/^lock\.sqlite$/, () => 'lock'],
  [/-wal$/, () => 'log of commits'],
  [/\.(?:sqlite|db)\.committed$/, () => 'mark of a log of commits'],
  [/\.(?:sqlite|db)\.sum$/, () => 'checksum of a database'],
  [/^([a-z0-9]+)\/[a-z]+\.(?:sqlite|db)$/, ([, service]) => `database of ${service}`],
  [/^s3\/blobs\/[^/]+\/[^.]+((?:\.[a-z]+)*)$/, ([, extension]) => `object${extension}`],
  [/^s3\/tmp\//, () => 'unfinished object'],
  [/^lambda\/code\/[^/]+\.sum$/, () => 'checksum of code'],
  [/^lambda\/code\//, () => 'code of a function'],
  [/^lambda\/compile-cache\//, () => 'compile cache'],
  [/^lambda\/scratch\//, () => "a function's temporary file"],
  [/^athena\/scratch\//, () => 'parsed text of queries'],
  [/^([a-z]+\.json)$/, ([name]) => name],
];

/** @param cloudDir folder of a local cloud */
export function stateFiles(cloudDir: string): StateFile[] {
  return readdirSync(cloudDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = relative(cloudDir, path);
      for (const [pattern, kindOf] of KINDS) {
        const match = pattern.exec(name);
        if (match) return { path, kind: kindOf(match) };
      }
      return { path, kind: `other: ${name}` };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One file, of a kind that is as likely as every other. */
export function pickFile(files: readonly StateFile[], random: Random): StateFile | undefined {
  const kinds = [...Map.groupBy(files, ({ kind }) => kind)].sort(([a], [b]) => (a < b ? -1 : 1));
  const [, ofKind] = kinds[random.integer(0, kinds.length - 1)] ?? [];
  return ofKind?.[random.integer(0, ofKind.length - 1)];
}

export const HARMS = ['flip', 'cut', 'empty', 'delete'] as const;
export type Harm = (typeof HARMS)[number];

/** Does it, and says what was done; undefined when the file has gone meanwhile. */
export function doHarm(path: string, harm: Harm, random: Random): string | undefined {
  try {
    const bytes = readFileSync(path);
    if (harm === 'delete' || bytes.length === 0) {
      rmSync(path);
      return 'deleted';
    }
    const at = random.integer(0, bytes.length - 1);
    if (harm === 'flip') {
      const bit = random.integer(0, 7);
      bytes[at] = bytes[at]! ^ (1 << bit);
      writeFileSync(path, bytes);
      return `bit ${bit} of byte ${at} of ${bytes.length} flipped`;
    }
    const size = harm === 'empty' ? 0 : at;
    truncateSync(path, size);
    return `cut from ${bytes.length} to ${size} bytes`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
