/** One port on 127.0.0.1 for HTTP/1.1 and HTTP/2 without TLS: the SDK's Kinesis client speaks the latter only. */
import { createReadStream } from 'node:fs';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { HttpRequest, HttpResponse } from './http.ts';
import type { Respond } from './router.ts';

export interface Server {
  readonly port: number;
  /** Stops listening, lets the requests under way finish for up to a second, then closes their connections. */
  close(): Promise<void>;
}

/** What an HTTP/2 client sends first (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A window as large as the largest usual request, so that no upload waits for a window update. */
const HTTP2_WINDOW_BYTES = 16 * 1024 * 1024;
const CLOSE_GRACE_MS = 1000;

export async function listen(respond: Respond, options: { host: string; port: number }): Promise<Server> {
  const onRequest = (
    incoming: IncomingMessage | Http2ServerRequest,
    outgoing: ServerResponse | Http2ServerResponse,
  ) => {
    serve(respond, incoming, outgoing).catch((error) => outgoing.destroy?.(error));
  };
  const http1 = createHttp1({ keepAliveTimeout: 60_000, requestTimeout: 0 }, onRequest);
  const http2 = createHttp2({ settings: { initialWindowSize: HTTP2_WINDOW_BYTES } }, onRequest);
  http2.on('session', (session) => session.setLocalWindowSize(HTTP2_WINDOW_BYTES));

  const sockets = new Set<Socket>();
  const listener = createListener((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    peek(socket, (isHttp2) => (isHttp2 ? http2 : http1).emit('connection', socket));
  });
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(options.port, options.host, resolve);
  });

  return {
    port: (listener.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()));
      http1.closeIdleConnections();
      const giveUp = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, CLOSE_GRACE_MS);
      for (const socket of sockets) if (!busy.has(socket)) socket.destroy();
      await closed;
      clearTimeout(giveUp);
    },
  };
}

/** Sockets with a request under way, by how many. */
const busy = new Map<Socket, number>();

/** Looks at a connection's first bytes and puts them back. */
function peek(socket: Socket, decide: (isHttp2: boolean) => void): void {
  socket.once('readable', () => {
    const first: Buffer | null = socket.read();
    if (!first) {
      if (!socket.readableEnded && !socket.destroyed) peek(socket, decide);
      return;
    }
    const length = Math.min(first.length, PREFACE.length);
    socket.unshift(first);
    decide(first.subarray(0, length).equals(PREFACE.subarray(0, length)));
  });
}

async function serve(
  respond: Respond,
  incoming: IncomingMessage | Http2ServerRequest,
  outgoing: ServerResponse | Http2ServerResponse,
): Promise<void> {
  const socket = incoming.socket as Socket;
  busy.set(socket, (busy.get(socket) ?? 0) + 1);
  try {
    await write(await respond(asRequest(incoming)), incoming.method === 'HEAD', outgoing as ServerResponse);
  } finally {
    const left = (busy.get(socket) ?? 1) - 1;
    if (left > 0) busy.set(socket, left);
    else busy.delete(socket);
  }
}

function asRequest(incoming: IncomingMessage | Http2ServerRequest): HttpRequest {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && !name.startsWith(':'))
      headers[name] = Array.isArray(value) ? value.join(', ') : value;
  const authority = incoming.headers[':authority'];
  if (typeof authority === 'string') headers.host = authority;
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers,
    body: incoming,
  };
}

async function write(response: HttpResponse, headOnly: boolean, outgoing: ServerResponse): Promise<void> {
  const { body } = response;
  const headers: Record<string, string | number> = { ...response.headers };
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    if (headers['content-length'] === undefined && response.status !== 204 && response.status !== 304)
      headers['content-length'] = bytes?.length ?? 0;
    outgoing.writeHead(response.status, headers);
    outgoing.end(headOnly ? undefined : bytes);
    return;
  }
  headers['content-length'] = body.end - body.start + 1;
  outgoing.writeHead(response.status, headers);
  if (headOnly) outgoing.end();
  else await pipeline(createReadStream(body.path, { start: body.start, end: body.end }), outgoing);
}
