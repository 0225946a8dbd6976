/** AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable (one region), as CDK's Table and TableV2 emit them. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, DeployedResource, DeployRequest, ResourceProvider } from '../../core/service.ts';
import { physicalName } from '../cloudformation/physicalName.ts';
import type { Database } from './state.ts';
import type { CreateTableInput, IndexInput, Table } from './table.ts';

interface Desired extends CreateTableInput {
  readonly timeToLive?: { readonly Enabled?: boolean; readonly AttributeName: string };
}

const MAX_NAME_LENGTH = 255;

const numbered = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (key, member) =>
    key.endsWith('CapacityUnits') ? Number(member) : member,
  );

/** Templates may write booleans as text. */
const isTrue = (value: unknown) => value === true || value === 'true';

function tableInput(request: DeployRequest): Desired {
  const { properties } = request;
  return {
    TableName: properties.TableName ?? request.physicalId ?? physicalName(request, MAX_NAME_LENGTH),
    AttributeDefinitions: properties.AttributeDefinitions,
    KeySchema: properties.KeySchema,
    BillingMode: properties.BillingMode,
    ProvisionedThroughput: properties.ProvisionedThroughput && numbered(properties.ProvisionedThroughput),
    GlobalSecondaryIndexes: properties.GlobalSecondaryIndexes && numbered(properties.GlobalSecondaryIndexes),
    LocalSecondaryIndexes: properties.LocalSecondaryIndexes,
    StreamSpecification: properties.StreamSpecification && {
      StreamEnabled: true,
      StreamViewType: properties.StreamSpecification.StreamViewType,
    },
    DeletionProtectionEnabled: isTrue(properties.DeletionProtectionEnabled),
    timeToLive: properties.TimeToLiveSpecification,
  } as Desired;
}

const REPLICA_PROPERTIES = ['Region', 'DeletionProtectionEnabled'];
const REPLICA_NOT_EMULATED = [
  'PointInTimeRecoverySpecification',
  'ContributorInsightsSpecification',
  'SSESpecification',
  'TableClass',
  'Tags',
];

function globalTableInput(context: CloudContext, request: DeployRequest): Desired {
  const { properties } = request;
  const replicas = properties.Replicas as Record<string, unknown>[];
  if (replicas.length !== 1 || replicas[0]!.Region !== context.region) {
    throw new NotEmulatedError(
      'DynamoDB',
      `replicas (${request.logicalId} asks for ${replicas.map((replica) => replica.Region).join(', ')}; this cloud has ${context.region})`,
    );
  }
  for (const name of Object.keys(replicas[0]!)) {
    if (!REPLICA_PROPERTIES.includes(name) && !REPLICA_NOT_EMULATED.includes(name)) {
      throw new NotEmulatedError('DynamoDB', `the replica property ${name} of AWS::DynamoDB::GlobalTable`);
    }
  }
  if (properties.BillingMode !== 'PAY_PER_REQUEST') {
    throw new NotEmulatedError('DynamoDB', 'provisioned capacity of AWS::DynamoDB::GlobalTable');
  }
  return {
    ...tableInput(request),
    DeletionProtectionEnabled: isTrue(replicas[0]!.DeletionProtectionEnabled),
  };
}

const sameSchema = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

