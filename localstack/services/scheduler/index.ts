/** EventBridge Scheduler on the cloud's clock, in UTC: rate, cron and at; machines, functions, queues and topics as targets. */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { groupActions } from './actions/groups.ts';
import { scheduleActions } from './actions/schedules.ts';
import { inputs } from './inputs.ts';
import { createResources } from './resources.ts';
import { routes } from './routes.ts';
import type { Scheduler } from './state.ts';
import { openStore } from './store.ts';
import { createTimers } from './timers.ts';

/** Emits `scheduler:fired` with `{ scheduleArn, dueAtMs }` when a target took a firing. */
export function createScheduler(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'scheduler'));
  const timers = createTimers(context, store);
  const scheduler: Scheduler = { context, store, timers };
  return {
    name: 'scheduler',
    inputs,
    actions: { ...scheduleActions(scheduler), ...groupActions(scheduler) },
    routes,
    resources: createResources(context, store),
    async start() {
      for (const { arn } of store.schedules()) timers.arm(arn);
    },
    async stop() {
      timers.stop();
      store.close();
    },
  };
}
