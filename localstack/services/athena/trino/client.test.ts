/** Statements sent to a server that speaks Trino's client protocol. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'vitest';
import { ask } from './client.ts';
import { TrinoError } from './errors.ts';

const NO_NODES = {
  stats: { state: 'FAILED' },
  error: {
    message: 'No nodes available to run query',
    errorName: 'NO_NODES_AVAILABLE',
    errorType: 'INSUFFICIENT_RESOURCES',
  },
};
const ONE = {
  columns: [{ name: 'one', type: 'integer', typeSignature: { rawType: 'integer', arguments: [] } }],
  data: [[1]],
  stats: { state: 'FINISHED' },
};

/** A server that gives these answers to the statements it is sent, one after the other, and the last one from then on. */
async function serverOf({ onTestFinished }: TestContext, answers: readonly object[]) {
  let sent = 0;
  const server = createServer((_, response) => {
    response.end(JSON.stringify(answers[Math.min(sent++, answers.length - 1)]));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sent: () => sent };
}

test('a statement that no node could run yet is sent again', async (t) => {
  const server = await serverOf(t, [NO_NODES, ONE]);

  const { rows } = await ask(server.url, 'SELECT 1 AS one');

  assert.deepEqual([rows, server.sent()], [[[1]], 2]);
});

test('any other error is the answer', async (t) => {
  const failed = { ...NO_NODES, error: { ...NO_NODES.error, errorName: 'DIVISION_BY_ZERO' } };
  const server = await serverOf(t, [failed, ONE]);

  await assert.rejects(ask(server.url, 'SELECT 1 / 0'), TrinoError);
  assert.equal(server.sent(), 1);
});
