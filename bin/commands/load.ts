/** `headwaters load`: batch files into a study's landing bucket, and its pipeline over what they brought. */
import { RunFailedError } from '../../lake/errors.ts';
import { type LoadOutcome, landingsOf } from '../../lake/load.ts';
import { everythingRefused } from '../../lake/refused.ts';
import type { Studies } from '../../lake/studies.ts';
import { count, counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import { refusedOf } from '../summary.ts';
import type { Terminal } from '../terminal.ts';

/** Records of files arrive when they are loaded: what was refused of them is of today, or of last night. */
const LOADED_DAYS = 1;

export interface LoadCommandOptions extends LakeOptions {
  readonly source?: string;
  readonly encoding?: string;
  readonly delimiter?: string;
  readonly json: boolean;
}

export async function load(
  study: string,
  files: readonly string[],
  options: LoadCommandOptions,
): Promise<void> {
  const check = (studies: Studies) => landingsOf(studies.find(study), files, options);
  await withLake({ ...options, check, quiet: options.json }, async (lake, terminal) => {
    await lake.makeReady(study, terminal);
    const loaded = await lake.load(study, files, {
      ...(options.source && { source: options.source }),
      ...(options.encoding && { encoding: options.encoding }),
      ...(options.delimiter && { delimiter: options.delimiter }),
      onProgress: terminal.onProgress,
    });
    const refused = await refusedOf(lake, study, loaded.pipeline, LOADED_DAYS);
    show(terminal, loaded, options, refused);
    const failed = loaded.files.filter(({ state }) => state === 'refused' || state === 'loading');
    const allRefused = loaded.pipeline.decision
      ? undefined
      : everythingRefused(lake, loaded.pipeline.sheet, study);
    if (failed.length > 0)
      throw new RunFailedError(
        `${failed.length} of ${counted(loaded.files.length, 'file')} ${failed.length === 1 ? 'was' : 'were'} refused; the rest is in. Mend them and load them again.`,
      );
    if (allRefused) throw new RunFailedError(allRefused);
  });
}

function show(
  terminal: Terminal,
  { files, pipeline }: LoadOutcome,
  options: LoadCommandOptions,
  refused: readonly string[],
) {
  if (options.json) return terminal.line(JSON.stringify({ files, ...pipeline }, undefined, 2));
  terminal.line(
    table(
      ['file', 'source', 'state', 'rows', 'refused', 'reason'],
      files.map(({ file, source, state, rows, refusedRows, reason }) => [
        file,
        source,
        state,
        rows,
        refusedRows,
        reason,
      ]),
    ),
  );
  for (const command of new Set(files.map(({ command }) => command)))
    if (command) terminal.line(`\nLoad it as what it looks like:\n  ${command}`);
  if (pipeline.decision) return terminal.line('\nNothing new: the tables stay as they are.');
  const { total } = pipeline.sheet;
  terminal.line(
    `\n${counted(total.inBronze, 'record')}: ${count(total.silver)} new in silver, ${counted(total.duplicates, 'duplicate')}, ` +
      `${count(total.quarantined)} quarantined, ${count(total.unaccounted)} unaccounted.`,
  );
  for (const line of refused) terminal.line(`  ${line}`);
}
