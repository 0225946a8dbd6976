/** Sends requests exactly as written, header by header, over either HTTP version: what SDKs and `fetch` refuse to send. */
import { connect as connectHttp2, constants } from 'node:http2';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

export interface RawRequest {
  readonly method: string;
  /** The request's target as it is in the first line, or in `:path`. */
  readonly target: string;
  /** In the order in which they are sent, hosts included; a name may come twice. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body?: string;
}

export interface RawAnswer {
  /** 0 when the server reset the stream instead: HTTP/2's framing already forbids what was sent. */
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Over a connection of its own that the server closes after its answer. */
export async function sendHttp1(port: number, request: RawRequest): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const { body = '' } = request;
  socket.write(
    [
      `${request.method} ${request.target} HTTP/1.1`,
      ...request.headers.map(([name, value]) => `${name}: ${value}`),
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  );
  const answer = await text(socket);
  const end = answer.indexOf('\r\n\r\n');
  const [first = '', ...lines] = answer.slice(0, end).split('\r\n');
  return {
    status: Number(first.split(' ')[1]),
    headers: Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    ),
    body: answer.slice(end + 4),
  };
}

/** The first host is sent as `:authority`, a second one as `host`. */
export async function sendHttp2(port: number, request: RawRequest): Promise<RawAnswer> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  try {
    const [authority, ...more] = request.headers.filter(([name]) => name.toLowerCase() === 'host');
    const stream = session.request(
      {
        ...Object.fromEntries(request.headers.filter(([name]) => name.toLowerCase() !== 'host')),
        ':method': request.method,
        ':path': request.target,
        ':authority': authority?.[1] ?? '',
        ...(more[0] && { host: more[0][1] }),
      },
      { endStream: false },
    );
    const headers = new Promise<Record<string, string>>((resolve, reject) => {
      stream.on('response', (found) =>
        resolve(Object.fromEntries(Object.entries(found).map(([name, value]) => [name, String(value)]))),
      );
      stream.on('error', (error) =>
        stream.rstCode === constants.NGHTTP2_PROTOCOL_ERROR ? resolve({}) : reject(error),
      );
    });
    stream.end(request.body ?? '');
    const found = await headers;
    if (found[':status'] === undefined) return { status: 0, headers: {}, body: '' };
    return { status: Number(found[':status']), headers: found, body: await text(stream) };
  } finally {
    session.close();
  }
}
