/** AWS::Scheduler::Schedule and AWS::Scheduler::ScheduleGroup. */
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import { DEFAULT_GROUP } from './state.ts';
import type { Store } from './store.ts';

const MAX_NAME_LENGTH = 64;

const epochSeconds = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text) / 1000);

export function createResources(context: CloudContext, store: Store): Record<string, ResourceProvider> {
  const call = (action: string, input: object) => context.call('scheduler', action, input);
  const arnOf = (group: string, name: string) =>
    `arn:aws:scheduler:${context.region}:${context.accountId}:schedule/${group}/${name}`;
  return {
    'AWS::Scheduler::Schedule': {
      properties: [
        'Name',
        'GroupName',
        'Description',
        'ScheduleExpression',
        'ScheduleExpressionTimezone',
        'State',
        'StartDate',
        'EndDate',
        // A flexible window allows any time within it; here that is its beginning.
        'FlexibleTimeWindow',
        'Target',
      ],
      notEmulated: ['KmsKeyArn'],
      nameProperty: 'Name',
      replacedBy: ['Name'],
      async deploy(request) {
        const { properties, physicalId, previous } = request;
        const name = properties.Name ?? physicalId ?? physicalName(request, MAX_NAME_LENGTH);
        const group = properties.GroupName ?? DEFAULT_GROUP;
        const { KmsKeyArn: _, ...settings } = properties;
        const input = {
          ...settings,
          Name: name,
          StartDate: epochSeconds(properties.StartDate),
          EndDate: epochSeconds(properties.EndDate),
        };
        const arn = arnOf(group, name);
        await call(store.schedule(arn) ? 'UpdateSchedule' : 'CreateSchedule', input);
        const formerGroup = previous && (previous.GroupName ?? DEFAULT_GROUP);
        if (formerGroup && formerGroup !== group)
          await call('DeleteSchedule', { Name: name, GroupName: formerGroup });
        return { physicalId: name, attributes: { Arn: arn } };
      },
      async remove(physicalId, properties) {
        const group = (properties.GroupName as string | undefined) ?? DEFAULT_GROUP;
        if (!store.schedule(arnOf(group, physicalId))) return;
        await call('DeleteSchedule', { Name: physicalId, GroupName: group });
      },
    },
    'AWS::Scheduler::ScheduleGroup': {
      properties: ['Name'],
      notEmulated: ['Tags'],
      nameProperty: 'Name',
      replacedBy: ['Name'],
      async deploy(request) {
        const name = request.properties.Name ?? request.physicalId ?? physicalName(request, MAX_NAME_LENGTH);
        if (!store.group(name)) await call('CreateScheduleGroup', { Name: name });
        return { physicalId: name, attributes: { Arn: store.group(name)!.arn, State: 'ACTIVE' } };
      },
      async remove(physicalId) {
        if (store.group(physicalId)) await call('DeleteScheduleGroup', { Name: physicalId });
      },
    },
  };
}
