/** OPTIMIZE and VACUUM of Iceberg tables. */
import { vacuum as expire, optimize as rewrite } from '../../../iceberg/index.ts';
import { type Statement, translatePredicate } from '../../../sql/index.ts';
import { isIceberg } from '../catalog.ts';
import { QueryFailure } from '../failures.ts';
import { createResolver, icebergFilter } from '../resolver.ts';
import type { Outcome, Session } from '../session.ts';
import { requireTable } from './names.ts';
import { translateOptions } from './query.ts';

/** Files that one VACUUM removes, and its message when there are more: recorded in public logs of production tables. */
const mostFilesVacuumed = 20_000;

async function requireIceberg(
  session: Session,
  statement: Extract<Statement, { kind: 'optimize' | 'vacuum' }>,
) {
  const table = await requireTable(session, statement.name);
  if (!isIceberg(table))
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `${statement.kind.toUpperCase()} is only supported for Iceberg tables: ${table.DatabaseName}.${table.Name} is not one`,
    );
  return { database: table.DatabaseName, table: table.Name };
}

export async function optimize(
  session: Session,
  statement: Extract<Statement, { kind: 'optimize' }>,
): Promise<Outcome> {
  const ref = await requireIceberg(session, statement);
  const where = statement.where ? await wholePredicate(session, statement.where, ref) : undefined;
  session.progress.planned();
  await rewrite(session.lake.iceberg, session.connection, ref, { where });
  return { kind: 'done' };
}

/** OPTIMIZE rewrites whole files, so its WHERE must be one that the table format itself can judge. */
async function wholePredicate(
  session: Session,
  where: NonNullable<Extract<Statement, { kind: 'optimize' }>['where']>,
  ref: { database: string; table: string },
) {
  const { predicates } = await translatePredicate(
    where,
    ref,
    createResolver(session),
    translateOptions(session),
  );
  return icebergFilter(predicates);
}

export async function vacuum(
  session: Session,
  statement: Extract<Statement, { kind: 'vacuum' }>,
): Promise<Outcome> {
  const ref = await requireIceberg(session, statement);
  session.progress.planned();
  const { removed, more } = await expire(session.lake.iceberg, ref, {
    mostFiles: mostFilesVacuumed,
    writersSince: session.openSince(),
  });
  if (more)
    throw new QueryFailure(
      'ICEBERG_VACUUM_MORE_RUNS_NEEDED',
      `Removed ${removed} files in this round of vacuum, but there are more files remaining. Please run another VACUUM command to process the remaining files`,
    );
  return { kind: 'done' };
}
