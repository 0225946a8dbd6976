/** Stacks are created, updated and deleted: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { requireCapabilities } from '../capabilities.ts';
import {
  givenParameters,
  invalid,
  requireStack,
  type StackRequest,
  settingsAfter,
  templateText,
} from '../request.ts';
import { parameterValues } from '../scope.ts';
import type { CloudFormation } from '../state.ts';
import type { StackRecord, StackSettings } from '../store.ts';
import { checkSupport } from '../support.ts';
import { parseTemplate, type Template } from '../template.ts';

export function stackActions(state: CloudFormation): Record<string, Action> {
  const { context, store } = state;
  return {
    async CreateStack(request: StackRequest) {
      const text = await templateText(context, store, request);
      if (store.stack(request.StackName)) {
        throw new AwsError('AlreadyExistsException', `Stack [${request.StackName}] already exists`);
      }
      const settings = settingsAfter(request);
      return { StackId: begin(state, request.StackName, text, givenParameters(store, request), settings).id };
    },
    async UpdateStack(request: StackRequest) {
      const text = await templateText(context, store, request);
      const stack = requireStack(store, request.StackName);
      requireUpdatable(state, stack);
      const parameters = givenParameters(store, request);
      const settings = settingsAfter(request, stack.settings);
      const template = parseTemplate(text);
      checkTemplate(state, stack.name, template, parameters, settings);
      const { isEmpty } = state.plan(stack.name, template, parameters);
      if (isEmpty && sameTags(stack.settings, settings) && stack.status.endsWith('_COMPLETE')) {
        throw invalid('No updates are to be performed.');
      }
      return { StackId: begin(state, stack.name, text, parameters, settings).id };
    },
    UpdateTerminationProtection({ StackName, EnableTerminationProtection }: StackRequest) {
      const stack = requireStack(store, StackName);
      stack.settings = {
        ...stack.settings,
        terminationProtection: EnableTerminationProtection ?? stack.settings.terminationProtection,
      };
      store.saveStack(stack);
      return { StackId: stack.id };
    },
    DeleteStack(request: StackRequest) {
      const stack = store.stack(request.StackName);
      if (!stack) return {};
      requireIdle(state, stack);
      if (stack.settings.terminationProtection)
        throw invalid(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`);
      stack.settings = { ...stack.settings, token: request.ClientRequestToken };
      store.saveStack(stack);
      state.inBackground(stack.name, () => state.engine.remove(stack.name));
      return {};
    },
  };
}

export const sameTags = (a: StackSettings, b: StackSettings) =>
  JSON.stringify(a.tags) === JSON.stringify(b.tags);

function requireIdle(state: CloudFormation, stack: StackRecord): void {
  if (state.isUnderWay(stack.name)) throw notUpdatable(stack);
}

const notUpdatable = (stack: StackRecord) =>
  invalid(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`);

/** A creation that was rolled back leaves nothing to update: the stack must be deleted first. */
export function requireUpdatable(state: CloudFormation, stack: StackRecord): void {
  requireIdle(state, stack);
  if (stack.status.startsWith('ROLLBACK_')) throw notUpdatable(stack);
}

/** AWS: a resource keeps its type for as long as its logical id is in the stack. */
function refuseOtherTypes(state: CloudFormation, stackName: string, template: Template): void {
  const changed = state.store
    .resources(stackName)
    .filter(({ logicalId, type }) => (template.Resources[logicalId]?.Type ?? type) !== type);
  if (changed.length > 0)
    throw invalid(
      `Update of resource type is not permitted. The new template modifies resource type of the following resources: [${changed.map(({ logicalId }) => logicalId).join(', ')}]`,
    );
}

/** Throws for what AWS refuses of a template before it begins. */
export function checkTemplate(
  state: CloudFormation,
  stackName: string,
  template: Template,
  parameters: Readonly<Record<string, string>>,
  settings: StackSettings,
): void {
  checkSupport({ [stackName]: template }, state.providers());
  requireCapabilities(template, settings.capabilities);
  refuseOtherTypes(state, stackName, template);
  parameterValues(template, parameters);
}

/** Begins a deploy, which goes on after the call that asked for it has been answered. Throws for what AWS refuses before. */
export function begin(
  state: CloudFormation,
  stackName: string,
  templateText: string,
  parameters: Record<string, string>,
  settings: StackSettings,
): StackRecord {
  const template = parseTemplate(templateText);
  checkTemplate(state, stackName, template, parameters, settings);
  state.plan(stackName, template, parameters);
  const stack = state.engine.open(stackName, templateText, settings);
  const asset = () => undefined;
  state.inBackground(stackName, () =>
    state.engine.deploy({ stackName, template, templateText, parameters, asset, settings }),
  );
  return stack;
}
