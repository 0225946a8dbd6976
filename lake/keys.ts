/** The lake's own KMS keys, found by their description: a key that its stack retained has no alias any more. */
import { DescribeKeyCommand, paginateListKeys } from '@aws-sdk/client-kms';
import type { Target } from './targets/target.ts';

/** Ids of the keys that are not on their way to deletion. */
export async function lakeKeys({ clients, names }: Target): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Keys = [] } of paginateListKeys({ client: clients.kms }, {}))
    for (const { KeyId } of Keys) {
      const { KeyMetadata: key } = await clients.kms.send(new DescribeKeyCommand({ KeyId }));
      if (key?.Description === names.keyDescription && key.KeyState !== 'PendingDeletion') ids.push(KeyId!);
    }
  return ids;
}
