/** Wrong usage of the command line: before anything is started, one clear line says what is allowed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, test } from 'vitest';
import { EXIT, failureOf } from './failure.ts';
import { program, runCommand } from './program.ts';

const home = mkdtempSync(join(tmpdir(), 'headwaters-usage-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));
const state = ['--state', join(home, 'state')];

const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['a command that there is not', ['fly'], /unknown command 'fly'/],
  [
    'a study that there is not',
    ['run', 'netscape', '--once', ...state],
    /no study 'netscape'; there is: amazon/,
  ],
  ['a share above one', ['run', 'amazon', '--late', '200%'], /share from 0 to 1, or a percentage such as 1%/],
  [
    'an input that is not a folder',
    ['run', 'amazon', '--input', join(home, 'nowhere'), ...state],
    /is not a folder/,
  ],
  [
    'a file of no source',
    ['load', 'amazon', 'package.json', ...state],
    /'package' is not a source of amazon/,
  ],
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
  ['an S3 that is not a URL', ['athena', '--s3', 'localhost', ...state], /URL such as http:/],
  [
    'an origin that is every one',
    ['run', 'amazon', '--allow-origin', '*', ...state],
    /e\.g\. http:.*no \* for all/,
  ],
  ['a host with its port', ['athena', '--allow-host', 'localhost:4566', ...state], /name without port/],
  [
    'a host for a cloud that is AWS’s',
    ['run', 'amazon', '--target', 'aws', '--allow-host', 'lake.internal', ...state],
    /--allow-host has no meaning for the target aws/,
  ],
  [
    'SQL twice',
    ['query', 'select 1', '--file', 'a.sql', ...state],
    /Give the SQL or --file with a file of it, not both/,
  ],
  ['a script of comments only', ['query', '-- nothing\n', ...state], /There is no statement to run/],
  [
    'a result file whose name says nothing',
    ['query', 'select 1', '--output', 'result.doc', ...state],
    /ends in \.csv, \.json, \.parquet, \.xlsx/,
  ],
  [
    'something to set aside that is neither a record nor an object',
    ['run', 'amazon', '--set-aside', 'the-last-one', ...state],
    /'the-last-one' names neither a record, as <stream>\/<shard>\/<sequence number>, nor a bronze object/,
  ],
  [
    'the quarantine of a study that there is not',
    ['quarantine', 'list', 'netscape', ...state],
    /no study 'netscape'/,
  ],
  ['a format that there is not', ['query', 'select 1', '--format', 'xml', ...state], /table, json, csv/],
];

const allOf = (command: Command): Command[] => [command, ...command.commands.flatMap(allOf)];

/** What is said, and the exit code. */
async function saidTo(args: readonly string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const writeErr = (text: string) => {
    said += text;
  };
  for (const command of allOf(program)) command.configureOutput({ writeErr });
  try {
    await runCommand(args);
    return { code: EXIT.done, said };
  } catch (error) {
    const { code, message } = failureOf(error);
    return { code, said: `${said}${message ?? ''}` };
  }
}

test.each(wrong)('%s is wrong usage, and what is allowed is said', async (_what, args, message) => {
  const { code, said } = await saidTo(args);

  assert.equal(code, EXIT.usage, said);
  assert.match(said, message);
  assert.doesNotMatch(said, /\n {4}at /);
});
