/** SELECT, and EXPLAIN of it. */
import type { Statement } from '../../../sql/index.ts';
import { type TranslateOptions, translateQuery } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import { createResolver } from '../resolver.ts';
import { columnInfo, textColumn } from '../results/columns.ts';
import type { Outcome, Session } from '../session.ts';

/** What every translation in this session knows. */
export const translateOptions = (session: Session): TranslateOptions => ({
  database: session.database,
  parameters: session.parameters,
  session: { now: session.now },
});

export async function runQuery(
  session: Session,
  { query }: Extract<Statement, { kind: 'query' }>,
): Promise<Outcome> {
  const { sql, columns } = await translateQuery(query, createResolver(session), translateOptions(session));
  session.progress.planned();
  return {
    kind: 'query',
    columns: columns.map(({ name, type }) => columnInfo(name, type)),
    rows: session.connection.rows(sql, columns),
  };
}

/**
 * EXPLAIN shows the engine's own plan, which is DuckDB's here and not Trino's: it is for reading only.
 * `EXPLAIN (TYPE VALIDATE)` and the like would be read by programs and are refused.
 */
export async function explain(
  session: Session,
  { statement, analyze, options }: Extract<Statement, { kind: 'explain' }>,
): Promise<Outcome> {
  const asked = Object.entries(options).find(
    ([name, value]) => !(name.toLowerCase() === 'format' && value.toLowerCase() === 'text'),
  );
  if (asked) throw new QueryFailure('NOT_SUPPORTED', `EXPLAIN with ${asked[0]} ${asked[1]} is not emulated.`);
  if (statement.kind !== 'query')
    throw new QueryFailure(
      'NOT_SUPPORTED',
      `EXPLAIN of a ${statement.kind} is not emulated; of a query it is.`,
    );
  const { sql } = await translateQuery(statement.query, createResolver(session), translateOptions(session));
  const plan = await session.connection.runAndReadAll(`EXPLAIN ${analyze ? 'ANALYZE ' : ''}${sql}`);
  return planShown(plan.getRowsJS().flatMap((row) => String(row.at(-1)).split('\n')));
}

/** The engine's plan as EXPLAIN answers it. */
export function planShown(lines: readonly string[]): Outcome {
  // Unlike SHOW's, this text begins with the column's name, and has no count of rows.
  const column = {
    ...textColumn('Query Plan', 'varchar'),
    Precision: lines.join('\n').length,
    CaseSensitive: true,
  };
  return {
    kind: 'text',
    columns: [column],
    rows: [['Query Plan'], ...lines.map((line) => [line])],
    counted: false,
  };
}
