/** A request and an answer as plain data, so that routing and protocols know nothing of sockets or HTTP versions. */
import type { Readable } from 'node:stream';
import { AwsError } from './errors.ts';

export interface HttpRequest {
  readonly method: string;
  /** The path as it was sent, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; `host` is there for HTTP/2 as well. */
  readonly headers: Readonly<Record<string, string>>;
  /** Every host that the request names, with its port: one, or the request is refused. */
  readonly hosts: readonly string[];
  readonly body: Readable;
}

/** `<apiId>.execute-api.localhost`: the host of an HTTP API. */
export const isApiHost = (host: string) => /^[^.]+\.execute-api\./i.test(host);

/** Whether a request is for an HTTP API's routes, by the API's host or its path. */
export const isExecuteApi = (request: HttpRequest) =>
  request.path.startsWith('/_aws/execute-api/') || isApiHost(request.hosts[0] ?? '');

/** A part of a local file that is streamed as the body: bytes `start` to `end`, both inclusive. */
export interface FileBody {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** A stream is sent as it comes, without a length. */
  readonly body?: string | Buffer | FileBody | Readable;
}

/** The largest body that is held in memory; larger ones are an S3 upload, which streams, or a mistake. */
const LARGEST_BUFFERED_BODY = 64 * 1024 * 1024;

/** Reads a body whole. Throws `RequestEntityTooLarge` over 64 MiB. */
export async function readBody(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LARGEST_BUFFERED_BODY)
      throw new AwsError(
        'RequestEntityTooLarge',
        `A request's body may have ${LARGEST_BUFFERED_BODY} bytes.`,
        {
          status: 413,
        },
      );
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, length);
}
