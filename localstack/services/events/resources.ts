/** AWS::Events::Rule as CloudFormation deploys it. */
import type { ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import { arm, type Events, ruleOf, saveRule } from './state.ts';
import type { Target } from './store.ts';

const MAX_NAME_LENGTH = 64;

export const eventsResources = (events: Events): Record<string, ResourceProvider> => ({
  'AWS::Events::Rule': {
    properties: [
      'Name',
      'Description',
      'EventPattern',
      'ScheduleExpression',
      'State',
      'Targets',
      'EventBusName',
    ],
    nameProperty: 'Name',
    replacedBy: ['EventBusName', 'Name'],
    async deploy(request) {
      const { properties, physicalId } = request;
      const Name = properties.Name ?? physicalId ?? physicalName(request, MAX_NAME_LENGTH);
      const { RuleArn } = await events.context.call('events', 'PutRule', {
        Name,
        Description: properties.Description,
        EventPattern: properties.EventPattern && JSON.stringify(properties.EventPattern),
        ScheduleExpression: properties.ScheduleExpression,
        State: properties.State,
        EventBusName: properties.EventBusName,
      });
      saveRule(events, { ...ruleOf(events, Name), targets: [] });
      const Targets: Target[] = properties.Targets ?? [];
      if (Targets.length > 0) await events.context.call('events', 'PutTargets', { Rule: Name, Targets });
      return { physicalId: Name, attributes: { Arn: RuleArn } };
    },
    async remove(physicalId) {
      events.store.dropRule(physicalId);
      arm(events, physicalId);
    },
  },
});
