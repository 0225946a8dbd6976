/** How CloudFormation brings databases, tables and partitions into the catalog. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext, ResourceProvider } from '../../core/service.ts';
import type { DefinitionKind } from './actions/definitions.ts';
import { keepAsset } from './jobRuns.ts';
import { fold } from './records.ts';
import type { CatalogStore } from './store.ts';

/** A Glue update, or the creation when the thing is not there yet. */
async function updateOrCreate(update: () => Promise<unknown>, create: () => Promise<unknown>) {
  try {
    await update();
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'EntityNotFoundException')) throw error;
    await create();
  }
}

/** A removal of what may be gone already (its database was removed first). */
async function removeIfThere(remove: () => Promise<unknown>) {
  try {
    await remove();
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'EntityNotFoundException')) throw error;
  }
}

async function isFound(get: () => Promise<unknown>): Promise<boolean> {
  try {
    await get();
    return true;
  } catch (error) {
    if (error instanceof AwsError && error.code === 'EntityNotFoundException') return false;
    throw error;
  }
}

/** A template may write numbers and booleans where Glue takes text. */
const textual = (parameters: Record<string, unknown> | undefined) =>
  parameters && Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, String(value)]));

function tableInput(input: Record<string, unknown>, fallbackName: string) {
  const descriptor = input.StorageDescriptor as Record<string, unknown> | undefined;
  const serde = descriptor?.SerdeInfo as Record<string, unknown> | undefined;
  return {
    ...input,
    Name: input.Name ?? fallbackName,
    ...(input.Parameters ? { Parameters: textual(input.Parameters as Record<string, unknown>) } : {}),
    ...(descriptor && {
      StorageDescriptor: {
        ...descriptor,
        ...(serde && {
          SerdeInfo: {
            ...serde,
            ...(serde.Parameters ? { Parameters: textual(serde.Parameters as Record<string, unknown>) } : {}),
          },
        }),
      },
    }),
  };
}

/** A definition that is kept and shown but never runs: every property is listed as not emulated. */
function definitionProvider(
  kind: DefinitionKind,
  store: CatalogStore,
  properties: readonly string[],
  replacedBy: readonly string[] = [],
): ResourceProvider {
  return {
    properties: ['Name'],
    notEmulated: properties,
    nameProperty: 'Name',
    replacedBy: ['Name', ...replacedBy],
    async deploy({ properties: given, logicalId, physicalId }) {
      const name = given.Name ?? physicalId ?? logicalId;
      store.putDefinition(kind, name, { ...given, Name: name });
      return { physicalId: name, attributes: {} };
    },
    async remove(physicalId) {
      store.deleteDefinition(kind, physicalId);
    },
  };
}

type GlueCall = (action: string, input: unknown) => Promise<unknown>;

const databaseType = (glue: GlueCall): ResourceProvider => ({
  properties: ['CatalogId', 'DatabaseInput', 'DatabaseName'],
  nameProperty: 'DatabaseName',
  replacedBy: ['CatalogId', 'DatabaseName'],
  exists: ({ DatabaseInput, DatabaseName }) =>
    isFound(() => glue('GetDatabase', { Name: (DatabaseInput as { Name?: string }).Name ?? DatabaseName })),
  async deploy({ properties, logicalId, physicalId }) {
    const name = fold(properties.DatabaseInput.Name ?? properties.DatabaseName ?? physicalId ?? logicalId);
    const input = { ...properties.DatabaseInput, Name: name };
    await updateOrCreate(
      () => glue('UpdateDatabase', { Name: name, DatabaseInput: input }),
      () => glue('CreateDatabase', { DatabaseInput: input }),
    );
    return { physicalId: name, attributes: {} };
  },
  remove: (physicalId) => removeIfThere(() => glue('DeleteDatabase', { Name: physicalId })),
});

