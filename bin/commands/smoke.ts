/** `headwaters smoke`: a whole lake deployed, fed, run, judged and taken down again, after a look at the cost. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import type { PipelineOutput } from '../../lake/run.ts';
import { planSmoke, type Smoke, type SmokePlan, smokePrefix, smoke as tryLake } from '../../lake/smoke.ts';
import { studiesOf } from '../../lake/studies.ts';
import type { TargetKind } from '../../lake/targets/target.ts';
import { counted, table } from '../../lake/text.ts';
import { DEFAULT_PREFIX } from '../../lib/model/layout.ts';
import { flagsOf, type LakeOptions, targetKindOf, withLake } from '../command.ts';
import { abortOnSignal } from '../interruption.ts';
import { showBalance, showLiveComparison, showTruth } from '../summary.ts';
import { createTerminal, type Terminal } from '../terminal.ts';
import { amount } from './preflight.ts';

export interface SmokeOptions extends Omit<LakeOptions, 'prefix'> {
  readonly study?: string;
  readonly events: number;
  readonly yes: boolean;
  readonly keep: boolean;
  readonly json: boolean;
}

export async function smoke(options: SmokeOptions): Promise<void> {
  const { json, keep, yes, study, events, ...given } = options;
  const terminal = createTerminal({ quiet: json });
  const name = smokePrefix();
  const target = targetKindOf(given);
  const isEmbedded = target === 'embedded';
  // A local cloud is an account of its own: its state folder is what keeps it apart.
  const place: LakeOptions = isEmbedded
    ? { ...given, state: join(given.state, name) }
    : { ...given, prefix: name };
  const prefix = isEmbedded ? DEFAULT_PREFIX : name;
  const plan = await planSmoke(studiesOf(given.studies), { study, prefix, events }, terminal);
  if (!json) showPlan(terminal, plan, target);
  if (!yes) {
    if (json) terminal.line(JSON.stringify({ plan }, undefined, 2));
    throw new UsageError('Nothing was created. --yes deploys, tries and deletes it.');
  }
  const flags = flagsOf(place);
  const remedy = isEmbedded
    ? `npx headwaters down --purge${flagsOf({ state: place.state })}`
    : `npx headwaters teardown --yes --delete-data ${prefix}${flags}`;
  const signal = abortOnSignal(
    () => terminal.note(keep ? 'Interrupted.' : 'Interrupted: taking down what was created.'),
    `What was created is still there. This takes it down: ${remedy}`,
  );
  let tried: Smoke | undefined;
  try {
    await withLake({ ...place, port: 0, quiet: json, mayBeGone: true }, async (lake, { onProgress }) => {
      terminal.note(`If this is killed, take down what it created with: ${remedy}`);
      tried = await tryLake(lake, plan, { keep, remedy, signal, onProgress });
    });
  } finally {
    if (isEmbedded && !keep) rmSync(place.state, { recursive: true, force: true });
    if (keep)
      terminal.note(`The lake is kept. Commands reach it with${flags}; this takes it down: ${remedy}`);
  }
  show(terminal, plan, tried!, json);
}

function showPlan(terminal: Terminal, { study, prefix, events, cost }: SmokePlan, target: TargetKind): void {
  terminal.line(
    `The study ${study} under the prefix ${prefix}, with ${counted(events, 'event')}, one run and its questions. ` +
      `${target === 'aws' ? 'About what this costs' : 'It costs nothing here; about what it costs on AWS'}, at list prices of us-east-1, if it takes up to an hour:`,
  );
  terminal.line(
    table(
      ['service', 'US$'],
      [
        ...cost.services.map(({ service, dollars }) => [service, amount(dollars)]),
        ['together', amount(cost.dollars)],
      ],
    ),
  );
}

function show(terminal: Terminal, plan: SmokePlan, { outcome, ...tried }: Smoke, json: boolean): void {
  const { passed, findings, left } = tried;
  if (json) {
    const { pipeline, answers, truth, live } = outcome;
    const said = { plan, ...tried, pipeline, answers, truth, live };
    terminal.line(JSON.stringify(said, undefined, 2));
  } else {
    const output = outcome.pipeline.output as PipelineOutput | undefined;
    if (output && !output.decision) {
      terminal.line('\nBalance sheet');
      showBalance(terminal, output.sheet);
    }
    terminal.line(`\n${counted(outcome.answers.length, 'question')} of the study asked.`);
    if (outcome.live.length > 0) showLiveComparison(terminal, outcome.live);
    if (outcome.truth) showTruth(terminal, outcome.truth);
    if (left?.length === 0) terminal.line('\nNothing of this lake is left.');
    if (passed) terminal.line(terminal.style('green', '✓ The smoke test passed.'));
  }
  if (!passed) throw new RunFailedError(`The smoke test failed.\n${findings.join('\n')}`);
}
