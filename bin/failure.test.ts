/** Every failure that a person can fix is one sentence with the place and the remedy. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { RunFailedError, UsageError } from '../lake/errors.ts';
import { failureOf } from './failure.ts';

const systemError = (code: string, message: string, more: object = {}) =>
  Object.assign(new Error(`${code}: ${message}`), { code, ...more });

const damaged =
  'The state file /lake/cloud/s3/blobs/ab is damaged: its content is not what was written; restore it from a backup.';

describe('a failure', () => {
  const cases: readonly (readonly [string, unknown, RegExp])[] = [
    [
      'of a full disk',
      systemError('ENOSPC', 'no space left on device, write', { path: '/lake/a' }),
      /^The disk is full, at \/lake\/a\. Free space, or .*--state/,
    ],
    [
      'of a full disk that an engine met',
      new Error('Internal error', { cause: new Error('database or disk is full') }),
      /^The disk is full\./,
    ],
    [
      'of a full disk in the cloud of another process',
      Object.assign(new Error("ENOSPC: no space left on device, open '/lake/cloud/x'"), {
        name: 'InternalFailure',
      }),
      /^The disk is full, at \/lake\/cloud\/x\./,
    ],
    [
      'of a folder without permission',
      systemError('EACCES', "permission denied, mkdir '/lake/cloud'", { path: '/lake/cloud' }),
      /^\/lake\/cloud cannot be used: permission denied\. .*--state/,
    ],
    [
      'of a read-only file system',
      systemError('EROFS', "read-only file system, mkdir '/cd'", { path: '/cd' }),
      /^\/cd is on a read-only file system\. .*--state/,
    ],
    [
      'of a port in use',
      systemError('EADDRINUSE', 'address already in use 127.0.0.1:4566', { port: 4566 }),
      /^Port 4566 is in use by another program\. .*--port/,
    ],
    [
      'of a file that does not exist',
      systemError('ENOENT', "no such file or directory, open 'a.sql'", { path: 'a.sql' }),
      /^a\.sql does not exist\.$/,
    ],
    [
      'of a link that leads to itself',
      systemError('ELOOP', "too many symbolic links, stat 'in'", { path: 'in' }),
      /^in is a symbolic link that leads back to itself\./,
    ],
    [
      'of damaged state, reported by a cloud over HTTP',
      Object.assign(new Error(damaged), { name: 'InternalFailure', $fault: 'server' }),
      /^The state file \/lake\/cloud\/s3\/blobs\/ab is damaged/,
    ],
    [
      'of missing credentials',
      Object.assign(new Error('Could not load credentials from any providers'), {
        name: 'CredentialsProviderError',
      }),
      /AWS_ACCESS_KEY_ID .*AWS_PROFILE/,
    ],
    ['of a run', new RunFailedError('2 records are lost.'), /^2 records are lost\.$/],
  ];
  for (const [what, error, message] of cases)
    test(`${what} is one sentence with a remedy and no stack trace`, () => {
      const failure = failureOf(error);

      assert.equal(failure.code, 1);
      assert.match(failure.message!, message);
      assert.doesNotMatch(failure.message!, /\n/);
    });

  test('of ours keeps its stack trace', () => {
    assert.match(failureOf(new TypeError('x is undefined')).message!, /\n {4}at /);
  });

  test('of wrong usage ends with 2', () => {
    assert.deepEqual(failureOf(new UsageError('Name a study.')), { code: 2, message: 'Name a study.' });
  });
});
