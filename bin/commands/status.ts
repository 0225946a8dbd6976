/** `headwaters status`: what is deployed, what has landed, how runs ended, and what keeps the tables. */
import type { TableOptimizer } from '../../lake/optimizers.ts';
import { counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';

export async function status(options: LakeOptions & { json: boolean }): Promise<void> {
  await withLake({ ...options, port: 0, quiet: options.json }, async (lake, terminal) => {
    const found = await lake.status();
    if (options.json) return terminal.line(JSON.stringify(found, undefined, 2));
    terminal.line(found.endpoint ? `Up at ${found.endpoint}` : 'Not up (npx headwaters up serves it)');
    if (found.stacks.length === 0) {
      terminal.line(
        `Nothing is deployed yet. Run: npx headwaters run <study> --once; studies: ${lake.studies.names.join(', ')}`,
      );
      return;
    }
    terminal.line(
      `\n${table(
        ['stack', 'status'],
        found.stacks.map(({ name, status }) => [name, status]),
      )}`,
    );
    for (const { study, landed, runs, optimizers } of found.studies) {
      terminal.line(
        `\n${study}: ${counted(landed.records, 'record')} in ${counted(landed.objects, 'object')} ${landed.records === 1 ? 'waits' : 'wait'} for a run`,
      );
      if (runs.length > 0)
        terminal.line(
          table(
            ['run', 'status', 'started', 'seconds'],
            runs.map(({ id, status, startedAt, seconds }) => [id, status, startedAt, seconds]),
          ),
        );
      if (optimizers.length > 0) terminal.line(optimizerTable(optimizers));
    }
  });
}

/** A line for each table: of each optimizer how its last run ended, and why where it failed. */
function optimizerTable(optimizers: readonly TableOptimizer[]): string {
  const byTable = Map.groupBy(optimizers, ({ table }) => table);
  const cell = (found: TableOptimizer | undefined) => {
    if (!found) return 'none';
    const { enabled, lastRun } = found;
    const last = lastRun
      ? `${lastRun.status} ${lastRun.startedAt.slice(0, 16)}${lastRun.error ? `: ${lastRun.error}` : ''}`
      : 'no run yet';
    return enabled ? last : `disabled; ${last}`;
  };
  return table(
    ['table', 'compaction', 'retention', 'orphan files'],
    [...byTable].map(([name, its]) => [
      name,
      ...(['compaction', 'retention', 'orphan_file_deletion'] as const).map((type) =>
        cell(its.find((one) => one.type === type)),
      ),
    ]),
  );
}
