/** Asks the Glue catalog what a study's tables look like now. */
import {
  BatchDeleteTableCommand,
  EntityNotFoundException,
  type GlueClient,
  paginateGetTables,
  type Table,
} from '@aws-sdk/client-glue';
import type { Databases } from '../../lib/model/databases.ts';

export interface CatalogTable {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** When it was made, milliseconds since the epoch. */
  readonly createdMs: number;
  /** Of a view, its SELECT. */
  readonly viewSql?: string;
}

/** `database.table` → the table. */
export type Catalog = ReadonlyMap<string, CatalogTable>;

/** Iceberg keeps dropped columns in the catalog, marked as no longer current. */
const isCurrent = (parameters: Record<string, string> | undefined) =>
  parameters?.['iceberg.field.current'] !== 'false';

/** Athena keeps a view as JSON in base64 between these (https://docs.aws.amazon.com/athena/latest/ug/views-console.html). */
const VIEW = /^\/\* Presto View: ([A-Za-z0-9+/=]+) \*\/$/;

function viewSqlOf({ ViewOriginalText = '' }: Table): string | undefined {
  const encoded = VIEW.exec(ViewOriginalText)?.[1];
  if (!encoded) return undefined;
  return (JSON.parse(Buffer.from(encoded, 'base64').toString()) as { originalSql?: string }).originalSql;
}

/** Every table of these databases; one that does not exist has none. Views name the databases as the models do. */
export async function readCatalog(
  glue: GlueClient,
  databases: readonly string[],
  { modelsIn }: Databases,
): Promise<Catalog> {
  const found = await Promise.all(databases.map((database) => tablesOf(glue, database, modelsIn)));
  return new Map(found.flat());
}

async function tablesOf(
  glue: GlueClient,
  database: string,
  modelsIn: Databases['modelsIn'],
): Promise<[string, CatalogTable][]> {
  const tables: [string, CatalogTable][] = [];
  try {
    for await (const page of paginateGetTables({ client: glue }, { DatabaseName: database }))
      for (const table of page.TableList ?? []) {
        const viewSql = viewSqlOf(table);
        tables.push([
          `${database}.${table.Name}`,
          {
            columns: (table.StorageDescriptor?.Columns ?? [])
              .filter(({ Parameters }) => isCurrent(Parameters))
              .map(({ Name, Type }) => ({ name: Name!, type: Type! })),
            createdMs: table.CreateTime?.getTime() ?? 0,
            ...(viewSql && { viewSql: modelsIn(viewSql) }),
          },
        ]);
      }
  } catch (error) {
    if (!(error instanceof EntityNotFoundException)) throw error;
  }
  return tables;
}

/** Tables that one call takes (https://docs.aws.amazon.com/glue/latest/webapi/API_BatchDeleteTable.html). */
const TABLES_A_CALL = 100;

/** Takes tables out of the catalog; one that is not there is left alone. @throws Error naming the first that stayed. */
export async function dropTables(
  glue: Pick<GlueClient, 'send'>,
  database: string,
  tables: readonly string[],
): Promise<void> {
  for (let from = 0; from < tables.length; from += TABLES_A_CALL) {
    const { Errors = [] } = await glue.send(
      new BatchDeleteTableCommand({
        DatabaseName: database,
        TablesToDelete: tables.slice(from, from + TABLES_A_CALL),
      }),
    );
    const stayed = Errors.find(({ ErrorDetail }) => ErrorDetail?.ErrorCode !== 'EntityNotFoundException');
    if (stayed)
      throw new Error(`Glue kept ${database}.${stayed.TableName}: ${stayed.ErrorDetail?.ErrorMessage}`);
  }
}
