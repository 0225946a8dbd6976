/** Wrong use, and machines that cannot run it: exit code 2 or 1, and one clear line. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';

describe('the command line', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-usage-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const state = ['--state', join(home, 'state')];
  /** The smallest study. */
  const shop = ['shop', '--studies', 'test/chaos/studies'];

  test('wrong usage ends with exit code 2 and says what is allowed, on standard error only', async () => {
    const { code, stdout, stderr } = await headwaters(['run', 'netscape', '--once', ...state]);

    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^error: There is no study 'netscape'; there is: amazon/);
  });

  test('options for one study are refused for all of them', async () => {
    const { code, stderr } = await headwaters(['run', 'all', '--watch', ...state]);

    assert.equal(code, 2);
    assert.match(stderr, /^error: --watch, --set-aside, --preset and --input are for one study/);
  });

  test('a state folder that cannot be made is reported in one line', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');

    const { code, stderr } = await headwaters(['status', '--state', join(file, 'state')]);

    assert.equal(code, 1);
    assert.match(stderr, /^error: .*not a directory.*\n$/);
  });

  test('damaged state is reported in one line, with the file and the way on', async () => {
    const cloud = join(home, 'damaged', 'cloud');
    mkdirSync(join(cloud, 's3'), { recursive: true });
    writeFileSync(join(cloud, 'format.json'), '{"form');

    const { code, stdout, stderr } = await headwaters(['status', '--state', join(home, 'damaged')]);

    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      `error: The state file ${join(cloud, 'format.json')} is damaged: it is not JSON; restore it from a backup, ` +
        'or remove the state folder and load its data again.\n',
    );
  });

  test('a port that is taken is reported in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port } = other.address() as { port: number };

    const { code, stderr } = await headwaters(['up', '--port', String(port), ...state]);
    other.close();

    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^error: Port ${port} is in use by another program\\. .*--port.*\\n$`));
  });

  test('a cloud that runs with another engine is said to, and left alone', async () => {
    const world = ['--state', join(home, 'attached')];
    const cloud = startHeadwaters(['up', ...shop, '--port', '0', ...world]);
    await cloud.shows(/Ctrl-C stops it/);

    const asked = await headwaters(['query', 'select 1', '--athena', 'trino', ...world]);
    const same = await headwaters([
      'query',
      "-- a comment; first\nselect 1; select ';' as a, cast(null as varchar) as b",
      '--athena',
      'duckdb',
      '--format',
      'csv',
      ...world,
    ]);
    const cut = spawnSync(
      'sh',
      [
        '-c',
        `"$0" --disable-warning=ExperimentalWarning bin/headwaters.ts query --format csv --state "$1" "$2" | head -n 1`,
        process.execPath,
        join(home, 'attached'),
        'select n from unnest(sequence(1, 5000)) as t (n) cross join unnest(sequence(1, 10)) as u (m)',
      ],
      { encoding: 'utf8' },
    );
    cloud.kill('SIGTERM');
    await cloud.ended;

    assert.deepEqual([cut.stdout, cut.stderr], ['n\n', ''], 'a reader that has enough is not an error');
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /runs Athena on duckdb, and --athena asks for trino\. .*headwaters down/);
    assert.equal(same.stdout, '_col0\n1\na,b\n;,\n');
  });

  test('a query in a world where nothing is deployed says how to fill it', async () => {
    const { code, stderr } = await headwaters(['query', 'select 1', '--state', join(home, 'empty')]);

    assert.equal(code, 1);
    assert.match(stderr, /Run: npx headwaters run <study> --once --state \S+; studies: .*amazon/);
  });

  test('an input folder without anything that the study knows is wrong usage', async () => {
    const folder = join(home, 'odd files');
    mkdirSync(folder);
    writeFileSync(join(folder, 'holiday photos (1).csv'), 'a,b\n1,2\n');

    const { code, stderr } = await headwaters([
      'run',
      ...shop,
      '--input',
      folder,
      '--once',
      '--port',
      '0',
      ...state,
    ]);

    assert.equal(code, 2, stderr);
    assert.match(stderr, /holds no file that the study shop knows/);
  });

  test('a signal ends the work with its exit code, and says that nothing is lost', async () => {
    const started = startHeadwaters([
      'run',
      ...shop,
      '--once',
      '--port',
      '0',
      '--state',
      join(home, 'interrupted'),
    ]);
    await started.shows(/✓ Deploying/);

    started.kill('SIGINT');
    started.kill('SIGINT');

    const { code, stdout, stderr } = await started.ended;
    assert.equal(code, 130);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /Interrupted\. What was stored stays; the same command takes up where this one stopped\.\n$/,
    );
  });
});
