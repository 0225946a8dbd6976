/** A dataset's folder becomes events and landed files: by name, by pattern, by member of a zip, with what each says of itself. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, test } from 'vitest';
import { type Contract, parseContract } from '../../lib/model/contract/contract.ts';
import type { Dataset } from '../../lib/model/study/inputs.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { readInput } from './dataset.ts';

const home = mkdtempSync(join(tmpdir(), 'headwaters-dataset-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const contractOf = (
  name: string,
  ingestion: string,
  columns: string[],
  settings: Record<string, unknown> = {},
): Contract =>
  parseContract(
    JSON.stringify({
      apiVersion: 'v3.1.0',
      kind: 'DataContract',
      id: name,
      version: '1.0.0',
      status: 'active',
      schema: [
        {
          name,
          dataGranularityDescription: 'One row.',
          properties: columns.map((column) => {
            const [columnName, logicalType = 'string'] = column.split(':');
            return { name: columnName, logicalType, required: true, description: 'A column.' };
          }),
        },
      ],
      customProperties: Object.entries({ ingestion, eventType: `shop.${name}`, ...settings }).map(
        ([property, value]) => ({ property, value }),
      ),
    }),
    `sql/shop/sources/${name}.yaml`,
    'shop',
  );

const items = contractOf('items', 'stream', ['order_id', 'line_number:integer', 'unit_price:number']);
const ticks = contractOf('ticks', 'stream', ['symbol', 'ms:integer'], {
  identity: 'position',
  header: false,
  path: '{symbol}/*',
});
const ratings = contractOf('ratings', 'file', ['user:integer']);
const tags = contractOf('tags', 'file', ['tag']);

let folders = 0;
async function read(files: Record<string, string | Uint8Array>, inputs: Dataset['files'] = []) {
  const dir = join(home, String(folders++));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), content);
  }
  const study = {
    name: 'shop',
    sources: [items, ticks, ratings, tags],
    inputs: inputs.length > 0 ? [{ name: 'set', title: 'A set', files: inputs }] : [],
  } as unknown as Study;
  const input = await readInput(dir, study, join(home, 'scratch'));
  return {
    ...input,
    data: () =>
      input.records.map(({ bytes }) => (JSON.parse(Buffer.from(bytes).toString()) as { data: unknown }).data),
    landed: input.files.map(({ contract, name }) => [contract.name, name]),
  };
}

test('A value that does not fit is sent as it came, and the columns around it have their types', async () => {
  const { data } = await read({
    'items.csv': 'order_id,line_number,unit_price\no1,1,"1.234,50"\no1,2,2.50\n',
  });

  assert.deepEqual(data(), [
    { order_id: 'o1', line_number: 1, unit_price: '1.234,50' },
    { order_id: 'o1', line_number: 2, unit_price: 2.5 },
  ]);
});

test('A row that is not text is sent as its bytes; one that is not a row as what can be read of it', async () => {
  const bytes = Buffer.from(
    'order_id,line_number,unit_price\nZo\xc3\xab,1,1\nM\xfcller,2,1\no3,3\n',
    'latin1',
  );

  const { records } = await read({ 'items.csv': bytes });

  const texts = records.map((record) => Buffer.from(record.bytes).toString('latin1'));
  assert.ok(texts.includes('M\xfcller,2,1\n'));
  assert.ok(texts.some((text) => text.includes('"data":{"unreadable":"o3,3\\n"}')));
  assert.equal(records.length, 3);
});

test('Inputs match by pattern, values come from the path, and equal rows are different by their place', async () => {
  const { data, records, ignored } = await read(
    { 'ibm/a.csv': '1\n1\n', 'ibm/b.csv': '1\n', 'notes.csv': 'x\n', 'other/ibm.csv': 'x\n' },
    [{ file: 'ibm/*.csv', source: 'ticks' }],
  );

  assert.deepEqual(data(), Array(3).fill({ symbol: 'ibm', ms: 1 }));
  assert.equal(new Set(records.map(({ event }) => event!.id)).size, 3);
  assert.deepEqual(ignored, ['notes.csv', 'other/ibm.csv']);
});

test('A zip may belong to several sources, each with its members; settings and constants are landed with it', async () => {
  const zip = zipSync({ 'ml/ratings.csv': Buffer.from('user\n1\n'), 'ml/tags.csv': Buffer.from('tag\nx\n') });

  const { landed, files } = await read({ 'ml.zip': zip }, [
    { file: 'ml.zip', source: 'ratings', members: '*/ratings.csv' },
    { file: 'ml.zip', source: 'tags', members: '*/tags.csv', encoding: 'windows-1252', delimiter: 'tab' },
  ]);

  assert.deepEqual(landed, [
    ['ratings', 'ml.zip'],
    ['tags', 'ml.zip'],
  ]);
  assert.deepEqual(files[1]!.settings, { members: '*/tags.csv', encoding: 'windows-1252', delimiter: '\t' });
});

test('A file that cannot be streamed is landed, where it is quarantined, and the reason is reported', async () => {
  const { landed, refused, records } = await read({
    'items.csv': Buffer.from('order_id,line_number,unit_price\nM\xfcller,1,1\n', 'latin1'),
  });

  assert.deepEqual(landed, [['items', 'items.csv']]);
  assert.equal(records.length, 0);
  assert.match(refused[0]!.reason, /looks like the encoding windows-1252/);
});

test('A row that is too long for a record of Kinesis is landed as a file of its own', async () => {
  const long = 'x'.repeat(2 ** 20);

  const { landed, records, files } = await read({
    'items.csv': `order_id,line_number,unit_price\no1,1,1\n${long},2,1\n`,
  });

  assert.equal(records.length, 1);
  assert.deepEqual(landed, [['items', 'items.csv.row-2.ndjson']]);
  const { content } = files[0]!;
  assert.ok('body' in content && String(content.body).startsWith('{"order_id":"xxx'));
});

test('Another encoding of the same input is another feed', async () => {
  const content = { 'tags.csv': 'tag\nx\n' };

  const one = await read(content);
  const same = await read(content);
  const other = await read(content, [{ file: 'tags.csv', source: 'tags', encoding: 'windows-1252' }]);

  assert.equal(one.digest, same.digest);
  assert.notEqual(one.digest, other.digest);
});
