/** Creates, updates, replaces and removes one resource of a stack through its service's provider. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { DeploymentError } from './deploymentError.ts';
import { resolve, type Scope, TemplateError } from './intrinsics.ts';
import { refuseSameName, replacingProperties } from './replacement.ts';
import type { Stacks } from './stacks.ts';
import type { ResourceRecord, StackRecord, StackStore } from './store.ts';
import type { Provider } from './support.ts';
import type { TemplateResource } from './template.ts';

export type AssetFinder = (bucket: string, key: string) => string | undefined;

export type Outcome = 'created' | 'updated' | 'unchanged';

/** A resource as a template has it, with the properties that its intrinsics came to. */
export interface WantedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Record<string, unknown>;
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  /** Its place in the deploy order. */
  readonly position: number;
}

export const wantedResource = (
  logicalId: string,
  resource: TemplateResource,
  position: number,
  scope: Scope,
): WantedResource => ({
  logicalId,
  type: resource.Type,
  properties: resolve(resource.Properties ?? {}, scope) as Record<string, unknown>,
  deletionPolicy: resource.DeletionPolicy,
  updateReplacePolicy: resource.UpdateReplacePolicy,
  position,
});

/** What a resource's properties come to, so that an unchanged one is known. */
const digestOf = ({ type, properties }: WantedResource) =>
  createHash('sha256')
    .update(JSON.stringify([type, properties]))
    .digest('hex');

export const isUnchanged = (known: ResourceRecord, wanted: WantedResource): boolean =>
  known.type === wanted.type && known.digest === digestOf(wanted) && known.status.endsWith('_COMPLETE');

export const keeps = (policy: string | undefined) => policy === 'Retain' || policy === 'RetainExceptOnCreate';

/** As CloudFormation says it of every type. */
const alreadyExists = ({ nameProperty = '' }: Provider, { type, properties, logicalId }: WantedResource) =>
  new AwsError(
    'AlreadyExists',
    `Resource of type '${type}' with identifier '${String(properties[nameProperty] ?? logicalId)}' already exists.`,
  );

/**
 * Whether something is there already under the name of a resource that is new in the stack. Only what the template would
 * retain can be imported: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
 */
async function isThere(provider: Provider, stack: StackRecord, wanted: WantedResource): Promise<boolean> {
  if (!(await provider.exists?.(wanted.properties))) return false;
  if (stack.settings.importExisting && !keeps(wanted.deletionPolicy))
    throw new TemplateError(
      `Resource ${wanted.logicalId} exists already and has no DeletionPolicy of Retain or RetainExceptOnCreate: it cannot be imported.`,
    );
  return true;
}

/** Removes a resource, unless its policy keeps it. Throws `DeploymentError`. */
async function removeResource(
  stacks: Stacks,
  provider: Provider | undefined,
  stack: StackRecord,
  resource: ResourceRecord,
  policy: string | undefined,
) {
  const { logicalId, physicalId, type } = resource;
  const subject = { logicalId, physicalId, type };
  if (keeps(policy)) {
    stacks.record(stack, subject, 'DELETE_SKIPPED');
    return;
  }
  stacks.record(stack, subject, 'DELETE_IN_PROGRESS');
  try {
    if (physicalId) await provider?.remove?.(physicalId, resource.properties);
  } catch (error) {
    stacks.record(stack, subject, 'DELETE_FAILED', (error as Error).message);
    throw new DeploymentError(stack.name, subject, error);
  }
  stacks.record(stack, subject, 'DELETE_COMPLETE');
}

/** An unchanged resource, with what the template now says of its order and its removal. */
function keepUnchanged(store: StackStore, known: ResourceRecord, wanted: WantedResource): ResourceRecord {
  const { position, deletionPolicy, updateReplacePolicy } = wanted;
  const kept = { ...known, position, deletionPolicy, updateReplacePolicy };
  if (JSON.stringify(kept) !== JSON.stringify(known)) store.saveResource(kept);
  return kept;
}

