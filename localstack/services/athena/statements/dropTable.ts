/** DROP TABLE: a Hive table's files stay, an Iceberg table's files go with it. */
import { dropTable as dropIcebergTable } from '../../../iceberg/index.ts';
import type { Statement } from '../../../sql/index.ts';
import { isIceberg } from '../catalog.ts';
import type { Outcome, Session } from '../session.ts';
import { requireTable, tableId } from './names.ts';

export async function dropTable(
  session: Session,
  statement: Extract<Statement, { kind: 'drop-table' | 'drop-view' }>,
): Promise<Outcome> {
  const { database, table: name } = tableId(session, statement.name);
  if (statement.ifExists && !(await session.catalog.table(database, name))) return { kind: 'done' };
  const table = await requireTable(session, statement.name);
  if (isIceberg(table)) await dropIcebergTable(session.lake.iceberg, { database, table: name });
  else await session.catalog.dropTable(database, name);
  return { kind: 'done' };
}
