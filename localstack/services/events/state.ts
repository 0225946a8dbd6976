/** State shared by EventBridge's actions: rules on disk, the timers of those with a schedule, and the events that are made here. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { nextTime, parseSchedule } from '../scheduler/expression.ts';
import { deliverTo, type Event } from './delivery.ts';
import { openStore, type Rule, type Store } from './store.ts';

export interface Events {
  readonly context: CloudContext;
  readonly store: Store;
  /** By rule: cancels the timer of its next event. */
  readonly timers: Map<string, () => void>;
}

export const openEvents = (context: CloudContext): Events => ({
  context,
  store: openStore(join(context.stateDir, 'events')),
  timers: new Map(),
});

export function ruleOf({ store }: Events, name: string): Rule {
  const rule = store.rule(name);
  if (!rule) {
    throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
  }
  return rule;
}

export function assertDefaultBus(name: string | undefined): void {
  if (name !== undefined && name !== 'default' && !name.endsWith(':event-bus/default')) {
    throw new NotEmulatedError('EventBridge', `event buses other than default (${name})`);
  }
}

export const eventOf = (
  { context }: Events,
  fields: Pick<Event, 'source' | 'detail-type' | 'resources' | 'detail' | 'time'>,
): Event => ({
  version: '0',
  id: randomUUID(),
  account: context.accountId,
  region: context.region,
  ...fields,
});

export const timeText = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** Sets the timer of a rule that has a schedule. */
export function arm(events: Events, name: string): void {
  const { context, store, timers } = events;
  timers.get(name)?.();
  timers.delete(name);
  const rule = store.rule(name);
  if (rule?.state !== 'ENABLED' || rule.schedule === undefined) return;
  const dueAtMs = nextTime(parseSchedule(rule.schedule), rule.createdAtMs, context.clock.now());
  if (dueAtMs === undefined) return;
  const wake = () => {
    if (context.clock.now() >= dueAtMs) {
      const event = eventOf(events, {
        source: 'aws.events',
        'detail-type': 'Scheduled Event',
        resources: [rule.arn],
        time: timeText(dueAtMs),
        detail: {} as never,
      });
      void deliverTo(context, rule, event);
    }
    arm(events, name);
  };
  timers.set(name, context.clock.after(dueAtMs - context.clock.now(), wake));
}

export function saveRule(events: Events, rule: Rule): void {
  events.store.putRule(rule);
  arm(events, rule.name);
}
