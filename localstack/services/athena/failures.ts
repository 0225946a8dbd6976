/** Why a query failed, in Athena's words: the one error that statements throw to end as FAILED. */

/** Categories of AthenaError: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html */
export const errorCategory = { system: 1, user: 2, other: 3 } as const;

export class QueryFailure extends Error {
  override readonly name = 'QueryFailure';
  /** Trino's or Hive's code, e.g. `TABLE_NOT_FOUND`. Empty when the message stands for itself, as DDL's do. */
  readonly code: string;
  /** 1-based position in the statement. */
  readonly position?: { readonly line: number; readonly column: number };
  /** Whose fault it is, where the code does not say it. */
  readonly category?: keyof typeof errorCategory;
  /** The ErrorType, where the code does not tell it. */
  readonly type?: number;
  /** What the AthenaError says, where that is not the reason. */
  readonly errorMessage?: string;

  constructor(
    code: string,
    message: string,
    options: {
      position?: { line: number; column: number } | undefined;
      category?: keyof typeof errorCategory | undefined;
      type?: number | undefined;
      errorMessage?: string | undefined;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.position = options.position;
    this.category = options.category;
    this.type = options.type;
    this.errorMessage = options.errorMessage;
  }

  /** The same failure in other words. */
  inWords(message: string): QueryFailure {
    return new QueryFailure(this.code, message, this);
  }

  /** The message with its place: `line 1:8: …`. */
  get saying(): string {
    const at = this.position ? `line ${this.position.line}:${this.position.column}: ` : '';
    return `${at}${this.message}`;
  }

  /** The query's StateChangeReason. */
  get reason(): string {
    return `${this.code ? `${this.code}: ` : ''}${this.saying}`;
  }
}

/**
 * Types of AthenaError by code, as aoyagikouhei/athena-local recorded them of failed queries (docs/dev/measurements, src/failure.rs;
 * those of ICEBERG_… are from public logs of VACUUM); what is not listed is a failed query of the user's.
 */
const errorTypes: Readonly<Record<string, number>> = {
  SYNTAX_ERROR: 1006,
  CATALOG_NOT_FOUND: 1006,
  COLUMN_NOT_FOUND: 1006,
  DIVISION_BY_ZERO: 1001,
  TYPE_MISMATCH: 1002,
  FUNCTION_NOT_FOUND: 1303,
  INVALID_CAST_ARGUMENT: 1100,
  NUMERIC_VALUE_OUT_OF_RANGE: 1100,
  INVALID_PARAMETER_USAGE: 1100,
  MISSING_COLUMN_NAME: 1100,
  INVALID_FUNCTION_ARGUMENT: 1106,
  TABLE_ALREADY_EXISTS: 1110,
  NOT_SUPPORTED: 1200,
  NOT_FOUND: 1300,
  TABLE_NOT_FOUND: 1301,
  SCHEMA_NOT_FOUND: 1301,
  HIVE_BAD_DATA: 1301,
  HIVE_CURSOR_ERROR: 1301,
  ICEBERG_COMMIT_ERROR: 233,
  ICEBERG_INVALID_METADATA: 233,
  ICEBERG_VACUUM_MORE_RUNS_NEEDED: 233,
  GENERIC_INTERNAL_ERROR: 200,
  EXCEEDED_GLOBAL_MEMORY_LIMIT: 1602,
  EXCEEDED_LOCAL_MEMORY_LIMIT: 1602,
  '': 1003,
};

const systemCodes = new Set(['GENERIC_INTERNAL_ERROR', 'ICEBERG_COMMIT_ERROR', 'ICEBERG_INVALID_METADATA']);

/** What is recorded of a code goes before what the engine says of its own failure. */
function categoryOf({ code, category = 'user' }: QueryFailure): keyof typeof errorCategory {
  if (systemCodes.has(code)) return 'system';
  return code !== '' && code in errorTypes ? 'user' : category;
}

/** The AthenaError member of a failed query's status. */
export function athenaError(failure: QueryFailure) {
  return {
    ErrorCategory: errorCategory[categoryOf(failure)],
    ErrorType: failure.type ?? errorTypes[failure.code] ?? 1009,
    Retryable: failure.code === 'ICEBERG_COMMIT_ERROR',
    ErrorMessage: failure.errorMessage ?? failure.reason,
  };
}
