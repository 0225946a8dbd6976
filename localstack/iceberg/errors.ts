/** The errors of the table format, with codes in the words of Trino, the engine behind Athena. */

export type IcebergErrorCode =
  | 'COLUMN_NOT_FOUND'
  | 'COLUMN_ALREADY_EXISTS'
  | 'CONSTRAINT_VIOLATION'
  | 'ICEBERG_COMMIT_ERROR'
  | 'ICEBERG_INVALID_METADATA'
  | 'ICEBERG_TOO_MANY_OPEN_PARTITIONS'
  | 'INVALID_ARGUMENTS'
  | 'MERGE_TARGET_ROW_MULTIPLE_MATCHES'
  | 'NOT_SUPPORTED';

/** A failure that the statement's author, or a retry of the statement, can fix. */
export class IcebergError extends Error {
  override readonly name = 'IcebergError';
  readonly code: IcebergErrorCode;

  constructor(code: IcebergErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Thrown by a catalog's `swap` when another writer moved the table first: nothing was changed. */
export class CommitConflict extends Error {
  override readonly name = 'CommitConflict';

  constructor(database: string, table: string, expectedVersion: string) {
    super(`Table ${database}.${table} is no longer at version ${expectedVersion}`);
  }
}

export const invalidMetadata = (message: string) => new IcebergError('ICEBERG_INVALID_METADATA', message);

export const notSupported = (message: string) => new IcebergError('NOT_SUPPORTED', message);
