/** Brings one stack to its template: creates, changes, skips, replaces and removes resources, and rolls back what fails. */
import type { CloudContext } from '../../core/service.ts';
import { DeploymentError } from './deploymentError.ts';
import { checkExports, checkUnused } from './exports.ts';
import type { Scope } from './intrinsics.ts';
import { deployOrder } from './order.ts';
import {
  type AssetFinder,
  createResources,
  type Outcome,
  type Resources,
  wantedResource,
} from './resourceChanges.ts';
import { createRollback, type FormerStack } from './rollback.ts';
import { checkRules, parameterValues, resolveOutputs, scopeOf } from './scope.ts';
import { ASSEMBLY_SETTINGS, createStacks } from './stacks.ts';
import type { ResourceRecord, StackOutput, StackRecord, StackSettings, StackStore } from './store.ts';
import type { Provider } from './support.ts';
import type { Template } from './template.ts';

export interface StackInput {
  readonly stackName: string;
  readonly template: Template;
  readonly templateText: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly asset: AssetFinder;
  /** @default a cloud assembly's: what failed stays, and the next deploy goes on from there */
  readonly settings?: StackSettings;
}

export interface StackDeployment {
  readonly stackName: string;
  readonly stackId: string;
  readonly status: string;
  readonly created: string[];
  readonly updated: string[];
  readonly unchanged: number;
  readonly removed: string[];
  readonly outputs: Readonly<Record<string, string>>;
}

export interface StackEngine {
  /**
   * Creates or updates a stack. Throws `DeploymentError` for what fails, after the stack was rolled back, or, with
   * `disableRollback`, was left `CREATE_FAILED` or `UPDATE_FAILED` with the reason.
   */
  deploy(input: StackInput): Promise<StackDeployment>;
  /** Removes a stack's resources in reverse order, those with DeletionPolicy Retain excepted. */
  remove(stackName: string): Promise<void>;
  /** Creates the record that CreateStack answers with, before the work begins. */
  open(stackName: string, templateText: string, settings: StackSettings): StackRecord;
}

/** What a deploy has done so far. */
interface Progress {
  readonly deployed: Map<string, ResourceRecord>;
  readonly outcomes: Record<Outcome, string[]>;
  /** The resource under way. */
  current?: { logicalId: string; type: string };
}

/** Brings every resource of the template; gives those that the stack has and the template has not. */
async function bringAll(
  store: StackStore,
  resources: Resources,
  input: StackInput,
  stack: StackRecord,
  scope: Scope,
  progress: Progress,
): Promise<ResourceRecord[]> {
  const before = new Map(store.resources(stack.name).map((known) => [known.logicalId, known]));
  for (const [position, [logicalId, resource]] of deployOrder(input.template, scope.condition).entries()) {
    progress.current = { logicalId, type: resource.Type };
    const wanted = wantedResource(logicalId, resource, position, scope);
    const { record, outcome } = await resources.bring(stack, wanted, before.get(logicalId), input.asset);
    progress.deployed.set(logicalId, record);
    progress.outcomes[outcome].push(logicalId);
  }
  progress.current = undefined;
  return [...before.values()].filter(({ logicalId }) => !progress.deployed.has(logicalId));
}

/** Removes what the template no longer has, and what was replaced. As on AWS, a failure here does not fail the update. */
async function cleanUp(
  context: CloudContext,
  store: StackStore,
  resources: Resources,
  stack: StackRecord,
  dropped: readonly ResourceRecord[],
): Promise<string[]> {
  const removed: string[] = [];
  const attempt = async (resource: ResourceRecord, policy?: string) => {
    try {
      await resources.remove(stack, resource, policy);
      return true;
    } catch (error) {
      context.log(`cloudformation: ${(error as Error).message}`);
      return false;
    }
  };
  for (const resource of dropped.toReversed()) {
    if (await attempt(resource, resource.deletionPolicy)) removed.push(resource.logicalId);
    store.dropResource(stack.name, resource.logicalId);
  }
  for (const resource of store.replaced(stack.name)) {
    await attempt(resource);
    store.dropReplaced(stack.name, resource.logicalId, resource.physicalId);
  }
  return removed;
}

