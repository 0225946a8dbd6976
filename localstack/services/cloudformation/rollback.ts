/** Takes back what a failed deploy did: a new stack loses its resources, an updated one gets its former ones back. */
import type { DeploymentError } from './deploymentError.ts';
import type { Resources } from './resourceChanges.ts';
import type { Stacks } from './stacks.ts';
import type { ResourceRecord, StackRecord, StackStore } from './store.ts';

/** A stack before a deploy: what a rollback returns to. */
export interface FormerStack {
  readonly stack: Pick<StackRecord, 'template' | 'parameters' | 'outputs' | 'imports' | 'settings'>;
  /** In deploy order. */
  readonly resources: readonly ResourceRecord[];
}

export type Rollback = ReturnType<typeof createRollback>;

export function createRollback(store: StackStore, stacks: Stacks, resources: Resources) {
  const changedOf = (stack: StackRecord, former: readonly ResourceRecord[]) => {
    const before = new Map(former.map((resource) => [resource.logicalId, resource]));
    const now = store.resources(stack.name);
    return {
      added: now.filter(({ logicalId }) => !before.has(logicalId)),
      changed: now.flatMap((resource) => {
        const known = before.get(resource.logicalId);
        return known && JSON.stringify(known) !== JSON.stringify(resource) ? [{ known, resource }] : [];
      }),
    };
  };

  async function removeAdded(stack: StackRecord, added: readonly ResourceRecord[]) {
    for (const resource of added.toReversed()) {
      // RetainExceptOnCreate: what the stack made, and never was part of a good one, goes; what it imported stays.
      const isMade =
        resource.deletionPolicy === 'RetainExceptOnCreate' && resource.status !== 'IMPORT_COMPLETE';
      const policy = isMade ? undefined : resource.deletionPolicy;
      await resources.remove(stack, resource, policy);
      store.dropResource(stack.name, resource.logicalId);
    }
  }

  /** Gives a resource its former properties, or the stack its former resource where it was replaced. */
  async function giveBack(stack: StackRecord, known: ResourceRecord, resource: ResourceRecord) {
    const wasReplaced = resource.physicalId !== '' && resource.physicalId !== known.physicalId;
    if (wasReplaced) {
      store.dropReplaced(stack.name, known.logicalId, known.physicalId);
      store.saveReplaced(resource);
      store.saveResource(known);
      return;
    }
    const { logicalId, type, properties, position, deletionPolicy, updateReplacePolicy } = known;
    const wanted = { logicalId, type, properties, position, deletionPolicy, updateReplacePolicy };
    await resources.bring(stack, wanted, { ...resource, digest: '' }, () => undefined);
  }

  async function rollBackUpdate(stack: StackRecord, former: FormerStack, failure: DeploymentError) {
    const { name } = stack;
    const failed = failure.logicalId
      ? `The following resource(s) failed to update: [${failure.logicalId}]. `
      : failure.message;
    stacks.setStatus(stack, 'UPDATE_ROLLBACK_IN_PROGRESS', failed);
    const { added, changed } = changedOf(stack, former.resources);
    Object.assign(stack, former.stack);
    try {
      for (const { known, resource } of changed) await giveBack(stack, known, resource);
      stacks.setStatus(stack, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS');
      await removeAdded(stack, added);
      for (const replaced of store.replaced(name)) {
        await resources.remove(stack, replaced, undefined);
        store.dropReplaced(name, replaced.logicalId, replaced.physicalId);
      }
    } catch (error) {
      stacks.setStatus(stack, 'UPDATE_ROLLBACK_FAILED', (error as Error).message);
      return;
    }
    stacks.setStatus(stack, 'UPDATE_ROLLBACK_COMPLETE');
  }

  async function rollBackCreation(stack: StackRecord, failure: DeploymentError) {
    const failed = failure.logicalId
      ? `The following resource(s) failed to create: [${failure.logicalId}]. `
      : `${failure.message} `;
    stacks.setStatus(stack, 'ROLLBACK_IN_PROGRESS', `${failed}Rollback requested by user.`);
    try {
      await removeAdded(stack, store.resources(stack.name));
    } catch (error) {
      stacks.setStatus(stack, 'ROLLBACK_FAILED', (error as Error).message);
      return;
    }
    stacks.setStatus(stack, 'ROLLBACK_COMPLETE');
  }

  return { rollBackUpdate, rollBackCreation };
}
