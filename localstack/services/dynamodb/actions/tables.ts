/** CreateTable, DescribeTable, UpdateTable, DeleteTable, ListTables and the time to live: a table's life. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../core/errors.ts';
import { backfillIndex, type Database } from '../state.ts';
import { createStream, disableStream } from '../streamRecords.ts';
import {
  type AttributeDefinition,
  assertCreatable,
  assertNoSpareDefinitions,
  assertThroughput,
  type CreateTableInput,
  describeTable as described,
  type IndexDefinition,
  type IndexInput,
  type StreamSpecification,
  type Table,
  type Throughput,
} from '../table.ts';
import { expiryOf } from '../timeToLive.ts';
import { validationError } from '../values.ts';

type Status = 'CREATING' | 'ACTIVE' | 'UPDATING' | 'DELETING';

const NO_THROUGHPUT: Throughput = { ReadCapacityUnits: 0, WriteCapacityUnits: 0 };
const LIST_LIMIT = 100;

const description = (database: Database, table: Table, status: Status = 'ACTIVE') =>
  described(table, (index) => database.store.size(index ? `i${index.id}` : `t${table.id}`), status);

const indexFrom = (database: Database, input: IndexInput, global: boolean): IndexDefinition => ({
  id: database.store.nextNumber('index'),
  name: input.IndexName,
  global,
  keySchema: input.KeySchema,
  projection: input.Projection,
  throughput: input.ProvisionedThroughput,
});

/** The table's ACTIVE at once; the answer says CREATING, as AWS's does. */
export const createTable = (database: Database) => (input: CreateTableInput) => {
  const { store, context } = database;
  assertCreatable(input);
  if (store.table(input.TableName)) {
    throw new AwsError('ResourceInUseException', `Table already exists: ${input.TableName}`);
  }
  const nowMs = context.clock.now();
  const arn = `arn:aws:dynamodb:${context.region}:${context.accountId}:table/${input.TableName}`;
  const table = store.transaction((): Table => {
    const created: Table = {
      id: store.nextNumber('table'),
      name: input.TableName,
      arn,
      tableId: randomUUID(),
      createdAtMs: nowMs,
      attributes: input.AttributeDefinitions,
      keySchema: input.KeySchema,
      indexes: [
        ...(input.LocalSecondaryIndexes ?? []).map((index) => indexFrom(database, index, false)),
        ...(input.GlobalSecondaryIndexes ?? []).map((index) => indexFrom(database, index, true)),
      ],
      billingMode: input.BillingMode ?? 'PROVISIONED',
      throughput: input.ProvisionedThroughput ?? NO_THROUGHPUT,
      deletionProtection: input.DeletionProtectionEnabled ?? false,
    };
    const streamed = withStream(database, created, input.StreamSpecification);
    store.putTable(streamed);
    return streamed;
  });
  return { TableDescription: description(database, table, 'CREATING') };
};

function withStream(
  { store, context }: Database,
  table: Table,
  specification: StreamSpecification | undefined,
): Table {
  if (!specification) return table;
  if (!specification.StreamEnabled) {
    if (table.stream) disableStream(store, table.stream.arn);
    return { ...table, stream: undefined };
  }
  if (!specification.StreamViewType) {
    throw validationError(
      'One or more parameter values were invalid: StreamViewType must be specified when StreamEnabled is true',
    );
  }
  if (table.stream) throw validationError(`Table already has an enabled stream: TableName: ${table.name}`);
  return {
    ...table,
    stream: createStream(store, context.clock.now(), table, specification.StreamViewType),
  };
}

export const describeTable = (database: Database) => (input: { TableName: string }) => {
  return { Table: description(database, existing(database, input.TableName)) };
};

/** Control-plane actions name the table that is missing, data-plane actions do not. */
function existing(database: Database, nameOrArn: string): Table {
  try {
    return database.table(nameOrArn);
  } catch (error) {
    if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
    throw new AwsError(error.code, `Requested resource not found: Table: ${nameOrArn} not found`);
  }
}

