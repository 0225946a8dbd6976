/** CloudWatch: metrics by the minute, alarms on the cloud's clock, dashboards as they were written. */
import type { CloudContext, Service } from '../../core/service.ts';
import { alarmActions } from './actions/alarms.ts';
import { dashboardActions } from './actions/dashboards.ts';
import { metricActions } from './actions/metrics.ts';
import { createAlarms } from './alarms.ts';
import { inputs } from './inputs.ts';
import { cloudWatchResources } from './resources.ts';
import { openCloudWatchStore } from './store.ts';

const HOUR_MS = 3_600_000;
const RETENTION_MINUTES = 15 * 24 * 60;

export function createCloudWatch(context: CloudContext): Service {
  const store = openCloudWatchStore(context.stateDir);
  const alarms = createAlarms(context, store);
  let cancelExpiry = () => {};

  function expireHourly() {
    store.expire(Math.floor(context.clock.now() / 60_000) - RETENTION_MINUTES);
    cancelExpiry = context.clock.after(HOUR_MS, expireHourly);
  }

  return {
    name: 'cloudwatch',
    inputs,
    actions: {
      ...metricActions(context, store),
      ...alarmActions(store, alarms),
      ...dashboardActions(context, store),
    },
    resources: cloudWatchResources(store, alarms),
    async start() {
      alarms.start();
      expireHourly();
    },
    async stop() {
      alarms.stop();
      cancelExpiry();
      store.close();
    },
  };
}