async function bringUpToDate(database: Database, table: Table, desired: Desired): Promise<void> {
  const call = (action: string, input: object) => database.context.call('dynamodb', action, input);
  const local = table.indexes.filter(({ global }) => !global).map(({ name }) => name);
  const wantedLocal = (desired.LocalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  if (!sameSchema(table.keySchema, desired.KeySchema) || !sameSchema(local, wantedLocal)) {
    throw new AwsError(
      'ValidationError',
      `CloudFormation cannot update the table ${table.name}: its key schema or local indexes changed, which needs a ` +
        'replacement. Give the table another name, or delete it first.',
    );
  }
  const billingMode = desired.BillingMode ?? 'PROVISIONED';
  if (
    billingMode !== table.billingMode ||
    !sameSchema(
      desired.ProvisionedThroughput ?? null,
      table.billingMode === 'PROVISIONED' ? table.throughput : null,
    )
  ) {
    await call('UpdateTable', {
      TableName: table.name,
      BillingMode: billingMode,
      ProvisionedThroughput: desired.ProvisionedThroughput,
    });
  }
  if ((desired.DeletionProtectionEnabled ?? false) !== table.deletionProtection) {
    await call('UpdateTable', {
      TableName: table.name,
      DeletionProtectionEnabled: desired.DeletionProtectionEnabled ?? false,
    });
  }
  const viewType = desired.StreamSpecification?.StreamViewType;
  if (viewType !== table.stream?.viewType) {
    if (table.stream) {
      await call('UpdateTable', { TableName: table.name, StreamSpecification: { StreamEnabled: false } });
    }
    if (viewType) {
      await call('UpdateTable', { TableName: table.name, StreamSpecification: desired.StreamSpecification });
    }
  }
  await updateIndexes(database, table, desired);
}

async function updateIndexes(database: Database, table: Table, desired: Desired): Promise<void> {
  const wanted = new Map((desired.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]));
  const current = table.indexes.filter(({ global }) => global);
  const unchanged = new Set(
    current
      .filter((index) => {
        const next = wanted.get(index.name);
        return (
          next && sameSchema(next.KeySchema, index.keySchema) && sameSchema(next.Projection, index.projection)
        );
      })
      .map(({ name }) => name),
  );
  const updates: object[] = [
    ...current
      .filter(({ name }) => !unchanged.has(name))
      .map(({ name }) => ({ Delete: { IndexName: name } })),
    ...[...wanted.values()]
      .filter(({ IndexName }) => !unchanged.has(IndexName))
      .map((index: IndexInput) => ({ Create: index })),
    ...current.flatMap(({ name, throughput }) => {
      const next = unchanged.has(name) ? wanted.get(name)?.ProvisionedThroughput : undefined;
      return next && !sameSchema(next, throughput)
        ? [{ Update: { IndexName: name, ProvisionedThroughput: next } }]
        : [];
    }),
  ];
  if (updates.length === 0) return;
  await database.context.call('dynamodb', 'UpdateTable', {
    TableName: table.name,
    AttributeDefinitions: desired.AttributeDefinitions,
    GlobalSecondaryIndexUpdates: updates,
  });
}

async function updateTimeToLive(database: Database, name: string, desired: Desired): Promise<void> {
  const current = database.table(name).timeToLive;
  const wanted =
    desired.timeToLive && isTrue(desired.timeToLive.Enabled ?? true)
      ? desired.timeToLive.AttributeName
      : undefined;
  if (wanted === current) return;
  const set = (AttributeName: string, Enabled: boolean) =>
    database.context.call('dynamodb', 'UpdateTimeToLive', {
      TableName: name,
      TimeToLiveSpecification: { AttributeName, Enabled },
    });
  if (current !== undefined) await set(current, false);
  if (wanted !== undefined) await set(wanted, true);
}

async function deploy(database: Database, desired: Desired): Promise<DeployedResource> {
  const { store, context } = database;
  const { timeToLive, ...input } = desired;
  const existing = store.table(input.TableName);
  if (existing) await bringUpToDate(database, existing, desired);
  else await context.call('dynamodb', 'CreateTable', input);
  await updateTimeToLive(database, input.TableName, desired);
  const table = database.table(input.TableName);
  return {
    physicalId: table.name,
    attributes: {
      Arn: table.arn,
      TableId: table.tableId,
      ...(table.stream && { StreamArn: table.stream.arn }),
    },
  };
}

const PROPERTIES = [
  'TableName',
  'AttributeDefinitions',
  'KeySchema',
  'BillingMode',
  'GlobalSecondaryIndexes',
  'LocalSecondaryIndexes',
  'StreamSpecification',
  'TimeToLiveSpecification',
];

export function createResources(database: Database): Record<string, ResourceProvider> {
  const remove = async (physicalId: string) => {
    if (!database.store.table(physicalId)) return;
    await database.context.call('dynamodb', 'DeleteTable', { TableName: physicalId });
  };
  return {
    'AWS::DynamoDB::Table': {
      properties: [...PROPERTIES, 'ProvisionedThroughput', 'DeletionProtectionEnabled'],
      notEmulated: [
        'PointInTimeRecoverySpecification',
        'ContributorInsightsSpecification',
        'SSESpecification',
        'TableClass',
        'Tags',
      ],
      nameProperty: 'TableName',
      replacedBy: ['TableName', 'KeySchema'],
      exists: ({ TableName }) =>
        TableName !== undefined && database.store.table(String(TableName)) !== undefined,
      deploy: async (request) => deploy(database, tableInput(request)),
      remove,
    },
    'AWS::DynamoDB::GlobalTable': {
      properties: [...PROPERTIES, 'Replicas'],
      notEmulated: ['SSESpecification'],
      nameProperty: 'TableName',
      replacedBy: ['TableName', 'KeySchema', 'LocalSecondaryIndexes'],
      deploy: async (request) => deploy(database, globalTableInput(database.context, request)),
      remove,
    },
  };
}
