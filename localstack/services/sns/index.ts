/**
 * SNS: standard topics with queues and functions as subscribers. Subscriptions that need the outside world (email, SMS,
 * HTTP) stay pending and nothing is sent; FIFO topics and filter policies are refused by name.
 */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { createActions } from './actions.ts';
import { createResources } from './cloudformation.ts';
import { openStore } from './store.ts';

/** Emits `sns:published` with `{ topicArn, subject }`. */
export function createSns(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'sns'));
  return {
    name: 'sns',
    actions: createActions(context, store),
    resources: createResources(context, store),
    async stop() {
      store.close();
    },
  };
}
