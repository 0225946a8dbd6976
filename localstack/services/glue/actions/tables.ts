/** The catalog's tables and their versions; the version is what Iceberg's optimistic commits compare. */
import { AwsError } from '../../../core/errors.ts';
import type { Action, CallContext, CloudContext } from '../../../core/service.ts';
import { selectNamed } from '../namePattern.ts';
import { page } from '../paging.ts';
import { fold, type Table, type TableInput, tableOf } from '../records.ts';
import type { CatalogStore } from '../store.ts';
import { requireDatabase } from './databases.ts';

const tablesAPage = 100;

/** Makes the first metadata of an Iceberg table and gives the input as it is to be stored. */
export type IcebergTableMaker = (
  database: string,
  input: TableInput,
  icebergInput: Record<string, unknown>,
) => Promise<TableInput>;

/** @throws AwsError EntityNotFoundException */
export function requireTable(store: CatalogStore, database: string, name: string): Table {
  const table = store.table(fold(database), fold(name));
  if (!table) {
    requireDatabase(store, database);
    throw new AwsError('EntityNotFoundException', 'Entity Not Found');
  }
  return table;
}

interface TableName {
  readonly DatabaseName: string;
  readonly Name: string;
}

interface UpdateTable {
  readonly DatabaseName: string;
  readonly Name?: string;
  readonly TableInput?: TableInput;
  readonly VersionId?: string;
  readonly SkipArchive?: boolean;
}

/** A table, or of it what the caller asked for. */
const shownTable = (table: Table, attributes: readonly string[] = []) =>
  attributes.length === 0 || attributes.includes('DEFAULT')
    ? table
    : {
        Name: table.Name,
        DatabaseName: table.DatabaseName,
        ...(attributes.includes('TABLE_TYPE') && { TableType: table.TableType }),
      };

/** Tables that have the text in a name, a description or the name of a column, whatever its case. */
const tablesWith = (store: CatalogStore, searched: string) =>
  store
    .databases()
    .flatMap((database) => store.tables(database.Name))
    .filter((table) =>
      [
        table.Name,
        table.DatabaseName,
        table.Description ?? '',
        ...(table.StorageDescriptor?.Columns ?? []).map(({ Name }) => Name),
      ].some((value) => value.toLowerCase().includes(searched.toLowerCase())),
    );

/** Writes the table's next version, unless it is not the version any more that the caller has read. */
function updateTable(
  store: CatalogStore,
  request: UpdateTable,
  facts: { readonly catalogId: string; readonly createdBy: string; readonly updateTime: number },
): void {
  const { TableInput: input } = request;
  if (!input) throw new AwsError('InvalidInputException', 'TableInput is missing.');
  const database = fold(request.DatabaseName);
  store.atomically(() => {
    const existing = requireTable(store, database, input.Name);
    if (request.VersionId !== undefined && request.VersionId !== existing.VersionId)
      throw new AwsError(
        'ConcurrentModificationException',
        'Update table failed due to concurrent modifications.',
      );
    if (request.SkipArchive) store.deleteTableVersion(database, existing.Name, Number(existing.VersionId));
    store.putTable(
      tableOf(input, {
        ...facts,
        database,
        createTime: existing.CreateTime,
        versionId: String(Number(existing.VersionId) + 1),
      }),
    );
  });
}

export function tableActions(
  context: CloudContext,
  store: CatalogStore,
  makeIcebergTable: IcebergTableMaker,
): Record<string, Action> {
  const seconds = () => Math.floor(context.clock.now() / 1000);
  const ownership = (call: CallContext) => ({
    catalogId: context.accountId,
    createdBy: call.principal.roleArn ?? `arn:aws:iam::${context.accountId}:root`,
  });

  const addTable = (database: string, input: TableInput, call: CallContext) => {
    const now = seconds();
    const facts = { ...ownership(call), createTime: now, updateTime: now, versionId: '0' };
    store.atomically(() => {
      if (store.table(database, fold(input.Name)))
        throw new AwsError('AlreadyExistsException', 'Table already exists.');
      store.putTable(tableOf(input, { database, ...facts }));
    });
  };

  const deleteTable = ({ DatabaseName, Name }: TableName) => {
    const table = requireTable(store, DatabaseName, Name);
    store.atomically(() => store.deleteTable(table.DatabaseName, table.Name));
  };

  return {
    async CreateTable(
      request: {
        DatabaseName: string;
        TableInput?: TableInput;
        OpenTableFormatInput?: { IcebergInput?: Record<string, unknown> };
      },
      call,
    ) {
      if (!request.TableInput?.Name)
        throw new AwsError('InvalidInputException', 'TableInput is missing: a table needs at least a name.');
      const database = requireDatabase(store, request.DatabaseName).Name;
      const iceberg = request.OpenTableFormatInput?.IcebergInput;
      if (iceberg && store.table(database, fold(request.TableInput.Name)))
        throw new AwsError('AlreadyExistsException', 'Table already exists.');
      const input = iceberg
        ? await makeIcebergTable(database, request.TableInput, iceberg)
        : request.TableInput;
      addTable(database, input, call);
      return {};
    },
    GetTable: ({ DatabaseName, Name, AttributesToGet }: TableName & { AttributesToGet?: string[] }) => ({
      Table: shownTable(requireTable(store, DatabaseName, Name), AttributesToGet),
    }),
    GetTables(request: {
      DatabaseName: string;
      Expression?: string;
      MaxResults?: number;
      NextToken?: string;
      AttributesToGet?: string[];
    }) {
      const database = requireDatabase(store, request.DatabaseName).Name;
      const matching = selectNamed(request.Expression, store.tables(database), ({ Name }) => Name);
      const { items, ...rest } = page(matching, request, tablesAPage);
      return { TableList: items.map((table) => shownTable(table, request.AttributesToGet)), ...rest };
    },
    UpdateTable(request: UpdateTable, call) {
      updateTable(store, request, { ...ownership(call), updateTime: seconds() });
      return {};
    },
    DeleteTable(request: TableName) {
      deleteTable(request);
      return {};
    },
    BatchDeleteTable({ DatabaseName, TablesToDelete }: { DatabaseName: string; TablesToDelete: string[] }) {
      requireDatabase(store, DatabaseName);
      const Errors = TablesToDelete.flatMap((Name) => {
        try {
          deleteTable({ DatabaseName, Name });
          return [];
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          return [{ TableName: Name, ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } }];
        }
      });
      return { Errors };
    },
    SearchTables(request: { SearchText?: string; MaxResults?: number; NextToken?: string }) {
      const found = tablesWith(store, request.SearchText ?? '');
      const { items, ...rest } = page(found, request, tablesAPage);
      return { TableList: items, ...rest };
    },
    GetPartitionIndexes({ DatabaseName, TableName }: { DatabaseName: string; TableName: string }) {
      requireTable(store, DatabaseName, TableName);
      return { PartitionIndexDescriptorList: [] };
    },
  };
}
