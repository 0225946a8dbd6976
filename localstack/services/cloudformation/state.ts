/** State shared by CloudFormation's actions: stacks on disk, the engine, and the deploys under way. */
import type { CloudContext } from '../../core/service.ts';
import { createStackEngine, type StackEngine } from './deploy.ts';
import { type Plan, planOf } from './plan.ts';
import { openStackStore, type StackStore } from './store.ts';
import { type Provider, providersOf } from './support.ts';
import type { Template } from './template.ts';

export interface CloudFormation {
  readonly context: CloudContext;
  readonly store: StackStore;
  readonly engine: StackEngine;
  providers(): ReadonlyMap<string, Provider>;
  plan(stackName: string, template: Template, parameters: Readonly<Record<string, string>>): Plan;
  isUnderWay(stackName: string): boolean;
  /** Deploys and removals go on after the call that asked for them has been answered, one a stack at a time. */
  inBackground(stackName: string, work: () => Promise<unknown>): void;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
}

export function openCloudFormation(context: CloudContext): CloudFormation {
  const store = openStackStore(context.stateDir);
  const providers = () => providersOf(context.services());
  const underWay = new Map<string, Promise<void>>();
  return {
    context,
    store,
    engine: createStackEngine(context, store, providers),
    providers,
    plan: (stackName, template, parameters) =>
      planOf({ context, store, providers: providers(), stackName, template, parameters }),
    isUnderWay: (stackName) => underWay.has(stackName),
    inBackground(stackName, work) {
      const running = work()
        .then(() => undefined)
        .catch((error: Error) => context.log(`cloudformation: ${error.message}`))
        .finally(() => underWay.delete(stackName));
      underWay.set(stackName, running);
    },
    async settled() {
      await Promise.all(underWay.values());
    },
  };
}
