/** SQS: standard queues on the cloud's clock, with dead-letter queues. FIFO and fair queues are refused by name. */
import { join } from 'node:path';
import type { CloudContext, Service } from '../../core/service.ts';
import { queueActions } from './actions/queues.ts';
import { receiptActions } from './actions/receipts.ts';
import { receivingActions } from './actions/receiving.ts';
import { sendingActions } from './actions/sending.ts';
import { violated } from './failures.ts';
import { inputs } from './inputs.ts';
import { createResources } from './resources.ts';
import type { Sqs } from './state.ts';
import { openStore } from './store.ts';

/** Emits `sqs:message` with `{ queueArn }` when a message may have become visible. */
export function createSqs(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'sqs'));
  const stopping = new AbortController();
  const sqs: Sqs = { context, store, stopping: stopping.signal };
  return {
    name: 'sqs',
    inputs,
    violated,
    actions: {
      ...queueActions(sqs),
      ...sendingActions(sqs),
      ...receivingActions(sqs),
      ...receiptActions(sqs),
    },
    resources: createResources(context, store),
    async stop() {
      stopping.abort();
      store.close();
    },
  };
}
