/** Judges a run over harmed state: it must come to the right answers, or to an error that names the file. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './world.ts';

export interface Ending {
  readonly outcome?: Outcome;
  readonly error?: { readonly name: string; readonly message: string };
}

/** `right` and `refused` are as it should be; the others are faults. */
export type Verdict =
  | 'right'
  /** An error that names the harmed file. */
  | 'refused'
  /** Balanced or done, and gold is not what was sent. */
  | 'WRONG'
  /** An error that does not name the harmed file. */
  | 'UNCLEAR'
  /** The process ended without a word. */
  | 'CRASHED'
  | 'HUNG';

export const isFault = (verdict: Verdict): boolean => verdict !== 'right' && verdict !== 'refused';

/** @param names what a refusal may call the harmed file */
export function judge({ outcome, error }: Ending, names: readonly string[]): Verdict {
  if (outcome && (outcome.verdict === 'Balanced' || outcome.verdict === 'nothing-new'))
    return outcome.right ? 'right' : 'WRONG';
  const said = outcome?.said ?? error?.message;
  if (said === undefined) return 'CRASHED';
  return names.some((name) => said.includes(name)) ? 'refused' : 'UNCLEAR';
}

/** What a refusal may call a harmed file: a database by its own name or by a file that belongs to it, a copied object by any of its names. */
export const namesOf = (path: string): string[] => [
  path,
  path.replace(/(-wal|\.committed|\.sum)$/, ''),
  ...linksOf(path),
];

/** S3 copies an object by a hard link, so that both names have the harmed bytes. */
function linksOf(path: string): string[] {
  const [state, blobs] = [statSync(path, { throwIfNoEntry: false }), /^.*\/s3\/blobs\//.exec(path)?.[0]];
  if (!state || state.nlink < 2 || blobs === undefined) return [];
  return readdirSync(blobs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((other) => statSync(other, { throwIfNoEntry: false })?.ino === state.ino);
}
