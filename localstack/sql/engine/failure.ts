/** Reads DuckDB's failures and says them in Trino's words. */
import { SqlError, type SqlErrorCode } from '../errors.ts';

/** DuckDB's text, and what Trino says of the same. */
const KNOWN: readonly (readonly [pattern: RegExp, code: SqlErrorCode, message?: string])[] = [
  [
    /More than one row returned by a subquery/,
    'SUBQUERY_MULTIPLE_ROWS',
    'Scalar sub-query has returned multiple rows',
  ],
  [
    /(?:VAR|STDDEV|COVAR)\w*(?: for [XY])? is out of range/,
    'NOT_VERIFIED',
    'a variance of numbers that are not finite is not in the verified list (docs/athena-sql.md)',
  ],
  [
    /Overflow in|out of range|Out of Range|Could not cast value .* to DECIMAL|can't be cast/i,
    'NUMERIC_VALUE_OUT_OF_RANGE',
  ],
  [/Could not convert string|Conversion Error/, 'INVALID_CAST_ARGUMENT'],
];

const CODES: readonly (readonly [pattern: RegExp, code: SqlErrorCode])[] = [
  [/^Division by zero/, 'DIVISION_BY_ZERO'],
  [/^(Cannot (cast|truncate)|Value .*cannot be (cast|represented))/, 'INVALID_CAST_ARGUMENT'],
  [/verified list/, 'NOT_VERIFIED'],
  [/^One MERGE target/, 'MERGE_TARGET_ROW_MULTIPLE_MATCHES'],
];

/** The message that a failing cast or function of ours carries behind its mark `!`, if any. */
function ownMessage(text: string): string | undefined {
  const cast = /Could not convert string '!(.*)' to INT32/s.exec(text)?.[1];
  return (
    cast?.replaceAll("''", "'") ??
    /!(.*?)(?:\n|$)/s.exec(text.startsWith('!') || text.includes(': !') ? text : '')?.[1]
  );
}

/** Turns what DuckDB threw into a `SqlError`; the original stays its cause. */
export function engineError(cause: unknown): SqlError {
  if (cause instanceof SqlError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  const own = ownMessage(text);
  if (own !== undefined) {
    const code = CODES.find(([pattern]) => pattern.test(own))?.[1] ?? 'INVALID_FUNCTION_ARGUMENT';
    return new SqlError(code, own, undefined, { cause });
  }
  const [, code = 'GENERIC_ENGINE_ERROR', message = text.split('\n')[0]!] =
    KNOWN.find(([pattern]) => pattern.test(text)) ?? [];
  return new SqlError(code as SqlErrorCode, message, undefined, { cause });
}
