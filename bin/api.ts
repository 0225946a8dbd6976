/** Calls the deployed HTTP API with a signed request, as any client of it must. */
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { SignatureV4 } from '@smithy/signature-v4';
import { RunFailedError } from './failure.ts';
import type { World } from './world.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
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

const signer = new SignatureV4({
  service: 'execute-api',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  sha256: Sha256,
});

/** `path` begins with `/studies/…` and may carry a query. */
export async function callApi(
  world: World,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
): Promise<ApiAnswer> {
  const url = new URL((await apiUrl(world)) + path);
  const text = body === undefined ? undefined : JSON.stringify(body);
  const signed = await signer.sign({
    method,
    protocol: url.protocol,
    hostname: url.hostname,
    port: Number(url.port),
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: { host: url.host, ...(text ? { 'content-type': 'application/json' } : {}) },
    ...(text ? { body: text } : {}),
  });
  const startedAt = performance.now();
  const answer = await fetch(url, { method, headers: signed.headers, ...(text ? { body: text } : {}) });
  const parsed: unknown = await answer.json();
  return { status: answer.status, body: parsed, milliseconds: performance.now() - startedAt };
}

async function apiUrl(world: World): Promise<string> {
  const { Stacks = [] } = await world.clients.cloudFormation.send(new DescribeStacksCommand({}));
  const output = Stacks.flatMap(({ Outputs = [] }) => Outputs).find(({ OutputKey }) =>
    OutputKey?.startsWith('HttpUrl'),
  );
  if (!output?.OutputValue)
    throw new RunFailedError('The HTTP API is not deployed in this world yet. Run: npx headwaters up');
  // The port in it is that of the day of the deploy; this world may be served at another one now.
  return world.endpoint + new URL(output.OutputValue).pathname;
}