export const deleteTable = (database: Database) => (input: { TableName: string }) => {
  const { store } = database;
  const table = existing(database, input.TableName);
  if (table.deletionProtection) {
    throw validationError(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  store.transaction(() => {
    if (table.stream) disableStream(store, table.stream.arn);
    store.dropTable(table);
  });
  return {
    TableDescription: {
      TableName: table.name,
      TableArn: table.arn,
      TableId: table.tableId,
      TableStatus: 'DELETING',
      ItemCount: 0,
      TableSizeBytes: 0,
    },
  };
};

export const listTables =
  (database: Database) => (input: { ExclusiveStartTableName?: string; Limit?: number }) => {
    const names = database.store
      .tableNames()
      .filter((name) => input.ExclusiveStartTableName === undefined || name > input.ExclusiveStartTableName);
    const page = names.slice(0, input.Limit ?? LIST_LIMIT);
    return {
      TableNames: page,
      LastEvaluatedTableName: page.length < names.length ? page.at(-1) : undefined,
    };
  };

interface IndexUpdate {
  readonly Create?: IndexInput;
  readonly Delete?: { readonly IndexName: string };
  readonly Update?: { readonly IndexName: string; readonly ProvisionedThroughput?: Throughput };
}

interface UpdateTableInput {
  readonly TableName: string;
  readonly AttributeDefinitions?: readonly AttributeDefinition[];
  readonly BillingMode?: Table['billingMode'];
  readonly ProvisionedThroughput?: Throughput;
  readonly StreamSpecification?: StreamSpecification;
  readonly GlobalSecondaryIndexUpdates?: readonly IndexUpdate[];
  readonly DeletionProtectionEnabled?: boolean;
}

/** A new index is filled from the items before the call returns. */
export const updateTable = (database: Database) => (input: UpdateTableInput) => {
  const { store } = database;
  const before = existing(database, input.TableName);
  const table = store.transaction((): Table => {
    let next: Table = {
      ...before,
      billingMode: input.BillingMode ?? before.billingMode,
      throughput:
        input.BillingMode === 'PAY_PER_REQUEST'
          ? NO_THROUGHPUT
          : (input.ProvisionedThroughput ?? before.throughput),
      deletionProtection: input.DeletionProtectionEnabled ?? before.deletionProtection,
    };
    if (input.BillingMode) assertThroughput(input.BillingMode, input.ProvisionedThroughput);
    next = withStream(database, next, input.StreamSpecification);
    for (const update of input.GlobalSecondaryIndexUpdates ?? []) {
      next = withIndexUpdate(database, next, update, input.AttributeDefinitions ?? next.attributes);
    }
    store.putTable(next);
    return next;
  });
  return { TableDescription: description(database, table, 'UPDATING') };
};

function withIndexUpdate(
  database: Database,
  table: Table,
  update: IndexUpdate,
  definitions: readonly AttributeDefinition[],
): Table {
  const named = (name: string) => {
    const index = table.indexes.find((candidate) => candidate.global && candidate.name === name);
    if (!index)
      throw new AwsError('ResourceNotFoundException', `Requested resource not found: Index: ${name}`);
    return index;
  };
  if (update.Create) {
    const index = indexFrom(database, update.Create, true);
    if (table.indexes.some(({ name }) => name === index.name)) {
      throw validationError(
        `One or more parameter values were invalid: Attempting to create an index which already exists: ${index.name}`,
      );
    }
    const schemas = [table.keySchema, ...table.indexes.map(({ keySchema }) => keySchema), index.keySchema];
    const used = new Set(schemas.flat().map((key) => key.AttributeName));
    const attributes = [...table.attributes, ...definitions]
      .filter(({ AttributeName }) => used.has(AttributeName))
      .filter(
        ({ AttributeName }, at, all) =>
          all.findIndex((other) => other.AttributeName === AttributeName) === at,
      );
    assertNoSpareDefinitions(attributes, schemas);
    const next = { ...table, attributes, indexes: [...table.indexes, index] };
    backfillIndex(database.store, next, index);
    return next;
  }
  if (update.Delete) {
    const index = named(update.Delete.IndexName);
    database.store.dropIndex(index);
    return { ...table, indexes: table.indexes.filter((candidate) => candidate !== index) };
  }
  const index = named(update.Update!.IndexName);
  return {
    ...table,
    indexes: table.indexes.map((candidate) =>
      candidate === index ? { ...index, throughput: update.Update!.ProvisionedThroughput } : candidate,
    ),
  };
}

interface TimeToLiveInput {
  readonly TableName: string;
  readonly TimeToLiveSpecification: { readonly Enabled: boolean; readonly AttributeName: string };
}

export const updateTimeToLive = (database: Database) => (input: TimeToLiveInput) => {
  const { store } = database;
  const before = existing(database, input.TableName);
  const { Enabled: enabled, AttributeName: attribute } = input.TimeToLiveSpecification;
  if (enabled && before.timeToLive === attribute) throw validationError('TimeToLive is already enabled');
  if (enabled && before.timeToLive !== undefined) {
    throw validationError(
      `TimeToLive is active on a different AttributeName: current AttributeName is ${before.timeToLive}`,
    );
  }
  if (!enabled && before.timeToLive === undefined) throw validationError('TimeToLive is already disabled');
  const table: Table = { ...before, timeToLive: enabled ? attribute : undefined };
  database.commit(() => {
    for (const row of [...store.items(table, {})]) {
      store.setExpiry(table.id, row.position, expiryOf(table, row.item));
    }
    store.putTable(table);
  });
  return { TimeToLiveSpecification: input.TimeToLiveSpecification };
};

export const describeTimeToLive = (database: Database) => (input: { TableName: string }) => {
  const { timeToLive } = existing(database, input.TableName);
  return {
    TimeToLiveDescription:
      timeToLive === undefined
        ? { TimeToLiveStatus: 'DISABLED' }
        : { TimeToLiveStatus: 'ENABLED', AttributeName: timeToLive },
  };
};
