/** Keeps a study until a file of its folder changes: reading it takes 50 ms, and a page asks for it with every request. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Study } from '../lib/model/study/study.ts';

interface Kept {
  readonly stamp: string;
  readonly study: Study;
}

/** Two changes of a file within this time may leave the same time of change; ext4 counts in 4 ms, FAT in two seconds. */
const SAME_TIME_MS = 2_000;

/**
 * `load`, except where the folder is as it was at its last success.
 * @param load folder → study; what it throws is not kept
 */
export function keepingStudies(load: (folder: string) => Study): (folder: string) => Study {
  const kept = new Map<string, Kept>();
  return (folder) => {
    const { stamp, newestMs } = stateOf(folder);
    const last = kept.get(folder);
    if (last?.stamp === stamp) return last.study;
    const study = load(folder);
    // What changed this moment may change again without a later time.
    if (Date.now() - newestMs > SAME_TIME_MS) kept.set(folder, { stamp, study });
    return study;
  };
}

/** Every path below the folder with its size and time of change, and the newest of these times. */
function stateOf(folder: string): { stamp: string; newestMs: number } {
  const parts: string[] = [];
  let newestMs = 0;
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const { size, mtimeMs, ctimeMs, ino } = statSync(join(folder, path));
    newestMs = Math.max(newestMs, mtimeMs, ctimeMs);
    parts.push(`${path}\0${size}\0${mtimeMs}\0${ctimeMs}\0${ino}`);
  }
  return { stamp: parts.join('\n'), newestMs };
}
