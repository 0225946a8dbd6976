/** From a statement to its outcome: one module for each family of statements. */
import { parseStatement, type Statement } from '../../../sql/index.ts';
import { QueryFailure } from '../failure.ts';
import type { Outcome, Session } from '../session.ts';
import { alterTable } from './alterTable.ts';
import { createExternalTable } from './createExternalTable.ts';
import { createIcebergTable } from './createIcebergTable.ts';
import { createTableAs } from './createTableAs.ts';
import { createDatabase, dropDatabase } from './databases.ts';
import { describe } from './describe.ts';
import { dropTable } from './dropTable.ts';
import { optimize, vacuum } from './maintenance.ts';
import { checkParameters, deallocate, prepare, prepared } from './prepared.ts';
import { explain, runQuery } from './query.ts';
import { repair } from './repair.ts';
import { deleteRows, insert, merge, update } from './rowChanges.ts';
import { show } from './show.ts';
import { unload } from './unload.ts';
import { createView, dropView } from './views.ts';

/** @throws SqlError, QueryFailure, IcebergError or the engine's own error when the statement fails. */
export async function runStatement(session: Session, text: string): Promise<Outcome> {
  const statement = parseStatement(text);
  if (statement.kind === 'execute') {
    const execution = prepared(session, statement);
    return run(execution.session, execution.statement);
  }
  if (statement.kind !== 'prepare') checkParameters(text, session.parameters);
  return run(session, statement);
}

async function run(session: Session, statement: Statement): Promise<Outcome> {
  switch (statement.kind) {
    case 'query':
      return runQuery(session, statement);
    case 'explain':
      return explain(session, statement);
    case 'insert':
      return insert(session, statement);
    case 'merge':
      return merge(session, statement);
    case 'update':
      return update(session, statement);
    case 'delete':
      return deleteRows(session, statement);
    case 'ctas':
      return createTableAs(session, statement);
    case 'create-table':
      return createIcebergTable(session, statement);
    case 'create-external-table':
      return createExternalTable(session, statement);
    case 'create-view':
      return createView(session, statement);
    case 'drop-table':
      return dropTable(session, statement);
    case 'drop-view':
      return dropView(session, statement);
    case 'create-database':
      return createDatabase(session, statement);
    case 'drop-database':
      return dropDatabase(session, statement);
    case 'alter-table':
      return alterTable(session, statement);
    case 'msck':
      return repair(session, statement);
    case 'optimize':
      return optimize(session, statement);
    case 'vacuum':
      return vacuum(session, statement);
    case 'show':
      return show(session, statement);
    case 'describe':
      return describe(session, statement);
    case 'unload':
      return unload(session, statement);
    case 'prepare':
      return prepare(session, statement);
    case 'deallocate':
      return deallocate(session, statement);
    case 'execute':
      throw new QueryFailure('NOT_SUPPORTED', 'EXECUTE of an EXECUTE is not possible.');
    case 'use':
      throw new QueryFailure(
        'NOT_SUPPORTED',
        'USE is not supported: name the database in QueryExecutionContext.',
      );
  }
}
