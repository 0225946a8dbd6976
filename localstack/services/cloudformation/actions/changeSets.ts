/** Change sets: what a deploy would do, kept until it is executed. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import type { ResourceChange } from '../plan.ts';
import {
  givenParameters,
  invalid,
  requireStack,
  type StackRequest,
  settingsAfter,
  templateText,
} from '../request.ts';
import { shownParameters } from '../scope.ts';
import type { CloudFormation } from '../state.ts';
import type { StackSettings } from '../store.ts';
import { parseTemplate } from '../template.ts';
import { begin, checkTemplate, requireUpdatable, sameTags } from './stacks.ts';

interface ChangeSetRequest extends StackRequest {
  readonly ChangeSetName: string;
  readonly ChangeSetType?: 'CREATE' | 'UPDATE';
  readonly Description?: string;
  readonly IncludeNestedStacks?: boolean;
}

interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly description?: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly templateText: string;
  readonly parameters: Record<string, string>;
  readonly settings: StackSettings;
  readonly status: string;
  readonly reason?: string;
  readonly executionStatus: string;
  readonly changes: readonly ResourceChange[];
  readonly createdAtMs: number;
}

const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

export function requireChangeSet(
  state: CloudFormation,
  request: { ChangeSetName?: string; StackName?: string },
): ChangeSet {
  const name = request.ChangeSetName ?? '';
  const stackName = request.StackName ? (state.store.stack(request.StackName)?.name ?? '') : '';
  const found = state.store.changeSet(name, stackName) as ChangeSet | undefined;
  if (!found) throw new AwsError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`, { status: 404 });
  return found;
}

function checkStack(state: CloudFormation, request: ChangeSetRequest): void {
  const existing = state.store.stack(request.StackName);
  if ((request.ChangeSetType ?? 'UPDATE') === 'UPDATE') {
    requireUpdatable(state, requireStack(state.store, request.StackName));
  } else if (existing && existing.status !== 'REVIEW_IN_PROGRESS') {
    throw invalid(
      `Stack [${request.StackName}] already exists and cannot be created again with the changeSet [${request.ChangeSetName}].`,
    );
  }
}

export function changeSetActions(state: CloudFormation): Record<string, Action> {
  const { context, store } = state;
  return {
    async CreateChangeSet(request: ChangeSetRequest) {
      const text = await templateText(context, store, request);
      checkStack(state, request);
      const before = store.stack(request.StackName)?.settings;
      const settings = settingsAfter(request, before);
      const parameters = givenParameters(store, request);
      const template = parseTemplate(text);
      checkTemplate(state, request.StackName, template, parameters, settings);
      const plan = state.plan(request.StackName, template, parameters);
      const isEmpty = plan.isEmpty && (!before || sameTags(before, settings));
      const stack = state.engine.open(request.StackName, text, settings);
      const { ChangeSetName: name } = request;
      if (store.changeSet(name, stack.name))
        throw new AwsError(
          'AlreadyExistsException',
          `ChangeSet ${name} cannot be created due to a mismatch with existing attribute Template`,
        );
      const changeSet: ChangeSet = {
        id: `arn:aws:cloudformation:${context.region}:${context.accountId}:changeSet/${name}/${randomUUID()}`,
        name,
        description: request.Description,
        stackName: stack.name,
        stackId: stack.id,
        templateText: text,
        parameters,
        settings,
        status: isEmpty ? 'FAILED' : 'CREATE_COMPLETE',
        reason: isEmpty ? NO_CHANGES : undefined,
        executionStatus: isEmpty ? 'UNAVAILABLE' : 'AVAILABLE',
        changes: plan.changes,
        createdAtMs: context.clock.now(),
      };
      store.saveChangeSet(changeSet.id, stack.name, name, changeSet);
      return { Id: changeSet.id, StackId: stack.id };
    },
    DescribeChangeSet: (request: ChangeSetRequest) => described(requireChangeSet(state, request)),
    ExecuteChangeSet(request: ChangeSetRequest) {
      const changeSet = requireChangeSet(state, request);
      if (changeSet.executionStatus !== 'AVAILABLE') {
        throw new AwsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        );
      }
      requireUpdatable(state, requireStack(store, changeSet.stackName));
      const executed = { ...changeSet, executionStatus: 'EXECUTE_COMPLETE' };
      store.saveChangeSet(changeSet.id, changeSet.stackName, changeSet.name, executed);
      begin(state, changeSet.stackName, changeSet.templateText, changeSet.parameters, {
        ...changeSet.settings,
        disableRollback: request.DisableRollback ?? changeSet.settings.disableRollback,
        token: request.ClientRequestToken,
      });
      return {};
    },
    DeleteChangeSet(request: ChangeSetRequest) {
      const stackName = request.StackName && store.stack(request.StackName)?.name;
      const found = store.changeSet(request.ChangeSetName, stackName) as ChangeSet | undefined;
      if (found) store.dropChangeSet(found.id);
      return {};
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html */
const described = (changeSet: ChangeSet) => ({
  ChangeSetName: changeSet.name,
  ChangeSetId: changeSet.id,
  StackId: changeSet.stackId,
  StackName: changeSet.stackName,
  Description: changeSet.description,
  CreationTime: new Date(changeSet.createdAtMs),
  ExecutionStatus: changeSet.executionStatus,
  Status: changeSet.status,
  StatusReason: changeSet.reason,
  NotificationARNs: [],
  RollbackConfiguration: {},
  Capabilities: changeSet.settings.capabilities,
  Tags: changeSet.settings.tags,
  IncludeNestedStacks: false,
  Parameters: Object.entries(
    shownParameters(parseTemplate(changeSet.templateText), changeSet.parameters),
  ).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  Changes: changeSet.changes.map((change) => ({ Type: 'Resource', ResourceChange: change })),
});
