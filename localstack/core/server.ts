/** One port on 127.0.0.1 for HTTP/1.1 and HTTP/2 without TLS: the SDK's Kinesis client speaks the latter only. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { type AddressInfo, createServer as createListener, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { FileBody, HttpRequest, HttpResponse } from './http.ts';
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
/** Room for a few of the largest answers (10 MiB of records, in base64) on one connection. */
const HTTP2_SESSION_MB = 256;
const CLOSE_GRACE_MS = 1000;
/** Up to here one read is cheaper than a stream. */
const LARGEST_READ_AT_ONCE = 256 * 1024;

export async function listen(respond: Respond, options: { host: string; port: number }): Promise<Server> {
  let underWay = 0;
  let onIdle = () => {};
  const onRequest = async (
    incoming: IncomingMessage | Http2ServerRequest,
    outgoing: ServerResponse | Http2ServerResponse,
  ) => {
    underWay++;
    try {
      const response = await respond(asRequest(incoming));
      await write(response, incoming.method === 'HEAD', outgoing as ServerResponse);
    } catch (error) {
      outgoing.destroy(error as Error);
    } finally {
      if (--underWay === 0) onIdle();
    }
  };
  const http1 = createHttp1({ keepAliveTimeout: 60_000, requestTimeout: 0 }, onRequest);
  const http2 = createHttp2(
    { settings: { initialWindowSize: HTTP2_WINDOW_BYTES }, maxSessionMemory: HTTP2_SESSION_MB },
    onRequest,
  );
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
      if (underWay > 0)
        await new Promise<void>((resolve) => {
          const giveUp = setTimeout(resolve, CLOSE_GRACE_MS);
          onIdle = () => {
            clearTimeout(giveUp);
            resolve();
          };
        });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

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
  const length = body.end - body.start + 1;
  outgoing.writeHead(response.status, { ...headers, 'content-length': length });
  if (headOnly) outgoing.end();
  else if (length <= LARGEST_READ_AT_ONCE) outgoing.end(readPart(body, length));
  else await pipeline(createReadStream(body.path, { start: body.start, end: body.end }), outgoing);
}

function readPart(part: FileBody, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  const fd = openSync(part.path, 'r');
  try {
    let filled = 0;
    while (filled < length) {
      const count = readSync(fd, buffer, filled, length - filled, part.start + filled);
      if (count === 0)
        throw new Error(`${part.path} ended at byte ${part.start + filled} of ${part.end + 1}.`);
      filled += count;
    }
  } finally {
    closeSync(fd);
  }
  return buffer;
}
