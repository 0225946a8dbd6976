/** Batch files of every format through the command line: what is good is in, what is broken is refused with its reason. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { strToU8, zipSync } from 'fflate';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { root } from '../../lake/project.ts';
import { headwaters } from '../support/commandLine.ts';

interface RuleListing {
  readonly groups: {
    readonly of: string;
    readonly count: number;
    readonly entries: { readonly id: string; readonly at: string }[];
  }[];
}

interface LoadedFile {
  readonly file: string;
  readonly state: string;
  readonly rows: number | null;
  readonly reason: string | null;
  readonly command: string | null;
}

const CUSTOMERS = 'customer_id,name,segment\nf1,"Ann, ""the"" first\nof many",VIP\nf2,Zoë,Regular\n';

describe('batch files', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-files-'));
  const state = join(home, 'state');
  const study = join(home, 'studies', 'stock');
  const lake = ['--studies', study, '--state', state];
  const at = (path: string) => join(home, path);
  const put = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), content);
  };

  const load = async (...paths: string[]) => {
    const ended = await headwaters(['load', 'stock', ...paths.map(at), '--json', ...lake]);
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

  /** Four of Amazon's sources, without its models: a run over them takes little. */
  function writeStudy() {
    for (const source of ['customers', 'products', 'sellers', 'categories'])
      cpSync(join(root, `sql/amazon/sources/${source}.yaml`), join(study, `sources/${source}.yaml`));
    writeFileSync(
      join(study, 'study.yaml'),
      'name: stock\ntitle: Stock\ndescription: Batch files of every format.\n',
    );
  }

  beforeAll(async () => {
    writeStudy();
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
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const good = [
    'csv/customers.csv',
    'tsv/customers.tsv',
    'products.json',
    'gz/products.ndjson.gz',
    'categories.xml',
    'zip/sellers.zip',
    'parquet/sellers.parquet',
  ];

  test('CSV, TSV, JSON, NDJSON, XML, Parquet, gzip and zip are loaded, files of one name next to each other', async () => {
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
      `select customer_id, name from stock_silver.customers
       union all select product_id, name from stock_silver.products where product_id = 'p1'
       union all select category, category_english from stock_silver.categories
       union all select seller_id, city || ' ' || cast(updated_at as varchar) from stock_silver.sellers where seller_id = 's4'
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
    assert.match(refused[4]!.reason!, /csv, tsv, json, ndjson, jsonl, xml, parquet/);
    assert.deepEqual(loaded.states['mixed/sellers.zip/good.csv'], ['loaded', 1]);
    assert.deepEqual(loaded.states['mixed/customers.csv'], ['loaded', 3]);
    assert.equal(loaded.verdict, 'Balanced');
    assert.equal(loaded.sheet?.total.inBronze, 4);
    assert.equal(loaded.sheet?.total.quarantined, 2);
  });

  test('a file in another encoding is refused with the command that loads it, and the command does', async () => {
    put(
      'latin/customers.csv',
      Buffer.from('customer_id;name\nl1;M\xfcller\nl2;J\xf6rg Wei\xdf\nl3;Ann\n', 'latin1'),
    );

    const refused = await load('latin/customers.csv');
    const command = refused.files[0]!.command!;
    assert.equal(
      command,
      `npx headwaters load stock ${at('latin/customers.csv')} --encoding windows-1252 --delimiter ';' --studies ${study} --state ${state}`,
    );
    const loaded = await headwaters(command.replaceAll("'", '').split(' ').slice(2));

    assert.equal(loaded.code, 0, loaded.stderr);
    assert.equal(
      await query("select name from stock_silver.customers where customer_id like 'l%' order by customer_id"),
      'name\nMüller\nJörg Weiß\nAnn\n',
    );
  });

  test('values, rows and files at the limits end in silver or quarantine, and the run succeeds', async () => {
    const MiB = 2 ** 20;
    put('limits/customers.csv', `customer_id,name\nm1,${'n'.repeat(MiB)}\nm2,${'n'.repeat(MiB + 1)}\n`);
    put('limits/sellers.csv', `seller_id,state\nm3,"SP\nm4,RS\n`);
    put('limits/products.csv.gz', gzipSync(Buffer.alloc(80 * MiB, 'x')));
    const zip = zipSync({ 'a.csv': strToU8('seller_id\nm5\n'), 'b.csv': strToU8('seller_id\nm6\n') });
    put('limits/zip/sellers.zip', zip.subarray(0, zip.lastIndexOf(3, zip.length - 150)));

    const loaded = await load(
      'limits/customers.csv',
      'limits/sellers.csv',
      'limits/products.csv.gz',
      'limits/zip/sellers.zip',
    );

    assert.equal(loaded.code, 1);
    assert.equal(loaded.verdict, 'Balanced');
    assert.deepEqual(Object.values(loaded.states), [
      ['loaded', 2],
      ['refused', null],
      ['refused', null],
      ['refused', null],
    ]);
    assert.deepEqual([loaded.sheet?.total.silver, loaded.sheet?.total.quarantined], [1, 1]);
    assert.equal(
      await query("select length(name) as n from stock_silver.customers where customer_id = 'm1'"),
      `n\n${MiB}\n`,
    );
  });

  test('what was refused is in quarantine with its rule: files as a whole, rows one by one', async () => {
    const rules = await query(
      `select source, rule, count(*) as n from stock_quarantine.records
       where dt > cast(current_date - interval '2' day as varchar) group by 1, 2 order by 1, 2`,
    );

    assert.equal(
      rules,
      'source,rule,n\ncategories,file,1\ncustomers,file,3\ncustomers,limit,1\ncustomers,required,1\ncustomers,type,1\n' +
        'products,file,4\nsellers,file,4\n',
    );
  });

  test('the refusals of one rule are listed, the newest first, as many as are asked for', async () => {
    const list = async (...args: string[]) =>
      headwaters(['quarantine', 'list', 'stock', '--rule', 'file', ...lake, '--json', ...args]);

    const all = JSON.parse((await list()).stdout) as RuleListing;
    const few = JSON.parse((await list('--limit', '2')).stdout) as RuleListing;

    assert.deepEqual(all.groups.map(({ of, count, entries }) => [of, count, entries.length]).sort(), [
      ['categories', 1, 1],
      ['customers', 3, 3],
      ['products', 4, 4],
      ['sellers', 4, 4],
    ]);
    for (const { of, entries } of all.groups) {
      const times = entries.map(({ at }) => at);
      assert.deepEqual(times, times.toSorted().reverse());
      const same = few.groups.find((group) => group.of === of)!;
      assert.deepEqual(same.entries, entries.slice(0, 2));
    }
  });
});
