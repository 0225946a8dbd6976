/** How the spelling of keys is found out by queries that run at the same time. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import type { Session } from '../session.ts';
import { createFileMemory } from './fileMemory.ts';
import type { HiveFile } from './files.ts';
import { readJson } from './json.ts';

const folder = mkdtempSync(join(tmpdir(), 'hw-json-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const serde = { library: 'org.apache.hive.hcatalog.data.JsonSerDe', parameters: {} };
const columns = [{ name: 'a', type: { kind: 'varchar' } as const }];
const file = (name: string): HiveFile => ({
  uri: `s3://lake/${name}`,
  path: `/lake/${name}`,
  size: 10,
  etag: name,
  modifiedAt: new Date(0),
  partition: {},
});

/** A session whose engine answers on request, and whose reads look at a file before they read it. */
function sessionOver(files: Session['lake']['files'], answer: () => Promise<[string, string][]>) {
  const asked: string[] = [];
  const textReads = { mustBeSure: true, wasQuick: false };
  const connection = {
    async runAndReadAll(sql: string) {
      asked.push(sql);
      const rows = await answer();
      return { getRowsJS: () => rows };
    },
  };
  return { asked, session: { connection, lake: { files }, textReads } as unknown as Session };
}

test('a file that two queries ask for is looked at by one of them', async () => {
  const memory = createFileMemory(join(folder, 'once'));
  const first = sessionOver(memory, async () => [['/lake/one.json', 'A']]);
  const second = sessionOver(memory, async () => []);

  const [, selects] = await Promise.all([
    readJson(first.session, [file('one.json')], columns, columns, serde),
    readJson(second.session, [file('one.json'), file('two.json')], columns, columns, serde),
  ]);

  // Where a line has an upper-case key, the file is asked for all its spellings as well.
  assert.equal(first.asked.length, 2);
  assert.equal(second.asked.length, 1);
  assert.doesNotMatch(second.asked[0]!, /one\.json/);
  assert.match(selects.join(), /"A" AS "a"/);
});

test('a query that waited for one that failed looks for itself', async () => {
  const memory = createFileMemory(join(folder, 'failed'));
  const failing = sessionOver(memory, async () => {
    throw new Error('interrupted');
  });
  const waiting = sessionOver(memory, async () => []);

  const [failed, selects] = await Promise.allSettled([
    readJson(failing.session, [file('one.json')], columns, columns, serde),
    readJson(waiting.session, [file('one.json')], columns, columns, serde),
  ]);

  assert.equal(failed.status, 'rejected');
  assert.equal(selects.status, 'fulfilled');
  assert.equal(waiting.asked.length, 1);
});
