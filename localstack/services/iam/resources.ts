/** CloudFormation's IAM types: roles, inline policies attached to roles, managed policies. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Provider } from '../cloudformation/support.ts';
import type { IamStore, Role } from './store.ts';
import { uniqueId } from './uniqueId.ts';

const enforcement = 'IAM enforcement: policies are kept, no call is refused because a permission is missing';

interface TemplatedPolicy {
  PolicyName: string;
  PolicyDocument: unknown;
}

const arnOf = (context: CloudContext, kind: string, path: string, name: string) =>
  `arn:aws:iam::${context.accountId}:${kind}${path}${name}`;

function changeRole(store: IamStore, name: string, change: (role: Role) => void) {
  const role = store.role(name);
  if (!role) {
    throw new AwsError('NoSuchEntity', `The role with name ${name} cannot be found.`, { status: 404 });
  }
  change(role);
  store.saveRole(role);
}

function withdrawInline(store: IamStore, policyName: string, roles: readonly string[]) {
  for (const role of roles.map((name) => store.role(name))) {
    if (!role) continue;
    delete role.policies[policyName];
    store.saveRole(role);
  }
}

export const iamResources = (context: CloudContext, store: IamStore): Record<string, Provider> => ({
  'AWS::IAM::Role': roleType(context, store),
  'AWS::IAM::Policy': policyType(store),
  'AWS::IAM::ManagedPolicy': managedPolicyType(context, store),
});

const roleType = (context: CloudContext, store: IamStore): Provider => ({
  limits: [enforcement],
  properties: [
    'AssumeRolePolicyDocument',
    'Description',
    'ManagedPolicyArns',
    'MaxSessionDuration',
    'Path',
    'Policies',
    'RoleName',
  ],
  notEmulated: ['PermissionsBoundary'],
  nameProperty: 'RoleName',
  replacedBy: ['Path', 'RoleName'],
  async deploy(request) {
    const { properties, physicalId, previous } = request;
    const templatedArns: string[] = previous?.ManagedPolicyArns ?? [];
    const name: string = properties.RoleName ?? physicalId ?? physicalName(request, 64);
    const path: string = properties.Path ?? '/';
    const before = physicalId === name ? store.role(name) : undefined;
    const templated = (properties.Policies ?? []) as TemplatedPolicy[];
    const kept = Object.entries(before?.policies ?? {}).filter(
      ([policy]) => !before?.templated.includes(policy),
    );
    const role: Role = {
      name,
      path,
      arn: arnOf(context, 'role', path, name),
      id: before?.id ?? uniqueId('AROA'),
      trustPolicy: properties.AssumeRolePolicyDocument,
      description: properties.Description,
      maxSessionSeconds: Number(properties.MaxSessionDuration ?? 3600),
      createdAtMs: before?.createdAtMs ?? context.clock.now(),
      policies: {
        ...Object.fromEntries(kept),
        ...Object.fromEntries(templated.map((policy) => [policy.PolicyName, policy.PolicyDocument])),
      },
      templated: templated.map((policy) => policy.PolicyName),
      attached: [
        ...new Set<string>([
          ...(properties.ManagedPolicyArns ?? []),
          // A managed policy's own resource may have attached itself (`Roles`).
          ...(before?.attached ?? []).filter((held) => !templatedArns.includes(held)),
        ]),
      ],
    };
    store.saveRole(role);
    return { physicalId: name, attributes: { Arn: role.arn, RoleId: role.id } };
  },
  async remove(name) {
    store.dropRole(name);
  },
});

const policyType = (store: IamStore): Provider => ({
  limits: [enforcement],
  properties: ['PolicyDocument', 'PolicyName', 'Roles'],
  async deploy(request) {
    const name: string = request.properties.PolicyName;
    const roles: string[] = request.properties.Roles ?? [];
    const physicalId = request.physicalId ?? physicalName(request, 128);
    const before = store.inlinePolicy(physicalId);
    if (before) withdrawInline(store, before.name, before.roles);
    for (const role of roles) {
      changeRole(store, role, (held) => {
        held.policies[name] = request.properties.PolicyDocument;
      });
    }
    store.saveInlinePolicy({ physicalId, name, roles });
    return { physicalId, attributes: { Id: physicalId } };
  },
  async remove(physicalId) {
    const before = store.inlinePolicy(physicalId);
    if (before) withdrawInline(store, before.name, before.roles);
    store.dropInlinePolicy(physicalId);
  },
});

const managedPolicyType = (context: CloudContext, store: IamStore): Provider => ({
  limits: [enforcement],
  properties: ['Description', 'ManagedPolicyName', 'Path', 'PolicyDocument', 'Roles'],
  nameProperty: 'ManagedPolicyName',
  replacedBy: ['Description', 'ManagedPolicyName', 'Path'],
  async deploy(request) {
    const { properties, physicalId } = request;
    const name: string =
      properties.ManagedPolicyName ?? physicalId?.split('/').at(-1) ?? physicalName(request, 128);
    const policyArn = arnOf(context, 'policy', properties.Path ?? '/', name);
    const before = store.policy(policyArn);
    const now = context.clock.now();
    store.savePolicy({
      name,
      path: properties.Path ?? '/',
      arn: policyArn,
      id: before?.id ?? uniqueId('ANPA'),
      description: properties.Description,
      document: properties.PolicyDocument,
      version: (before?.version ?? 0) + 1,
      createdAtMs: before?.createdAtMs ?? now,
      updatedAtMs: now,
    });
    const roles: string[] = properties.Roles ?? [];
    for (const role of roles) {
      changeRole(store, role, (held) => {
        if (!held.attached.includes(policyArn)) held.attached.push(policyArn);
      });
    }
    const left = ((request.previous?.Roles ?? []) as string[]).filter((role) => !roles.includes(role));
    for (const role of left.flatMap((name) => store.role(name) ?? [])) {
      role.attached = role.attached.filter((held) => held !== policyArn);
      store.saveRole(role);
    }
    return { physicalId: policyArn, attributes: { PolicyArn: policyArn } };
  },
  async remove(policyArn) {
    for (const role of store.roles().filter(({ attached }) => attached.includes(policyArn))) {
      role.attached = role.attached.filter((held) => held !== policyArn);
      store.saveRole(role);
    }
    store.dropPolicy(policyArn);
  },
});
