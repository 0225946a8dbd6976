/** Table optimizers and their runs. https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-table-optimizers.html */
import { AwsError, NotEmulatedError } from '../../../core/errors.ts';
import type { Action, CloudContext } from '../../../core/service.ts';
import { requireAssumable } from '../assumedRole.ts';
import { isIceberg } from '../icebergTable.ts';
import {
  OPTIMIZER_TYPES,
  type OptimizerConfiguration,
  type OptimizerName,
  orphansOf,
  SETTINGS_OF,
  type TableOptimizer,
} from '../optimizerRecords.ts';
import type { OptimizerRuns } from '../optimizerRuns.ts';
import { page } from '../paging.ts';
import { fold, type Table } from '../records.ts';
import type { CatalogStore } from '../store.ts';
import { requireTable } from './tables.ts';

const runsAPage = 100;

type Configured = OptimizerName & { readonly TableOptimizerConfiguration: Partial<OptimizerConfiguration> };

interface Entry {
  readonly catalogId?: string;
  readonly databaseName?: string;
  readonly tableName?: string;
  readonly type?: OptimizerName['Type'];
}

const invalid = (message: string) => new AwsError('InvalidInputException', message);

const isUnder = (location: string, folder: string) =>
  `${location.replace(/\/+$/, '')}/`.startsWith(`${folder.replace(/\/+$/, '')}/`);

/** @throws AwsError InvalidInputException for a configuration that is not whole, or says what another type is to do */
function checked(
  { Type, TableOptimizerConfiguration: given }: Configured,
  table: Table,
): OptimizerConfiguration {
  const { roleArn, enabled } = given;
  if (roleArn === undefined || enabled === undefined)
    throw invalid(
      `TableOptimizerConfiguration lacks ${roleArn === undefined ? 'roleArn' : 'enabled'}: an optimizer needs a role, and whether it is enabled.`,
    );
  const foreign = OPTIMIZER_TYPES.find((type) => type !== Type && given[SETTINGS_OF[type]] !== undefined);
  if (foreign) throw invalid(`${SETTINGS_OF[foreign]} is not for an optimizer of the type ${Type}.`);
  const configuration = { ...given, roleArn, enabled };
  const { location } = orphansOf(configuration);
  if (location !== undefined && !isUnder(location, table.StorageDescriptor?.Location ?? ''))
    throw invalid(
      `The location ${location} is not in the table's, which is ${table.StorageDescriptor?.Location}.`,
    );
  return configuration;
}

const named = (table: Table, Type: OptimizerName['Type']): OptimizerName => ({
  DatabaseName: table.DatabaseName,
  TableName: table.Name,
  Type,
});

export function tableOptimizerActions(
  context: CloudContext,
  store: CatalogStore,
  runs: OptimizerRuns,
): Record<string, Action> {
  const tableOf = ({ DatabaseName, TableName }: OptimizerName) => {
    const table = requireTable(store, fold(DatabaseName), fold(TableName));
    if (!isIceberg(table))
      throw invalid(`${table.DatabaseName}.${table.Name} is not an Iceberg table: optimizers are for these.`);
    return table;
  };
  const require = (name: OptimizerName): TableOptimizer => {
    const table = requireTable(store, fold(name.DatabaseName), fold(name.TableName));
    const optimizer = store.tableOptimizer(named(table, name.Type));
    if (!optimizer)
      throw new AwsError(
        'EntityNotFoundException',
        `Table optimizer of the type ${name.Type} is not found for ${table.DatabaseName}.${table.Name}.`,
      );
    return optimizer;
  };
  const shown = (optimizer: TableOptimizer) => {
    const lastRun = store.lastOptimizerRun(optimizer);
    const { Type: type, configuration } = optimizer;
    return { type, configuration, ...(lastRun && { lastRun }), configurationSource: 'table' };
  };
  const withTable = ({ DatabaseName, TableName }: OptimizerName) => ({
    CatalogId: context.accountId,
    DatabaseName,
    TableName,
  });
  const found = ({ catalogId, databaseName, tableName, type }: Entry) => {
    if (catalogId !== undefined && catalogId !== context.accountId)
      throw new NotEmulatedError('Glue', `the catalog ${catalogId}`);
    if (!databaseName || !tableName || !type)
      throw invalid('An entry needs databaseName, tableName and type.');
    return shown(require({ DatabaseName: databaseName, TableName: tableName, Type: type }));
  };

  return {
    async CreateTableOptimizer(request: Configured) {
      const table = tableOf(request);
      const configuration = checked(request, table);
      await requireAssumable(context, configuration.roleArn);
      store.atomically(() => {
        const name = named(tableOf(request), request.Type);
        if (store.tableOptimizer(name))
          throw new AwsError(
            'AlreadyExistsException',
            `Table optimizer of the type ${name.Type} already exists for ${name.DatabaseName}.${name.TableName}.`,
          );
        store.putTableOptimizer({ ...name, configuration, createdMs: context.clock.now(), failures: 0 });
      });
      return {};
    },
    async UpdateTableOptimizer(request: Configured) {
      const configuration = checked(request, tableOf(request));
      await requireAssumable(context, configuration.roleArn);
      const { compactVersion: _, ...optimizer } = require(request);
      store.putTableOptimizer({ ...optimizer, configuration, failures: 0 });
      return {};
    },
    DeleteTableOptimizer(request: OptimizerName) {
      store.deleteTableOptimizer(require(request));
      return {};
    },
    GetTableOptimizer(request: OptimizerName) {
      const optimizer = require(request);
      return { ...withTable(optimizer), TableOptimizer: shown(optimizer) };
    },
    BatchGetTableOptimizer({ Entries }: { Entries: readonly Entry[] }) {
      const TableOptimizers: object[] = [];
      const Failures: object[] = [];
      for (const { type, ...table } of Entries)
        try {
          TableOptimizers.push({ ...table, tableOptimizer: found({ ...table, ...(type && { type }) }) });
        } catch (error) {
          if (!(error instanceof AwsError) || error instanceof NotEmulatedError) throw error;
          const detail = { ErrorCode: error.code, ErrorMessage: error.message };
          Failures.push({ ...table, type, error: detail });
        }
      return { TableOptimizers, Failures };
    },
    ListTableOptimizerRuns(request: OptimizerName & { MaxResults?: number; NextToken?: string }) {
      const optimizer = require(request);
      const { items, ...rest } = page(store.optimizerRuns(optimizer), request, runsAPage);
      return { ...withTable(optimizer), TableOptimizerRuns: items, ...rest };
    },
    _OptimizersSettled: () => runs.settled(),
  };
}
