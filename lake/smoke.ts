/** Tries a whole lake once: deploys one study under a prefix of its own, feeds and runs it, judges what came out, and takes everything down. */
import { randomInt } from 'node:crypto';
import { DEFAULT_PREFIX } from '../lib/model/layout.ts';
import type { Study } from '../lib/model/study/study.ts';
import { cdkDeploy } from './cdkDeploy.ts';
import type { LakeContext } from './context.ts';
import { byService, type Cost, trialCost } from './cost.ts';
import { deploy, deployedStacks } from './deploy.ts';
import { RunFailedError } from './errors.ts';
import type { Leftover } from './leftovers.ts';
import { endedHow } from './pipeline.ts';
import { templatesOf } from './preflight.ts';
import { pause, step, type WorkOptions } from './progress.ts';
import { everythingRefused } from './refused.ts';
import { type PipelineOutput, type RunOutcome, run } from './run.ts';
import type { Studies } from './studies.ts';
import { synthesise } from './synthesise.ts';
import { localCloudOf } from './targets/target.ts';
import { teardown } from './teardown.ts';
import { counted } from './text.ts';

export interface SmokeInput {
  /** @default the study with the fewest models */
  readonly study?: string | undefined;
  /** Of every name that is created. */
  readonly prefix: string;
  readonly events: number;
}

export interface SmokePlan {
  readonly study: string;
  readonly prefix: string;
  readonly events: number;
  /** List prices of us-east-1, without free tiers, of a lake that exists for an hour. */
  readonly cost: {
    readonly services: ReturnType<typeof byService>;
    readonly lines: readonly Cost[];
    readonly dollars: number;
  };
}

export interface Smoke {
  readonly passed: boolean;
  /** What is not as it must be, a sentence each; empty when it passed. */
  readonly findings: readonly string[];
  readonly outcome: RunOutcome;
  /** What could not be deleted; absent where the lake is kept. */
  readonly left?: readonly Leftover[];
}

export interface SmokeOptions extends WorkOptions {
  /** Leaves the lake as it is at the end, also when a step failed. */
  readonly keep: boolean;
  /** The command that takes the lake down, for messages. */
  readonly remedy: string;
}

/** Days that the simulated events span: enough for several partitions of each table. */
const DAYS = 7;
const SEED = 1;
const FAULTS = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 } as const;

const PREFIX_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** A prefix has at most ten characters. */
const RANDOM_LETTERS = 5;

/** A prefix that no other lake has: five random letters give 60 million. */
export const smokePrefix = (): string =>
  `smoke${Array.from({ length: RANDOM_LETTERS }, () => PREFIX_LETTERS[randomInt(PREFIX_LETTERS.length)]).join('')}`;

/** What would be deployed and what that costs. Nothing is created. Throws `UsageError` for an unknown study. */
export async function planSmoke(
  studies: Studies,
  { study: wanted, prefix, events }: SmokeInput,
  options: WorkOptions = {},
): Promise<SmokePlan> {
  const study = wanted === undefined ? smallest(studies) : studies.find(wanted);
  const assembly = await assemblyOf(studies, study.name, prefix, options);
  const lines = trialCost(templatesOf(assembly), study, events);
  const services = byService(lines);
  const dollars = services.reduce((sum, one) => sum + one.dollars, 0);
  return { study: study.name, prefix, events, cost: { services, lines, dollars } };
}

const smallest = ({ names, find }: Studies): Study =>
  names.map(find).reduce((least, one) => (one.models.length < least.models.length ? one : least));

const assemblyOf = (studies: Studies, name: string, prefix: string, options: WorkOptions) =>
  synthesise(
    {
      studies,
      names: [name],
      context: { schedules: 'off', ...(prefix !== DEFAULT_PREFIX && { prefix }) },
    },
    options,
  );

/**
 * Carries the plan out on a target whose lake has the plan's prefix. Whatever happens, also when the signal ends it, the
 * lake is taken down before this returns or throws, unless it is kept. Throws what a step threw, and `RunFailedError` with
 * the remedy where the lake could not be taken down.
 */
