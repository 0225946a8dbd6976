/** Permissions that several roles of a study need, each bound to the study's own rows, prefixes and services. */
import { Aws } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { BucketPurpose, Names } from '../model/layout.ts';
import type { Access } from './access.ts';

/**
 * Listing a bucket under the study's own prefixes. The condition holds for requests that name a prefix; one that reads an
 * object names none, and must be allowed, or S3 answers "access denied" instead of "no such key" for an object that does not
 * exist. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export const listStudy = (names: Names, purpose: BucketPurpose, study: string): Access => ({
  actions: ['s3:ListBucket'],
  resources: [names.bucketArn(purpose)],
  conditions: { StringLikeIfExists: { 's3:prefix': `*/study=${study}/*` } },
});

/**
 * The databases that Athena looks at for a statement: those that it names, and `default` whatever it names.
 * https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
 */
export const athenaDatabases = (names: Names, databases: readonly string[]): Access => ({
  actions: ['glue:GetDatabase', 'glue:GetDatabases'],
  resources: [names.catalogArn, ...['default', ...databases].map(names.databaseArn)],
});

/** Actions on the ledger's rows with these partition keys, of the table or of an index. */
export const onLedgerRows = (
  actions: readonly string[],
  tableOrIndexArn: string,
  partitionKeys: readonly string[],
): Access => ({
  actions,
  resources: [tableOrIndexArn],
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
  conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...partitionKeys] } },
});

/**
 * Use of the lake's key by these services in the role's name, and in no other way.
 * https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export const keyThrough = (
  key: IKey,
  actions: readonly string[],
  services: readonly ('dynamodb' | 's3' | 'sns')[],
): Access => ({
  actions,
  resources: [key.keyArn],
  conditions: {
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${Aws.REGION}.amazonaws.com`) },
  },
});
