/** JSON rows keep every digit, wherever the number is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'vitest';
import { readNdjson } from './json.ts';
import type { RawRow } from './row.ts';

test('a number that a double cannot hold prints as it was written', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'headwaters-json-'));
  t.onTestFinished(() => rmSync(dir, { recursive: true }));
  const path = join(dir, 'rows.ndjson');
  const line = '{"a":[12345678901234567.89,{"b":0.1234567890123456789}],"c":1.50}';
  writeFileSync(path, `${line}\n`);

  const rows: RawRow[] = [];
  for await (const some of readNdjson(path, { name: 'rows', columns: [] })) rows.push(...some);

  assert.equal(rows.length, 1);
  assert.ok('row' in rows[0]!);
  assert.equal(
    JSON.stringify(rows[0].row),
    '{"a":[12345678901234567.89,{"b":0.1234567890123456789}],"c":1.5}',
  );
});
