/** CREATE DATABASE and DROP DATABASE. */
import type { Statement } from '../../../sql/index.ts';
import type { Outcome, Session } from '../session.ts';
import { ddlFailure, requireDatabase } from './names.ts';

export async function createDatabase(
  session: Session,
  { name, ifNotExists, comment, location, properties }: Extract<Statement, { kind: 'create-database' }>,
): Promise<Outcome> {
  if (await session.catalog.database(name)) {
    if (ifNotExists) return { kind: 'done' };
    throw ddlFailure(`Database ${name} already exists`);
  }
  await session.catalog.createDatabase({
    Name: name,
    ...(comment && { Description: comment }),
    ...(location && { LocationUri: location }),
    ...(Object.keys(properties).length > 0 && { Parameters: properties }),
  });
  return { kind: 'done' };
}

export async function dropDatabase(
  session: Session,
  { name, ifExists, cascade }: Extract<Statement, { kind: 'drop-database' }>,
): Promise<Outcome> {
  if (!(await session.catalog.database(name))) {
    if (ifExists) return { kind: 'done' };
    await requireDatabase(session, name);
  }
  if (!cascade && (await session.catalog.tables(name)).length > 0)
    throw ddlFailure(
      `InvalidOperationException(message:Database ${name} is not empty. One or more tables exist.)`,
    );
  await session.catalog.dropDatabase(name);
  return { kind: 'done' };
}
