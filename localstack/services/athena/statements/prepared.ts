/** PREPARE, EXECUTE and DEALLOCATE: a statement kept in the workgroup, run with values for its `?`. */
import { countParameters, parseStatement, type Statement } from '../../../sql/index.ts';
import { QueryFailure } from '../failures.ts';
import type { Outcome, Session } from '../session.ts';

export function prepare(
  session: Session,
  { name, statementText }: Pick<Extract<Statement, { kind: 'prepare' }>, 'name' | 'statementText'>,
): Outcome {
  session.preparedStatements.put(name, statementText);
  return { kind: 'done' };
}

export function deallocate(session: Session, { name }: Extract<Statement, { kind: 'deallocate' }>): Outcome {
  if (!session.preparedStatements.delete(name)) throw notFound(session, name);
  return { kind: 'done' };
}

/** The prepared statement's text, and the values of its parameters. */
export function keptStatement(
  session: Session,
  { name, using }: Pick<Extract<Statement, { kind: 'execute' }>, 'name' | 'using'>,
): { text: string; parameters: readonly string[] } {
  const text = session.preparedStatements.get(name);
  if (text === undefined) throw notFound(session, name);
  return { text, parameters: using.length > 0 ? using : session.parameters };
}

/** The prepared statement, parsed, and the session that has the values of its parameters. */
export function prepared(
  session: Session,
  execute: Extract<Statement, { kind: 'execute' }>,
): { session: Session; statement: Statement } {
  const { text, parameters } = keptStatement(session, execute);
  if (execute.using.length > 0) checkParameters(text, parameters);
  else checkExecutionParameters(text, parameters);
  return { session: { ...session, parameters }, statement: parseStatement(text) };
}

export const takesParameters = (text: string) => countParameters(text) > 0;

/**
 * Athena drops the request's ExecutionParameters where a statement has no `?`. Source: as `parameterSql`.
 * @throws QueryFailure as `checkParameters`
 */
export function checkExecutionParameters(text: string, parameters: readonly string[]): void {
  if (takesParameters(text)) checkParameters(text, parameters);
}

/** @throws QueryFailure INVALID_PARAMETER_USAGE unless there is one value for each `?` */
export function checkParameters(text: string, parameters: readonly string[]): void {
  const expected = countParameters(text);
  if (expected !== parameters.length)
    throw new QueryFailure(
      'INVALID_PARAMETER_USAGE',
      `Incorrect number of parameters: expected ${expected} but found ${parameters.length}`,
      { position: { line: 1, column: 1 } },
    );
}

const notFound = (session: Session, name: string) =>
  new QueryFailure('', `PreparedStatement ${name} was not found in workGroup ${session.workGroup}`);
