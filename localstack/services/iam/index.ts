/** AWS IAM: roles and policies as records. Nothing is enforced yet; `_IdentityPolicies` is where enforcement will look. */
import { validationError } from '../../core/inputs/check.ts';
import type { CloudContext, Service } from '../../core/service.ts';
import { policyActions } from './actions/policies.ts';
import { attachedPolicyActions, inlinePolicyActions } from './actions/rolePolicies.ts';
import { roleActions } from './actions/roles.ts';
import { inputs } from './inputs.ts';
import { iamResources } from './resources.ts';
import { openIamStore } from './store.ts';

export function createIam(context: CloudContext): Service {
  const store = openIamStore(context.stateDir);
  return {
    name: 'iam',
    inputs,
    violated: validationError('ValidationError'),
    actions: {
      ...roleActions(context, store),
      ...inlinePolicyActions(store),
      ...attachedPolicyActions(store),
      ...policyActions(store),
    },
    resources: iamResources(context, store),
    async stop() {
      store.close();
    },
  };
}
