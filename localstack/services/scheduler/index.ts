/** EventBridge Scheduler on the cloud's clock, in UTC: rate, cron and at; machines, functions, queues and topics as targets. */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { createActions, routes } from './actions.ts';
import { createClockwork } from './clockwork.ts';
import { createResources } from './cloudformation.ts';
import { openStore } from './store.ts';

/** Emits `scheduler:fired` with `{ scheduleArn, dueAtMs }` when a target took a firing. */
export function createScheduler(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'scheduler'));
  const clockwork = createClockwork(context, store);
  return {
    name: 'scheduler',
    actions: createActions(context, store, clockwork),
    routes,
    resources: createResources(context, store),
    async start() {
      for (const { arn } of store.schedules()) clockwork.arm(arn);
    },
    async stop() {
      clockwork.stop();
      store.close();
    },
  };
}
