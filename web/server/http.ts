/** What the page's backend takes and gives, and how it says that something is wrong (RFC 9457). */
import type { Readable } from 'node:stream';
import type { Lake } from '../../lake/lake.ts';
import type { Jobs } from './jobs.ts';

/** A request under `/_playground/`, as the endpoint hands it over. */
export interface PageRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

export interface PageResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer | Readable;
}

/** What every route works with. */
export interface Backend {
  readonly lake: Lake;
  readonly jobs: Jobs;
  /** `127.0.0.1:4566` */
  readonly endpoint: string;
}

export interface RouteRequest {
  /** Values of the path's `:names`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body, or undefined. */
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

/** One address of the backend. What `handle` gives is sent as JSON, unless it is a `Raw`. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Relative to `/_playground/api/`, e.g. `studies/:study/tables/:layer/:table`. */
  readonly path: string;
  readonly handle: (backend: Backend, request: RouteRequest) => unknown;
}

/** An answer that is not JSON: a download, or a stream of events. */
export class Raw {
  readonly response: PageResponse;
  constructor(response: PageResponse) {
    this.response = response;
  }
}

/** Something that the reader can put right; becomes problem+json. */
export class PageProblem extends Error {
  override readonly name = 'PageProblem';
  readonly status: number;
  readonly title: string;
  readonly remedy: string | undefined;
  constructor(status: number, title: string, { detail, remedy }: { detail?: string; remedy?: string } = {}) {
    super(detail ?? title);
    this.status = status;
    this.title = title;
    this.remedy = remedy;
  }
}

export const json = (status: number, value: unknown): PageResponse => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)),
});

export const problem = (error: PageProblem): PageResponse => ({
  ...json(error.status, {
    type: 'about:blank',
    title: error.title,
    status: error.status,
    ...(error.message !== error.title && { detail: error.message }),
    ...(error.remedy && { remedy: error.remedy }),
  }),
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
});

/** A page's acts carry at most this: a statement of SQL, a few rows. */
const LARGEST_BODY = 1024 * 1024;

/** Reads a JSON body; undefined without one. Throws `PageProblem` 413 or 400. */
export async function readJson(body: Readable): Promise<unknown> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > LARGEST_BODY)
      throw new PageProblem(413, `The request is larger than ${LARGEST_BODY} bytes.`);
    chunks.push(chunk);
  }
  if (length === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw new PageProblem(400, 'The request is not JSON.', { detail: (error as Error).message });
  }
}
