/** `headwaters backfill`: silver from bronze by Spark, after a look at what it reads and costs. */
import { type Backfilled, type BackfillPlan, BYTES_A_WORKER_MINUTE } from '../../lake/backfill.ts';
import { UsageError } from '../../lake/errors.ts';
import { bytes, count, counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export interface BackfillOptions extends LakeOptions {
  readonly from: string;
  readonly to: string;
  readonly sources?: readonly string[];
  readonly yes: boolean;
  readonly json: boolean;
}

export async function backfill(study: string, options: BackfillOptions): Promise<void> {
  const { from, to, sources } = options;
  const choice = { from, to, ...(sources && { sources }) };
  const check = (studies: { find(name: string): unknown }) => void studies.find(study);
  await withLake({ ...options, check, port: 0, quiet: options.json }, async (lake, terminal) => {
    const plan = await lake.planBackfill(study, choice);
    if (!options.yes) {
      if (options.json) terminal.line(JSON.stringify({ plan }, undefined, 2));
      else showPlan(terminal, plan);
      throw new UsageError('Nothing was changed. --yes starts the job.');
    }
    const done = await lake.backfill(study, choice, terminal);
    if (options.json) terminal.line(JSON.stringify({ plan, ...done }, undefined, 2));
    else showDone(terminal, done, lake.command(`run ${study} --no-input`));
  });
}

function showPlan(terminal: Terminal, plan: BackfillPlan): void {
  const { expected, atMost } = plan;
  terminal.line(
    `${counted(plan.objects, 'object')} of bronze, ${bytes(plan.bytes)}, of ${counted(plan.days, 'day')} from ${plan.choice.from} to ${plan.choice.to}, into:`,
  );
  for (const name of plan.tables) terminal.line(`  ${name}`);
  for (const [model, why] of Object.entries(plan.athenaOnly)) terminal.line(`  not ${model}: ${why}`);
  terminal.line(
    `On AWS with ${counted(plan.workers, 'worker')} (G.1X): about ${expected.dpuHours.toFixed(2)} DPU-hours, ${expected.dollars.toFixed(2)} US dollars, if a worker takes ${bytes(BYTES_A_WORKER_MINUTE)} a minute; ` +
      `at most ${atMost.dpuHours.toFixed(0)} DPU-hours, ${atMost.dollars.toFixed(2)} US dollars, when the time limit ends it.`,
  );
}

function showDone(terminal: Terminal, done: Backfilled, next: string): void {
  terminal.line(
    table(
      ['table', 'rows added'],
      Object.entries(done.added).map(([name, rows]) => [name, count(rows)]),
    ),
  );
  terminal.line(`Gold and the balance sheet follow with a run: ${next}`);
}
