/** Managed policies, and every policy of a role for whoever enforces them. */
import type { Action } from '../../../core/service.ts';
import { encoded, noSuchEntity, requirePolicy } from '../state.ts';
import type { IamStore } from '../store.ts';

export const policyActions = (store: IamStore): Record<string, Action> => ({
  GetPolicy({ PolicyArn }) {
    const policy = requirePolicy(store, PolicyArn);
    return {
      Policy: {
        PolicyName: policy.name,
        PolicyId: policy.id,
        Arn: policy.arn,
        Path: policy.path,
        DefaultVersionId: `v${policy.version}`,
        AttachmentCount: store.roles().filter(({ attached }) => attached.includes(policy.arn)).length,
        IsAttachable: true,
        Description: policy.description,
        CreateDate: new Date(policy.createdAtMs),
        UpdateDate: new Date(policy.updatedAtMs),
      },
    };
  },
  GetPolicyVersion({ PolicyArn, VersionId }) {
    const policy = requirePolicy(store, PolicyArn);
    if (VersionId !== `v${policy.version}`) {
      throw noSuchEntity(`Policy ${PolicyArn} version ${VersionId} does not exist or is not attachable.`);
    }
    return {
      PolicyVersion: {
        Document: encoded(policy.document),
        VersionId,
        IsDefaultVersion: true,
        CreateDate: new Date(policy.updatedAtMs),
      },
    };
  },
  /** In process only: every identity policy of a role, and the ARNs of attached policies that are AWS's own. */
  _IdentityPolicies({ roleArn }: { roleArn: string }) {
    const role = store.roles().find(({ arn }) => arn === roleArn);
    if (!role) throw noSuchEntity(`The role ${roleArn} cannot be found.`);
    const attached = role.attached.map((arn) => ({ arn, policy: store.policy(arn) }));
    return {
      documents: [
        ...Object.values(role.policies),
        ...attached.flatMap(({ policy }) => (policy ? [policy.document] : [])),
      ],
      unknownPolicyArns: attached.filter(({ policy }) => !policy).map(({ arn }) => arn),
    };
  },
});