export type Resources = ReturnType<typeof createResources>;

export function createResources(
  context: CloudContext,
  store: StackStore,
  stacks: Stacks,
  providers: () => ReadonlyMap<string, Provider>,
) {
  function providerOf(type: string): Provider {
    const provider = providers().get(type);
    if (!provider) throw new TemplateError(`The local cloud does not emulate ${type}.`);
    return provider;
  }

  /** Saves the state of a resource under way, and makes an event of it. */
  function note(
    stack: StackRecord,
    wanted: WantedResource,
    known: ResourceRecord | undefined,
    change: Partial<ResourceRecord> & { status: string },
  ): ResourceRecord {
    const { logicalId, type, position, deletionPolicy, updateReplacePolicy } = wanted;
    const saved: ResourceRecord = {
      stack: stack.name,
      logicalId,
      type,
      physicalId: known?.physicalId ?? '',
      attributes: known?.attributes ?? {},
      properties: known?.properties ?? {},
      digest: '',
      position,
      deletionPolicy,
      updateReplacePolicy,
      reason: undefined,
      ...change,
      updatedAtMs: context.clock.now(),
    };
    store.saveResource(saved);
    stacks.record(stack, { logicalId, physicalId: saved.physicalId, type }, saved.status, saved.reason);
    return saved;
  }

  /** Brings a resource to what the template says. Throws what the provider throws, once it is noted. */
  async function bring(
    stack: StackRecord,
    wanted: WantedResource,
    known: ResourceRecord | undefined,
    asset: AssetFinder,
  ): Promise<{ record: ResourceRecord; outcome: Outcome }> {
    const provider = providerOf(wanted.type);
    if (known && isUnchanged(known, wanted) && (provider.isWhole?.(known.physicalId) ?? true))
      return { record: keepUnchanged(store, known, wanted), outcome: 'unchanged' };
    const existing = known?.physicalId ? known : undefined;
    const imports = known === undefined && (await isThere(provider, stack, wanted));
    const verb = existing ? 'UPDATE' : 'CREATE';
    const replaces =
      existing !== undefined &&
      replacingProperties(provider, existing.properties, wanted.properties).length > 0;
    note(stack, wanted, existing, {
      status: `${verb}_IN_PROGRESS`,
      reason: replaces
        ? 'Requested update requires the creation of a new physical resource; hence creating one.'
        : undefined,
    });
    try {
      if (imports && !stack.settings.importExisting) throw alreadyExists(provider, wanted);
      if (replaces) refuseSameName(provider, existing.physicalId, wanted.properties);
      const done = await provider.deploy({
        stackName: stack.name,
        logicalId: wanted.logicalId,
        properties: wanted.properties,
        physicalId: replaces ? undefined : existing?.physicalId,
        previous: replaces ? undefined : existing?.properties,
        asset,
      });
      const { physicalId, attributes } = done;
      const isReplaced = existing && (replaces || existing.physicalId !== physicalId);
      if (isReplaced && !keeps(wanted.updateReplacePolicy)) store.saveReplaced(existing);
      const { properties } = wanted;
      const status = imports ? 'IMPORT_COMPLETE' : `${verb}_COMPLETE`;
      return {
        record: note(stack, wanted, existing, {
          physicalId,
          attributes,
          properties,
          digest: digestOf(wanted),
          status,
        }),
        outcome: existing ? 'updated' : 'created',
      };
    } catch (error) {
      note(stack, wanted, existing, { status: `${verb}_FAILED`, reason: (error as Error).message });
      throw error;
    }
  }

  /** Throws `DeploymentError`. */
  const remove = (stack: StackRecord, resource: ResourceRecord, policy = resource.deletionPolicy) =>
    removeResource(stacks, providers().get(resource.type), stack, resource, policy);

  return { bring, remove, note };
}
