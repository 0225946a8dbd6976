/** Problems that the HTTP API answers, as RFC 9457 lays them out (https://www.rfc-editor.org/rfc/rfc9457). */

const problemStatuses = {
  'invalid-parameter': 400,
  'invalid-cursor': 400,
  'invalid-body': 400,
  'not-read-only': 400,
  'invalid-sql': 400,
  'not-found': 404,
  'not-finished': 409,
  'no-run': 409,
  'too-large': 413,
  'query-failed': 422,
  'answer-too-large': 422,
  'still-running': 503,
} as const;

export type ProblemName = keyof typeof problemStatuses;

/** One thing that is wrong in a request: where it is, what it says, what is allowed. */
export interface Fault {
  readonly name: string;
  readonly value?: string;
  readonly detail: string;
}

/** `application/problem+json` */
export interface ProblemDetails {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Every fault of the request, not only the first. */
  readonly errors?: readonly Fault[];
  /** Place in the SQL, from 1. */
  readonly at?: { readonly line: number; readonly column: number };
}

const titles: Readonly<Record<ProblemName, string>> = {
  'invalid-parameter': 'A parameter is wrong',
  'invalid-cursor': 'The cursor does not belong to this query',
  'invalid-body': 'The body is wrong',
  'not-read-only': 'Only queries are taken',
  'invalid-sql': 'The SQL cannot be read',
  'not-found': 'There is no such thing',
  'not-finished': 'The statement has not finished',
  'no-run': 'No run has finished yet',
  'too-large': 'The request is too large',
  'query-failed': 'Athena could not answer the query',
  'answer-too-large': 'The page is too large',
  'still-running': 'The query is still running',
};

export class RequestProblem extends Error {
  override readonly name = 'RequestProblem';
  readonly problem: ProblemDetails;

  constructor(name: ProblemName, detail: string, more: Pick<ProblemDetails, 'errors' | 'at'> = {}) {
    super(detail);
    this.problem = {
      type: `urn:headwaters:problem:${name}`,
      title: titles[name],
      status: problemStatuses[name],
      detail,
      ...more,
    };
  }
}
