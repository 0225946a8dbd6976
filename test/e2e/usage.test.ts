/** What the command line says to wrong use and to a machine that does not play along: exit code 2 or 1, one clear line. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';

describe('the command line', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-usage-'));
  after(() => rmSync(home, { recursive: true, force: true }));
  const state = ['--state', join(home, 'state')];

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a command that there is not', ['fly'], /unknown command 'fly'/],
    [
      'a study that there is not',
      ['run', 'netscape', '--once', ...state],
      /no study 'netscape'; there is: amazon/,
    ],
    [
      'a share above one',
      ['run', 'amazon', '--late', '200%'],
      /share from 0 to 1, or a percentage such as 1%/,
    ],
    [
      'an input that is no folder',
      ['run', 'amazon', '--input', join(home, 'nowhere'), ...state],
      /is no folder/,
    ],
    ['a file of no source', ['load', 'amazon', 'package.json', ...state], /'package' is no source of amazon/],
    [
      'a transaction that there is not',
      ['transact', 'amazon', 'refund', '{}'],
      /there is: receive-stock, place-order/,
    ],
    ['a question without its parameter', ['compare', 'amazon', 'lines-of-order'], /takes order_id=…/],
    [
      'an engine that there is not',
      ['query', 'select 1', '--athena', 'spark', ...state],
      /Allowed choices are duckdb, trino/,
    ],
    ['an S3 that is no URL', ['athena', '--s3', 'localhost', ...state], /URL such as http:/],
    ['a format that there is not', ['query', 'select 1', '--format', 'xml', ...state], /table, json, csv/],
  ];
  for (const [what, args, message] of wrong)
    test(`${what} is wrong usage, and what is allowed is said`, async () => {
      const { code, stdout, stderr } = await headwaters(args);

      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
      assert.equal(stdout, '');
    });

  test('a state folder that cannot be made is told in one line', async () => {
    const file = join(home, 'file');
    writeFileSync(file, '');

    const { code, stderr } = await headwaters(['status', '--state', join(file, 'state')]);

    assert.equal(code, 1);
    assert.match(stderr, /^error: .*not a directory.*\n$/);
  });

  test('a port that is taken is told in one line', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => other.once('listening', done));
    const { port } = other.address() as { port: number };

    const { code, stderr } = await headwaters(['up', '--port', String(port), ...state]);
    other.close();

    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^error: .*${port}.*\\n$`));
  });

  test('a cloud that runs with another engine is said to, and left alone', async () => {
    const world = ['--state', join(home, 'attached')];
    const cloud = startHeadwaters(['up', '--port', '0', ...world]);
    await cloud.shows(/Ctrl-C stops it/);

    const asked = await headwaters(['query', 'select 1', '--athena', 'trino', ...world]);
    const same = await headwaters(['query', 'select 1', '--athena', 'duckdb', '--format', 'csv', ...world]);
    cloud.kill('SIGTERM');
    await cloud.ended;

    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /runs Athena on duckdb, and --athena asks for trino\. .*headwaters down/);
    assert.equal(same.stdout, '_col0\n1\n');
  });

  test('a query in a world where nothing is deployed says how to fill it', async () => {
    const { code, stderr } = await headwaters(['query', 'select 1', '--state', join(home, 'empty')]);

    assert.equal(code, 1);
    assert.match(stderr, /Run: npx headwaters run amazon --once\n$/);
  });

  test('an input folder without anything that the study knows is wrong usage', async () => {
    const folder = join(home, 'odd files');
    mkdirSync(folder);
    writeFileSync(join(folder, 'holiday photos (1).csv'), 'a,b\n1,2\n');

    const { code, stderr } = await headwaters([
      'run',
      'amazon',
      '--input',
      folder,
      '--once',
      '--port',
      '0',
      ...state,
    ]);

    assert.equal(code, 2, stderr);
    assert.match(stderr, /holds no file that the study amazon knows/);
  });

  test('a signal ends the work with its exit code, and says that nothing is lost', async () => {
    const started = startHeadwaters([
      'run',
      'amazon',
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
