/** Batch files of every format through the command line: what is good is in, what is broken is refused with its reason. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { strToU8, zipSync } from 'fflate';
import { headwaters } from '../support/commandLine.ts';

interface LoadedFile {
  readonly file: string;
  readonly state: string;
  readonly rows: number | null;
  readonly reason: string | null;
}

const CUSTOMERS = 'customer_id,name,segment\nf1,"Ann, ""the"" first\nof many",VIP\nf2,Zoë,Regular\n';

describe('batch files', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-files-'));
  const state = join(home, 'state');
  const at = (path: string) => join(home, path);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };

  const load = async (...paths: string[]) => {
    const ended = await headwaters(['load', 'amazon', ...paths.map(at), '--json', '--state', state]);
    const answer = JSON.parse(ended.stdout) as {
      files: LoadedFile[];
      decision?: string;
      sheet?: { total: { inBronze: number; silver: number; quarantined: number } };
      verdict?: string;
    };
    const states = Object.fromEntries(
      answer.files.map((one) => [one.file.slice(home.length + 1), [one.state, one.rows]]),
    );
    return { ...ended, ...answer, states };
  };
  const query = async (sql: string) =>
    (await headwaters(['query', sql, '--format', 'csv', '--state', state])).stdout;

  before(async () => {
    put('csv/customers.csv', CUSTOMERS);
    put('tsv/customers.tsv', 'customer_id\tname\nf3\t"Smith\tTab"\n');
    put('products.json', JSON.stringify([{ product_id: 'p1', name: 'Lamp', product_weight_g: 120 }]));
    put('gz/products.ndjson.gz', gzipSync('{"product_id":"p2","name":"Chair"}\n{"product_id":"p3"}\n'));
    put(
      'categories.xml',
      '<rows><row><category>luz</category><category_english>light &amp; lamps</category_english></row></rows>',
    );
    put(
      'zip/sellers.zip',
      zipSync({
        'south.csv': strToU8('seller_id,state\ns1,RS\n'),
        'folder/north.json': strToU8('[{"seller_id":"s2","state":"AM"},{"seller_id":"s3"}]'),
      }),
    );
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    mkdirSync(at('parquet'));
    await connection.run(
      `copy (select 's4' as seller_id, 'São Paulo' as seller_city, timestamp '2024-05-06 07:08:09' as updated_at)
       to '${at('parquet/sellers.parquet')}' (format parquet)`,
    );
    await connection.run(
      `copy (select 'f' || i as customer_id, 'bulk' as name from range(2000) as t(i))
       to '${at('parquet/whole.parquet')}' (format parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  const good = [
    'csv/customers.csv',
    'tsv/customers.tsv',
    'products.json',
    'gz/products.ndjson.gz',
    'categories.xml',
    'zip/sellers.zip',
    'parquet/sellers.parquet',
  ];

  test('CSV, TSV, JSON, NDJSON, XML, Parquet, gzip and zip are loaded, files of one name beside each other', async () => {
    const loaded = await load(...good);

    assert.equal(loaded.code, 0, loaded.stderr);
    assert.equal(loaded.stderr, '');
    assert.deepEqual(loaded.states, {
      'csv/customers.csv': ['loaded', 2],
      'tsv/customers.tsv': ['loaded', 1],
      'products.json': ['loaded', 1],
      'gz/products.ndjson.gz': ['loaded', 2],
      'categories.xml': ['loaded', 1],
      'zip/sellers.zip/south.csv': ['loaded', 1],
      'zip/sellers.zip/folder/north.json': ['loaded', 2],
      'parquet/sellers.parquet': ['loaded', 1],
    });
    assert.equal(loaded.verdict, 'Balanced');
    assert.equal(loaded.sheet?.total.silver, 11);
  });

  test('their values are in silver as they were delivered', async () => {
    const rows = await query(
      `select customer_id, name from amazon_silver.customers
       union all select product_id, name from amazon_silver.products where product_id = 'p1'
       union all select category, category_english from amazon_silver.categories
       union all select seller_id, city || ' ' || cast(updated_at as varchar) from amazon_silver.sellers where seller_id = 's4'
       order by 1`,
    );

    assert.equal(
      rows,
      'customer_id,name\nf1,"Ann, ""the"" first\nof many"\nf2,Zoë\nf3,Smith\tTab\nluz,light & lamps\n' +
        'p1,Lamp\ns4,São Paulo 2024-05-06 07:08:09.000000\n',
    );
  });

  test('the same files again, under other names too, change nothing', async () => {
    put('again/customers.csv', CUSTOMERS);

    const loaded = await load('again/customers.csv', 'zip/sellers.zip', 'parquet/sellers.parquet');

    assert.equal(loaded.code, 0, loaded.stderr);
    assert.equal(loaded.decision, 'nothing-new');
    assert.deepEqual([...new Set(loaded.files.map((file) => file.state))], ['known']);
  });

  test('broken files are refused with their reason, and the rest goes on', async () => {
    const zip = zipSync({ 'sellers.csv': strToU8('seller_id\ns9\n') });
    const gzip = gzipSync(`customer_id\n${Array.from({ length: 5000 }, (_, i) => `t${i}`).join('\n')}\n`);
    put('broken/customers.csv.gz', gzip.subarray(0, gzip.length - 100));
    put('broken/sellers.zip', zip.subarray(0, 40));
    const parquet = readFileSync(at('parquet/whole.parquet'));
    put('broken/customers.parquet', parquet.subarray(0, parquet.length - 50));
    put('broken/categories.csv', 'category\nmissing its english name\n');
    put('broken/products.txt', 'product_id\np9\n');
    put('broken/products.csv', '');
    put('broken/products.json', '[{"product_id":"p10"},');
    put(
      'mixed/sellers.zip',
      zipSync({ 'good.csv': strToU8('seller_id\ns5\n'), 'wrong.csv': strToU8('vendor\nx\n') }),
    );
    put('mixed/customers.csv', 'customer_id,updated_at\nf7,2024-01-01 00:00:00\n,\nf8,yesterday\n');

    const loaded = await load(
      'broken/customers.csv.gz',
      'broken/sellers.zip',
      'broken/customers.parquet',
      'broken/categories.csv',
      'broken/products.txt',
      'broken/products.csv',
      'broken/products.json',
      'mixed/sellers.zip',
      'mixed/customers.csv',
    );

    assert.equal(loaded.code, 1);
    assert.match(loaded.stderr, /^error: 8 of 10 files were refused; the rest is in\./);
    const refused = loaded.files.filter((file) => file.state === 'refused');
    assert.deepEqual(
      refused.map(({ file }) => file.slice(home.length + 1)),
      [
        'broken/customers.csv.gz',
        'broken/sellers.zip',
        'broken/customers.parquet',
        'broken/categories.csv',
        'broken/products.txt',
        'broken/products.csv',
        'broken/products.json',
        'mixed/sellers.zip/wrong.csv',
      ].map((path) => (path === 'broken/sellers.zip' ? loaded.files[1]!.file.slice(home.length + 1) : path)),
    );
    for (const { file, reason } of refused) assert.ok(reason, file);
    assert.match(refused[3]!.reason!, /category_english/);
    assert.match(refused[4]!.reason!, /csv, tsv, json, ndjson, xml, parquet/);
    assert.deepEqual(loaded.states['mixed/sellers.zip/good.csv'], ['loaded', 1]);
    assert.deepEqual(loaded.states['mixed/customers.csv'], ['loaded', 3]);
    assert.equal(loaded.verdict, 'Balanced');
    assert.equal(loaded.sheet?.total.inBronze, 4);
    assert.equal(loaded.sheet?.total.quarantined, 2);
  });

  test('what was refused is in quarantine with its rule: files as a whole, rows one by one', async () => {
    const rules = await query(
      `select source, rule, count(*) as n from amazon_quarantine.records
       where dt > cast(current_date - interval '2' day as varchar) group by 1, 2 order by 1, 2`,
    );

    assert.equal(
      rules,
      'source,rule,n\ncategories,file,1\ncustomers,file,2\ncustomers,required,1\ncustomers,type,1\nproducts,file,3\nsellers,file,2\n',
    );
  });
});
