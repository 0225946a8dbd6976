/** Glue's table optimizers of a study's tables: what each is to do, and what has to change for that. */
import {
  AlreadyExistsException,
  BatchGetTableOptimizerCommand,
  CreateTableOptimizerCommand,
  DeleteTableOptimizerCommand,
  EntityNotFoundException,
  type GlueClient,
  type TableOptimizer,
  type TableOptimizerConfiguration,
  type TableOptimizerType,
  UpdateTableOptimizerCommand,
} from '@aws-sdk/client-glue';

export interface TableName {
  readonly database: string;
  readonly table: string;
}

type Settings = Omit<TableOptimizerConfiguration, 'roleArn' | 'enabled'>;

/** As long as VACUUM keeps snapshots, and the files of a writer that has not committed yet. */
const DAYS = 5;

/** How each optimizer is configured; what is left out has AWS's default. */
const SETTINGS = {
  compaction: {
    // Every MERGE writes delete files: with AWS's threshold of 1 most tables would be compacted after every run.
    compactionConfiguration: { icebergConfiguration: { strategy: 'binpack', deleteFileThreshold: 10 } },
  },
  retention: {
    retentionConfiguration: {
      icebergConfiguration: {
        snapshotRetentionPeriodInDays: DAYS,
        numberOfSnapshotsToRetain: 1,
        cleanExpiredFiles: true,
      },
    },
  },
  orphan_file_deletion: {
    orphanFileDeletionConfiguration: { icebergConfiguration: { orphanFileRetentionPeriodInDays: DAYS } },
  },
} as const satisfies Record<TableOptimizerType, Settings>;

const TYPES = Object.keys(SETTINGS) as TableOptimizerType[];

/** `database.table` → the table's optimizers by type. */
export type Optimizers = ReadonlyMap<string, Partial<Record<TableOptimizerType, TableOptimizer>>>;

export const fullName = ({ database, table }: TableName) => `${database}.${table}`;

export interface OptimizerChange {
  readonly table: TableName;
  readonly type: TableOptimizerType;
  readonly action: 'create' | 'update';
  readonly configuration: TableOptimizerConfiguration;
}

/** Whether an optimizer is configured as it is here: Glue may show more settings. */
function isAsTold(found: unknown, told: unknown): boolean {
  if (typeof told !== 'object' || told === null) return found === told;
  return Object.entries(told).every(([name, value]) =>
    isAsTold((found as Record<string, unknown> | undefined)?.[name], value),
  );
}

/** What has to be done so that every table has each optimizer. One that somebody disabled stays disabled. */
export function optimizerChanges(
  tables: readonly TableName[],
  optimizers: Optimizers,
  roleArn: string,
): OptimizerChange[] {
  return tables.flatMap((table) =>
    TYPES.flatMap((type): OptimizerChange[] => {
      const found = optimizers.get(fullName(table))?.[type]?.configuration;
      const wanted = { roleArn, ...SETTINGS[type] };
      if (!found) return [{ table, type, action: 'create', configuration: { ...wanted, enabled: true } }];
      if (isAsTold(found, wanted)) return [];
      const configuration = { ...wanted, enabled: found.enabled ?? true };
      return [{ table, type, action: 'update', configuration }];
    }),
  );
}

/** What an optimizer of the table does, so that a statement need not: it is enabled, and its last run has not failed. */
export function isOptimized(optimizers: Optimizers, table: TableName, type: TableOptimizerType): boolean {
  const { configuration, lastRun } = optimizers.get(fullName(table))?.[type] ?? {};
  return configuration?.enabled === true && lastRun?.eventType !== 'failed';
}

type Glue = Pick<GlueClient, 'send'>;

export interface OptimizerPlace {
  readonly glue: Glue;
  /** The database as Glue has it. */
  readonly own: (database: string) => string;
  /** The role that the optimizers work in; the catalog is its account's. */
  readonly roleArn: string;
}

const catalogOf = ({ roleArn }: Pick<OptimizerPlace, 'roleArn'>) => roleArn.split(':')[4]!;

/** Entries that one call asks for. AWS names no limit. */
const ENTRIES_A_CALL = 30;

/** The optimizers that the tables have. @throws Error for an answer other than that there is none */
export async function readOptimizers(
  place: OptimizerPlace,
  tables: readonly TableName[],
): Promise<Optimizers> {
  const found = new Map<string, Partial<Record<TableOptimizerType, TableOptimizer>>>();
  const asked = tables.flatMap((table) => TYPES.map((type) => ({ table, type })));
  const byName = new Map(
    tables.map((table) => [fullName({ ...table, database: place.own(table.database) }), fullName(table)]),
  );
  for (let from = 0; from < asked.length; from += ENTRIES_A_CALL) {
    const { TableOptimizers = [], Failures = [] } = await place.glue.send(
      new BatchGetTableOptimizerCommand({
        Entries: asked.slice(from, from + ENTRIES_A_CALL).map(({ table: { database, table }, type }) => ({
          catalogId: catalogOf(place),
          databaseName: place.own(database),
          tableName: table,
          type,
        })),
      }),
    );
    const failure = Failures.find(({ error }) => error?.ErrorCode !== 'EntityNotFoundException');
    if (failure)
      throw new Error(
        `Glue does not say which optimizers ${failure.databaseName}.${failure.tableName} has: ${failure.error?.ErrorCode}: ${failure.error?.ErrorMessage}`,
      );
    for (const { databaseName, tableName, tableOptimizer } of TableOptimizers) {
      const name = byName.get(`${databaseName}.${tableName}`);
      if (name && tableOptimizer?.type)
        found.set(name, { ...found.get(name), [tableOptimizer.type]: tableOptimizer });
    }
  }
  return found;
}

/** Makes the changes. Another run may have made one first, or taken the table away: the next run sees to that. */
export async function applyChanges(
  place: OptimizerPlace,
  changes: readonly OptimizerChange[],
): Promise<number> {
  let made = 0;
  for (const { table, type, action, configuration } of changes) {
    const input = {
      CatalogId: catalogOf(place),
      DatabaseName: place.own(table.database),
      TableName: table.table,
      Type: type,
      TableOptimizerConfiguration: configuration,
    };
    try {
      if (action === 'create') await place.glue.send(new CreateTableOptimizerCommand(input));
      else await place.glue.send(new UpdateTableOptimizerCommand(input));
      made++;
    } catch (error) {
      if (!(error instanceof AlreadyExistsException || error instanceof EntityNotFoundException)) throw error;
    }
  }
  return made;
}

/** Removes the optimizers that work in the role: those that an earlier deployment switched on. */
export async function removeOptimizers(place: OptimizerPlace, optimizers: Optimizers): Promise<void> {
  for (const [name, byType] of optimizers)
    for (const { type, configuration } of Object.values(byType)) {
      if (configuration?.roleArn !== place.roleArn) continue;
      const [database = '', TableName] = name.split('.');
      const DatabaseName = place.own(database);
      try {
        await place.glue.send(
          new DeleteTableOptimizerCommand({
            CatalogId: catalogOf(place),
            DatabaseName,
            TableName,
            Type: type,
          }),
        );
      } catch (error) {
        if (!(error instanceof EntityNotFoundException)) throw error;
      }
    }
}