export async function smoke(lake: LakeContext, plan: SmokePlan, options: SmokeOptions): Promise<Smoke> {
  const { target } = lake;
  // What another cloud leaves behind when its stacks are deleted has not been tried.
  if (target.kind === 'endpoint')
    localCloudOf(target, 'promise that nothing is left of a lake that was tried');
  let outcome: RunOutcome;
  try {
    await deployPlan(lake, plan, options);
    const { study, events } = plan;
    const input = { kind: 'simulation', seed: SEED, events, days: DAYS, faults: FAULTS } as const;
    outcome = await run(lake, lake.studies.find(study), input, options);
  } catch (failure) {
    if (!options.keep) await takeDown(lake, options, failure);
    throw failure;
  }
  const findings = findingsOf(lake, outcome);
  if (options.keep) return { passed: findings.length === 0, findings, outcome };
  const left = await takeDown(lake, options);
  const all = [...findings, ...left.map(({ kind, name }) => `The ${kind} ${name} is left.`)];
  return { passed: all.length === 0, findings: all, outcome, left };
}

async function deployPlan(lake: LakeContext, { study, prefix }: SmokePlan, options: WorkOptions) {
  const { target, studies } = lake;
  if (target.deploy) await deploy(lake, [study], options);
  else await cdkDeploy(target, await assemblyOf(studies, study, prefix, options), options);
}

/** Every difference from what must hold after a run over simulated events without faults. */
function findingsOf(lake: LakeContext, { study, pipeline, truth, live, answers }: RunOutcome): string[] {
  if (pipeline.status !== 'SUCCEEDED') return [endedHow(pipeline)];
  const output = pipeline.output as PipelineOutput;
  if (output.decision) return ['The run found nothing new: what was fed did not arrive.'];
  const { sheet } = output;
  const { unaccounted } = sheet.total;
  const refused = everythingRefused(lake, sheet, study);
  const wrong = (truth ?? []).filter(({ equal }) => !equal);
  const unexplained = live.filter(({ differing }) => differing.unexplained);
  return [
    ...(sheet.balanced
      ? []
      : [
          `Out of balance: ${counted(unaccounted, 'record')} unaccounted, ${sheet.lost} lost, ${sheet.withoutReceipt} without a receipt.`,
        ]),
    ...(refused ? [refused] : []),
    ...(truth ? [] : ['The answers were compared with nothing: the truth of what was sent is not known.']),
    ...wrong.map(
      ({ name, expected, found }) =>
        `The answer ${name} is not the truth: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}.`,
    ),
    ...unexplained.map(
      ({ view, differing }) =>
        `The live view ${view} differs from gold in ${counted(differing.unexplained!, 'value')} that nothing explains.`,
    ),
    ...(answers.length > 0 ? [] : [`The study ${study} has no question to ask.`]),
  ];
}

/** @param failure why it is taken down before its end, for the message of a second failure */
async function takeDown(
  lake: LakeContext,
  { onProgress, remedy }: SmokeOptions,
  failure?: unknown,
): Promise<readonly Leftover[]> {
  // Not with the signal: what was created is deleted also when the work was interrupted.
  const work: WorkOptions = onProgress ? { onProgress } : {};
  try {
    await untilSettled(lake, work);
    const { left } = await teardown(lake.target, { deleteData: true, liftProtection: false }, work);
    return left;
  } catch (cause) {
    const before = failure instanceof Error ? `${failure.message}\nThen the` : 'The';
    throw new RunFailedError(
      `${before} lake ${lake.target.names.prefix} could not be taken down: ${(cause as Error).message}\nThis does it: ${remedy}`,
      { cause },
    );
  }
}

/** CloudFormation goes on with a stack after its caller has gone, and takes no other request for it. */
async function untilSettled({ target }: LakeContext, options: WorkOptions): Promise<void> {
  const underWay = async () =>
    (await deployedStacks(target)).filter(({ status }) => /(?<!REVIEW)_IN_PROGRESS$/.test(status));
  if ((await underWay()).length === 0) return;
  await step(options, 'Waiting until CloudFormation has ended what it began', async (at) => {
    for (let waitMs = 50; ; waitMs = Math.min(5000, waitMs * 1.5)) {
      const stacks = await underWay();
      if (stacks.length === 0) return;
      at(stacks.map(({ name }) => name).join(', '));
      await pause(waitMs);
    }
  });
}
