/** TRY on DuckDB: a failure is NULL, and what the value does not need is not evaluated. */
import type { StatementContext } from './scope.ts';

/**
 * DuckDB's own TRY goes through the rows of a failed batch one by one, and gives wrong values, or a crash, when a COALESCE or
 * CASE inside of it still has what it chose for the rows before. What is written twice in a statement is also evaluated
 * once outside of TRY, where its failure is one of the statement. A lambda's body is evaluated from the beginning for
 * every row, and stays where it is.
 */
export const tried = (sql: string, statement: StatementContext): string =>
  `TRY(list_transform([0], lambda ${statement.nextAlias('t')}: ${sql})[1])`;

/** AND and OR inside TRY: as in Trino (AndCodeGenerator, OrCodeGenerator), a term after the one that decides cannot fail. */
export function shortCircuit(operator: 'and' | 'or', terms: readonly string[]): string {
  const [decides, result] = operator === 'and' ? ['NOT ', 'FALSE'] : ['', 'TRUE'];
  const decided = terms.map((term) => `WHEN ${decides}(${term}) THEN ${result}`);
  return `CASE ${decided.join(' ')} ELSE (${terms.join(` ${operator.toUpperCase()} `)}) END`;
}
