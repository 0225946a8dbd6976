/** What became of a run so far. */
import type { RunEntry } from './contract.ts';

type Verdict = NonNullable<RunEntry['account']>['verdict'];

/** The verdict of a run that has one; else whether an execution still works on it, or it broke before its books. */
export function outcomeOf({
  account,
  executions,
}: Pick<RunEntry, 'account' | 'executions'>): Verdict | 'running' | 'broken' {
  if (account) return account.verdict;
  return executions.some(({ status }) => status === 'RUNNING') ? 'running' : 'broken';
}
