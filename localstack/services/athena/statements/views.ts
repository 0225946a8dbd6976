/** CREATE VIEW and DROP VIEW. */
import { type Statement, translateQuery } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import { createResolver } from '../resolver.ts';
import type { Outcome, Session } from '../session.ts';
import { isView, viewInput } from '../view.ts';
import { requireDatabase, tableId } from './names.ts';
import { translateOptions } from './query.ts';

export async function createView(
  session: Session,
  { query, queryText, ...view }: Extract<Statement, { kind: 'create-view' }>,
): Promise<Outcome> {
  return storeView(session, { ...view, sql: queryText }, async () => {
    const { columns } = await translateQuery(query, createResolver(session), translateOptions(session));
    return columns;
  });
}

interface View extends Pick<Extract<Statement, { kind: 'create-view' }>, 'name' | 'orReplace'> {
  readonly sql: string;
}

/**
 * Keeps a view in the catalog.
 * @param columnsOf checks the view's query, and gives its columns with Trino's type text
 */
export async function storeView(
  session: Session,
  statement: View,
  columnsOf: () => Promise<readonly { readonly name: string; readonly type: string }[]>,
): Promise<Outcome> {
  const { database, table: name } = tableId(session, statement.name);
  await requireDatabase(session, database);
  const existing = await session.catalog.table(database, name);
  if (existing && !isView(existing))
    throw new QueryFailure(
      'TABLE_ALREADY_EXISTS',
      `Table already exists: 'awsdatacatalog.${database}.${name}'`,
      {
        position: statement.name.position,
      },
    );
  if (existing && !statement.orReplace)
    throw new QueryFailure(
      'TABLE_ALREADY_EXISTS',
      `View already exists: 'awsdatacatalog.${database}.${name}'`,
      {
        position: statement.name.position,
      },
    );
  const columns = (await columnsOf()).map(({ name: column, type }) => ({ name: column, type }));
  const input = viewInput(name, database, statement.sql, columns);
  if (existing) await session.catalog.updateTable(existing, input);
  else await session.catalog.createTable(database, input);
  return { kind: 'done' };
}

export async function dropView(
  session: Session,
  statement: Extract<Statement, { kind: 'drop-table' | 'drop-view' }>,
): Promise<Outcome> {
  const { database, table: name } = tableId(session, statement.name);
  const existing = await session.catalog.table(database, name);
  if (!existing || !isView(existing)) {
    if (!existing && statement.ifExists) return { kind: 'done' };
    throw new QueryFailure('TABLE_NOT_FOUND', `View 'awsdatacatalog.${database}.${name}' does not exist`, {
      position: statement.name.position,
    });
  }
  await session.catalog.dropTable(database, name);
  return { kind: 'done' };
}
