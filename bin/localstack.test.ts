/** `npm run localstack` on a docker that is missing, broken, or a script that writes down what it is asked. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { parse } from 'yaml';
import { root } from '../lake/project.ts';

interface Asked {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** A line for each call of docker. */
  readonly calls: readonly string[];
}

/** @param script what `docker` does, in sh; undefined where there is none */
function ask(
  t: TestContext,
  args: readonly string[],
  script: string | undefined,
  env: Readonly<Record<string, string>> = {},
): Asked {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-docker-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const log = join(folder, 'calls');
  writeFileSync(log, '');
  if (script !== undefined)
    writeFileSync(join(folder, 'docker'), `#!/bin/sh\necho "$*" >> ${log}\n${script}\n`, { mode: 0o755 });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/localstack.ts'), ...args], {
    encoding: 'utf8',
    env: { PATH: folder, ...env },
  });
  return { code: status, stdout, stderr, calls: readFileSync(log, 'utf8').trim().split('\n') };
}

test('without docker it ends with exit code 1 and says what serves without it', (t) => {
  const { code, stderr } = ask(t, [], undefined);

  assert.equal(code, 1);
  assert.match(
    stderr,
    /^error: docker cannot be started .*Install Docker.*npx headwaters up.*docs\/localstack\.md/,
  );
});

test('a daemon that does not answer is quoted', (t) => {
  const script = '[ "$1" = info ] && { echo "Is the docker daemon running?" >&2; exit 1; }; exit 0';

  const { code, stderr } = ask(t, [], script);

  assert.equal(code, 1);
  assert.match(stderr, /The Docker daemon does not answer \(“Is the docker daemon running\?”\)\. Start it\./);
});

test('LocalStack without its token is refused, and MiniStack is named, which needs none', (t) => {
  const { code, stderr, calls } = ask(t, [], 'exit 0');

  assert.equal(code, 1);
  assert.match(stderr, /LOCALSTACK_AUTH_TOKEN is not set.*npm run localstack -- ministack/);
  assert.ok(!calls.some((call) => / up /.test(call)));
});

test('it starts the cloud and ours next to it, waits for both, and says how the lake gets there', (t) => {
  const { code, stdout, calls } = ask(t, ['localstack'], 'exit 0', { LOCALSTACK_AUTH_TOKEN: 'token' });

  assert.equal(code, 0);
  assert.match(calls.at(-1)!, /^compose --file \S+compose\.yaml --profile localstack up --detach --wait$/);
  assert.match(stdout, /AWS_ENDPOINT_URL_ATHENA=(http:\S+) AWS_ENDPOINT_URL_GLUE=\1 AWS_ENDPOINT_URL_SFN=\1/);
});

test('a compose that fails ends it with exit code 1; other words are wrong usage', (t) => {
  const failed = ask(t, ['ministack'], 'case "$*" in *" up "*) exit 17;; esac; exit 0');
  const unknown = ask(t, ['k8s'], 'exit 0');

  assert.deepEqual([failed.code, unknown.code], [1, 2]);
  assert.match(failed.stderr, /docker compose ended with exit code 17/);
  assert.match(unknown.stderr, /'k8s' is not understood; allowed: localstack or ministack/);
});

test('every port of the compose file is only open on 127.0.0.1, and every image has a version', () => {
  const { services } = parse(readFileSync(join(root, 'localstack/compose.yaml'), 'utf8'), {
    merge: true,
  }) as { services: Record<string, { image: string; ports?: string[]; network_mode?: string }> };

  assert.deepEqual(Object.keys(services), [
    'ministack',
    'ministack-headwaters',
    'localstack',
    'localstack-headwaters',
  ]);
  for (const [name, { image, ports = [], network_mode }] of Object.entries(services)) {
    assert.match(image, /:[\d.]+(-slim)?$/, name);
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name);
    assert.equal(
      network_mode,
      name.endsWith('-headwaters') ? `service:${name.replace('-headwaters', '')}` : undefined,
    );
  }
});
