/** Every table that SQL can name, by Glue's catalog. */
import { type Table as GlueTable, paginateGetDatabases, paginateGetTables } from '@aws-sdk/client-glue';
import type { LakeContext } from './context.ts';

export interface CatalogTable {
  readonly database: string;
  readonly name: string;
  readonly kind: 'table' | 'view';
  readonly description: string;
  /** Partition columns of Hive tables are the last. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly comment: string }[];
}

/** Ordered by database and name. */
export async function catalog({ target: { clients } }: LakeContext): Promise<CatalogTable[]> {
  const tables: CatalogTable[] = [];
  for await (const { DatabaseList = [] } of paginateGetDatabases({ client: clients.glue }, {}))
    for (const { Name: DatabaseName } of DatabaseList)
      for await (const { TableList = [] } of paginateGetTables({ client: clients.glue }, { DatabaseName }))
        tables.push(...TableList.map(described));
  const nameOf = ({ database, name }: CatalogTable) => `${database}.${name}`;
  return tables.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function described(table: GlueTable): CatalogTable {
  const columns = [...(table.StorageDescriptor?.Columns ?? []), ...(table.PartitionKeys ?? [])];
  return {
    database: table.DatabaseName!,
    name: table.Name!,
    kind: table.TableType === 'VIRTUAL_VIEW' ? 'view' : 'table',
    description: table.Description ?? '',
    columns: columns.map(({ Name, Type, Comment }) => ({
      name: Name!,
      type: Type ?? '',
      comment: Comment ?? '',
    })),
  };
}
