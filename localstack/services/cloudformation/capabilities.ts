/** Capabilities that a caller must acknowledge before CloudFormation makes IAM resources. */
import { AwsError } from '../../core/errors.ts';
import type { Template } from './template.ts';

/** IAM's types, each with the property that names it, if one does. */
const IAM_TYPES: Readonly<Record<string, string | undefined>> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Policy': undefined,
  'AWS::IAM::Role': 'RoleName',
};

/** The types of the template's IAM resources, each once. */
export const iamTypesIn = (template: Template): string[] => [
  ...new Set(
    Object.values(template.Resources)
      .map(({ Type }) => Type)
      .filter((type) => type in IAM_TYPES),
  ),
];

export function neededCapability(template: Template): 'CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM' | undefined {
  if (iamTypesIn(template).length === 0) return undefined;
  const isNamed = Object.values(template.Resources).some(({ Type, Properties }) => {
    const name = IAM_TYPES[Type];
    return name !== undefined && Properties?.[name] !== undefined;
  });
  return isNamed ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM';
}

/**
 * Throws `InsufficientCapabilitiesException`.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html#using-iam-capabilities
 */
export function requireCapabilities(template: Template, given: readonly string[]): void {
  const needed = neededCapability(template);
  if (needed === undefined || given.includes(needed) || given.includes('CAPABILITY_NAMED_IAM')) return;
  throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${needed}]`);
}
