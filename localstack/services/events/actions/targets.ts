/** Targets of rules: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html */
import type { Action } from '../../../core/service.ts';
import { assertTarget } from '../delivery.ts';
import { paged } from '../paging.ts';
import { assertDefaultBus, type Events, ruleOf, saveRule } from '../state.ts';
import type { Target } from '../store.ts';

export function targetActions(events: Events): Record<string, Action> {
  return {
    PutTargets(input) {
      assertDefaultBus(input.EventBusName);
      const rule = ruleOf(events, input.Rule);
      const targets: Target[] = input.Targets;
      targets.forEach(assertTarget);
      const ids = new Set(targets.map(({ Id }) => Id));
      saveRule(events, { ...rule, targets: [...rule.targets.filter(({ Id }) => !ids.has(Id)), ...targets] });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    RemoveTargets(input) {
      assertDefaultBus(input.EventBusName);
      const rule = ruleOf(events, input.Rule);
      saveRule(events, { ...rule, targets: rule.targets.filter(({ Id }) => !input.Ids.includes(Id)) });
      return { FailedEntryCount: 0, FailedEntries: [] };
    },

    ListTargetsByRule(input) {
      assertDefaultBus(input.EventBusName);
      const { items, next } = paged(ruleOf(events, input.Rule).targets, ({ Id }) => Id, input);
      return { Targets: items, NextToken: next };
    },
  };
}
