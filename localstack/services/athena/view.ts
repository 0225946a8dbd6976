/** Views as Athena keeps them in Glue: the SQL inside a base64 JSON comment, as Presto's Hive connector writes it. */

import { SqlError } from '../../sql/index.ts';
import { parseType } from '../../sql/types.ts';
import { OWN_CATALOG, type Table, type TableInput } from './catalog.ts';
import { QueryFailure } from './failures.ts';
import { hiveType } from './hiveType.ts';
import { textColumn } from './results/columns.ts';
import type { Outcome } from './session.ts';

const prefix = '/* Presto View: ';
const suffix = ' */';

interface StoredView {
  readonly originalSql: string;
  readonly catalog: string;
  readonly schema?: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export const isView = (table: Pick<Table, 'TableType'>) => table.TableType === 'VIRTUAL_VIEW';

/** @throws QueryFailure INVALID_VIEW when the text was not written by Athena or Presto. */
export function storedView(table: Table): StoredView {
  const text = table.ViewOriginalText ?? '';
  if (!text.startsWith(prefix))
    throw new QueryFailure(
      'INVALID_VIEW',
      `View '${table.DatabaseName}.${table.Name}' was not made by Athena or Trino.`,
    );
  return JSON.parse(Buffer.from(text.slice(prefix.length, -suffix.length), 'base64').toString('utf8'));
}

export function viewOf(table: Table): { view: string; database: string } {
  const { originalSql, schema } = storedView(table);
  return { view: originalSql, database: schema ?? table.DatabaseName };
}

/** Trino has types that Hive and our dialect lack; such a column shows Trino's own text. */
function columnType(type: string): string {
  try {
    return hiveType(parseType(type));
  } catch (error) {
    if (error instanceof SqlError) return type;
    throw error;
  }
}

/** What DESCRIBE and SHOW COLUMNS say of a view: its columns in the engine's types. */
export const viewColumns = (table: Table): Outcome => ({
  kind: 'text',
  columns: [textColumn('column', 'varchar'), textColumn('type', 'varchar')],
  rows: storedView(table).columns.map(({ name, type }) => [name, type]),
  substatementType: 'DESC_VIEW',
});

/** @param columns with Trino's type text */
export function viewInput(
  name: string,
  database: string,
  sql: string,
  columns: readonly { readonly name: string; readonly type: string }[],
): TableInput {
  const stored: StoredView = { originalSql: sql, catalog: OWN_CATALOG, schema: database, columns };
  return {
    Name: name,
    // Trino runs a view in its owner's name, and refuses one that has none.
    Owner: 'hadoop',
    TableType: 'VIRTUAL_VIEW',
    Parameters: { presto_view: 'true', comment: 'Presto View' },
    ViewOriginalText: `${prefix}${Buffer.from(JSON.stringify(stored)).toString('base64')}${suffix}`,
    ViewExpandedText: '/* Presto View */',
    PartitionKeys: [],
    StorageDescriptor: {
      Columns: columns.map((column) => ({ Name: column.name, Type: columnType(column.type) })),
      Location: '',
      Compressed: false,
      NumberOfBuckets: 0,
      SerdeInfo: {},
      SortColumns: [],
      StoredAsSubDirectories: false,
    },
  };
}
