/** Key Management Service, keys and aliases by name only: stacks deploy and refer to them, nothing is encrypted. */
import type { CloudContext, Service } from '../../core/service.ts';
import { keyActions } from './actions/keys.ts';
import { inputs } from './inputs.ts';
import { kmsResources } from './resources.ts';
import { openStore } from './store.ts';

export function createKms(context: CloudContext): Service {
  const store = openStore(context);
  return {
    name: 'kms',
    inputs,
    actions: keyActions(context, store),
    resources: kmsResources(store),
    async stop() {
      store.close();
    },
  };
}
