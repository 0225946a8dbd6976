/** `headwaters run --watch`: runs again whenever a file of the study is saved, and shows what changed in its tables' rows. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RunFailedError } from '../../lake/errors.ts';
import type { Lake } from '../../lake/lake.ts';
import { assertSucceeded } from '../../lake/pipeline.ts';
import { type RowChanges, rowChanges, tablesNow } from '../../lake/rowChanges.ts';
import type { PipelineOutput } from '../../lake/run.ts';
import { count, counted, table } from '../../lake/text.ts';
import { failureOf } from '../failure.ts';
import { because, showPostponed } from '../rebuiltText.ts';
import type { Terminal } from '../terminal.ts';

/** Files are looked at this often: systems differ in what they say of a file that an editor replaces. Milliseconds. */
const LOOK_MS = 250;

/** Names of files that editors make on the way. */
const isTemporary = (name: string) => /(^|\/)\.|~$|\.sw[a-z]$|\.tmp$|(^|\/)4913$/.test(name);

/** File below the folder → what changes with its content. */
function filesOf(folder: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    const state = entry.isFile() && !isTemporary(name) && statSync(path, { throwIfNoEntry: false });
    if (state) files.set(name, `${state.mtimeMs} ${state.size} ${state.ino}`);
  }
  return files;
}

const differing = (before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>) =>
  [...new Set([...before.keys(), ...now.keys()])].filter((name) => before.get(name) !== now.get(name));

/** Runs after each save until `stopped` comes true; what fails is shown, and the next save tries again. */
export async function watchStudy(
  lake: Lake,
  study: string,
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  const folder = lake.studies.folderOf(study);
  let isStopped = false;
  const done = stopped.then(() => {
    isStopped = true;
  });
  let taken = filesOf(folder);
  let seen = taken;
  terminal.note(`Watching ${folder}: save a model and its table is rebuilt. Ctrl-C ends.`);
  while (!isStopped) {
    await Promise.race([new Promise((resolve) => setTimeout(resolve, LOOK_MS)), done]);
    const now = filesOf(folder);
    // An editor writes a file in several steps, and saves several files at once: what still changes is waited for.
    const settled = differing(seen, now).length === 0;
    seen = now;
    const saved = differing(taken, now);
    if (isStopped || saved.length === 0 || !settled) continue;
    taken = now;
    terminal.note(`\n${saved.join(', ')} ${saved.length === 1 ? 'was' : 'were'} saved.`);
    try {
      await runAgain(lake, study, terminal);
    } catch (error) {
      terminal.line(terminal.style('red', `✗ ${failureOf(error).message ?? 'The run failed.'}`));
    }
  }
}

async function runAgain(lake: Lake, study: string, terminal: Terminal): Promise<void> {
  const startedAt = performance.now();
  const before = await tablesNow(lake, study);
  await lake.makeReady(study, terminal);
  const { pipeline } = await lake.run(study, undefined, terminal);
  assertSucceeded(lake, study, pipeline);
  const output = pipeline.output as PipelineOutput;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (output.decision) {
    showPostponed(terminal, output.postponed);
    return terminal.line(`No table changed (${seconds} s).`);
  }
  if (output.verdict !== 'Balanced') throw new RunFailedError(output.summary);
  for (const one of output.rebuilt) terminal.line(`${one.model}: ${because(one)}`);
  const changes = await rowChanges(
    lake,
    lake.studies.find(study),
    output.rebuilt.map(({ model }) => model),
    before,
  );
  for (const change of changes) showChange(terminal, change);
  terminal.line(terminal.style('green', `✓ Balanced (${seconds} s).`));
}

function showChange(
  terminal: Terminal,
  { table: name, rowsBefore, rowsAfter, added, removed, columns, sample }: RowChanges,
): void {
  const rows =
    rowsBefore === rowsAfter
      ? counted(rowsAfter, 'row')
      : `${count(rowsBefore)} → ${counted(rowsAfter, 'row')}`;
  const differ = added + removed === 0 ? 'no row changed' : `${count(added)} new, ${count(removed)} gone`;
  terminal.line(`\n${terminal.style('bold', name)}: ${rows}, ${differ}`);
  if (sample.length > 0)
    terminal.line(
      table(
        ['', ...columns],
        sample.map(({ side, values }) => [side, ...values]),
      ),
    );
}