/** What a rollback goes back to. */
const formerOf = (store: StackStore, stack: StackRecord): FormerStack => ({
  stack: {
    template: stack.template,
    parameters: stack.parameters,
    outputs: stack.outputs,
    imports: stack.imports,
    settings: stack.settings,
  },
  resources: store.resources(stack.name),
});

export function createStackEngine(
  context: CloudContext,
  store: StackStore,
  providers: () => ReadonlyMap<string, Provider>,
): StackEngine {
  const stacks = createStacks(context, store);
  const resources = createResources(context, store, stacks, providers);
  const rollback = createRollback(store, stacks, resources);

  async function run(
    input: StackInput,
    stack: StackRecord,
    verb: 'CREATE' | 'UPDATE',
    progress: Progress,
  ): Promise<{ outputs: StackOutput[]; removed: string[] }> {
    const parameters = parameterValues(input.template, input.parameters);
    const imports = new Set<string>();
    const resource = (logicalId: string) => progress.deployed.get(logicalId);
    const scope = scopeOf({ context, store, stack, template: input.template, parameters, resource, imports });
    checkRules(input.template, scope);
    deployOrder(input.template, scope.condition);
    Object.assign(stack, { template: input.templateText, parameters });
    if (stack.status !== `${verb}_IN_PROGRESS`) stacks.setStatus(stack, `${verb}_IN_PROGRESS`);
    const dropped = await bringAll(store, resources, input, stack, scope, progress);
    const outputs = resolveOutputs(input.template, scope);
    checkExports(store, stack, outputs);
    Object.assign(stack, { outputs, imports: [...imports] });
    if (verb === 'UPDATE' && dropped.length + store.replaced(stack.name).length > 0)
      stacks.setStatus(stack, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS');
    const removed = await cleanUp(context, store, resources, stack, dropped);
    stacks.setStatus(stack, `${verb}_COMPLETE`);
    return { outputs, removed };
  }

  async function fail(
    stack: StackRecord,
    verb: 'CREATE' | 'UPDATE',
    former: FormerStack,
    failure: DeploymentError,
  ) {
    if (stack.settings.disableRollback) stacks.setStatus(stack, `${verb}_FAILED`, failure.message);
    else if (verb === 'CREATE') await rollback.rollBackCreation(stack, failure);
    else await rollback.rollBackUpdate(stack, former, failure);
  }

  async function deploy(input: StackInput): Promise<StackDeployment> {
    const settings = input.settings ?? ASSEMBLY_SETTINGS;
    const stack = stacks.open(input.stackName, input.templateText, settings);
    const verb =
      stack.status === 'REVIEW_IN_PROGRESS' || stack.status.startsWith('CREATE_F') ? 'CREATE' : 'UPDATE';
    const former = formerOf(store, stack);
    stack.settings = settings;
    const progress: Progress = {
      deployed: new Map(),
      outcomes: { created: [], updated: [], unchanged: [] },
    };
    try {
      const { outputs, removed } = await run(input, stack, verb, progress);
      const { created, updated, unchanged } = progress.outcomes;
      return {
        stackName: stack.name,
        stackId: stack.id,
        status: stack.status,
        created,
        updated,
        unchanged: unchanged.length,
        removed,
        outputs: Object.fromEntries(outputs.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue])),
      };
    } catch (error) {
      const failure =
        error instanceof DeploymentError ? error : new DeploymentError(stack.name, progress.current, error);
      await fail(stack, verb, former, failure);
      throw failure;
    }
  }

  async function remove(stackName: string): Promise<void> {
    const stack = store.stack(stackName);
    if (!stack) return;
    checkUnused(store, stack);
    stacks.setStatus(stack, 'DELETE_IN_PROGRESS');
    try {
      for (const resource of store.resources(stack.name).reverse()) {
        await resources.remove(stack, resource);
        store.dropResource(stack.name, resource.logicalId);
      }
    } catch (error) {
      stacks.setStatus(stack, 'DELETE_FAILED', (error as Error).message);
      throw error;
    }
    stacks.setStatus(stack, 'DELETE_COMPLETE');
    store.dropStack(stack.name);
  }

  return { deploy, remove, open: stacks.open };
}
