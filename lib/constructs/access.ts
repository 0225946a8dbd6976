/** Permissions that carry their reason: a statement with a wildcard states why, and cdk-nag's finding is answered right there. */
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';

export interface Access {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Why a resource ends in a wildcard. Required when one does; forbidden to be needed for an action: actions are named. */
  readonly wildcardReason?: string;
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** How cdk-nag spells a resource in the id of its finding: references in angle brackets, joins flattened. */
function flatten(resolved: unknown): string {
  if (typeof resolved === 'string') return resolved;
  const intrinsic = resolved as {
    'Fn::Join'?: [string, unknown[]];
    'Fn::GetAtt'?: [string, string];
    Ref?: string;
  };
  if (intrinsic['Fn::Join']) return intrinsic['Fn::Join'][1].map(flatten).join(intrinsic['Fn::Join'][0]);
  if (intrinsic['Fn::GetAtt']) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  if (intrinsic.Ref) return `<${intrinsic.Ref}>`;
  return JSON.stringify(resolved);
}

/**
 * Adds the statements to the role's policy.
 * @throws Error when an action holds a wildcard, or a resource does and no reason is given.
 */
export function allow(role: Role, ...statements: readonly Access[]): void {
  for (const { actions, resources, wildcardReason, conditions } of statements) {
    const wildcardAction = actions.find((action) => action.includes('*'));
    if (wildcardAction)
      throw new Error(`${role.node.path}: name the actions, "${wildcardAction}" is a wildcard.`);
    role.addToPolicy(
      new PolicyStatement({
        actions: [...actions],
        resources: [...resources],
        ...(conditions && { conditions: conditions as Record<string, Record<string, unknown>> }),
      }),
    );
    for (const resource of resources) {
      const flat = flatten(Stack.of(role).resolve(resource));
      if (!flat.includes('*')) continue;
      if (!wildcardReason)
        throw new Error(`${role.node.path}: "${flat}" is a wildcard without a wildcardReason.`);
      Validations.of(role).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${flat}]`,
        reason: wildcardReason,
      });
    }
  }
}
