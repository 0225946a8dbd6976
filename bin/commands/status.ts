/** `headwaters status`: what is deployed, what has landed, and how runs ended. */
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
    for (const { study, landed, runs } of found.studies) {
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
    }
  });
}
