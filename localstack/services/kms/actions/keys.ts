/** Keys and aliases: https://docs.aws.amazon.com/kms/latest/APIReference/API_Operations.html */
import { AwsError } from '../../../core/errors.ts';
import { type Page, pageOf } from '../../../core/paging.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import type { Store } from '../store.ts';

/** https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html */
const MOST_KEYS = 100;

interface Paging {
  readonly Limit?: number;
  readonly Marker?: string;
}

const listed = <T>(items: readonly T[], keyOf: (item: T) => string, { Limit, Marker }: Paging) =>
  pageOf(items, {
    keyOf,
    limit: Limit ?? MOST_KEYS,
    token: Marker,
    invalidToken: (token) =>
      new AwsError('InvalidMarkerException', `Could not deserialize marker '${token}'`),
  });

const moreAfter = ({ next }: Page<unknown>) => ({ Truncated: next !== undefined, NextMarker: next });

export const keyActions = (context: CloudContext, store: Store): Record<string, Action> => ({
  DescribeKey(input: { KeyId: string }) {
    const row = store.key(input.KeyId);
    const deletion = store.deletionOf(row.id);
    return {
      KeyMetadata: {
        AWSAccountId: context.accountId,
        KeyId: row.id,
        Arn: store.keyArn(row.id),
        CreationDate: row.createdAtMs / 1000,
        Enabled: deletion === undefined,
        ...(deletion !== undefined && { DeletionDate: deletion / 1000 }),
        Description: row.description,
        KeyUsage: 'ENCRYPT_DECRYPT',
        KeyState: deletion === undefined ? 'Enabled' : 'PendingDeletion',
        Origin: 'AWS_KMS',
        KeyManager: 'CUSTOMER',
        KeySpec: 'SYMMETRIC_DEFAULT',
        EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
        MultiRegion: false,
      },
    };
  },
  /** https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html */
  ScheduleKeyDeletion({ KeyId, PendingWindowInDays = 30 }: { KeyId: string; PendingWindowInDays?: number }) {
    const { id } = store.key(KeyId);
    if (store.deletionOf(id) !== undefined)
      throw new AwsError('KMSInvalidStateException', `${store.keyArn(id)} is pending deletion.`);
    const atMs = context.clock.now() + PendingWindowInDays * 86_400_000;
    store.putDeletion(id, atMs);
    return {
      KeyId: store.keyArn(id),
      DeletionDate: atMs / 1000,
      KeyState: 'PendingDeletion',
      PendingWindowInDays,
    };
  },
  ListKeys(paging: Paging) {
    const page = listed(store.keyIds(), (id) => id, paging);
    return {
      Keys: page.items.map((id) => ({ KeyId: id, KeyArn: store.keyArn(id) })),
      ...moreAfter(page),
    };
  },
  ListAliases({ KeyId, ...paging }: { KeyId?: string } & Paging) {
    const keyId = KeyId === undefined ? undefined : store.key(KeyId).id;
    const page = listed(
      store.aliases().filter((alias) => keyId === undefined || alias.keyId === keyId),
      ({ name }) => name,
      paging,
    );
    return {
      Aliases: page.items.map(({ name, keyId: target }) => ({
        AliasName: name,
        AliasArn: store.arnOf(name),
        TargetKeyId: target,
      })),
      ...moreAfter(page),
    };
  },
});
