/** CREATE VIEW and DROP VIEW. */
import { type Statement, translateQuery } from '../../../sql/index.ts';
import { QueryFailure } from '../failure.ts';
import { createResolver } from '../resolver.ts';
import type { Outcome, Session } from '../session.ts';
import { isView, viewInput } from '../view.ts';
import { requireDatabase, tableId } from './names.ts';
import { translateOptions } from './query.ts';

export async function createView(
  session: Session,
  statement: Extract<Statement, { kind: 'create-view' }>,
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
  const { columns } = await translateQuery(
    statement.query,
    createResolver(session),
    translateOptions(session),
  );
  const input = viewInput(name, database, statement.queryText, columns);
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
