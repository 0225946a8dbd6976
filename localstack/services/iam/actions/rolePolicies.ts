/** Policies of roles, inline and attached: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html */
import type { Action } from '../../../core/service.ts';
import { encoded, listed, noSuchEntity, type Paging, policyDocument, requireRole } from '../state.ts';
import type { IamStore } from '../store.ts';

/** `/service-role/` in `arn:aws:iam::aws:policy/service-role/Name`. */
const pathOf = (policyArn: string) => policyArn.replace(/^.*:policy(?=\/)/, '').replace(/[^/]+$/, '');

export const inlinePolicyActions = (store: IamStore): Record<string, Action> => ({
  PutRolePolicy({ RoleName, PolicyName, PolicyDocument }) {
    const role = requireRole(store, RoleName);
    role.policies[PolicyName] = policyDocument(PolicyDocument);
    store.saveRole(role);
  },
  GetRolePolicy({ RoleName, PolicyName }) {
    const document = requireRole(store, RoleName).policies[PolicyName];
    if (document === undefined) {
      throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
    }
    return { RoleName, PolicyName, PolicyDocument: encoded(document) };
  },
  DeleteRolePolicy({ RoleName, PolicyName }) {
    const role = requireRole(store, RoleName);
    if (!(PolicyName in role.policies))
      throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
    delete role.policies[PolicyName];
    store.saveRole(role);
  },
  ListRolePolicies({ RoleName, ...paging }: { RoleName: string } & Paging) {
    const { items, ...more } = listed(
      Object.keys(requireRole(store, RoleName).policies),
      (name) => name,
      paging,
    );
    return { PolicyNames: items, ...more };
  },
});

export const attachedPolicyActions = (store: IamStore): Record<string, Action> => ({
  AttachRolePolicy({ RoleName, PolicyArn }) {
    const role = requireRole(store, RoleName);
    const isAwsManaged = PolicyArn.startsWith('arn:aws:iam::aws:policy/');
    if (!isAwsManaged && !store.policy(PolicyArn))
      throw noSuchEntity(`Policy ${PolicyArn} does not exist or is not attachable.`);
    if (!role.attached.includes(PolicyArn)) role.attached.push(PolicyArn);
    store.saveRole(role);
  },
  DetachRolePolicy({ RoleName, PolicyArn }) {
    const role = requireRole(store, RoleName);
    if (!role.attached.includes(PolicyArn)) throw noSuchEntity(`Policy ${PolicyArn} was not found.`);
    role.attached = role.attached.filter((arn) => arn !== PolicyArn);
    store.saveRole(role);
  },
  ListAttachedRolePolicies(input: { RoleName: string; PathPrefix?: string } & Paging) {
    const { RoleName, PathPrefix = '/', ...paging } = input;
    const found = requireRole(store, RoleName).attached.filter((arn) => pathOf(arn).startsWith(PathPrefix));
    const { items, ...more } = listed(found, (arn) => arn, paging);
    return {
      AttachedPolicies: items.map((PolicyArn) => ({
        PolicyName: PolicyArn.split('/').at(-1),
        PolicyArn,
      })),
      ...more,
    };
  },
});
