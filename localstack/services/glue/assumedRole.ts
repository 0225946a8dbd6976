/** Whether Glue may assume the role that it is given. */
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';

const GLUE = 'glue.amazonaws.com';

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Principal?: { readonly Service?: string | readonly string[] };
}

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** Conditions are not looked at. */
function trustsGlue(document: { readonly Statement?: Statement | readonly Statement[] }): boolean {
  const matching = listOf(document.Statement).filter(
    ({ Action, Principal }) =>
      listOf(Principal?.Service).includes(GLUE) &&
      listOf(Action).some((action) => ['sts:AssumeRole', 'sts:*', '*'].includes(action)),
  );
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

/**
 * Where there is no IAM, next to another cloud's S3, any role will do.
 * @throws AwsError AccessDeniedException. The words that follow the role are AWS's: terraform-provider-aws waits for a new role
 * until they are gone, in internal/service/glue/catalog_table_optimizer.go
 */
export async function requireAssumable(context: CloudContext, roleArn: string): Promise<void> {
  if (!context.services().some(({ name }) => name === 'iam')) return;
  const refuse = () =>
    new AwsError(
      'AccessDeniedException',
      `The role ${roleArn} does not have the correct trust policies and is unable to be assumed by our service`,
    );
  const RoleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  try {
    const { Role } = await context.call('iam', 'GetRole', { RoleName });
    if (Role.Arn !== roleArn || !trustsGlue(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument))))
      throw refuse();
  } catch (error) {
    if (error instanceof AwsError && error.code === 'NoSuchEntity') throw refuse();
    throw error;
  }
}
