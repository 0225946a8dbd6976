/** `headwaters run`: a study's data in, its pipeline, its balance sheet and its gold answers. */
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import type { Lake } from '../../lake/lake.ts';
import { assertSucceeded } from '../../lake/pipeline.ts';
import { rebuildRequest } from '../../lake/rebuild.ts';
import { everythingRefused } from '../../lake/refused.ts';
import type { PipelineOutput } from '../../lake/run.ts';
import { targetOf } from '../../lake/setAside.ts';
import type { Studies } from '../../lake/studies.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { flagsOf, type LakeOptions, withLake } from '../command.ts';
import { type FeedInputOptions, feedable, feedInput, showPublished, withPreset } from '../feedInput.ts';
import { untilStopped } from '../interruption.ts';
import { choiceOf, type RebuildOptions } from '../rebuildOptions.ts';
import { refusedOf, showSummary } from '../summary.ts';
import type { Terminal } from '../terminal.ts';
import { watchStudy } from './watch.ts';

export interface RunOptions extends LakeOptions, FeedInputOptions, RebuildOptions {
  /** Records or bronze objects to move to quarantine before the run, which sends nothing then. */
  readonly setAside?: readonly string[];
  readonly reason: string;
  readonly once: boolean;
  /** Runs again whenever a file of the study is saved. */
  readonly watch: boolean;
  readonly json: boolean;
}

/** Runs every study there is, one after the other, where no study has that name. */
const ALL = 'all';

const namesOf = (name: string, { names }: Studies): readonly string[] =>
  name === ALL && !names.includes(ALL) ? names : [name];

export async function run(study: string, given: RunOptions): Promise<void> {
  const { json, setAside = [] } = given;
  // What blocks is moved out of the way of what has arrived; nothing more is sent.
  const options: RunOptions = setAside.length > 0 ? { ...given, input: false } : given;
  const check = (studies: Studies) => {
    assertCombinable(study, options, studies);
    for (const name of namesOf(study, studies)) {
      rebuildRequest(studies.find(name), choiceOf(options));
      feedable(name, options)(studies);
      for (const what of setAside) targetOf(name, what);
    }
  };
  await withLake({ ...options, check, quiet: json, playground: !options.once }, async (lake, terminal) => {
    const names = namesOf(study, lake.studies);
    const [only] = names.length === 1 ? names : [];
    if (only) await runStudy(lake, only, options, terminal);
    else await runEach(lake, names, options, terminal);
    const { localCloud, place } = lake.target;
    if (options.watch && only && !localCloud?.inThisProcess)
      return watchStudy(lake, only, terminal, untilStopped());
    if (!options.once && localCloud?.inThisProcess) {
      terminal.note(`\nThe HTTP API: ${terminal.style('bold', await lake.apiUrl())}`);
      terminal.note(`The playground: ${terminal.style('bold', `${localCloud.endpoint}${PREFIX}`)}`);
      terminal.note(`Serving at ${place} until Ctrl-C; the state stays in ${options.state}.`);
      const stopped = untilStopped();
      if (options.watch && only) await watchStudy(lake, only, terminal, stopped);
      await stopped;
    }
  });
}

/** @throws UsageError for options that exclude each other */
function assertCombinable(study: string, options: RunOptions, studies: Studies): void {
  if (options.watch && (options.once || options.json))
    throw new UsageError('--watch goes on running, so it cannot be combined with --once or --json.');
  if (options.watch && (options.target ?? 'embedded') !== 'embedded')
    throw new UsageError(
      '--watch deploys what was saved, which only works in the local cloud that this command starts; leave --target out.',
    );
  const { watch, setAside = [], preset, input } = options;
  if (namesOf(study, studies)[0] !== study && (watch || setAside.length > 0 || preset || input))
    throw new UsageError(
      '--watch, --set-aside, --preset and --input are for one study: name it instead of "all".',
    );
}

/** Runs every study, also after one that failed. */
async function runEach(
  lake: Lake,
  names: readonly string[],
  options: RunOptions,
  terminal: Terminal,
): Promise<void> {
  const failed: string[] = [];
  for (const name of names) {
    terminal.note(`\n${terminal.style('bold', lake.studies.find(name).title)}`);
    try {
      await runStudy(lake, name, options, terminal);
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      terminal.note(`✗ ${error.message}`);
      failed.push(name);
    }
  }
  if (failed.length > 0)
    throw new RunFailedError(`${failed.length} of ${names.length} studies failed: ${failed.join(', ')}.`);
}

/** One study's run and its summary. @throws RunFailedError when the run failed, or gold differs from the truth */
async function runStudy(lake: Lake, study: string, options: RunOptions, terminal: Terminal): Promise<void> {
  const startedAt = performance.now();
  const { json, setAside = [] } = options;
  const { onProgress } = terminal;
  const deployment = await lake.makeReady(study, terminal);
  for (const what of setAside)
    await lake.setAside(study, what, {
      by: process.env.USER ?? process.env.USERNAME ?? 'unknown',
      reason: options.reason,
      onProgress,
    });
  const chosen = withPreset(lake.studies.find(study), options);
  const { rate } = chosen;
  const input = chosen.input === false ? undefined : feedInput(chosen);
  if (!json) showPublished(terminal, lake.studies.find(study), options);
  const rebuild = choiceOf(options);
  const outcome = await lake.run(study, input, { ...(rate && { rate }), rebuild, onProgress });
  const output = outcome.pipeline.output as PipelineOutput | undefined;
  const refused = await refusedOf(lake, study, output, chosen.days);
  showSummary(
    terminal,
    {
      ...outcome,
      endpoint: lake.target.place,
      notEmulated: deployment?.notEmulated ?? [],
      seconds: (performance.now() - startedAt) / 1000,
      example: exampleTable(lake.studies.find(study)),
      flags: flagsOf(options),
      refused,
    },
    json,
  );
  assertSucceeded(lake, study, outcome.pipeline);
  // What was set aside was meant to be refused.
  const allRefused =
    setAside.length === 0 && output && !output.decision
      ? everythingRefused(lake, output.sheet, study)
      : undefined;
  if (allRefused) throw new RunFailedError(allRefused);
  if (outcome.truth?.some(({ equal }) => !equal))
    throw new RunFailedError('Gold answers differ from the truth of what was sent; see above.');
}

/** A fact table says most; a study without one shows its last table. */
function exampleTable({ models }: Study): string | undefined {
  const gold = models.filter(({ layer }) => layer === 'gold');
  const model = gold.find(({ name }) => name.startsWith('fact_')) ?? gold.at(-1) ?? models.at(-1);
  return model && `${model.database}.${model.table}`;
}
