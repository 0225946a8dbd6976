/** One port on 127.0.0.1 for HTTP/1.1 and HTTP/2 without TLS: the SDK's Kinesis client speaks the latter only. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { createServer as createHttp1, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  constants,
  createServer as createHttp2,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { FileBody, HttpRequest, HttpResponse } from './http.ts';
import type { Respond } from './router.ts';

export interface Server {
  readonly port: number;
  /** Stops listening, lets the requests under way finish for up to a second, then closes their connections. */
  close(): Promise<void>;
}

/** What one client, slow or hostile, can hold at most. Times in milliseconds. */
export interface Limits {
  /** Connections at a time; further ones are closed at once. */
  readonly connections: number;
  /** Of these, how many may be without a request so far; beyond that the oldest of them is closed. */
  readonly silentConnections: number;
  /** From a connection to its first request, and from a request's first byte to the end of its headers. */
  readonly headersMs: number;
  /** From a request's first byte to the end of its body. The answer may take as long as it takes. */
  readonly requestMs: number;
  /** How long a connection without a request is kept for the next. */
  readonly idleMs: number;
  /** How long an answer may wait for its reader. */
  readonly stalledMs: number;
  /** Requests at a time on one HTTP/2 connection. */
  readonly streams: number;
}

/** More silent connections than the system accepts in one go (511), so that no burst of clients closes its own. */
export const LIMITS: Limits = {
  connections: 4096,
  silentConnections: 1024,
  headersMs: 30_000,
  requestMs: 600_000,
  idleMs: 60_000,
  stalledMs: 120_000,
  streams: 256,
};

/** What an HTTP/2 client sends first (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A window as large as the largest usual request, so that no upload waits for a window update. */
const HTTP2_WINDOW_BYTES = 16 * 1024 * 1024;
/** Room for a few of the largest answers (10 MiB of records, in base64) on one connection. */
const HTTP2_SESSION_MB = 256;
const CLOSE_GRACE_MS = 1000;
/** Up to here one read is cheaper than a stream. */
const LARGEST_READ_AT_ONCE = 256 * 1024;

export async function listen(
  respond: Respond,
  { host, port, limits = LIMITS }: { host: string; port: number; limits?: Limits },
): Promise<Server> {
  const requests = createRequestHandler(respond, limits);
  const http1 = createHttp1(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
      keepAliveTimeout: limits.idleMs,
      noDelay: true,
    },
    requests.onRequest,
  );
  http1.maxConnections = limits.connections;
  const http2 = createHttp2(
    {
      settings: { initialWindowSize: HTTP2_WINDOW_BYTES, maxConcurrentStreams: limits.streams },
      maxSessionMemory: HTTP2_SESSION_MB,
    },
    requests.onRequest,
  );
  const silent = createSilentConnections(limits);
  const sockets = new Set<Socket>();

  // The HTTP/1.1 server accepts all connections, which its own timeouts need, and takes those that are not HTTP/2's.
  const [serveHttp1] = http1.listeners('connection');
  http1.removeAllListeners('connection');
  http1.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    silent.add(socket);
    tellApart(socket, (isHttp2) => {
      if (isHttp2) {
        http2.once('session', (session) => {
          bound(session, limits);
          session.once('stream', () => silent.spoke(socket));
        });
        http2.emit('connection', socket);
      } else serveHttp1?.call(http1, socket);
    });
  });
  http1.on('request', ({ socket }) => silent.spoke(socket));
  await new Promise<void>((resolve, reject) => {
    http1.once('error', reject);
    http1.listen(port, host, resolve);
  });

  return {
    port: (http1.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()));
      await requests.idle(CLOSE_GRACE_MS);
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function createRequestHandler(respond: Respond, limits: Limits) {
  let underWay = 0;
  let onIdle = () => {};
  return {
    async onRequest(
      incoming: IncomingMessage | Http2ServerRequest,
      outgoing: ServerResponse | Http2ServerResponse,
    ): Promise<void> {
      underWay++;
      try {
        if ('stream' in incoming) boundBody(incoming.stream, limits);
        const response = await respond(asRequest(incoming));
        // A stream may have nothing to say for as long as it likes.
        if (!(response.body instanceof Readable)) boundAnswer(outgoing, limits);
        await write(response, incoming.method === 'HEAD', outgoing as ServerResponse);
      } catch (error) {
        outgoing.destroy(error as Error);
      } finally {
        if (--underWay === 0) onIdle();
      }
    },
    /** Resolves when no request is under way, or `graceMs` later. */
    async idle(graceMs: number): Promise<void> {
      if (underWay === 0) return;
      await new Promise<void>((resolve) => {
        const giveUp = setTimeout(resolve, graceMs);
        onIdle = () => {
          clearTimeout(giveUp);
          resolve();
        };
      });
    },
  };
}

