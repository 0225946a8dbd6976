/** What the API page shows: the operations of the study's HTTP API, and the answer to a call. */

export interface OperationParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required: boolean;
  /** `date`, `integer 1 to 1000, 100 unless given` */
  readonly type: string;
  readonly description: string;
  readonly example?: string;
  /** Allowed values, when there are few. */
  readonly choices?: readonly string[];
}

/** A call that is made to be refused, to see how. */
export interface Mistake {
  readonly status: number;
  readonly when: string;
  /** Path and query after the study's own. */
  readonly path: string;
  readonly body?: string;
}

export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** After `/studies/<study>`, e.g. `/queries/sales_by_day`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly parameters: readonly OperationParameter[];
  /** An example of the body, of an operation that takes one. */
  readonly body?: string;
  /** What the call changes; absent for one that only reads. */
  readonly effect?: string;
  readonly responses: readonly { readonly status: string; readonly description: string }[];
  readonly mistakes: readonly Mistake[];
}

export interface ApiDescription {
  /** Where the API is. */
  readonly url: string;
  readonly region: string;
  readonly openapi: string;
  readonly operations: readonly Operation[];
}

export interface CallRequest {
  readonly method: Operation['method'];
  /** Path and query, from `/studies/<study>` on. */
  readonly path: string;
  readonly body?: string;
  readonly ifNoneMatch?: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly milliseconds: number;
}
