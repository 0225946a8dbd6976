/** Stacks, their resources and events as the API shows them. */
import type { Action, CloudContext } from '../../../core/service.ts';
import { addressNow } from '../../apigateway/address.ts';
import { iamTypesIn, neededCapability } from '../capabilities.ts';
import { invalid, requireStack, templateText } from '../request.ts';
import { shownParameters } from '../scope.ts';
import type { CloudFormation } from '../state.ts';
import type { ResourceRecord, StackRecord } from '../store.ts';
import { parseTemplate, type Template } from '../template.ts';
import { requireChangeSet } from './changeSets.ts';

interface Asked {
  readonly StackName?: string;
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ChangeSetName?: string;
  readonly TemplateBody?: string;
  readonly TemplateURL?: string;
}

const named = ({ store }: CloudFormation, { StackName }: Asked) => requireStack(store, StackName ?? '');

function stackOfResource(state: CloudFormation, asked: Asked): StackRecord {
  const { store } = state;
  if (asked.StackName !== undefined || asked.PhysicalResourceId === undefined) return named(state, asked);
  const owner = store
    .stacks()
    .find(({ name }) =>
      store.resources(name).some(({ physicalId }) => physicalId === asked.PhysicalResourceId),
    );
  if (!owner) throw invalid(`Stack for ${asked.PhysicalResourceId} does not exist`);
  return owner;
}

export function stackDescriptionActions(state: CloudFormation): Record<string, Action> {
  const { store } = state;
  return {
    DescribeStacks(asked: Asked) {
      const stacks = asked.StackName ? [named(state, asked)] : store.stacks();
      return { Stacks: stacks.map((stack) => stackDescription(state.context, stack)) };
    },
    ListStacks({ StackStatusFilter }: { StackStatusFilter?: string[] }) {
      return {
        StackSummaries: store
          .stacks()
          .filter(({ status }) => !StackStatusFilter?.length || StackStatusFilter.includes(status))
          .map(stackSummary),
      };
    },
    DescribeStackEvents(asked: Asked) {
      const events = store.events(asked.StackName ?? '');
      if (events.length === 0) named(state, asked);
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
          ClientRequestToken: event.token,
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
              Value: addressNow(state.context, OutputValue),
            })),
        ),
      };
    },
  };
}

export function resourceDescriptionActions(state: CloudFormation): Record<string, Action> {
  const { store } = state;
  return {
    DescribeStackResources(asked: Asked) {
      const stack = stackOfResource(state, asked);
      return {
        StackResources: store
          .resources(stack.name)
          .filter(({ logicalId }) => [undefined, logicalId].includes(asked.LogicalResourceId))
          .filter(({ physicalId }) => [undefined, physicalId].includes(asked.PhysicalResourceId))
          .map((resource) => ({
            StackName: stack.name,
            StackId: stack.id,
            Timestamp: new Date(resource.updatedAtMs),
            ...resourceSummary(resource),
          })),
      };
    },
    ListStackResources(asked: Asked) {
      return {
        StackResourceSummaries: store.resources(named(state, asked).name).map((resource) => ({
          LastUpdatedTimestamp: new Date(resource.updatedAtMs),
          ...resourceSummary(resource),
        })),
      };
    },
  };
}

export function templateActions(state: CloudFormation): Record<string, Action> {
  const { store } = state;
  return {
    async GetTemplateSummary(asked: Asked) {
      const text =
        asked.StackName === undefined
          ? await templateText(state.context, store, { StackName: '', ...asked })
          : named(state, asked).template;
      const template = parseTemplate(text);
      const types = Object.values(template.Resources).map(({ Type }) => Type);
      return {
        ...templateSummary(template),
        Version: template.AWSTemplateFormatVersion,
        ResourceTypes: types,
      };
    },
    async ValidateTemplate(asked: Asked) {
      return templateSummary(
        parseTemplate(await templateText(state.context, store, { StackName: '', ...asked })),
      );
    },
    GetTemplate(asked: Asked) {
      const text = asked.ChangeSetName
        ? requireChangeSet(state, asked).templateText
        : named(state, asked).template;
      return { TemplateBody: text, StagesAvailable: ['Original', 'Processed'] };
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html */
function templateSummary(template: Template) {
  const capability = neededCapability(template);
  return {
    Description: template.Description,
    Parameters: Object.entries(template.Parameters ?? {}).map(([ParameterKey, parameter]) => ({
      ParameterKey,
      DefaultValue: parameter.Default === undefined ? undefined : String(parameter.Default),
      ParameterType: parameter.Type,
      NoEcho: String(parameter.NoEcho) === 'true',
      Description: parameter.Description,
      ParameterConstraints: parameter.AllowedValues && { AllowedValues: parameter.AllowedValues.map(String) },
    })),
    Capabilities: capability ? [capability] : undefined,
    CapabilitiesReason:
      capability && `The following resource(s) require capabilities: [${iamTypesIn(template).join(', ')}]`,
  };
}

const stackSummary = (stack: StackRecord) => ({
  StackId: stack.id,
  StackName: stack.name,
  TemplateDescription: parseTemplate(stack.template).Description,
  CreationTime: new Date(stack.createdAtMs),
  LastUpdatedTime: stack.updatedAtMs === undefined ? undefined : new Date(stack.updatedAtMs),
  StackStatus: stack.status,
  StackStatusReason: stack.reason,
});

function stackDescription(context: CloudContext, stack: StackRecord) {
  const template = parseTemplate(stack.template);
  const { TemplateDescription, ...summary } = stackSummary(stack);
  return {
    ...summary,
    Description: TemplateDescription,
    Parameters: Object.entries(shownParameters(template, stack.parameters)).map(
      ([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }),
    ),
    Outputs: stack.outputs.map((output) => ({
      ...output,
      OutputValue: addressNow(context, output.OutputValue),
    })),
    Capabilities: stack.settings.capabilities,
    RoleARN: stack.settings.roleArn,
    NotificationARNs: [],
    RollbackConfiguration: {},
    DisableRollback: stack.settings.disableRollback,
    EnableTerminationProtection: stack.settings.terminationProtection,
    Tags: stack.settings.tags,
  };
}

const resourceSummary = (resource: ResourceRecord) => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId,
  ResourceType: resource.type,
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.reason,
});
