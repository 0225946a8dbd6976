/** AWS CloudFormation: deploys templates and whole CDK assemblies onto the services of this cloud. */
import { randomUUID } from 'node:crypto';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { createAssemblyDeployer } from './assembly.ts';
import { createStackEngine } from './deploy.ts';
import { openStackStore, type ResourceRecord, type StackRecord } from './store.ts';
import { checkSupport, providersOf } from './support.ts';
import { parseTemplate } from './template.ts';

/** Input as the query protocol gives it: every scalar a string. */
interface StackRequest {
  StackName: string;
  TemplateBody?: string;
  TemplateURL?: string;
  UsePreviousTemplate?: string;
  Parameters?: { ParameterKey: string; ParameterValue?: string; UsePreviousValue?: string }[];
  ChangeSetName?: string;
  ChangeSetType?: string;
}

interface ChangeSet {
  id: string;
  name: string;
  stackName: string;
  stackId: string;
  templateText: string;
  parameters: Record<string, string>;
  status: string;
  reason?: string;
  executionStatus: string;
  changes: { action: string; logicalId: string; type: string; physicalId?: string }[];
  createdAtMs: number;
}

const invalid = (message: string) => new AwsError('ValidationError', message);

export function createCloudFormation(context: CloudContext): Service {
  const store = openStackStore(context.stateDir);
  const providers = () => providersOf(context.services());
  const engine = createStackEngine(context, store, providers);
  const deployAssembly = createAssemblyDeployer(context, engine, providers);
  const underWay = new Map<string, Promise<void>>();

  /** Deploys and removals go on after the call that asked for them has been answered, one a stack at a time. */
  function inBackground(stackName: string, work: () => Promise<unknown>) {
    const running = work()
      .then(() => undefined)
      .catch((error: Error) => context.log(`cloudformation: ${error.message}`))
      .finally(() => underWay.delete(stackName));
    underWay.set(stackName, running);
  }

  function requireIdle(stack: StackRecord | undefined) {
    if (stack && underWay.has(stack.name)) {
      throw invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);
    }
  }

  function requireStack(nameOrId: string): StackRecord {
    const stack = store.stack(nameOrId);
    if (!stack) throw invalid(`Stack with id ${nameOrId} does not exist`);
    return stack;
  }

  async function templateText(request: StackRequest): Promise<string> {
    if (request.TemplateBody !== undefined) return request.TemplateBody;
    if (request.UsePreviousTemplate === 'true') return requireStack(request.StackName).template;
    if (request.TemplateURL === undefined) {
      throw invalid('Either Template URL or Template Body must be specified.');
    }
    const { Bucket, Key } = objectOf(request.TemplateURL);
    const { Body } = await context.call('s3', 'GetObject', { Bucket, Key });
    return Buffer.from(Body).toString('utf8');
  }

  function parametersOf(request: StackRequest): Record<string, string> {
    const previous = store.stack(request.StackName)?.parameters ?? {};
    return Object.fromEntries(
      (request.Parameters ?? []).map(({ ParameterKey, ParameterValue, UsePreviousValue }) => [
        ParameterKey,
        UsePreviousValue === 'true' ? (previous[ParameterKey] ?? '') : (ParameterValue ?? ''),
      ]),
    );
  }

  function begin(stackName: string, text: string, parameters: Record<string, string>): StackRecord {
    const template = parseTemplate(text);
    checkSupport({ [stackName]: template }, providers());
    engine.parameterValues(template, parameters);
    const stack = engine.open(stackName, text);
    inBackground(stackName, () =>
      engine.deploy({ stackName, template, templateText: text, parameters, asset: () => undefined }),
    );
    return stack;
  }

  function changesTo(stackName: string, text: string): ChangeSet['changes'] {
    const template = parseTemplate(text);
    checkSupport({ [stackName]: template }, providers());
    const existing = new Map(store.resources(stackName).map((resource) => [resource.logicalId, resource]));
    const before = store.stack(stackName)?.template;
    const old = before && existing.size > 0 ? parseTemplate(before).Resources : {};
    const changes: ChangeSet['changes'] = [];
    for (const [logicalId, resource] of Object.entries(template.Resources)) {
      const known = existing.get(logicalId);
      if (!known) changes.push({ action: 'Add', logicalId, type: resource.Type });
      else if (JSON.stringify(old[logicalId]) !== JSON.stringify(resource)) {
        changes.push({ action: 'Modify', logicalId, type: resource.Type, physicalId: known.physicalId });
      }
    }
    for (const [logicalId, known] of existing) {
      if (!(logicalId in template.Resources)) {
        changes.push({ action: 'Remove', logicalId, type: known.type, physicalId: known.physicalId });
      }
    }
    return changes;
  }

  function requireChangeSet(request: StackRequest): ChangeSet {
    const name = request.ChangeSetName ?? '';
    const stackName = request.StackName ? (store.stack(request.StackName)?.name ?? '') : '';
    const found = store.changeSet(name, stackName) as ChangeSet | undefined;
    if (!found)
      throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, { status: 404 });
    return found;
  }

  const actions: Record<string, Action> = {
    async CreateStack(request: StackRequest) {
      const text = await templateText(request);
      if (store.stack(request.StackName)) {
        throw new AwsError('AlreadyExistsException', `Stack [${request.StackName}] already exists`);
      }
      return { StackId: begin(request.StackName, text, parametersOf(request)).id };
    },
    async UpdateStack(request: StackRequest) {
      const text = await templateText(request);
      const stack = requireStack(request.StackName);
      requireIdle(stack);
      const parameters = parametersOf(request);
      const values = engine.parameterValues(parseTemplate(text), parameters);
      const same = JSON.stringify(values) === JSON.stringify(stack.parameters);
      if (same && text === stack.template && stack.status.endsWith('_COMPLETE')) {
        throw invalid('No updates are to be performed.');
      }
      return { StackId: begin(stack.name, text, parameters).id };
    },
    DeleteStack({ StackName }: StackRequest) {
      const stack = store.stack(StackName);
      requireIdle(stack);
      if (stack) inBackground(stack.name, () => engine.remove(stack.name));
      return {};
    },
    async CreateChangeSet(request: StackRequest) {
      const text = await templateText(request);
      const type = request.ChangeSetType ?? 'UPDATE';
      if (type === 'IMPORT') throw new NotEmulatedError('CloudFormation', 'ChangeSetType IMPORT');
      const existing = store.stack(request.StackName);
      if (type === 'UPDATE') requireStack(request.StackName);
      else if (existing && existing.status !== 'REVIEW_IN_PROGRESS') {
        throw invalid(
          `Stack [${request.StackName}] already exists and cannot be created again with the changeSet [${request.ChangeSetName}].`,
        );
      }
      const changes = changesTo(request.StackName, text);
      const parameters = parametersOf(request);
      engine.parameterValues(parseTemplate(text), parameters);
      const stack = engine.open(request.StackName, text);
      const name = request.ChangeSetName ?? '';
      const empty = changes.length === 0;
      const changeSet: ChangeSet = {
        id: `arn:aws:cloudformation:${context.region}:${context.accountId}:changeSet/${name}/${randomUUID()}`,
        name,
        stackName: stack.name,
        stackId: stack.id,
        templateText: text,
        parameters,
        status: empty ? 'FAILED' : 'CREATE_COMPLETE',
        reason: empty
          ? "The submitted information didn't contain changes. Submit different information to create a change set."
          : undefined,
        executionStatus: empty ? 'UNAVAILABLE' : 'AVAILABLE',
        changes,
        createdAtMs: context.clock.now(),
      };
      store.saveChangeSet(changeSet.id, stack.name, name, changeSet);
      return { Id: changeSet.id, StackId: stack.id };
    },
    DescribeChangeSet(request: StackRequest) {
      const changeSet = requireChangeSet(request);
      return {
        ChangeSetName: changeSet.name,
        ChangeSetId: changeSet.id,
        StackId: changeSet.stackId,
        StackName: changeSet.stackName,
        CreationTime: new Date(changeSet.createdAtMs),
        ExecutionStatus: changeSet.executionStatus,
        Status: changeSet.status,
        StatusReason: changeSet.reason,
        Parameters: parameterList(changeSet.parameters),
        Capabilities: [],
        Changes: changeSet.changes.map(({ action, logicalId, type, physicalId }) => ({
          Type: 'Resource',
          ResourceChange: {
            Action: action,
            LogicalResourceId: logicalId,
            PhysicalResourceId: physicalId,
            ResourceType: type,
          },
        })),
      };
    },
    ExecuteChangeSet(request: StackRequest) {
      const changeSet = requireChangeSet(request);
      if (changeSet.executionStatus !== 'AVAILABLE') {
        throw new AwsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        );
      }
      requireIdle(store.stack(changeSet.stackName));
      const executed = { ...changeSet, executionStatus: 'EXECUTE_COMPLETE' };
      store.saveChangeSet(changeSet.id, changeSet.stackName, changeSet.name, executed);
      begin(changeSet.stackName, changeSet.templateText, changeSet.parameters);
      return {};
    },
    DeleteChangeSet(request: StackRequest) {
      const stackName = store.stack(request.StackName)?.name;
      const found = store.changeSet(request.ChangeSetName ?? '', stackName) as ChangeSet | undefined;
      if (found) store.dropChangeSet(found.id);
      return {};
    },
    DescribeStacks({ StackName }: Partial<StackRequest>) {
      const stacks = StackName ? [requireStack(StackName)] : store.stacks();
      return { Stacks: stacks.map(stackDescription) };
    },
    ListStacks({ StackStatusFilter }: { StackStatusFilter?: string[] }) {
      return {
        StackSummaries: store
          .stacks()
          .filter(({ status }) => !StackStatusFilter?.length || StackStatusFilter.includes(status))
          .map(stackSummary),
      };
    },
    DescribeStackEvents({ StackName }: StackRequest) {
      const events = store.events(StackName);
      if (events.length === 0) requireStack(StackName);
      return {
        StackEvents: events.map((event) => ({
          StackId: event.stackId,
          EventId: event.id,
          StackName: event.stack,
          LogicalResourceId: event.logicalId,
          PhysicalResourceId: event.physicalId,
          ResourceType: event.type,
          Timestamp: new Date(event.atMs),
          ResourceStatus: event.status,
          ResourceStatusReason: event.reason,
        })),
      };
    },
    DescribeStackResources(request: { StackName: string; LogicalResourceId?: string }) {
      const stack = requireStack(request.StackName);
      return {
        StackResources: store
          .resources(stack.name)
          .filter(({ logicalId }) => [undefined, logicalId].includes(request.LogicalResourceId))
          .map((resource) => ({
            StackName: stack.name,
            StackId: stack.id,
            Timestamp: new Date(resource.updatedAtMs),
            ...resourceSummary(resource),
          })),
      };
    },
    ListStackResources({ StackName }: StackRequest) {
      const stack = requireStack(StackName);
      return {
        StackResourceSummaries: store.resources(stack.name).map((resource) => ({
          LastUpdatedTimestamp: new Date(resource.updatedAtMs),
          ...resourceSummary(resource),
        })),
      };
    },
    ListExports() {
      return {
        Exports: store.stacks().flatMap((stack) =>
          stack.outputs
            .filter(({ ExportName }) => ExportName !== undefined)
            .map(({ ExportName, OutputValue }) => ({
              ExportingStackId: stack.id,
              Name: ExportName,
              Value: OutputValue,
            })),
        ),
      };
    },
    GetTemplate(request: StackRequest) {
      const text = request.ChangeSetName
        ? requireChangeSet(request).templateText
        : requireStack(request.StackName).template;
      return { TemplateBody: text, StagesAvailable: ['Original', 'Processed'] };
    },
    /** In process only: deploys the cloud assembly in a folder of this machine and gives an `AssemblyDeployment`. */
    _DeployAssembly: ({ folder }: { folder: string }) => deployAssembly(folder),
  };

  return {
    name: 'cloudformation',
    actions,
    async start() {
      for (const stack of store.stacks().filter(({ status }) => /(?<!REVIEW)_IN_PROGRESS$/.test(status))) {
        stack.status = stack.status.replace('_IN_PROGRESS', '_FAILED');
        stack.reason = 'The local cloud was stopped during the deploy; deploy again to go on.';
        store.saveStack(stack);
      }
    },
    async stop() {
      await Promise.all(underWay.values());
      store.close();
    },
  };
}

