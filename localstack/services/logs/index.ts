/** CloudWatch Logs: groups, streams and events; metrics embedded in lines go on to CloudWatch. */
import { validationError } from '../../core/inputs/check.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { eventActions } from './actions/events.ts';
import { groupActions } from './actions/groups.ts';
import { inputs } from './inputs.ts';
import { logGroupResource } from './resources.ts';
import type { Logs } from './state.ts';
import { openLogStore } from './store.ts';

const HOUR_MS = 3_600_000;

export function createLogs(context: CloudContext): Service {
  const store = openLogStore(context.stateDir);
  const logs: Logs = { context, store };
  let cancelExpiry = () => {};

  function expireHourly() {
    store.expire(context.clock.now());
    cancelExpiry = context.clock.after(HOUR_MS, expireHourly);
  }

  return {
    name: 'logs',
    inputs,
    violated: validationError('InvalidParameterException'),
    actions: { ...groupActions(logs), ...eventActions(logs) },
    resources: { 'AWS::Logs::LogGroup': logGroupResource(logs) },
    async start() {
      expireHourly();
    },
    async stop() {
      cancelExpiry();
      store.close();
    },
  };
}
