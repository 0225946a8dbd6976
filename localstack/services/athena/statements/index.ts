/** From a statement to its outcome: one module for each family of statements. */
import { type Outline, outlineOf, parseStatement, type Statement } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import type { Outcome, Session } from '../session.ts';
import type { TrinoEngine } from '../trino/engine.ts';
import { runOnTrino } from '../trino/statements.ts';
import { alterTable } from './alterTable.ts';
import { requireContextCatalog } from './contextCatalog.ts';
import { createExternalTable } from './createExternalTable.ts';
import { createIcebergTable } from './createIcebergTable.ts';
import { createTableAs } from './createTableAs.ts';
import { createDatabase, dropDatabase } from './databases.ts';
import { describe } from './describe.ts';
import { dropTable } from './dropTable.ts';
import { passHiveParser } from './hiveParser.ts';
import { optimize, vacuum } from './maintenance.ts';
import {
  checkExecutionParameters,
  checkParameters,
  deallocate,
  keptStatement,
  prepare,
  prepared,
  takesParameters,
} from './prepared.ts';
import { explain, runQuery } from './query.ts';
import { repair } from './repair.ts';
import { deleteRows, insert, merge, update } from './rowChanges.ts';
import { show } from './show.ts';
import { unload } from './unload.ts';
import { createView, dropView } from './views.ts';

/**
 * @param read what `text` was read as when it was accepted; parsed here where that is not known, as of a statement on Trino
 * @throws SqlError, QueryFailure, IcebergError or the engine's own error when the statement fails.
 */
export async function runStatement(session: Session, text: string, read?: Statement): Promise<Outcome> {
  const outline = session.trino && outlineOf(text);
  if (session.trino && outline) return outlined(session, session.trino, outline, text);
  const statement = read ?? parseStatement(text);
  if (statement.kind === 'execute') {
    const execution = prepared(session, statement);
    return run(execution.session, execution.statement);
  }
  if (statement.kind !== 'prepare') checkExecutionParameters(text, session.parameters);
  await passHiveParser(session, statement, text);
  return run(session, statement);
}

/** What Trino runs, and the statements that the workgroup keeps for it. */
async function outlined(
  session: Session,
  trino: TrinoEngine,
  outline: Outline,
  sent: string,
): Promise<Outcome> {
  requireContextCatalog(session, outline);
  switch (outline.kind) {
    case 'prepare':
      return prepare(session, { name: outline.name, statementText: outline.statement.text });
    case 'execute': {
      const { text, parameters } = keptStatement(session, outline);
      if (outlineOf(text)?.kind === 'execute') throw executeOfExecute();
      if (outline.using.length > 0) checkParameters(text, parameters);
      return runStatement({ ...session, parameters }, text);
    }
    default:
      return runOnTrino(takesParameters(sent) ? session : { ...session, parameters: [] }, trino, outline);
  }
}

const executeOfExecute = () => new QueryFailure('NOT_SUPPORTED', 'EXECUTE of an EXECUTE is not possible.');

async function run(session: Session, statement: Statement): Promise<Outcome> {
  requireContextCatalog(session, statement);
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
      throw executeOfExecute();
    case 'use':
      throw new QueryFailure(
        'NOT_SUPPORTED',
        'USE is not supported: name the database in QueryExecutionContext.',
      );
  }
}