/** Bucket and key of a template's URL: path-style, virtual-host or `s3://`. */
function objectOf(templateUrl: string): { Bucket: string; Key: string } {
  const url = new URL(templateUrl);
  const path = decodeURIComponent(url.pathname.slice(1));
  if (url.protocol === 's3:') return { Bucket: url.host, Key: path };
  const virtualHost = /^(.+)\.s3[.-]/.exec(url.hostname);
  if (virtualHost) return { Bucket: virtualHost[1] as string, Key: path };
  const slash = path.indexOf('/');
  return { Bucket: path.slice(0, slash), Key: path.slice(slash + 1) };
}

const parameterList = (parameters: Record<string, string>) =>
  Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }));

const stackSummary = (stack: StackRecord) => ({
  StackId: stack.id,
  StackName: stack.name,
  CreationTime: new Date(stack.createdAtMs),
  LastUpdatedTime: stack.updatedAtMs === undefined ? undefined : new Date(stack.updatedAtMs),
  StackStatus: stack.status,
  StackStatusReason: stack.reason,
});

const stackDescription = (stack: StackRecord) => ({
  ...stackSummary(stack),
  Parameters: parameterList(stack.parameters),
  Outputs: stack.outputs,
  Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
  DisableRollback: true,
  EnableTerminationProtection: false,
  Tags: [],
});

const resourceSummary = (resource: ResourceRecord) => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId,
  ResourceType: resource.type,
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.reason,
});
