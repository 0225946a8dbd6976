/** SQS: standard queues on the cloud's clock, with dead-letter queues. FIFO and fair queues are refused by name. */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { createActions } from './actions.ts';
import { createResources } from './cloudformation.ts';
import { openStore } from './store.ts';

/** Emits `sqs:message` with `{ queueArn }` when a message may have become visible. */
export function createSqs(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'sqs'));
  const stopping = new AbortController();
  return {
    name: 'sqs',
    actions: createActions(context, store, stopping.signal),
    resources: createResources(context, store),
    async stop() {
      stopping.abort();
      store.close();
    },
  };
}
