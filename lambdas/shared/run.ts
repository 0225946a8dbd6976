/** Where the steps of a run keep what they hand to each other, and what their statements are named by. */
import { runPrefix } from '../../lib/model/run/plan.ts';
import type { Run } from '../../lib/model/run/protocol.ts';

/** Texts by the name under which they are run and their answers found again. */
export type Texts = Readonly<Record<string, string>>;

/** What statements of this attempt are named by. */
export const attemptOf = (study: string, { runId, attempt }: Pick<Run, 'runId' | 'attempt'>) => ({
  study,
  runId,
  attempt,
});

/** Prefix of the check results of an attempt, until the reconciler has put them into the table of checks. */
export const checksPrefix = (study: string, { runId, attempt }: Pick<Run, 'runId' | 'attempt'>) =>
  `${runPrefix(study, runId)}attempt=${attempt}/checks/`;

/** `table`, or `table-1`, `table-2` … in their order. */
export const numbered = (name: string, texts: readonly string[]): Texts =>
  Object.fromEntries(texts.map((text, at) => [texts.length === 1 ? name : `${name}-${at + 1}`, text]));
