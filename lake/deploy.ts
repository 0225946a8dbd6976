/** Deploys the stacks to a local cloud, and finds what is deployed elsewhere. */
import { DescribeStackResourcesCommand, paginateDescribeStacks } from '@aws-sdk/client-cloudformation';
import { DEFAULT_PREFIX } from '../lib/model/layout.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError, UnsupportedError } from './errors.ts';
import { lakeKeys } from './keys.ts';
import { step, type WorkOptions } from './progress.ts';
import { synthesise } from './synthesise.ts';
import type { LocalDeployment, NotEmulated, Target } from './targets/target.ts';
import { counted } from './text.ts';

export interface Deployment {
  readonly stacks: number;
  /** Resources. */
  readonly created: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  /** What the templates name and the local cloud does nothing with. */
  readonly notEmulated: readonly NotEmulated[];
}

/**
 * Synthesises and deploys the stacks of these studies and what all share, and gives CloudFormation's account of it. What is
 * deployed of other studies stays.
 */
export async function deploy(
  { target, studies, cdkContext }: LakeContext,
  names: readonly string[],
  options: WorkOptions = {},
): Promise<Deployment> {
  if (!target.deploy)
    throw new UnsupportedError(
      `The target ${target.kind} cannot deploy: only a local cloud can. Deploy with: npx cdk deploy --all`,
    );
  // The clock is moved here, which would start runs at moments that nobody chose.
  const { prefix } = target.names;
  const key = await retainedKey(target, options);
  const context = {
    ...cdkContext,
    schedules: 'off',
    ...(prefix !== DEFAULT_PREFIX && { prefix }),
    ...(key && { key }),
  };
  const folder = await synthesise({ studies, names, context }, options);
  return step(options, 'Deploying the stacks to the local cloud', async (at) => {
    const { stacks, notEmulated } = await target.deploy!(folder, options);
    const sum = (part: (stack: LocalDeployment['stacks'][number]) => number) =>
      stacks.reduce((total, stack) => total + part(stack), 0);
    const deployment = {
      stacks: stacks.length,
      created: sum(({ created }) => created.length),
      updated: sum(({ updated }) => updated.length),
      removed: sum(({ removed }) => removed.length),
      unchanged: sum(({ unchanged }) => unchanged),
      notEmulated,
    };
    at(
      `${counted(deployment.stacks, 'stack')}; ${counted(deployment.created, 'resource')} created, ${deployment.updated} updated, ` +
        `${deployment.removed} removed, ${deployment.unchanged} unchanged`,
    );
    return deployment;
  });
}

/** Id of the key that a former deployment retained, unless the lake's stack has a key of its own. */
async function retainedKey(target: Target, options: WorkOptions): Promise<string | undefined> {
  const { cloudFormation } = target.clients;
  const StackName = target.names.stack('lake');
  const isDeployed = (await deployedStacks(target, options)).some(({ name }) => name === StackName);
  if (isDeployed) {
    const { StackResources = [] } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName }),
    );
    if (StackResources.some(({ ResourceType }) => ResourceType === 'AWS::KMS::Key')) return undefined;
  }
  return (await lakeKeys(target))[0];
}

/**
 * Deploys where the target is a local cloud: ours at every call, another's when the study is not there. Elsewhere throws
 * `RunFailedError` when the study is not deployed.
 */
export async function makeReady(
  lake: LakeContext,
  { name }: Study,
  options: WorkOptions = {},
): Promise<Deployment | undefined> {
  const { target, studies } = lake;
  if (target.localCloud) return deploy(lake, [name], options);
  const stacks = await deployedStacks(target, options);
  const isDeployed = (study: string) =>
    stacks.some((stack) => stack.name === target.names.studyStack(study, 'transform'));
  if (isDeployed(name)) return undefined;
  if (target.deploy) return deploy(lake, [name], options);
  throw new RunFailedError(
    `The study ${name} is not deployed in ${target.place}; deployed: ${studies.names.filter(isDeployed).join(', ') || 'none'}. ` +
      `Deploy it with: npx cdk deploy --all -c studies=${name}`,
  );
}

export interface DeployedStack {
  readonly name: string;
  readonly status: string;
}

/** The lake's stacks, of whatever study. */
export async function deployedStacks(
  { clients, names }: Target,
  { signal }: WorkOptions = {},
): Promise<DeployedStack[]> {
  const stacks: DeployedStack[] = [];
  for await (const { Stacks = [] } of paginateDescribeStacks(
    { client: clients.cloudFormation },
    {},
    {
      abortSignal: signal,
    },
  ))
    stacks.push(...Stacks.map(({ StackName, StackStatus }) => ({ name: StackName!, status: StackStatus! })));
  return stacks.filter(({ name }) => names.isStack(name));
}
