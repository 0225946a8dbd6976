/** EventBridge: rules of the default bus on patterns and schedules. */
import type { CloudContext, Service } from '../../core/service.ts';
import { putEvents } from './actions/putEvents.ts';
import { ruleActions } from './actions/rules.ts';
import { targetActions } from './actions/targets.ts';
import { inputs } from './inputs.ts';
import { eventsResources } from './resources.ts';
import { arm, openEvents } from './state.ts';

export function createEvents(context: CloudContext): Service {
  const events = openEvents(context);
  return {
    name: 'events',
    inputs,
    actions: {
      ...ruleActions(events),
      ...targetActions(events),
      PutEvents: (input) => putEvents(events, input),
    },
    resources: eventsResources(events),
    async start() {
      for (const { name } of events.store.rules()) arm(events, name);
    },
    async stop() {
      for (const cancel of events.timers.values()) cancel();
      events.store.close();
    },
  };
}
