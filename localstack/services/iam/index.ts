/** AWS IAM: roles and policies as records. Nothing is enforced yet; `_IdentityPolicies` is where enforcement will look. */
import { AwsError } from '../../core/errors.ts';
import type { Action, CloudContext, Service } from '../../core/service.ts';
import { iamResources } from './resources.ts';
import { openIamStore, type Role } from './store.ts';
import { uniqueId } from './uniqueId.ts';

const encoded = (document: unknown) =>
  encodeURIComponent(typeof document === 'string' ? document : JSON.stringify(document));

const noSuchEntity = (message: string) => new AwsError('NoSuchEntity', message, { status: 404 });

export function createIam(context: CloudContext): Service {
  const store = openIamStore(context.stateDir);

  function requireRole(name: string): Role {
    const role = store.role(name);
    if (!role) throw noSuchEntity(`The role with name ${name} cannot be found.`);
    return role;
  }

  function requirePolicy(arn: string) {
    const policy = store.policy(arn);
    if (!policy) throw noSuchEntity(`Policy ${arn} was not found.`);
    return policy;
  }

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

  const actions: Record<string, Action> = {
    GetRole: ({ RoleName }) => ({ Role: roleDescription(requireRole(RoleName)) }),
    ListRoles: ({ PathPrefix = '/' }) => ({
      Roles: store
        .roles()
        .filter(({ path }) => path.startsWith(PathPrefix))
        .map(roleDescription),
      IsTruncated: false,
    }),
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
        trustPolicy: JSON.parse(AssumeRolePolicyDocument),
        description: Description,
        maxSessionSeconds: Number(MaxSessionDuration ?? 3600),
        createdAtMs: context.clock.now(),
        policies: {},
        templated: [],
        attached: [],
      };
      store.saveRole(role);
      return { Role: roleDescription(role) };
    },
    DeleteRole({ RoleName }) {
      const role = requireRole(RoleName);
      if (Object.keys(role.policies).length > 0 || role.attached.length > 0) {
        const message = 'Cannot delete entity, must delete policies first.';
        throw new AwsError('DeleteConflict', message, { status: 409 });
      }
      store.dropRole(RoleName);
    },
    PutRolePolicy({ RoleName, PolicyName, PolicyDocument }) {
      const role = requireRole(RoleName);
      role.policies[PolicyName] = JSON.parse(PolicyDocument);
      store.saveRole(role);
    },
    GetRolePolicy({ RoleName, PolicyName }) {
      const document = requireRole(RoleName).policies[PolicyName];
      if (document === undefined) {
        throw noSuchEntity(`The role policy with name ${PolicyName} cannot be found.`);
      }
      return { RoleName, PolicyName, PolicyDocument: encoded(document) };
    },
    DeleteRolePolicy({ RoleName, PolicyName }) {
      const role = requireRole(RoleName);
      delete role.policies[PolicyName];
      store.saveRole(role);
    },
    ListRolePolicies: ({ RoleName }) => ({
      PolicyNames: Object.keys(requireRole(RoleName).policies),
      IsTruncated: false,
    }),
    AttachRolePolicy({ RoleName, PolicyArn }) {
      const role = requireRole(RoleName);
      if (!role.attached.includes(PolicyArn)) role.attached.push(PolicyArn);
      store.saveRole(role);
    },
    DetachRolePolicy({ RoleName, PolicyArn }) {
      const role = requireRole(RoleName);
      role.attached = role.attached.filter((arn) => arn !== PolicyArn);
      store.saveRole(role);
    },
    ListAttachedRolePolicies: ({ RoleName }) => ({
      AttachedPolicies: requireRole(RoleName).attached.map((PolicyArn) => ({
        PolicyName: PolicyArn.split('/').at(-1),
        PolicyArn,
      })),
      IsTruncated: false,
    }),
    GetPolicy({ PolicyArn }) {
      const policy = requirePolicy(PolicyArn);
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
      const policy = requirePolicy(PolicyArn);
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
  };

  return {
    name: 'iam',
    actions,
    resources: iamResources(context, store),
    async stop() {
      store.close();
    },
  };
}
