/** INSERT, MERGE, UPDATE and DELETE on Iceberg tables: merge-on-read, one commit a statement. */
import {
  append,
  type CommitResult,
  columnsOf,
  deleteWhere,
  hasNoFiles,
  type LoadedTable,
  rowDelta,
} from '../../../iceberg/index.ts';
import {
  type QualifiedName,
  type Statement,
  type TranslateOptions,
  translateDelete,
  translateInsert,
  translateMerge,
  translateUpdate,
} from '../../../sql/index.ts';
import { isIceberg, OWN_CATALOG, type Table } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { identifier } from '../hive/duckText.ts';
import { createResolver, icebergFilter, rowIdColumns, type SessionResolver } from '../resolver.ts';
import type { Outcome, Session } from '../session.ts';
import { isView } from '../view.ts';
import { insertIntoHive } from './insertIntoHive.ts';
import { mostPartitionsWritten } from './limits.ts';
import { tableId } from './names.ts';
import { translateOptions } from './query.ts';

const written = (result: CommitResult | undefined, rows: number): Outcome => ({
  kind: 'written',
  rows: result ? rows : 0,
});

const withRowIds = (session: Session): TranslateOptions & { rowId: string[] } => ({
  ...translateOptions(session),
  rowId: [...rowIdColumns],
});

async function findTable(session: Session, database: string, table: string): Promise<Table> {
  const found = await session.catalog.table(database, table);
  if (!found)
    throw new QueryFailure('TABLE_NOT_FOUND', `Table '${OWN_CATALOG}.${database}.${table}' does not exist`, {
      position: { line: 1, column: 1 },
    });
  return found;
}

/** @throws QueryFailure NOT_SUPPORTED for a table whose rows cannot be changed */
async function icebergTarget(
  session: Session,
  resolver: SessionResolver,
  name: Parameters<typeof tableId>[1],
): Promise<LoadedTable> {
  const { database, table } = tableId(session, name);
  if (!isIceberg(await findTable(session, database, table)))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      'Modifying Hive table rows is only supported for transactional tables',
    );
  return resolver.iceberg(database, table);
}

let temporaryTables = 0;

/** Runs `sql` into a temporary table of the connection for as long as `work` needs it. */
async function withTemporary<T>(
  session: Session,
  sql: string,
  work: (name: string) => Promise<T>,
): Promise<T> {
  const name = `changes_${++temporaryTables}`;
  await session.connection.run(`CREATE TEMP TABLE ${name} AS ${sql}`);
  try {
    return await work(name);
  } finally {
    await session.connection.run(`DROP TABLE ${name}`);
  }
}

async function countRows(session: Session, relation: string): Promise<number> {
  const result = await session.connection.runAndReadAll(`SELECT count(*) FROM ${relation}`);
  return Number(result.getRowsJS()[0]![0]);
}

const rowIds = rowIdColumns.map(identifier).join(', ');

const targetColumns = (base: LoadedTable) =>
  columnsOf(base.metadata)
    .map((column) => identifier(column.name))
    .join(', ');

/** The table that is to be filled. @throws QueryFailure in the words that Athena has only for INSERT */
export async function insertTarget(session: Session, name: QualifiedName): Promise<Table> {
  const { database, table } = tableId(session, name);
  const target = await session.catalog.table(database, table);
  if (!target) throw new QueryFailure('', `Table ${table} not found in database ${database}`, { type: 1301 });
  return target;
}

export async function insert(
  session: Session,
  statement: Extract<Statement, { kind: 'insert' }>,
): Promise<Outcome> {
  const { database, table } = tableId(session, statement.name);
  const target = await insertTarget(session, statement.name);
  if (isView(target)) throw new QueryFailure('NOT_SUPPORTED', 'Inserting into views is not supported');
  const { sql } = await translateInsert(statement, createResolver(session), translateOptions(session));
  session.progress.planned();
  if (!isIceberg(target)) return insertIntoHive(session, target, sql);
  const { iceberg } = session.lake;
  const result = await append(
    iceberg,
    session.connection,
    { database, table },
    {
      select: sql,
      maxOpenPartitions: mostPartitionsWritten,
    },
  );
  return written(result, result.addedRecords);
}

export async function merge(
  session: Session,
  statement: Extract<Statement, { kind: 'merge' }>,
): Promise<Outcome> {
  const resolver = createResolver(session);
  const base = await icebergTarget(session, resolver, statement.name);
  const targetIsEmpty = hasNoFiles(base.metadata);
  const { sql, targetPredicates } = await translateMerge(statement, resolver, {
    ...withRowIds(session),
    targetIsEmpty,
  });
  session.progress.planned();
  if (targetIsEmpty) {
    const result = await rowDelta(session.lake.iceberg, session.connection, base, {
      operation: 'merge',
      inserts: `SELECT ${targetColumns(base)} FROM (${sql})`,
      conflictFilter: icebergFilter(targetPredicates),
    });
    return written(result, result.addedRecords);
  }
  return withTemporary(session, sql, async (changes) => {
    const result = await rowDelta(session.lake.iceberg, session.connection, base, {
      operation: 'merge',
      deletes: `SELECT ${rowIds} FROM ${changes} WHERE _action IN ('delete', 'update')`,
      inserts: `SELECT ${targetColumns(base)} FROM ${changes} WHERE _action IN ('insert', 'update')`,
      conflictFilter: icebergFilter(targetPredicates),
    });
    return written(result, await countRows(session, changes));
  });
}

export async function update(
  session: Session,
  statement: Extract<Statement, { kind: 'update' }>,
): Promise<Outcome> {
  const resolver = createResolver(session);
  const base = await icebergTarget(session, resolver, statement.name);
  const { sql, predicates } = await translateUpdate(statement, resolver, withRowIds(session));
  session.progress.planned();
  return withTemporary(session, sql, async (changes) => {
    const result = await rowDelta(session.lake.iceberg, session.connection, base, {
      operation: 'update',
      deletes: `SELECT ${rowIds} FROM ${changes}`,
      inserts: `SELECT ${targetColumns(base)} FROM ${changes}`,
      conflictFilter: icebergFilter(predicates),
    });
    return written(result, await countRows(session, changes));
  });
}

export async function deleteRows(
  session: Session,
  statement: Extract<Statement, { kind: 'delete' }>,
): Promise<Outcome> {
  const resolver = createResolver(session);
  const base = await icebergTarget(session, resolver, statement.name);
  if (!statement.where) {
    const everything = await deleteWhere(session.lake.iceberg, base, { op: 'true' });
    if (everything) return written(everything, everything.deletedRecords);
  }
  const { sql, predicates } = await translateDelete(statement, resolver, withRowIds(session));
  session.progress.planned();
  return withTemporary(session, sql, async (changes) => {
    const result = await rowDelta(session.lake.iceberg, session.connection, base, {
      operation: 'delete',
      deletes: `SELECT ${rowIds} FROM ${changes}`,
      conflictFilter: icebergFilter(predicates),
    });
    return written(result, await countRows(session, changes));
  });
}
