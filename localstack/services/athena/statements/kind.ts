/** Reads a statement before it is accepted: one that cannot be read is an error of the request, as on AWS. */
import { outlineOf, parseStatement, SqlError, type Statement } from '../../../sql/index.ts';
import { invalidRequest } from '../paging.ts';
import type { TrinoEngine } from '../trino/engine.ts';
import { checkSyntax, isSyntaxError } from '../trino/statements.ts';

type Kind = Statement['kind'];

const malformed = (message: string) => invalidRequest(message, 'MALFORMED_QUERY');

/** @throws AwsError InvalidRequestException MALFORMED_QUERY */
export function kindOfStatement(sql: string): Kind {
  try {
    return parseStatement(sql).kind;
  } catch (error) {
    throw error instanceof SqlError ? malformed(error.message) : error;
  }
}

/** As `kindOfStatement`, with Trino to judge the queries that our parser cannot read. */
export const kindOnTrino =
  (trino: TrinoEngine) =>
  async (sql: string): Promise<Kind> => {
    try {
      return parseStatement(sql).kind;
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      return unread(trino, sql, error);
    }
  };

async function unread(trino: TrinoEngine, sql: string, ours: SqlError): Promise<Kind> {
  try {
    const outline = outlineOf(sql);
    if (!outline) throw ours;
    await checkSyntax(trino, outline);
    return outline.kind;
  } catch (error) {
    if (error instanceof SqlError) throw malformed(error.message);
    if (isSyntaxError(error)) throw malformed(error.saying);
    throw error;
  }
}
