/** Calls the deployed HTTP API with a signed request, as any client of it must. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { DescribeStacksCommand, type DescribeStacksCommandOutput } from '@aws-sdk/client-cloudformation';
import { SignatureV4 } from '@smithy/signature-v4';
import { lakeOutputs } from '../lib/model/layout.ts';
import type { LakeContext } from './context.ts';
import { RunFailedError } from './errors.ts';
import type { WorkOptions } from './progress.ts';

export interface ApiAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Undefined for an answer without content. */
  readonly body: unknown;
  /** The content as it was sent. */
  readonly text: string;
  readonly milliseconds: number;
}

/** Node's SHA-256 in the shape that the signer asks for: a hash, or with a secret an HMAC. */
class Sha256 {
  readonly #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret ? createHmac('sha256', secret as NodeJS.ArrayBufferView) : createHash('sha256');
  }
  update(data: Uint8Array | string) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
  reset() {}
}

export type ApiMethod = 'GET' | 'POST' | 'DELETE';

export interface CallOptions extends WorkOptions {
  /** Sent with the request, e.g. `if-none-match`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The content to send as it is, in place of a body that is written as JSON. */
  readonly content?: string;
}

/** `path` begins with `/studies/…` and may carry a query. */
export async function callApi(
  lake: LakeContext,
  method: ApiMethod,
  path: string,
  body?: unknown,
  { signal, headers, content }: CallOptions = {},
): Promise<ApiAnswer> {
  const url = new URL((await apiUrl(lake)) + path);
  const text = content ?? (body === undefined ? undefined : JSON.stringify(body));
  const { region, credentials } = lake.target;
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { ...headers, host: url.host, ...(text ? { 'content-type': 'application/json' } : {}) },
    ...(text ? { body: text } : {}),
  });
  const startedAt = performance.now();
  const answer = await fetch(url, {
    method,
    headers: signed.headers,
    ...(text ? { body: text } : {}),
    signal,
  });
  const received = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: received === '' ? undefined : (JSON.parse(received) as unknown),
    text: received,
    milliseconds: performance.now() - startedAt,
  };
}

/** Where the HTTP API is, without a slash at its end. Throws `RunFailedError` before it is deployed. */
export async function apiUrl({ target, command }: LakeContext): Promise<string> {
  const { clients, localCloud, names } = target;
  const stack = { StackName: names.stack('lake') };
  const { Stacks } = await clients.cloudFormation.send(new DescribeStacksCommand(stack)).catch(noStack);
  const url = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === lakeOutputs.httpUrl)?.OutputValue;
  if (!url) throw new RunFailedError(`The HTTP API is not deployed yet. Run: ${command('up')}`);
  // A local cloud's port in it is that of the day of the deploy; it may be served at another one now.
  if (localCloud) return localCloud.endpoint + new URL(url).pathname;
  if (!URL.canParse(url))
    throw new RunFailedError(
      `${target.place} has no HTTP API: the output ${lakeOutputs.httpUrl} of the stack ${stack.StackName} is '${url}', not a URL.`,
    );
  return target.kind === 'endpoint' ? byPath(target.place, url) : url;
}

/** Names under localhost are not resolved everywhere; local clouds take the API's id in the path as well. */
function byPath(endpoint: string, url: string): string {
  const [, id] =
    /^([a-z0-9]+)\.execute-api\.localhost(\.localstack\.cloud)?$/.exec(URL.parse(url)?.hostname ?? '') ?? [];
  return id ? `${endpoint}/_aws/execute-api/${id}/$default` : url;
}

/** CloudFormation's word for a stack that does not exist. */
function noStack(error: unknown): DescribeStacksCommandOutput {
  if ((error as Error).name === 'ValidationError') return { Stacks: [], $metadata: {} };
  throw error;
}
