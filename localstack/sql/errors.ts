/** The one error of this library: a statement that is wrong, or that asks for what was not verified, with its place. */

/**
 * `SYNTAX_ERROR` and the semantic codes are Trino's error names (trino.io, StandardErrorCode). `NOT_VERIFIED` is ours: the
 * statement may be right, but this engine has not been checked against Trino on it, so it is refused.
 */
export type SqlErrorCode =
  | 'SYNTAX_ERROR'
  | 'COLUMN_NOT_FOUND'
  | 'TABLE_NOT_FOUND'
  | 'SCHEMA_NOT_FOUND'
  | 'CATALOG_NOT_FOUND'
  | 'AMBIGUOUS_NAME'
  | 'AMBIGUOUS_FUNCTION_CALL'
  | 'FUNCTION_NOT_FOUND'
  | 'TYPE_MISMATCH'
  | 'MISMATCHED_COLUMN_ALIASES'
  | 'EXPRESSION_NOT_AGGREGATE'
  | 'INVALID_ARGUMENTS'
  | 'INVALID_LITERAL'
  | 'INVALID_PARAMETER_USAGE'
  | 'NOT_SUPPORTED'
  | 'NOT_VERIFIED'
  | 'DIVISION_BY_ZERO'
  | 'NUMERIC_VALUE_OUT_OF_RANGE'
  | 'INVALID_CAST_ARGUMENT'
  | 'INVALID_FUNCTION_ARGUMENT'
  | 'SUBQUERY_MULTIPLE_ROWS'
  | 'MERGE_TARGET_ROW_MULTIPLE_MATCHES'
  | 'GENERIC_ENGINE_ERROR';

/** Where something is in a statement: both count from 1, as in Trino's messages. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export class SqlError extends Error {
  override readonly name = 'SqlError';
  readonly code: SqlErrorCode;
  readonly line: number | undefined;
  readonly column: number | undefined;

  /** The message is prefixed with `line L:C: `, Trino's form, when a position is given. */
  constructor(code: SqlErrorCode, message: string, position?: Position, options?: { cause?: unknown }) {
    super(position ? `line ${position.line}:${position.column}: ${message}` : message, options);
    this.code = code;
    this.line = position?.line;
    this.column = position?.column;
  }
}

/** Refuses what no test against Trino has covered, and says by name what it is. */
export const notVerified = (what: string, position?: Position) =>
  new SqlError('NOT_VERIFIED', `${what} is not in the verified list (docs/athena-sql.md)`, position);
