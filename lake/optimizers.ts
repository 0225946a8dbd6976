/** The table optimizers of a study's Iceberg tables, each with its last run, as Glue has them. */
import {
  BatchGetTableOptimizerCommand,
  type TableOptimizer as GlueOptimizer,
  paginateGetTables,
  type TableOptimizerType,
} from '@aws-sdk/client-glue';
import { GetFunctionConfigurationCommand, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { zones } from '../lib/model/layout.ts';
import type { LakeContext } from './context.ts';
import type { WorkOptions } from './progress.ts';

export interface TableOptimizer {
  /** `database.table`, as Glue has it. */
  readonly table: string;
  readonly type: TableOptimizerType;
  readonly enabled: boolean;
  readonly lastRun?: {
    /** `in_progress`, `completed`, `failed` */
    readonly status: string;
    /** ISO 8601. */
    readonly startedAt: string;
    readonly error?: string;
  };
}

const TYPES: readonly TableOptimizerType[] = ['compaction', 'retention', 'orphan_file_deletion'];

/** AWS names no limit of a call. */
const ENTRIES_A_CALL = 30;

/** Those of every table; none where the study is deployed without them. Rejects with Glue's own failure. */
export async function tableOptimizers(
  lake: LakeContext,
  study: string,
  { signal }: WorkOptions = {},
): Promise<TableOptimizer[]> {
  const optimizing = await optimizingAccount(lake, study, signal);
  if (optimizing === undefined) return [];
  const { glue } = lake.target.clients;
  const tables = await icebergTables(lake, study, signal);
  const entries = tables.flatMap((table) => TYPES.map((type) => ({ catalogId: optimizing, ...table, type })));
  const found: TableOptimizer[] = [];
  for (let from = 0; from < entries.length; from += ENTRIES_A_CALL) {
    const { TableOptimizers = [], Failures = [] } = await glue.send(
      new BatchGetTableOptimizerCommand({ Entries: entries.slice(from, from + ENTRIES_A_CALL) }),
      { abortSignal: signal },
    );
    const failure = Failures.find(({ error }) => error?.ErrorCode !== 'EntityNotFoundException');
    if (failure)
      throw new Error(
        `Glue does not say which optimizers ${failure.databaseName}.${failure.tableName} has: ${failure.error?.ErrorMessage}`,
      );
    for (const { databaseName, tableName, tableOptimizer } of TableOptimizers)
      found.push(shown(`${databaseName}.${tableName}`, tableOptimizer!));
  }
  return found;
}

/** The account in whose catalog the model runner switches optimizers on; undefined where it does not. */
async function optimizingAccount(
  { target: { clients, names } }: LakeContext,
  study: string,
  abortSignal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    const { Environment } = await clients.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: names.lambda(study, 'model-runner') }),
      { abortSignal },
    );
    const { TABLE_OPTIMIZERS, TABLE_OPTIMIZERS_ROLE } = Environment?.Variables ?? {};
    return TABLE_OPTIMIZERS === 'on' ? TABLE_OPTIMIZERS_ROLE?.split(':')[4] : undefined;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

async function icebergTables(
  { target: { clients, names } }: LakeContext,
  study: string,
  abortSignal: AbortSignal | undefined,
): Promise<{ databaseName: string; tableName: string }[]> {
  const tables: { databaseName: string; tableName: string }[] = [];
  for (const zone of zones.filter((one) => one !== 'bronze' && one !== 'stage')) {
    const databaseName = names.database(study, zone);
    const pages = paginateGetTables(
      { client: clients.glue },
      { DatabaseName: databaseName },
      { abortSignal },
    );
    for await (const { TableList = [] } of pages)
      for (const { Name, Parameters } of TableList)
        if (Parameters?.metadata_location) tables.push({ databaseName, tableName: Name! });
  }
  return tables;
}

const shown = (table: string, { type, configuration, lastRun }: GlueOptimizer): TableOptimizer => ({
  table,
  type: type!,
  enabled: configuration?.enabled ?? false,
  ...(lastRun?.startTimestamp && {
    lastRun: {
      status: lastRun.eventType ?? '',
      startedAt: lastRun.startTimestamp.toISOString(),
      ...(lastRun.error && { error: lastRun.error }),
    },
  }),
});
