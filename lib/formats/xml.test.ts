/** Records of XML: values, the exact text of each, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import type { RawRow } from './row.ts';
import { readXml } from './xml.ts';

const dir = await mkdtemp(join(tmpdir(), 'headwaters-xml-test-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

let files = 0;
async function read(text: string, recordPath?: string): Promise<RawRow[]> {
  const path = join(dir, `${files++}.xml`);
  await writeFile(path, text);
  const rows: RawRow[] = [];
  for await (const some of readXml(path, { name: 'rows', columns: [], ...(recordPath && { recordPath }) }))
    rows.push(...some);
  return rows;
}
const values = (rows: readonly RawRow[]) =>
  rows.map((row) => JSON.parse(JSON.stringify('row' in row ? row.row : row.refusal)) as unknown);
const texts = (rows: readonly RawRow[]) => rows.map((row) => Buffer.from(row.raw!()).toString());

test('Attributes, children, repeated children and text next to them become members', async () => {
  const rows = await read(
    '<r><p id="1"><name>Zoë</name><tag>a</tag><tag>b</tag><price currency="EUR">10.50</price></p><p>plain</p></r>',
  );

  assert.deepEqual(values(rows), [
    { id: '1', name: 'Zoë', tag: ['a', 'b'], price: { currency: 'EUR', '#text': '10.50' } },
    { '#text': 'plain' },
  ]);
});

test('A record keeps its own text, wherever the pieces of the file end', async () => {
  const record = (at: number) =>
    `<p id="${at}" note="a > b &lt; c"><name>Zoë 𠀀 ${'x'.repeat(at % 50)}</name>\r\n</p>`;
  const all = Array.from({ length: 20_000 }, (_, at) => record(at));

  const rows = await read(`<?xml version="1.0"?>\n<r>\n${all.join('\n')}\n</r>\n`);

  assert.deepEqual(texts(rows), all);
});

test('A record path finds its elements wherever they are; a longer one is matched at its end', async () => {
  const xml = '<a><head><p>no</p></head><body><list><p><x>1</x></p></list><p><x>2</x></p></body></a>';

  assert.deepEqual(values(await read(xml, 'list/p')), [{ x: '1' }]);
  assert.deepEqual(texts(await read(xml, 'body.p')), ['<p><x>2</x></p>']);
});

test('An element named like a member of every object is a member like any other', async () => {
  const rows = await read('<r><p><__proto__>1</__proto__><constructor>2</constructor></p></r>');

  const row = (rows[0] as { row: Record<string, unknown> }).row;
  assert.deepEqual(Object.entries(row), [
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
});
