/** The session of a statement: what it is given while it runs. */
import type { ObjectStore } from '../../core/objectStore.ts';
import type { Iceberg } from '../../iceberg/index.ts';
import type { Catalog } from './catalog.ts';
import { QueryFailure } from './failures.ts';
import type { FileMemory } from './hive/fileMemory.ts';
import type { TextReads } from './hive/textReads.ts';
import type { ColumnInfo } from './results/columns.ts';
import type { Cell } from './results/csv.ts';
import type { StatementConnection } from './statementConnection.ts';
import type { TrinoEngine } from './trino/engine.ts';

/** What all statements of this Athena share. */
export interface Lake {
  readonly store: ObjectStore;
  readonly iceberg: Iceberg;
  readonly files: FileMemory;
}

export interface Session {
  readonly queryExecutionId: string;
  readonly lake: Lake;
  /** The Glue catalog, asked as the caller. */
  readonly catalog: Catalog;
  readonly connection: StatementConnection;
  /** What data statements run on in place of DuckDB. */
  readonly trino?: TrinoEngine;
  /** The database of names without one. */
  readonly database: string;
  /** The catalog of the request, in lower case. @default Athena's own */
  readonly contextCatalog: string;
  readonly now: Date;
  readonly workGroup: string;
  /** The folder results go to, `s3://bucket/prefix/`. */
  readonly outputFolder: string;
  /** Values for the statement's `?`, each as SQL. */
  readonly parameters: readonly string[];
  readonly preparedStatements: {
    get(name: string): string | undefined;
    put(name: string, query: string): void;
    delete(name: string): boolean;
  };
  /** When the oldest statement was submitted that has not ended, this one included; milliseconds since the epoch. */
  readonly openSince: () => number;
  readonly progress: Progress;
  readonly textReads: TextReads;
  /** Aborted by StopQueryExecution. */
  readonly signal: AbortSignal;
}

/** What is measured while a statement runs, and what stops it. */
export interface Progress {
  /** Counts bytes that are about to be read. @throws ScanLimitExceeded beyond the workgroup's limit. */
  scan(bytes: number): void;
  /** Counts bytes that were read by what has ended and cannot be stopped any more. */
  scanned(bytes: number): void;
  /** Tells that planning is over and the engine begins. */
  planned(): void;
  /** @throws QueryCancelled when StopQueryExecution was called. */
  checkpoint(): void;
}

/** The statement was stopped by its caller. */
export class QueryCancelled extends Error {
  override readonly name = 'QueryCancelled';
}

/** The workgroup's BytesScannedCutoffPerQuery was passed: the query ends as CANCELLED. */
export class ScanLimitExceeded extends Error {
  override readonly name = 'ScanLimitExceeded';
}

/** What a statement ends in. */
export type Outcome =
  /** A query's rows as text, still to be read from the engine; NULL is `null`. */
  | {
      readonly kind: 'query';
      readonly columns: readonly ColumnInfo[];
      readonly rows: AsyncIterable<readonly Cell[][]>;
    }
  /** Lines of text, as SHOW and DESCRIBE answer: each line's cells are joined by a tab. */
  | {
      readonly kind: 'text';
      readonly columns: readonly ColumnInfo[];
      readonly rows: readonly string[][];
      /** Whether the answer tells a count of changed rows, 0: what Hive itself answers does not. @default true */
      readonly counted?: boolean;
      /** What SubstatementType becomes once the table is known. */
      readonly substatementType?: string;
    }
  /** Rows that were written, with the URIs of new files for the manifest. */
  | { readonly kind: 'written'; readonly rows: number; readonly manifest?: readonly string[] }
  | { readonly kind: 'done' };

/** Splits `s3://bucket/key`. */
export function s3Location(uri: string): { bucket: string; key: string } {
  const found = /^s3[an]?:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  if (!found)
    throw new QueryFailure(
      'INVALID_ARGUMENTS',
      `'${uri}' is not an S3 location: s3://bucket/folder/ is expected.`,
    );
  return { bucket: found[1]!, key: found[2]! };
}

/** The database that a request names, in backticks too: the statement's names without one are in it. */
export function contextDatabase(named: string | undefined): string {
  if (named === undefined) return 'default';
  const [, quoted] = /^`(.+)`$/s.exec(named) ?? [];
  return quoted?.replaceAll('``', '`') ?? named;
}

/**
 * A location as Hive keeps it in the catalog, a bucket's own excepted: its Path has no slash at the end. Source: PyAthena,
 * tests/pyathena/sqlalchemy/test_base.py, test_reflect_table
 */
export const withoutSlash = (uri: string) => uri.replace(/^(s3[an]?:\/\/[^/]+\/.*?[^/])\/+$/s, '$1');

/** To list, a folder's location always ends in a slash, so that `x` never reads `xy`. */
export const asFolder = (uri: string) => (uri.endsWith('/') ? uri : `${uri}/`);
