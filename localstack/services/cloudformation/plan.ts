/** Plans a deploy of a template without touching a resource: the content of a change set. */
import type { CloudContext } from '../../core/service.ts';
import { type Scope, TemplateError } from './intrinsics.ts';
import { deployOrder } from './order.ts';
import { changedProperties, replacingProperties } from './replacement.ts';
import { isUnchanged, keeps, type WantedResource, wantedResource } from './resourceChanges.ts';
import { parameterValues, resolveOutputs, scopeOf } from './scope.ts';
import type { ResourceRecord, StackOutput, StackStore } from './store.ts';
import type { Provider } from './support.ts';
import type { Template, TemplateResource } from './template.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html */
export interface ResourceChange {
  readonly Action: 'Add' | 'Modify' | 'Remove';
  readonly LogicalResourceId: string;
  readonly ResourceType: string;
  readonly PhysicalResourceId?: string;
  readonly Replacement?: 'True' | 'False';
  readonly PolicyAction?: string;
  readonly Scope: readonly string[];
  readonly Details: readonly object[];
}

export interface Plan {
  readonly changes: readonly ResourceChange[];
  /** Whether resources, outputs and exports all stay as they are. */
  readonly isEmpty: boolean;
}

export interface PlanInput {
  readonly context: CloudContext;
  readonly store: StackStore;
  readonly providers: ReadonlyMap<string, Provider>;
  readonly stackName: string;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, string>>;
}

/** AWS's own text for what is only known once a change set has been executed. */
const KNOWN_LATER = '{{changeSet:KNOWN_AFTER_APPLY}}';

const unknownAttributes = new Proxy({}, { get: () => KNOWN_LATER }) as Record<string, string>;

/** Throws `TemplateError` for a template that cannot be resolved with these parameters. */
export function planOf(input: PlanInput): Plan {
  const { context, store, stackName, template } = input;
  const stack = store.stack(stackName);
  const existing = new Map(store.resources(stackName).map((resource) => [resource.logicalId, resource]));
  const settled = new Map<string, ReturnType<Scope['resource']>>();
  const scope = scopeOf({
    context,
    store,
    stack: stack ?? { id: KNOWN_LATER, name: stackName },
    template,
    parameters: parameterValues(template, input.parameters),
    resource: (logicalId) => settled.get(logicalId),
  });
  const changes: ResourceChange[] = [];
  const order = deployOrder(template, scope.condition);
  for (const [position, [logicalId, resource]] of order.entries()) {
    const known = existing.get(logicalId);
    const change = known?.physicalId
      ? changeOf(known, wantedOrUnknown(logicalId, resource, position, scope), input.providers)
      : addition(logicalId, resource.Type);
    if (change) changes.push(change);
    settled.set(
      logicalId,
      known?.physicalId && change?.Replacement !== 'True'
        ? known
        : { type: resource.Type, physicalId: KNOWN_LATER, attributes: unknownAttributes },
    );
  }
  const wantedIds = new Set(order.map(([logicalId]) => logicalId));
  const removed = [...existing.values()].filter(({ logicalId }) => !wantedIds.has(logicalId));
  changes.push(...removed.toReversed().map(removal));
  return { changes, isEmpty: changes.length === 0 && sameOutputs(template, scope, stack?.outputs ?? []) };
}

/** Undefined for a resource whose properties take apart (Fn::Select, Fn::Split) what is only known later. */
function wantedOrUnknown(
  logicalId: string,
  resource: TemplateResource,
  position: number,
  scope: Scope,
): WantedResource | undefined {
  try {
    return wantedResource(logicalId, resource, position, scope);
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

const sameOutputs = (template: Template, scope: Scope, before: readonly StackOutput[]): boolean =>
  JSON.stringify(resolveOutputs(template, scope)) === JSON.stringify(before);

const addition = (logicalId: string, type: string): ResourceChange => ({
  Action: 'Add',
  LogicalResourceId: logicalId,
  ResourceType: type,
  Scope: [],
  Details: [],
});

function changeOf(
  known: ResourceRecord,
  wanted: WantedResource | undefined,
  providers: ReadonlyMap<string, Provider>,
): ResourceChange | undefined {
  const named = {
    Action: 'Modify' as const,
    LogicalResourceId: known.logicalId,
    ResourceType: known.type,
    PhysicalResourceId: known.physicalId,
  };
  if (!wanted) return { ...named, Replacement: 'False', Scope: ['Properties'], Details: [] };
  const { properties } = wanted;
  const samePolicies =
    known.deletionPolicy === wanted.deletionPolicy &&
    known.updateReplacePolicy === wanted.updateReplacePolicy;
  if (isUnchanged(known, wanted) && samePolicies) return undefined;
  const provider = providers.get(known.type);
  const replacing = provider ? replacingProperties(provider, known.properties, properties) : [];
  const changed = changedProperties(known.properties, properties);
  const replaced = replacing.length > 0;
  return {
    ...named,
    Replacement: replaced ? 'True' : 'False',
    PolicyAction: replaced
      ? keeps(wanted.updateReplacePolicy)
        ? 'ReplaceAndRetain'
        : 'ReplaceAndDelete'
      : undefined,
    Scope: [
      ...(changed.length > 0 ? ['Properties'] : []),
      ...(known.deletionPolicy === wanted.deletionPolicy ? [] : ['DeletionPolicy']),
      ...(known.updateReplacePolicy === wanted.updateReplacePolicy ? [] : ['UpdateReplacePolicy']),
    ],
    Details: changed.map((name) => ({
      Target: {
        Attribute: 'Properties',
        Name: name,
        RequiresRecreation: replacing.includes(name) ? 'Always' : 'Never',
      },
      Evaluation: JSON.stringify(properties[name] ?? '').includes(KNOWN_LATER) ? 'Dynamic' : 'Static',
      ChangeSource: 'DirectModification',
    })),
  };
}

const removal = (resource: ResourceRecord): ResourceChange => ({
  Action: 'Remove',
  LogicalResourceId: resource.logicalId,
  ResourceType: resource.type,
  PhysicalResourceId: resource.physicalId,
  PolicyAction: keeps(resource.deletionPolicy) ? 'Retain' : 'Delete',
  Scope: [],
  Details: [],
});
