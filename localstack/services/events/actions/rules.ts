/** Rules: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html and its neighbours. */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { parseSchedule } from '../../scheduler/expression.ts';
import { paged } from '../paging.ts';
import { parsePattern } from '../pattern.ts';
import { arm, assertDefaultBus, type Events, ruleOf, saveRule } from '../state.ts';
import type { Rule } from '../store.ts';

const listedRule = (rule: Rule) => ({
  Name: rule.name,
  Arn: rule.arn,
  EventPattern: rule.pattern,
  ScheduleExpression: rule.schedule,
  State: rule.state,
  EventBusName: 'default',
});

export function ruleActions(events: Events): Record<string, Action> {
  const { context, store } = events;
  return {
    PutRule(input) {
      assertDefaultBus(input.EventBusName);
      if (!input.EventPattern && !input.ScheduleExpression) {
        throw new AwsError(
          'ValidationException',
          'Parameter(s) EventPattern or ScheduleExpression must be specified.',
        );
      }
      if (input.EventPattern) parsePattern(input.EventPattern);
      if (input.ScheduleExpression) parseSchedule(input.ScheduleExpression);
      const existing = store.rule(input.Name);
      saveRule(events, {
        arn: `arn:aws:events:${context.region}:${context.accountId}:rule/${input.Name}`,
        name: input.Name,
        description: input.Description,
        pattern: input.EventPattern,
        schedule: input.ScheduleExpression,
        state: input.State ?? 'ENABLED',
        createdAtMs: existing?.createdAtMs ?? context.clock.now(),
        targets: existing?.targets ?? [],
      });
      return { RuleArn: ruleOf(events, input.Name).arn };
    },

    DescribeRule(input) {
      assertDefaultBus(input.EventBusName);
      const rule = ruleOf(events, input.Name);
      return {
        Name: rule.name,
        Arn: rule.arn,
        Description: rule.description,
        EventPattern: rule.pattern,
        ScheduleExpression: rule.schedule,
        State: rule.state,
        EventBusName: 'default',
      };
    },

    ListRules(input) {
      assertDefaultBus(input.EventBusName);
      const found = store.rules().filter(({ name }) => name.startsWith(input.NamePrefix ?? ''));
      const { items, next } = paged(found, ({ name }) => name, input);
      return { Rules: items.map(listedRule), NextToken: next };
    },

    EnableRule(input) {
      assertDefaultBus(input.EventBusName);
      saveRule(events, { ...ruleOf(events, input.Name), state: 'ENABLED' });
    },

    DisableRule(input) {
      assertDefaultBus(input.EventBusName);
      saveRule(events, { ...ruleOf(events, input.Name), state: 'DISABLED' });
    },

    DeleteRule(input) {
      assertDefaultBus(input.EventBusName);
      const rule = store.rule(input.Name);
      if (rule && rule.targets.length > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      store.dropRule(input.Name);
      arm(events, input.Name);
    },
  };
}
