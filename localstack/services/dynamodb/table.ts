/** Tables: their keys, indexes, stream and settings, checked as CreateTable does, and described as AWS describes them. */
import { type Item, validationError } from './values.ts';

export interface AttributeDefinition {
  readonly AttributeName: string;
  readonly AttributeType: 'S' | 'N' | 'B';
}

export type KeySchema = readonly {
  readonly AttributeName: string;
  readonly KeyType: 'HASH' | 'RANGE';
}[];

export interface Projection {
  readonly ProjectionType: 'ALL' | 'KEYS_ONLY' | 'INCLUDE';
  readonly NonKeyAttributes?: readonly string[];
}

export interface Throughput {
  readonly ReadCapacityUnits: number;
  readonly WriteCapacityUnits: number;
}

export interface IndexDefinition {
  readonly id: number;
  readonly name: string;
  readonly global: boolean;
  readonly keySchema: KeySchema;
  readonly projection: Projection;
  readonly throughput?: Throughput;
}

export type StreamViewType = 'KEYS_ONLY' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'NEW_AND_OLD_IMAGES';

export interface StreamDefinition {
  readonly id: number;
  readonly arn: string;
  readonly label: string;
  readonly viewType: StreamViewType;
  readonly createdAtMs: number;
}

export interface Table {
  readonly id: number;
  readonly name: string;
  readonly arn: string;
  readonly tableId: string;
  readonly createdAtMs: number;
  readonly attributes: readonly AttributeDefinition[];
  readonly keySchema: KeySchema;
  readonly indexes: readonly IndexDefinition[];
  readonly billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly throughput: Throughput;
  readonly stream?: StreamDefinition;
  readonly timeToLive?: string;
  readonly deletionProtection: boolean;
}

export interface IndexInput {
  readonly IndexName: string;
  readonly KeySchema: KeySchema;
  readonly Projection: Projection;
  readonly ProvisionedThroughput?: Throughput;
}

export interface StreamSpecification {
  readonly StreamEnabled?: boolean;
  readonly StreamViewType?: StreamViewType;
}

export interface CreateTableInput {
  readonly TableName: string;
  readonly AttributeDefinitions: readonly AttributeDefinition[];
  readonly KeySchema: KeySchema;
  readonly BillingMode?: 'PROVISIONED' | 'PAY_PER_REQUEST';
  readonly ProvisionedThroughput?: Throughput;
  readonly GlobalSecondaryIndexes?: readonly IndexInput[];
  readonly LocalSecondaryIndexes?: readonly IndexInput[];
  readonly StreamSpecification?: StreamSpecification;
  readonly DeletionProtectionEnabled?: boolean;
}

const MAX_GLOBAL_INDEXES = 20;
const MAX_LOCAL_INDEXES = 5;
const invalid = (message: string) => validationError(`One or more parameter values were invalid: ${message}`);

/** Throws unless the name is one that AWS accepts. */
function assertTableName(name: unknown): asserts name is string {
  if (typeof name !== 'string') {
    throw validationError("The parameter 'TableName' is required but was not present in the request");
  }
  if (name.length < 3 || name.length > 255) {
    throw validationError('TableName must be at least 3 characters long and at most 255 characters long');
  }
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) {
    throw validationError(
      `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: ` +
        'Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
    );
  }
}

function assertSchema(schema: KeySchema, definitions: readonly AttributeDefinition[]): void {
  if (schema[0]?.KeyType !== 'HASH') {
    throw invalid('The first KeySchemaElement is not a HASH key');
  }
  if (schema.length > 2 || (schema.length === 2 && schema[1]!.KeyType !== 'RANGE')) {
    throw invalid('The second KeySchemaElement is not a RANGE key type');
  }
  for (const { AttributeName } of schema) {
    if (!definitions.some((definition) => definition.AttributeName === AttributeName)) {
      throw invalid(
        'Some index key attributes are not defined in AttributeDefinitions. ' +
          `Keys: [${schema.map((key) => key.AttributeName).join(', ')}], ` +
          `AttributeDefinitions: [${definitions.map((definition) => definition.AttributeName).join(', ')}]`,
      );
    }
  }
}

