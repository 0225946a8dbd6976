/** Asks the Glue catalog what a table looks like now. */
import { EntityNotFoundException, GetTableCommand, type GlueClient } from '@aws-sdk/client-glue';

/** Columns of a table, or undefined when the catalog has no such table. */
export type FindColumns = (
  database: string,
  table: string,
) => Promise<readonly { readonly name: string; readonly type: string }[] | undefined>;

/** Iceberg keeps dropped columns in the catalog, marked as no longer current. */
const isCurrent = (parameters: Record<string, string> | undefined) =>
  parameters?.['iceberg.field.current'] !== 'false';

export async function findColumns(
  glue: Pick<GlueClient, 'send'>,
  database: string,
  table: string,
): ReturnType<FindColumns> {
  try {
    const { Table } = await glue.send(new GetTableCommand({ DatabaseName: database, Name: table }));
    return (Table?.StorageDescriptor?.Columns ?? [])
      .filter(({ Parameters }) => isCurrent(Parameters))
      .map(({ Name, Type }) => ({ name: Name!, type: Type! }));
  } catch (error) {
    if (error instanceof EntityNotFoundException) return undefined;
    throw error;
  }
}
