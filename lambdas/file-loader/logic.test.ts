/** Files of every format become the same rows; broken ones are refused whole, with their reason; twice is once. */
import assert from 'node:assert/strict';
import { gunzipSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { test } from 'vitest';
import type { BronzeObject } from '../shared/bronzeObjects.ts';
import { createLoader, createLoaderLake, delivery, linesOf } from './loader.fixture.ts';
import { sourceOf } from './logic.ts';

const load = await createLoader();

/** What identifies a row and what it says, whatever format it came in. */
const rowsOf = (objects: readonly BronzeObject[]) =>
  linesOf(objects).map(({ event_id, data, verdict, sequence_number }) => ({
    event_id,
    data,
    verdict,
    sequence_number,
  }));

const csv = 'id,name,credit\n1,"Ann, ""the"" first\r\nof her name",10.50\n2,Bärbel,\n';
const json =
  '[{"id":1,"name":"Ann, \\"the\\" first\\r\\nof her name","credit":10.50},{"id":2,"name":"Bärbel","credit":null}]';
const ndjson =
  '{"id":1,"name":"Ann, \\"the\\" first\\r\\nof her name","credit":10.5}\n{"id":2,"name":"Bärbel"}\n';
const xml =
  '<?xml version="1.0"?><customers><customer id="1"><name>Ann, "the" first&#13;\nof her name</name><credit>10.50</credit></customer>' +
  '<customer><id>2</id><name><![CDATA[Bärbel]]></name><credit/></customer></customers>';

test('The same rows are the same events whatever format they come in', async () => {
  const formats: [string, string | Uint8Array][] = [
    ['a.csv', csv],
    ['a.tsv', 'id\tname\tcredit\n1\t"Ann, ""the"" first\r\nof her name"\t10.50\n2\tBärbel\t\n'],
    ['a.json', json],
    ['a.ndjson', ndjson],
    ['b.json', ndjson],
    ['a.xml', xml],
    ['a.csv.gz', gzipSync(csv)],
  ];

  const loaded = await Promise.all(formats.map(([name, bytes]) => load(name, bytes)));

  for (const [index, { results, stored }] of loaded.entries()) {
    assert.deepEqual(
      results.map(({ state, rows }) => [state, rows]),
      [['loaded', 2]],
      formats[index]?.[0],
    );
    assert.deepEqual(
      rowsOf(stored).map(({ event_id, verdict }) => [event_id, verdict]),
      rowsOf(loaded[0]!.stored).map(({ event_id }) => [event_id, 'valid']),
      formats[index]?.[0],
    );
  }
});

test('A row is named by the file’s hash and its number, and filed under the arrival of the file', async () => {
  const { stored } = await load('a.csv', csv);

  assert.match(
    stored[0]!.key,
    /^bronze\/study=shop\/stream=landing\/dt=2024-12-01\/hour=10\/[0-9a-f]{32}-000000000001-000000000002\.ndjson\.gz$/,
  );
  assert.deepEqual(
    linesOf(stored).map(({ data, event_source, source }) => ({ data, event_source, source })),
    [
      {
        data: '{"customer_id":1,"name":"Ann, \\"the\\" first\\r\\nof her name","credit":10.50}',
        event_source: 'file:customers',
        source: 'customers',
      },
      { data: '{"customer_id":2,"name":"Bärbel"}', event_source: 'file:customers', source: 'customers' },
    ],
  );
});

test('Loading the same file twice changes nothing', async () => {
  const world = createLoaderLake();
  await load('a.csv', csv, world);

  const again = await load('renamed.csv', csv, world);

  assert.equal(again.results[0]?.state, 'known');
  assert.equal(again.stored.length, 1);
});

test('A load that died is done again under the same names', async () => {
  const world = createLoaderLake();
  const dying = { ...world, ports: { ...world.ports, store: () => Promise.reject(new Error('killed')) } };
  await assert.rejects(load('a.csv', csv, dying), /killed/);

  const later = await load('a.csv', csv, world, { ...delivery, arrivedAt: '2024-12-01T12:30:00.000Z' });

  assert.equal(later.results[0]?.state, 'loaded');
  assert.match(later.stored[0]!.key, /hour=10/);
});

test('A bad row is refused with its rule; the rows around it are loaded', async () => {
  const { results, stored } = await load(
    'a.csv',
    'id,name,credit\n1,Ann,1\nx,Bob,1\n3,Cid\n4,Dan,many\n5,Eve,2\n',
  );

  assert.deepEqual(
    results.map(({ rows, refusedRows }) => [rows, refusedRows]),
    [[5, 3]],
  );
  assert.deepEqual(
    linesOf(stored).map(({ verdict, rule, rule_path }) => [verdict, rule, rule_path]),
    [
      ['valid', undefined, undefined],
      ['refused', 'type', '/customer_id'],
      ['refused', 'columns', ''],
      ['refused', 'type', '/credit'],
      ['valid', undefined, undefined],
    ],
  );
});

test('A truncated, damaged or wrong file is refused whole, and its reason is kept', async () => {
  const files: [string, Uint8Array | string, RegExp][] = [
    ['a.csv', 'id,name,credit\n1,"Ann', /the row that begins in line 2 has a quote that is not closed/],
    ['a.csv', 'colour,size\nred,1\n', /no column customer_id, name/],
    ['a.csv', '', /empty/],
    ['a.csv.gz', gzipSync(csv).subarray(0, 30), /not gzip, truncated/],
    ['a.json', json.slice(0, -20), /truncated/],
    ['a.xml', xml.slice(0, -20), /not XML/],
    ['a.parquet', 'PAR1 this is not a parquet', /not Parquet/],
    ['a.zip', 'PK this is not a zip', /the zip's directory cannot be read/],
    ['a.exe', 'MZ', /no format that is read: csv/],
  ];

  for (const [name, bytes, reason] of files) {
    const { results, stored, quarantined, registry } = await load(name, bytes);

    assert.equal(results[0]?.state, 'refused', name);
    assert.match(results[0]?.reason ?? '', reason);
    assert.equal(stored.length, 0);
    const [line] = gunzipSync(quarantined[0]!.quarantine!.body).toString().split('\n');
    assert.match((JSON.parse(line!) as { data: string }).data, reason);
    assert.equal([...registry.values()][0]?.state, 'refused');
  }
});

test('The members of a zip stand for themselves: a broken one is refused, the others are loaded', async () => {
  const zip = zipSync({
    'customers/a.csv': Buffer.from(csv),
    'customers/notes.docx': Buffer.from('?'),
    '__MACOSX/a.csv': Buffer.from('?'),
    'b.ndjson': Buffer.from('{"id":3,"name":"Cid"}\n'),
  });

  const { results } = await load('delivery.zip', zip);

  assert.deepEqual(
    results.map(({ name, state, rows }) => [name, state, rows]),
    [
      ['customers/a.csv', 'loaded', 2],
      ['customers/notes.docx', 'refused', 0],
      ['b.ndjson', 'loaded', 1],
    ],
  );
});

test('A file of a source that the study does not have is refused', async () => {
  const { results } = await load('a.csv', csv, createLoaderLake(), {
    ...delivery,
    source: 'pets',
    contract: undefined,
  });

  assert.match(results[0]?.reason ?? '', /no source "pets"/);
});

test('A number keeps the digits that a double would lose', async () => {
  const { stored } = await load(
    'a.json',
    '[{"id":12345678901234567,"name":"Ann","credit":9007199254740993.25}]',
  );

  assert.deepEqual(
    linesOf(stored).map(({ data }) => data),
    ['{"customer_id":12345678901234567,"name":"Ann","credit":9007199254740993.25}'],
  );
});

test('A JSON array is read right wherever the pieces of the file end', async () => {
  const names = Array.from({ length: 20_000 }, (_, at) => ({ id: at, name: `"${at}"\\ [{,}] ü` }));

  const { results } = await load('a.json', JSON.stringify(names, null, 1));

  assert.deepEqual(
    results.map(({ rows, refusedRows }) => [rows, refusedRows]),
    [[20_000, 0]],
  );
});

test('The key names the source; a key that names none is left alone', () => {
  assert.equal(sourceOf('shop', 'shop/customers/2024/a.csv'), 'customers');
  assert.equal(sourceOf('shop', 'shop/customers/'), undefined);
  assert.equal(sourceOf('shop', 'other/customers/a.csv'), undefined);
  assert.equal(sourceOf('shop', 'shop/a.csv'), undefined);
});
