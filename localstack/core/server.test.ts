/** The listener itself: versions told apart however slowly they arrive, what a client can hold, and clients that break off. */
import assert from 'node:assert/strict';
import { type EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import { type OnTestFinishedHandler, test } from 'vitest';
import { type HttpResponse, readBody } from './http.ts';
import type { Respond } from './router.ts';
import { LIMITS, type Limits, listen } from './server.ts';

const HOST = '127.0.0.1';
type Cleaner = { onTestFinished: (handler: OnTestFinishedHandler) => void };

const echo: Respond = async (request) => ({
  status: 200,
  body: `${request.method} ${request.path} ${await readBody(request.body)}`,
});

async function serving(t: Cleaner, respond: Respond, limits: Partial<Limits> = {}) {
  const server = await listen(respond, { host: HOST, port: 0, limits: { ...LIMITS, ...limits } });
  t.onTestFinished(() => server.close());
  const opened = (): Socket => {
    const socket = connect(server.port, HOST);
    socket.on('error', () => {});
    t.onTestFinished(() => void socket.destroy());
    return socket;
  };
  const session = () => {
    const found = connectHttp2(`http://${HOST}:${server.port}`);
    found.on('error', () => {});
    t.onTestFinished(() => found.destroy());
    return found;
  };
  return { server, url: `http://${HOST}:${server.port}`, opened, session };
}

/** Writes byte by byte, each read by the server before the next is sent. */
async function trickle(socket: Socket, bytes: string): Promise<void> {
  socket.setNoDelay(true);
  await once(socket, 'connect');
  for (const byte of bytes) {
    await new Promise<void>((resolve) => socket.write(byte, () => resolve()));
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  }
}

/** Resolves when it is closed, with an error or without: a connection that the server gives up may be reset. */
const closed = (emitter: EventEmitter) =>
  new Promise<void>((resolve) => emitter.once('close', () => resolve()));

/** Reads what comes until the server closes. */
const untilClosed = async (socket: Socket): Promise<string> => {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  await closed(socket);
  return received;
};

test('a request that arrives byte by byte is HTTP/1.1, whatever it has in common with HTTP/2’s preface', async (t) => {
  const { opened } = await serving(t, echo);
  const requests = ['POST /p HTTP/1.1', 'PRI /p HTTP/1.1', 'PUT /p HTTP/1.1', 'GET /p HTTP/1.1'];

  const answers = await Promise.all(
    requests.map(async (line) => {
      const socket = opened();
      const answer = untilClosed(socket);
      await trickle(socket, `${line}\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi`);
      return answer;
    }),
  );

  assert.match(answers[0] ?? '', /^HTTP\/1\.1 200 .*POST \/p hi$/s);
  assert.match(answers[1] ?? '', /^HTTP\/1\.1 400 /);
  assert.match(answers[2] ?? '', /^HTTP\/1\.1 200 .*PUT \/p hi$/s);
  assert.match(answers[3] ?? '', /^HTTP\/1\.1 200 .*GET \/p hi$/s);
});

test('HTTP/2’s preface may arrive byte by byte', async (t) => {
  const { opened } = await serving(t, echo);
  const socket = opened();
  const EMPTY_SETTINGS = '\0\0\0\x04\0\0\0\0\0';

  await trickle(socket, `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${EMPTY_SETTINGS}`);
  const [frame] = await once(socket, 'data');

  // RFC 9113, 3.4: the server's preface is a SETTINGS frame, whose type is in its fourth byte.
  assert.equal(frame[3], 4);
});

test('a connection that does not come to a request is closed', async (t) => {
  const { opened } = await serving(t, echo, { headersMs: 50 });
  const beginnings = ['', 'P', 'PRI * HTTP/2.0\r\n', 'GET / HTTP/1.1\r\nhost: x\r\nx-a: '];

  const closing = beginnings.map((bytes) => {
    const socket = opened();
    socket.write(bytes);
    return untilClosed(socket);
  });

  for (const answer of await Promise.all(closing)) assert.match(answer, /^$|^HTTP\/1\.1 408 /);
});

test('a client that ends its side before a request is let go', async (t) => {
  const { opened } = await serving(t, echo);
  const socket = opened();

  socket.end('PRI * HT');

  assert.equal(await untilClosed(socket), '');
});

test('a request whose body does not end is ended for it, over both versions, and its handler hears of it', async (t) => {
  const ends: string[] = [];
  const respond: Respond = async (request) => {
    await readBody(request.body).catch((error: Error) => ends.push(error.message));
    return { status: 200 };
  };
  const { opened, session } = await serving(t, respond, { headersMs: 1_000, requestMs: 1_000 });
  const socket = opened();
  const stream = session().request({ ':method': 'PUT' }, { endStream: false });
  stream.on('error', () => {});

  socket.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc');
  stream.write('abc');
  const [answer] = await Promise.all([untilClosed(socket), closed(stream)]);

  assert.match(answer, /^$|^HTTP\/1\.1 408 /);
  assert.equal(ends.length, 2);
});

test('of too many connections without a request the oldest goes, and requests are answered all the while', async (t) => {
  const { url, opened } = await serving(t, echo, { silentConnections: 3 });
  const silent: Socket[] = [];
  for (let count = 0; count < 6; count++) {
    const socket = opened();
    await once(socket, 'connect');
    silent.push(socket);
  }

  const answer = await fetch(`${url}/still`);
  await Promise.all(silent.slice(0, 3).map((socket) => socket.destroyed || untilClosed(socket)));

  assert.equal(await answer.text(), 'GET /still ');
  assert.ok(!silent.at(-1)?.destroyed);
});

test('connections beyond the limit are closed at once', async (t) => {
  const { opened } = await serving(t, echo, { connections: 2 });
  const within = [opened(), opened()];
  await Promise.all(within.map((socket) => once(socket, 'connect')));

  const beyond = opened();

  assert.equal(await untilClosed(beyond), '');
});

test('a connection without a request is kept for a while, over both versions', async (t) => {
  const { opened, session } = await serving(t, echo, { idleMs: 1_000 });
  const socket = opened();
  const other = session();
  const closing = [untilClosed(socket), closed(other)];

  socket.write('GET /one HTTP/1.1\r\nhost: x\r\n\r\n');
  const answer = await text(other.request({ ':path': '/two' }));

  assert.match((await closing[0]) as string, /GET \/one /);
  assert.equal(answer, 'GET /two ');
  await closing[1];
});

test('an answer may take longer than every limit of a request, over both versions', async (t) => {
  const { promise: release, resolve: finish } = Promise.withResolvers<void>();
  const respond: Respond = async (request) => {
    if (request.path === '/slow') await release;
    else await readBody(request.body);
    return { status: 200, body: request.path };
  };
  const limits = { headersMs: 1_000, requestMs: 1_000, idleMs: 1_000, stalledMs: 1_000 };
  const { url, opened, session } = await serving(t, respond, limits);
  const slow = [
    fetch(`${url}/slow`).then((found) => found.text()),
    text(session().request({ ':path': '/slow' })),
  ];

  // Clients that exceed the limits, one after the other, show that the time has passed.
  const unfinished = opened();
  unfinished.write('PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n');
  await untilClosed(unfinished);
  const idle = session();
  await text(idle.request({ ':path': '/quick' }));
  await closed(idle);
  finish();

  assert.deepEqual(await Promise.all(slow), ['/slow', '/slow']);
});

test('an answer that nobody reads is broken off, over both versions', async (t) => {
  const large = Buffer.alloc(64 * 1024 * 1024);
  const { opened, session } = await serving(t, async () => ({ status: 200, body: large }), { stalledMs: 50 });
  const socket = opened();
  const unread = async () => {
    const stream = session().request({ ':path': '/' });
    stream.on('error', () => {});
    await closed(stream);
    return stream.rstCode;
  };

  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const codes = [await unread(), await unread(), await unread()];
  // By now the first answer has stalled longer than those did. Reading on shows where it ended.
  const received = await untilClosed(socket.resume());

  assert.deepEqual(codes, [8, 8, 8]);
  assert.ok(received.length < large.length, `${received.length} of ${large.length} bytes`);
});

test('a file is answered whole though it is removed as soon as the answer is decided', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-file-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'object');
  const bytes = 'x'.repeat(1_000_000);
  const respond: Respond = async (): Promise<HttpResponse> => {
    writeFileSync(path, bytes);
    void setImmediate().then(() => rmSync(path));
    return { status: 200, body: { path, start: 0, end: bytes.length - 1 } };
  };
  const { url } = await serving(t, respond);

  const answer = await fetch(url);

  assert.equal(await answer.text(), bytes);
});

test('clients that break off at any point take nothing from the others', async (t) => {
  const large = 'y'.repeat(4_000_000);
  const respond: Respond = async (request) => ({
    status: 200,
    body: `${large}${(await readBody(request.body)).length}`,
  });
  const { url, opened, session } = await serving(t, respond);
  const request = `PUT / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n${'z'.repeat(100)}`;

  for (const cut of [0, 1, 10, 40, 60, 100, request.length]) {
    const socket = opened();
    await once(socket, 'connect');
    await new Promise((resolve) => socket.write(request.slice(0, cut), resolve));
    socket.resetAndDestroy();
  }
  for (const sent of ['', 'some']) {
    const stream = session().request({ ':method': 'PUT' }, { endStream: false });
    stream.on('error', () => {});
    await new Promise((resolve) => stream.write(sent, resolve));
    stream.close(8);
    stream.session?.destroy();
  }

  const answer = await fetch(url, { method: 'PUT', body: 'four' });
  assert.equal(await answer.text(), `${large}4`);
});
