/** Roles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html and its neighbours. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { encoded, listed, type Paging, policyDocument, requireRole } from '../state.ts';
import type { IamStore, Role } from '../store.ts';
import { uniqueId } from '../uniqueId.ts';

const roleDescription = (role: Role) => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdAtMs),
  AssumeRolePolicyDocument: encoded(role.trustPolicy),
  Description: role.description,
  MaxSessionDuration: role.maxSessionSeconds,
});

export const roleActions = (context: CloudContext, store: IamStore): Record<string, Action> => ({
  GetRole: ({ RoleName }) => ({ Role: roleDescription(requireRole(store, RoleName)) }),
  ListRoles({ PathPrefix = '/', ...paging }: { PathPrefix?: string } & Paging) {
    const found = store.roles().filter(({ path }) => path.startsWith(PathPrefix));
    const { items, ...more } = listed(found, ({ name }) => name, paging);
    return { Roles: items.map(roleDescription), ...more };
  },
  CreateRole(input) {
    const { RoleName, Path = '/', AssumeRolePolicyDocument, Description, MaxSessionDuration } = input;
    if (store.role(RoleName)) {
      throw new AwsError('EntityAlreadyExists', `Role with name ${RoleName} already exists.`, {
        status: 409,
      });
    }
    const role: Role = {
      name: RoleName,
      path: Path,
      arn: `arn:aws:iam::${context.accountId}:role${Path}${RoleName}`,
      id: uniqueId('AROA'),
      trustPolicy: policyDocument(AssumeRolePolicyDocument),
      description: Description,
      maxSessionSeconds: MaxSessionDuration ?? 3600,
      createdAtMs: context.clock.now(),
      policies: {},
      templated: [],
      attached: [],
    };
    store.saveRole(role);
    return { Role: roleDescription(role) };
  },
  DeleteRole({ RoleName }) {
    const role = requireRole(store, RoleName);
    if (Object.keys(role.policies).length > 0 || role.attached.length > 0) {
      const message = 'Cannot delete entity, must delete policies first.';
      throw new AwsError('DeleteConflict', message, { status: 409 });
    }
    store.dropRole(RoleName);
  },
});
