/** A program under guard ends with whoever started it, however that ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'vitest';
import { guarded, release } from './guardian.ts';

const guardian = new URL('./guardian.ts', import.meta.url).href;

/** Listens for programs that hold a connection for as long as they live; gives their port, and the next one's connection. */
async function watch(t: TestContext) {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return { port, next: async () => ((await once(server, 'connection')) as [Socket])[0] };
}

/** A program that would live for ever, and says that it lives. */
const programOn = (port: number) =>
  `const s = require('node:net').connect(${port}, '127.0.0.1'); s.on('error', () => {}); setInterval(() => {}, 1e6);`;

const closed = (socket: Socket) => {
  socket.resume();
  socket.on('error', () => {});
  // `once` would fail when the connection is reset.
  return new Promise<void>((resolve) => socket.once('close', () => resolve()));
};

test('a program ends when its starter is killed', async (t) => {
  const { port, next } = await watch(t);
  const starter = spawn(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '--eval',
    `import { guarded } from ${JSON.stringify(guardian)};
     guarded(process.execPath, ['-e', ${JSON.stringify(programOn(port))}], { output: 'pipe' });
     setInterval(() => {}, 1e6);`,
  ]);
  const program = await next();

  starter.kill('SIGKILL');

  await closed(program);
});

test('a program that is let go ends, and its exit is reported', async (t) => {
  const { port, next } = await watch(t);
  const child = guarded(process.execPath, ['-e', programOn(port)], { output: 'pipe' });
  const program = await next();

  release(child);

  await Promise.all([closed(program), once(child, 'exit')]);
});

test('a program that ends without a signal gives its exit code and its output', async () => {
  const child = guarded(process.execPath, ['-e', "console.log('said'); process.exit(3)"], { output: 'pipe' });
  let output = '';
  child.stdout!.on('data', (chunk) => {
    output += chunk;
  });

  const [code] = await once(child, 'close');

  assert.equal(code, 3);
  assert.equal(output, 'said\n');
});
