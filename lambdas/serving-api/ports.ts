/** The serving API's ports to AWS, so that its rules are tested without it. */
import type { LiveReader } from '../../lib/model/live/read.ts';
import type { PublishedRun } from '../../lib/model/run/lastRun.ts';
import type { Study } from '../../lib/model/study/study.ts';

export type QueryStatus = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** What Athena keeps of a statement. */
export interface Execution {
  readonly id: string;
  /** As it was sent, its marker included. */
  readonly sql: string;
  readonly parameters: readonly string[];
  readonly status: QueryStatus;
  /** Athena's words for why it failed. */
  readonly reason?: string;
  readonly submittedAt: string;
  readonly milliseconds: number;
  readonly scannedBytes: number;
}

export interface ResultPage {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as Athena's text; null is SQL's NULL. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** Token of the next page; absent after the last one. */
  readonly next?: string;
}

export interface ServingPorts {
  readonly study: Study;
  /** Undefined before the first run has closed its books. */
  readonly publishedRun: () => Promise<PublishedRun | undefined>;
  /**
   * Starts a statement; the same token again gives the execution that it started. Throws `RequestProblem` for SQL that
   * Athena does not take.
   */
  readonly start: (sql: string, parameters: readonly string[], token?: string) => Promise<string>;
  /** Undefined for an id that Athena does not know in this workgroup. */
  readonly execution: (id: string) => Promise<Execution | undefined>;
  /** Rows of a finished statement, without the header. Undefined for a token that Athena did not give. */
  readonly results: (id: string, rows: number, token?: string) => Promise<ResultPage | undefined>;
  readonly stop: (id: string) => Promise<void>;
  readonly liveTable: LiveReader;
  /** Names of the tables that a database has. */
  readonly tableNames: (database: string) => Promise<readonly string[]>;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface ServingRequest {
  /** `GET /studies/shop/queries/{name}` */
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string | undefined>>;
  readonly queryString: string;
  readonly body: string;
  readonly ifNoneMatch?: string;
  /** When the request came, milliseconds since the epoch. */
  readonly nowMs: number;
  /** Milliseconds until the function must have answered. */
  readonly remainingMs: () => number;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Absent for an answer without content. */
  readonly body?: unknown;
}