/** The connections that have not made a request yet, oldest first; too old or too many, they are closed. */
function createSilentConnections({ silentConnections, headersMs }: Limits) {
  const since = new Map<Socket, NodeJS.Timeout>();
  const spoke = (socket: Socket) => {
    clearTimeout(since.get(socket));
    since.delete(socket);
  };
  return {
    add(socket: Socket) {
      const [oldest] = since.keys();
      if (oldest && since.size >= silentConnections) {
        spoke(oldest);
        oldest.destroy();
      }
      since.set(socket, setTimeout(() => socket.destroy(), headersMs).unref());
      socket.once('close', () => spoke(socket));
    },
    spoke,
  };
}

/** An HTTP/2 session without a request is closed. One with a request is not: a client may drop its requests on GOAWAY. */
function bound(session: ServerHttp2Session, { idleMs }: Limits): void {
  let streams = 0;
  session.setLocalWindowSize(HTTP2_WINDOW_BYTES);
  session.on('stream', (stream) => {
    streams++;
    stream.once('close', () => streams--);
  });
  session.setTimeout(idleMs, () => {
    if (streams === 0) session.close();
  });
}

/** HTTP/2 has no time limit for a request's body of its own. */
function boundBody(stream: ServerHttp2Stream, { requestMs }: Limits): void {
  if (stream.readableEnded || stream.endAfterHeaders) return;
  const late = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), requestMs).unref();
  stream.once('end', () => clearTimeout(late)).once('close', () => clearTimeout(late));
}

/** An answer that waits for its reader is broken off. */
function boundAnswer(outgoing: ServerResponse | Http2ServerResponse, { stalledMs }: Limits): void {
  if ('stream' in outgoing)
    outgoing.stream.setTimeout(stalledMs, () => outgoing.stream.close(constants.NGHTTP2_CANCEL));
  else outgoing.socket?.setTimeout(stalledMs);
}

/** Looks at a connection's first bytes, as many as it takes to tell the versions apart, and puts them back. */
function tellApart(socket: Socket, decide: (isHttp2: boolean) => void): void {
  let first: Buffer = Buffer.alloc(0);
  const look = () => {
    for (let piece = socket.read(); piece !== null; piece = socket.read())
      first = Buffer.concat([first, piece]);
    const length = Math.min(first.length, PREFACE.length);
    const mayBeHttp2 = first.subarray(0, length).equals(PREFACE.subarray(0, length));
    if (mayBeHttp2 && length < PREFACE.length) return;
    socket.off('readable', look);
    socket.off('end', giveUp);
    socket.unshift(first);
    decide(mayBeHttp2);
  };
  const giveUp = () => socket.destroy();
  socket.on('readable', look).on('end', giveUp);
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
    hosts: hostsOf(incoming),
    body: incoming,
  };
}

/** The parsed headers keep one of several hosts; an HTTP/2 client may repeat its authority as Host. */
function hostsOf({ rawHeaders, httpVersionMajor }: IncomingMessage | Http2ServerRequest): string[] {
  const hosts = rawHeaders.filter((_, index) => {
    const name = index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase();
    return name === 'host' || name === ':authority';
  });
  return httpVersionMajor === 2 ? [...new Set(hosts)] : hosts;
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
  if (body instanceof Readable) {
    outgoing.writeHead(response.status, headers);
    if (!headOnly) return pipeline(body, outgoing);
    body.destroy();
    outgoing.end();
    return;
  }
  const length = body.end - body.start + 1;
  const head = { ...headers, 'content-length': length };
  if (headOnly) outgoing.writeHead(response.status, head).end();
  else if (length <= LARGEST_READ_AT_ONCE)
    outgoing.writeHead(response.status, head).end(readPart(body, length));
  else {
    // Opened at once: the file may be on its way out.
    const { path, start, end } = body;
    const file = createReadStream(path, { fd: openSync(path, 'r'), start, end });
    await pipeline(file, outgoing.writeHead(response.status, head));
  }
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