const tableType = (glue: GlueCall): ResourceProvider => ({
  properties: ['CatalogId', 'DatabaseName', 'Name', 'TableInput', 'OpenTableFormatInput'],
  replacedBy: ['CatalogId', 'DatabaseName', 'Name'],
  exists: ({ DatabaseName, Name, TableInput }) =>
    isFound(() => glue('GetTable', { DatabaseName, Name: Name ?? (TableInput as { Name?: string }).Name })),
  async deploy({ properties, logicalId, physicalId, previous }) {
    const { DatabaseName, OpenTableFormatInput } = properties;
    const input = tableInput(properties.TableInput ?? {}, properties.Name ?? physicalId ?? logicalId);
    const name = fold(String(input.Name));
    const create = () => glue('CreateTable', { DatabaseName, TableInput: input, OpenTableFormatInput });
    // An Iceberg table's columns belong to its writers once it exists.
    if (OpenTableFormatInput) {
      if (previous && JSON.stringify(previous.TableInput) !== JSON.stringify(properties.TableInput))
        throw new NotEmulatedError('Glue', `CloudFormation's update of the Iceberg table ${name}`);
      await updateOrCreate(() => glue('GetTable', { DatabaseName, Name: name }), create);
    } else {
      await updateOrCreate(() => glue('UpdateTable', { DatabaseName, TableInput: input }), create);
    }
    return { physicalId: name, attributes: {} };
  },
  remove: (physicalId, properties) =>
    removeIfThere(() => glue('DeleteTable', { DatabaseName: properties.DatabaseName, Name: physicalId })),
});

const partitionType = (glue: GlueCall): ResourceProvider => ({
  properties: ['CatalogId', 'DatabaseName', 'TableName', 'PartitionInput'],
  replacedBy: ['CatalogId', 'DatabaseName', 'TableName'],
  async deploy({ properties }) {
    const { DatabaseName, TableName, PartitionInput } = properties;
    await updateOrCreate(
      () =>
        glue('UpdatePartition', {
          DatabaseName,
          TableName,
          PartitionValueList: PartitionInput.Values,
          PartitionInput,
        }),
      () => glue('CreatePartition', { DatabaseName, TableName, PartitionInput }),
    );
    return {
      physicalId: `${DatabaseName}|${TableName}|${PartitionInput.Values.join('|')}`,
      attributes: {},
    };
  },
  remove: (_physicalId, { DatabaseName, TableName, PartitionInput }) =>
    removeIfThere(() =>
      glue('DeletePartition', {
        DatabaseName,
        TableName,
        PartitionValues: (PartitionInput as { Values: string[] }).Values,
      }),
    ),
});

const jobType = (glue: GlueCall, context: CloudContext, store: CatalogStore): ResourceProvider => ({
  properties: [
    'Name',
    'Command',
    'Role',
    'Timeout',
    'DefaultArguments',
    'NonOverridableArguments',
    'ExecutionProperty',
  ],
  notEmulated: [
    'GlueVersion',
    'WorkerType',
    'NumberOfWorkers',
    'MaxRetries',
    'MaxCapacity',
    'ExecutionClass',
    'Connections',
    'SecurityConfiguration',
    'NotificationProperty',
    'Description',
    'JobRunQueuingEnabled',
    'JobMode',
    'LogUri',
    'Tags',
  ],
  nameProperty: 'Name',
  replacedBy: ['Name'],
  exists: ({ Name }) => isFound(() => glue('GetJob', { JobName: Name })),
  async deploy({ properties: given, logicalId, physicalId, asset }) {
    const name = given.Name ?? physicalId ?? logicalId;
    const modules = String(given.DefaultArguments?.['--extra-py-files'] ?? '').split(',');
    for (const address of [given.Command.ScriptLocation, ...modules].filter(Boolean))
      keepAsset(context.stateDir, address, asset);
    store.putDefinition('Job', name, { ...given, Name: name });
    return { physicalId: name, attributes: {} };
  },
  async remove(physicalId) {
    store.deleteDefinition('Job', physicalId);
  },
});

export function glueResources(context: CloudContext, store: CatalogStore): Record<string, ResourceProvider> {
  const glue: GlueCall = (action, input) => context.call('glue', action, input);
  return {
    'AWS::Glue::Database': databaseType(glue),
    'AWS::Glue::Table': tableType(glue),
    'AWS::Glue::Partition': partitionType(glue),
    'AWS::Glue::Job': jobType(glue, context, store),
    'AWS::Glue::Trigger': definitionProvider(
      'Trigger',
      store,
      [
        'Type',
        'Actions',
        'Schedule',
        'Predicate',
        'StartOnCreation',
        'Description',
        'WorkflowName',
        'EventBatchingCondition',
      ],
      ['Type', 'WorkflowName'],
    ),
    'AWS::Glue::DataQualityRuleset': definitionProvider('DataQualityRuleset', store, [
      'Ruleset',
      'TargetTable',
      'Description',
      'ClientToken',
    ]),
    'AWS::Glue::SecurityConfiguration': definitionProvider('SecurityConfiguration', store, [
      'EncryptionConfiguration',
    ]),
  };
}
