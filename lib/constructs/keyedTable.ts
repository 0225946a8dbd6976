/**
 * A DynamoDB table with keys `pk` and `sk`: paid per request, encrypted with the lake's key, restorable to any second.
 * (`TableV2` cannot take an own key in a stack that is not bound to a region.)
 */

import {
  AttributeType,
  BillingMode,
  ProjectionType,
  type StreamViewType,
  Table,
  TableEncryption,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';
import { removalOfData, type Settings } from './settings.ts';

export interface KeyedTableProps {
  readonly settings: Settings;
  readonly key: IKey;
  readonly tableName: string;
  /** Name of an index → its key attributes, texts both. @default - none */
  readonly indexes?: Readonly<Record<string, { readonly partition: string; readonly sort: string }>>;
  /** @default - no stream */
  readonly stream?: StreamViewType;
  /** Whether items carry `expires_at` (epoch seconds), after which they go. @default false */
  readonly expires?: boolean;
}

const text = (name: string) => ({ name, type: AttributeType.STRING });

export function keyedTable(scope: Construct, id: string, props: KeyedTableProps): Table {
  const table = new Table(scope, id, {
    tableName: props.tableName,
    partitionKey: text('pk'),
    sortKey: text('sk'),
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey: props.key,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    removalPolicy: removalOfData(props.settings),
    deletionProtection: props.settings.profile.deletionProtection,
    ...(props.stream && { stream: props.stream }),
    ...(props.expires && { timeToLiveAttribute: 'expires_at' }),
  });
  for (const [indexName, { partition, sort }] of Object.entries(props.indexes ?? {})) {
    table.addGlobalSecondaryIndex({
      indexName,
      partitionKey: text(partition),
      sortKey: text(sort),
      projectionType: ProjectionType.ALL,
    });
  }
  return table;
}
