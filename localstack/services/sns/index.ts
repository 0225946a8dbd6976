/**
 * SNS: standard topics with queues and functions as subscribers. E-mail subscriptions stay pending and nothing is sent;
 * FIFO topics, filter policies, and subscriptions over SMS, HTTP, Firehose or mobile push are refused by name.
 */
import { join } from 'node:path';
import { validationError } from '../../core/inputs/check.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { publishingActions } from './actions/publishing.ts';
import { subscriptionActions } from './actions/subscriptions.ts';
import { topicActions } from './actions/topics.ts';
import { inputs } from './inputs.ts';
import { createResources } from './resources.ts';
import type { Sns } from './state.ts';
import { openStore } from './store.ts';

/** Emits `sns:published` with `{ topicArn, subject }`. */
export function createSns(context: CloudContext): Service {
  const store = openStore(join(context.stateDir, 'sns'));
  const sns: Sns = { context, store };
  return {
    name: 'sns',
    inputs,
    violated: validationError('ValidationError'),
    actions: { ...topicActions(sns), ...subscriptionActions(sns), ...publishingActions(sns) },
    resources: createResources(context, store),
    async stop() {
      store.close();
    },
  };
}
