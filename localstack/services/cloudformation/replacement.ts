/** Decides which changes of a resource CloudFormation makes by replacing it, and which of those it refuses. */
import { AwsError } from '../../core/errors.ts';
import type { Provider } from './support.ts';

type Properties = Readonly<Record<string, unknown>>;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Names of the top-level properties whose values differ. */
export const changedProperties = (before: Properties, after: Properties): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !same(before[name], after[name]),
  );

/** Of the changed properties, those that AWS's template reference marks "Update requires: Replacement". */
export function replacingProperties(provider: Provider, before: Properties, after: Properties): string[] {
  return changedProperties(before, after).filter((name) => provider.replacedBy?.includes(name));
}

/** The name in a physical id: a queue's URL, a topic's ARN and a table's name all end with it. */
const nameIn = (physicalId: string) => physicalId.split(/[/:]/).at(-1);

/**
 * Two resources cannot have one name, so a replacement whose template gives the old one's name is refused.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html
 */
export function refuseSameName(provider: Provider, physicalId: string, after: Properties): void {
  const name = provider.nameProperty === undefined ? undefined : after[provider.nameProperty];
  if (name === undefined || (name !== physicalId && name !== nameIn(physicalId))) return;
  throw new AwsError(
    'ValidationError',
    `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${name} and update the stack again.`,
  );
}
