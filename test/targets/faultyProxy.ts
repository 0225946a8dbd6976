/** A proxy before an endpoint that does something wrong on the way: what a broken target looks like from outside. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createServer2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Exchange {
  readonly path: string;
  /** `<service>.<action>` of AWS's JSON protocols, e.g. `AmazonAthena.GetQueryResults`. */
  readonly operation: string;
  readonly body: Buffer;
}

export interface Fault {
  /** What is sent on in place of the request. @default the request */
  readonly request?: (exchange: Exchange) => Buffer;
  /** What is answered in place of the endpoint's answer. @default the answer */
  readonly answer?: (exchange: Exchange, answer: Buffer) => Buffer;
}

export interface Proxy {
  readonly url: string;
  stop(): Promise<void>;
}

/** Headers of one connection, and what an altered body changes. */
const OF_THE_CONNECTION =
  /^(:.*|host|connection|keep-alive|transfer-encoding|content-length|expect|upgrade|accept-encoding)$/;

/** @param http 2 for the client of Kinesis, which speaks HTTP/2 to the local cloud */
export async function startFaultyProxy(endpoint: string, fault: Fault, http: 1 | 2 = 1): Promise<Proxy> {
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { headers, method = 'GET', url = '/' } = request;
    const exchange = {
      path: url,
      operation: String(headers['x-amz-target'] ?? ''),
      body: await buffer(request),
    };
    const sent = fault.request?.(exchange) ?? exchange.body;
    const passed = Object.entries(headers).flatMap(([name, value]) =>
      OF_THE_CONNECTION.test(name) ? [] : [[name, String(value)] as [string, string]],
    );
    const answer = await fetch(endpoint + url, {
      method,
      headers: passed,
      ...(sent.length > 0 && { body: new Uint8Array(sent) }),
    });
    const received = Buffer.from(await answer.arrayBuffer());
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers)
      if (!OF_THE_CONNECTION.test(name)) response.setHeader(name, value);
    response.end(fault.answer?.(exchange, received) ?? received);
  };
  const onRequest = (request: unknown, response: unknown) =>
    void respond(request as IncomingMessage, response as ServerResponse).catch((error: Error) => {
      (response as ServerResponse).statusCode = 502;
      (response as ServerResponse).end(error.message);
    });
  const server = http === 2 ? createServer2(onRequest) : createServer(onRequest);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((stopped) => server.close(() => stopped())),
  };
}
