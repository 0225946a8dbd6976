/** Earlier versions of the catalog's tables. */
import { AwsError } from '../../../core/errors.ts';
import type { Action } from '../../../core/service.ts';
import { page } from '../paging.ts';
import type { Table } from '../records.ts';
import type { CatalogStore } from '../store.ts';
import { requireTable } from './tables.ts';

const versionsAPage = 100;

interface VersionOf {
  readonly DatabaseName: string;
  readonly TableName: string;
  readonly VersionId?: string;
}

const versionOf = (table: Table) => ({ Table: table, VersionId: table.VersionId });

export function tableVersionActions(store: CatalogStore): Record<string, Action> {
  const deleteVersion = ({ DatabaseName, TableName, VersionId }: VersionOf) => {
    const table = requireTable(store, DatabaseName, TableName);
    if (VersionId === table.VersionId)
      throw new AwsError('InvalidInputException', 'The current version of a table cannot be deleted.');
    if (store.deleteTableVersion(table.DatabaseName, table.Name, Number(VersionId)) === 0)
      throw new AwsError('EntityNotFoundException', 'Table version not found.');
  };

  return {
    GetTableVersion({ DatabaseName, TableName, VersionId }: VersionOf) {
      const table = requireTable(store, DatabaseName, TableName);
      const found = store
        .tableVersions(table.DatabaseName, table.Name)
        .find((version) => VersionId === undefined || version.VersionId === VersionId);
      if (!found) throw new AwsError('EntityNotFoundException', 'Table version not found.');
      return { TableVersion: versionOf(found) };
    },
    GetTableVersions(request: VersionOf & { MaxResults?: number; NextToken?: string }) {
      const table = requireTable(store, request.DatabaseName, request.TableName);
      const versions = store.tableVersions(table.DatabaseName, table.Name).map(versionOf);
      const { items, ...rest } = page(versions, request, versionsAPage);
      return { TableVersions: items, ...rest };
    },
    DeleteTableVersion(request: VersionOf) {
      deleteVersion(request);
      return {};
    },
    BatchDeleteTableVersion({
      DatabaseName,
      TableName,
      VersionIds,
    }: VersionOf & { readonly VersionIds: string[] }) {
      const Errors = VersionIds.flatMap((VersionId) => {
        try {
          deleteVersion({ DatabaseName, TableName, VersionId });
          return [];
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          return [
            { TableName, VersionId, ErrorDetail: { ErrorCode: error.code, ErrorMessage: error.message } },
          ];
        }
      });
      return { Errors };
    },
  };
}