function assertIndex(index: IndexInput, definitions: readonly AttributeDefinition[]): void {
  assertSchema(index.KeySchema, definitions);
  const { ProjectionType, NonKeyAttributes } = index.Projection;
  if (!['ALL', 'KEYS_ONLY', 'INCLUDE'].includes(ProjectionType)) {
    throw invalid(`Unknown ProjectionType: ${ProjectionType ?? 'null'}`);
  }
  if (ProjectionType === 'INCLUDE' && !NonKeyAttributes?.length) {
    throw invalid('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  if (ProjectionType !== 'INCLUDE' && NonKeyAttributes) {
    throw invalid(`ProjectionType is ${ProjectionType}, but NonKeyAttributes is specified`);
  }
}

export function assertThroughput(
  billingMode: 'PROVISIONED' | 'PAY_PER_REQUEST',
  throughput: Throughput | undefined,
): void {
  if (billingMode === 'PAY_PER_REQUEST' && throughput) {
    throw invalid(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  if (billingMode === 'PROVISIONED' && !throughput) {
    throw invalid(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
}

/** Throws `ValidationException` as CreateTable does for keys, indexes and throughput that do not fit together. */
export function assertCreatable(input: CreateTableInput): void {
  assertTableName(input.TableName);
  const definitions = input.AttributeDefinitions ?? [];
  assertSchema(input.KeySchema ?? [], definitions);
  assertThroughput(input.BillingMode ?? 'PROVISIONED', input.ProvisionedThroughput);
  const global = input.GlobalSecondaryIndexes ?? [];
  const local = input.LocalSecondaryIndexes ?? [];
  if (global.length > MAX_GLOBAL_INDEXES) {
    throw invalid(`GlobalSecondaryIndex count exceeds the per-table limit of ${MAX_GLOBAL_INDEXES}`);
  }
  if (local.length > MAX_LOCAL_INDEXES) {
    throw invalid(`Number of LocalSecondaryIndexes exceeds per-table limit of ${MAX_LOCAL_INDEXES}`);
  }
  const names = new Set<string>();
  for (const index of [...global, ...local]) {
    assertIndex(index, definitions);
    if (names.has(index.IndexName)) throw invalid(`Duplicate index name: ${index.IndexName}`);
    names.add(index.IndexName);
  }
  for (const index of local) {
    if (input.KeySchema.length !== 2) {
      throw invalid(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    if (index.KeySchema[0]!.AttributeName !== input.KeySchema[0]!.AttributeName) {
      throw invalid(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${index.IndexName}. ` +
          `index hash key: ${index.KeySchema[0]!.AttributeName}, table hash key: ${input.KeySchema[0]!.AttributeName}`,
      );
    }
  }
  assertNoSpareDefinitions(definitions, [
    input.KeySchema,
    ...[...global, ...local].map((index) => index.KeySchema),
  ]);
}

export function assertNoSpareDefinitions(
  definitions: readonly AttributeDefinition[],
  schemas: readonly KeySchema[],
): void {
  const used = new Set(schemas.flat().map((key) => key.AttributeName));
  if (definitions.length !== used.size) {
    throw invalid(
      'Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions',
    );
  }
}

const NO_THROUGHPUT: Throughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };

const describeThroughput = (throughput: Throughput | undefined) => ({
  NumberOfDecreasesToday: 0,
  ...(throughput ?? NO_THROUGHPUT),
});

function describeIndex(table: Table, index: IndexDefinition, counts: IndexCounts) {
  return {
    IndexName: index.name,
    KeySchema: index.keySchema,
    Projection: index.projection,
    IndexSizeBytes: counts.bytes,
    ItemCount: counts.items,
    IndexArn: `${table.arn}/index/${index.name}`,
    ...(index.global && {
      IndexStatus: 'ACTIVE',
      ProvisionedThroughput: describeThroughput(index.throughput),
    }),
  };
}

export interface IndexCounts {
  readonly items: number;
  readonly bytes: number;
}

/** A table as DescribeTable shows it. `counts` gives live figures, where AWS's are up to six hours old. */
export function describeTable(
  table: Table,
  counts: (index?: IndexDefinition) => IndexCounts,
  status: 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING' = 'ACTIVE',
) {
  const indexes = (global: boolean) => {
    const list = table.indexes.filter((index) => index.global === global);
    if (list.length === 0) return undefined;
    return list.map((index) => describeIndex(table, index, counts(index)));
  };
  const total = counts();
  return {
    AttributeDefinitions: table.attributes,
    TableName: table.name,
    KeySchema: table.keySchema,
    TableStatus: status,
    CreationDateTime: table.createdAtMs / 1000,
    ProvisionedThroughput: describeThroughput(table.throughput),
    TableSizeBytes: total.bytes,
    ItemCount: total.items,
    TableArn: table.arn,
    TableId: table.tableId,
    ...(table.billingMode === 'PAY_PER_REQUEST' && {
      BillingModeSummary: {
        BillingMode: table.billingMode,
        LastUpdateToPayPerRequestDateTime: table.createdAtMs / 1000,
      },
    }),
    LocalSecondaryIndexes: indexes(false),
    GlobalSecondaryIndexes: indexes(true),
    ...(table.stream && {
      StreamSpecification: { StreamEnabled: true, StreamViewType: table.stream.viewType },
      LatestStreamLabel: table.stream.label,
      LatestStreamArn: table.stream.arn,
    }),
    DeletionProtectionEnabled: table.deletionProtection,
  };
}

/** The attributes of an item that an index holds. */
export function projected(table: Table, index: IndexDefinition, item: Item): Item {
  if (index.projection.ProjectionType === 'ALL') return item;
  const names = new Set([
    ...table.keySchema.map((key) => key.AttributeName),
    ...index.keySchema.map((key) => key.AttributeName),
    ...(index.projection.NonKeyAttributes ?? []),
  ]);
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.has(name)));
}
