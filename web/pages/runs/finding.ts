/** What a run showed, in a sentence or two. */
import { count, counted, duration, percent, shortRun } from '../../parts/text.ts';
import type { RunEntry, RunView } from './contract.ts';
import { ganttOf, slowestLevel } from './gantt.ts';

/** ms that its executions worked; undefined before one has ended, and after their histories are gone. */
export function took({ executions }: Pick<RunEntry, 'executions'>): number | undefined {
  const ended = executions.flatMap(({ startedAt, endedAt }) =>
    endedAt ? [Date.parse(endedAt) - Date.parse(startedAt)] : [],
  );
  return ended.length === 0 ? undefined : ended.reduce((sum, ms) => sum + ms, 0);
}

/** Names in a sentence: `a`, `a and b`, `a, b and 3 more`. */
const named = (names: readonly string[]): string => {
  if (names.length <= 2) return names.join(' and ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
};

export function findingOf(run: RunView): string {
  const { nodes, account, id } = run;
  const of = (outcome: string) => nodes.filter((node) => node.outcome === outcome).map(({ name }) => name);
  const [published, stopped] = [of('published'), of('stopped')];
  const ms = took(run);
  if (stopped.length > 0) return `An audit stopped ${named(stopped)}`;
  if (published.length > 0)
    return `${counted(published.length, 'model')} ${published.length === 1 ? 'was' : 'were'} published${ms === undefined ? ' so far' : ` in ${duration(ms)}`}`;
  if (account) return `Run ${shortRun(id)}: ${counted(account.sheet.total.inBronze, 'record')}`;
  return `Run ${shortRun(id)} has not closed its books`;
}

export function leadOf(run: RunView): string {
  const { nodes, statements, account } = run;
  const kept = nodes.filter(({ outcome }) => outcome === 'skipped').length;
  const waiting = nodes.filter(({ outcome }) => outcome === undefined).length;
  const sentences: string[] = [];
  if (run.states.length > 0) {
    const slowest = slowestLevel(ganttOf(run));
    if (slowest) sentences.push(`Level ${slowest.level} took ${percent(slowest.share, 0)} of the time.`);
    const again = statements.filter(({ attempt }) => attempt > 1).length;
    if (statements.length > 0)
      sentences.push(
        `${counted(statements.length, 'statement')} ran, ${again === 0 ? 'none was tried twice' : `${count(again)} of them again`}.`,
      );
  } else if (account) {
    const { silver, duplicates, quarantined, unaccounted } = account.sheet.total;
    sentences.push(
      `${count(silver)} are new in silver, ${count(duplicates)} are duplicates, ${count(quarantined)} are in quarantine, ${count(unaccounted)} are unaccounted for.`,
    );
  }
  if (kept > 0)
    sentences.push(
      `${counted(kept, 'model')} that ${kept === 1 ? 'reads' : 'read'} from it stayed as ${kept === 1 ? 'it was' : 'they were'}.`,
    );
  if (waiting > 0 && !account)
    sentences.push(`${counted(waiting, 'model')} ${waiting === 1 ? 'is' : 'are'} still waited for.`);
  return sentences.join(' ');
}
