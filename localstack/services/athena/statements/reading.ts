/** Reads a statement before it is accepted: one that cannot be read is an error of the request, as on AWS. */
import { type OutlineKind, outlineOf, parseStatement, SqlError, type Statement } from '../../../sql/index.ts';
import { invalidRequest } from '../paging.ts';
import type { TrinoEngine } from '../trino/engine.ts';
import { checkSyntax, isSyntaxError } from '../trino/statements.ts';

/** A statement, or only its kind where Trino reads it. */
export type ReadStatement = Statement | { readonly kind: OutlineKind; readonly isOutline: true };

/** What our parser made of it. */
export const parsedStatement = (read: ReadStatement): Statement | undefined =>
  'isOutline' in read ? undefined : read;

/** @throws AwsError InvalidRequestException MALFORMED_QUERY */
export type Reader = (sql: string) => ReadStatement | Promise<ReadStatement>;

const malformed = (message: string) => invalidRequest(message, 'MALFORMED_QUERY');
const noLocation = () => malformed('No location was specified for table. An S3 location must be specified');

export const readStatement: Reader = (sql) => parsed(sql, (error) => refused(error));

/** As `readStatement`, with Trino to judge the queries that our parser cannot read. */
export const readOnTrino =
  (trino: TrinoEngine): Reader =>
  (sql) =>
    parsed(sql, (error) => unread(trino, sql, error));

/** @param otherwise what becomes of a statement that the parser gives up, or does not know */
function parsed<T>(sql: string, otherwise: (error: SqlError | RangeError) => T): Statement | T {
  let statement: Statement;
  try {
    statement = parseStatement(sql);
  } catch (error) {
    if (error instanceof SqlError || error instanceof RangeError) return otherwise(error);
    throw error;
  }
  if (statement.kind === 'create-table') checkCreated(statement);
  if (statement.kind === 'create-external-table' && !statement.location) throw noLocation();
  return statement;
}

function refused(error: SqlError | RangeError): never {
  // Trino's SqlParser says so of a statement whose nesting is deeper than its stack.
  if (error instanceof RangeError)
    throw malformed('line 1:1: statement is too large (stack overflow while parsing)');
  throw malformed(error.message);
}

async function unread(trino: TrinoEngine, sql: string, ours: SqlError | RangeError): Promise<ReadStatement> {
  try {
    const outline = outlineOf(sql);
    if (!outline) return refused(ours);
    await checkSyntax(trino, outline);
    return { kind: outline.kind, isOutline: true };
  } catch (error) {
    if (error instanceof SqlError || error instanceof RangeError) return refused(error);
    if (isSyntaxError(error)) throw malformed(error.saying);
    throw error;
  }
}

/** What a CREATE TABLE must say is asked before it runs. Source: as statements/types.ts, statements.md */
function checkCreated({ location, properties }: Extract<Statement, { kind: 'create-table' }>): void {
  if (!location) throw noLocation();
  const type = Object.entries(properties).find(([name]) => name.toLowerCase() === 'table_type')?.[1];
  if (type === undefined) throw malformed('External keyword required for table type HIVE');
}
