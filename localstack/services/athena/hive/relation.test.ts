/** Hive tables over files, read by the rules of their serdes. */
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { type TestContext, test } from 'vitest';
import { folderObjectStore } from '../../../test/support/folderObjectStore.ts';
import { flipBit } from '../../../test/support/stateFiles.ts';
import type { Table } from '../catalog.ts';
import type { Session } from '../session.ts';
import type { Constraints } from './constraint.ts';
import { lazySimple, openCsv } from './csv.ts';
import { createFileMemory } from './fileMemory.ts';
import { hiveRelation } from './relation.ts';
import { attemptReads } from './textReads.ts';

const hcatalog = 'org.apache.hive.hcatalog.data.JsonSerDe';

/** A bucket `lake` with objects, and a reader of tables over it that gives rows as JSON. */
async function lakeWith(t: TestContext, objects: Record<string, string | Buffer>) {
  const folder = await mkdtemp(join(tmpdir(), 'headwaters-hive-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const store = folderObjectStore(folder);
  for (const [key, body] of Object.entries(objects))
    await store.put('lake', key, Buffer.from(body as string));
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  t.onTestFinished(() => connection.closeSync());
  let scanned = 0;
  const session = {
    connection,
    now: new Date('2024-03-02T10:00:00Z'),
    lake: { store, files: createFileMemory(join(folder, '.scratch')) },
    catalog: { partitions: async () => [] },
    progress: { scan: (bytes: number) => (scanned += bytes) },
  } as unknown as Session;
  return {
    session,
    /** Where parsed text is kept. */
    scratch: join(folder, '.scratch'),
    scanned: () => scanned,
    async rows(
      table: Table,
      wanted?: string[],
      constraints: Constraints = {},
      equal?: ReadonlyMap<string, string>,
    ) {
      const before = scanned;
      return attemptReads(async (textReads) => {
        scanned = before;
        const attempted = { ...session, textReads };
        const relation = await hiveRelation(attempted, table, constraints, wanted, {
          ...(equal && { equal }),
        });
        const result = await connection.runAndReadAll(`SELECT * FROM ${relation} ORDER BY ALL`);
        return result.getRowsJson();
      });
    },
  };
}

const tableOf = (
  columns: Record<string, string>,
  serde: string,
  options: {
    keys?: Record<string, string>;
    properties?: Record<string, string>;
    parameters?: Record<string, string>;
  } = {},
) => {
  const glueColumns = (all: Record<string, string>) =>
    Object.entries(all).map(([Name, Type]) => ({ Name, Type }));
  return {
    Name: 't',
    DatabaseName: 'd',
    Parameters: options.properties ?? {},
    PartitionKeys: glueColumns(options.keys ?? {}),
    StorageDescriptor: {
      Columns: glueColumns(columns),
      Location: 's3://lake/t/',
      SerdeInfo: { SerializationLibrary: serde, Parameters: options.parameters ?? {} },
    },
  } as unknown as Table;
};

test('JSON lines are read by declared types, keys in any case, gzip by the name', async (t) => {
  const lake = await lakeWith(t, {
    't/a.json.gz': gzipSync('{"OrderId":1,"name":"x","tags":["p","q"],"extra":{"ignored":true}}\n'),
    't/b.json': '{"orderid":"2","name":null,"at":"2024-01-01 10:00:00.5"}\n\n',
    't/_SUCCESS': 'not json',
    't/.hidden/c.json': 'not json',
  });
  const table = tableOf(
    { orderid: 'bigint', name: 'string', tags: 'array<string>', at: 'timestamp' },
    hcatalog,
  );

  const rows = await lake.rows(table);

  assert.deepEqual(rows, [
    ['1', 'x', ['p', 'q'], null],
    ['2', null, null, '2024-01-01 10:00:00.5'],
  ]);
});

// PyAthena's tests/pyathena/pandas/test_cursor.py, test_integer_na_values, has a row of NULLs of it; the other rows are what
// Trino 476 reads of the same files.
test('an empty line of delimited text is a row, whose first column is the empty text', async (t) => {
  const lake = await lakeWith(t, {
    't/a.txt': 'x\t1\n\n\t\ny\t2\tmore\n   \nz\n\n',
    't/b.txt': '',
    't/c.txt.gz': gzipSync('\n'),
  });
  const delimited = (columns: Record<string, string>, parameters = {}, properties = {}) =>
    tableOf(columns, lazySimple, { parameters: { 'field.delim': '\t', ...parameters }, properties });

  const texts = await lake.rows(delimited({ a: 'string', b: 'int' }));
  const numbers = await lake.rows(delimited({ a: 'int', b: 'string' }));
  const one = await lake.rows(delimited({ a: 'string' }));
  const nulls = await lake.rows(delimited({ a: 'string', b: 'int' }, { 'serialization.null.format': '' }));
  const headless = await lake.rows(
    delimited({ a: 'string', b: 'int' }, {}, { 'skip.header.line.count': '2' }),
  );

  const empty = ['', null];
  const rest = [
    ['   ', null],
    ['x', 1],
    ['y', 2],
    ['z', null],
  ];
  assert.deepEqual(texts, [empty, empty, empty, empty, ...rest]);
  assert.deepEqual(numbers, [
    [null, ''],
    [null, '1'],
    [null, '2'],
    ...Array.from({ length: 5 }, () => [null, null]),
  ]);
  assert.deepEqual(one, [[''], [''], [''], [''], ['   '], ['x'], ['y'], ['z']]);
  assert.deepEqual(nulls, [...rest, ...Array.from({ length: 4 }, () => [null, null])]);
  assert.deepEqual(headless, [empty, empty, ['   ', null], ['y', 2], ['z', null]]);
});

test('an empty line is a row of NULLs to OpenCSVSerde', async (t) => {
  const lake = await lakeWith(t, { 't/a.csv': 'x,1\n\n"",""\n"a,b",2\n\n' });

  const rows = await lake.rows(tableOf({ a: 'string', b: 'string' }, openCsv));

  assert.deepEqual(rows, [
    ['', ''],
    ['a,b', '2'],
    ['x', '1'],
    [null, null],
    [null, null],
  ]);
});

// Hive's serdes match keys without regard to case, in every line and at every depth; a map's own keys stay as they are.
test('one file may spell a key in several ways, and struct fields in any case', async (t) => {
  const lake = await lakeWith(t, {
    't/a.json':
      '{"ID":1,"N":{"A":1,"list":[{"C":"z"}]},"m":{"Key":1}}\n{"id":2,"n":{"a":2}}\n{"Id":3,"constructor":"c"}\n',
    'twice/a.json': '{"Id":1,"id":2}\n',
  });
  const table = tableOf(
    {
      id: 'int',
      n: 'struct<a:int,list:array<struct<c:string>>>',
      m: 'map<string,int>',
      constructor: 'string',
    },
    hcatalog,
  );
  const twice = { ...tableOf({ id: 'int' }, hcatalog) };
  const elsewhere = {
    ...twice,
    StorageDescriptor: { ...twice.StorageDescriptor, Location: 's3://lake/twice/' },
  } as Table;

  assert.deepEqual(await lake.rows(table), [
    [1, { a: 1, list: [{ c: 'z' }] }, [{ key: 'Key', value: 1 }], null],
    [2, { a: 2, list: null }, null, null],
    [3, null, null, 'c'],
  ]);
  await assert.rejects(lake.rows(elsewhere), /HIVE_CURSOR_ERROR:.*Duplicate key/);
});

test('files that are read again give the same rows from the cache, and count the same bytes', async (t) => {
  const line = (index: number) => `{"Id":${index},"text":"${String(index).repeat(1000)}"}\n`;
  const body = Array.from({ length: 2000 }, (_, index) => line(index)).join('');
  const lake = await lakeWith(t, { 't/a.json': body, 't/b.json': line(-1) });
  const table = tableOf({ id: 'bigint', text: 'string', odd: 'int' }, hcatalog);

  const reads = [];
  for (let round = 0; round < 4; round++) {
    const before = lake.scanned();
    const rows = await lake.rows(table, round === 3 ? ['id', '$path'] : undefined);
    reads.push({ rows: rows.length, first: rows[0], bytes: lake.scanned() - before });
  }

  const bytes = body.length + line(-1).length;
  assert.deepEqual(reads[2], reads[0]);
  assert.deepEqual(reads[1], { rows: 2001, first: ['-1', '-1'.repeat(1000), null], bytes });
  assert.deepEqual(reads[3]?.first, ['-1', 's3://lake/t/b.json']);
});

test('a large file is kept apart by a column of few texts, and each of them has its rows', async (t) => {
  const words = ['x', 'X', "o'x=1/é", '', null];
  // Of no two lines alike, so that the file is as large as it looks.
  const line = (index: number) =>
    `{"id":"${index}","word":${JSON.stringify(words[index % words.length])},"text":"${String(index).repeat(500)}"}\n`;
  const body = Array.from({ length: 10_000 }, (_, index) => line(index)).join('');
  const lake = await lakeWith(t, { 't/a.json': body, 't/b.json': line(10_001) });
  const table = tableOf({ id: 'string', word: 'string', text: 'string' }, hcatalog);
  const alike = (word: string | null, rows: readonly unknown[]) =>
    (rows as (string | null)[][]).filter(([, other]) => other === word);
  const withWord = (word: string) => lake.rows(table, ['id', 'word'], {}, new Map([['word', word]]));

  const all = await lake.rows(table, ['id', 'word']);
  const chosen = await Promise.all([...words.filter((word) => word !== null), 'z'].map(withWord));

  assert.equal(all.length, 10_001);
  assert.deepEqual(
    chosen.slice(0, 4).map((rows, index) => alike(words[index]!, rows)),
    words.slice(0, 4).map((word) => alike(word, all)),
  );
  // Rows of other texts were left out, which shows that the file was divided.
  assert.deepEqual(
    chosen.map((rows) => rows.length),
    [2000, 2001, 2000, 2000, 0],
  );
});

test('a text that cannot be the name of a folder, and files without a row, are read all the same', async (t) => {
  const long = 'w'.repeat(300);
  const line = (index: number) => `{"word":"${long}","text":"${String(index).repeat(500)}"}\n`;
  const lake = await lakeWith(t, {
    't/a.json': Array.from({ length: 10_000 }, (_, index) => line(index)).join(''),
    'empty/a.json': '\n'.repeat(300_000),
  });
  const table = tableOf({ word: 'string', text: 'string' }, hcatalog);
  const place = { ...table.StorageDescriptor, Location: 's3://lake/empty/' };

  const twice = <T>(read: () => Promise<T>) => read().then(async (first) => [first, await read()] as const);

  const rows = await twice(() => lake.rows(table, ['word'], {}, new Map([['word', long]])));
  const none = await twice(() => lake.rows({ ...table, StorageDescriptor: place } as Table));

  assert.deepEqual(
    rows.map(({ length }) => length),
    [10_000, 10_000],
  );
  assert.deepEqual(none, [[], []]);
});

test('a column of many texts divides nothing, nor does one next to values that may not be read', async (t) => {
  const line = (index: number) => `{"id":"${index}","n":${index},"text":"${String(index).repeat(500)}"}\n`;
  const body = Array.from({ length: 10_000 }, (_, index) => line(index)).join('');
  const lake = await lakeWith(t, { 't/a.json': body, 't/b.json': body });
  const table = tableOf({ id: 'string', n: 'bigint', text: 'string' }, hcatalog);

  await lake.rows(table);
  const many = await lake.rows(table, ['id'], {}, new Map([['id', '7']]));
  const nextTo = await lake.rows(table, ['id', 'n'], {}, new Map([['text', '0']]));

  assert.equal(many.length, 20_000);
  assert.equal(nextTo.length, 20_000);
});

test('whatever the keys of a large file are, its rows are those of a small one', async (t) => {
  const odd = [
    '{"b":"x","other":1}',
    '{"a":null}',
    '{}',
    'null',
    '{"a":{"A":[1.50]},"B":2}',
    '{"A":3,"b":"é"}',
  ];
  const common = '{"a":"v","b":"w"}\n'.repeat(20_000);
  const lake = await lakeWith(t, {
    'lower/a.json': common + odd.slice(0, 4).join('\n'),
    'upper/a.json': common + odd.join('\n'),
    'small/a.json': odd.join('\n'),
    'twice/a.json': `${common}{"a":1,"a":2}`,
  });
  const tableIn = (folder: string) => {
    const table = tableOf({ a: 'string', b: 'string' }, hcatalog);
    const place = { ...table.StorageDescriptor, Location: `s3://lake/${folder}/` };
    return { ...table, StorageDescriptor: place } as Table;
  };
  const rowsIn = async (folder: string) =>
    (await lake.rows(tableIn(folder))).filter(([a, b]) => a !== 'v' || b !== 'w');

  const [lower, upper, small] = [await rowsIn('lower'), await rowsIn('upper'), await rowsIn('small')];

  assert.deepEqual(lower, [
    [null, 'x'],
    [null, null],
    [null, null],
    [null, null],
  ]);
  assert.deepEqual(upper, small);
  assert.equal(small.length, odd.length);
  await assert.rejects(rowsIn('twice'), /duplicate key/);
});

test('a line that is not a JSON object fails the query, unless OpenX is set to let it pass', async (t) => {
  const lake = await lakeWith(t, { 't/a.json': '{"a":"x"}\nnot json\n' });
  const openX = 'org.openx.data.jsonserde.JsonSerDe';

  await assert.rejects(lake.rows(tableOf({ a: 'string' }, hcatalog)), /Malformed JSON/);
  const lenient = await lake.rows(
    tableOf({ a: 'string' }, openX, { parameters: { 'ignore.malformed.json': 'true' } }),
  );

  assert.deepEqual(lenient, [['x'], [null]]);
});

test('a value that does not fit its column is bad data, never a guess', async (t) => {
  const lake = await lakeWith(t, { 't/a.json': '{"n":"twelve","at":"2024-01-01T10:00:00Z","n2":1.5}\n' });

  await assert.rejects(lake.rows(tableOf({ n: 'int' }, hcatalog)), /HIVE_BAD_DATA:.*'n' as integer: twelve/);
  await assert.rejects(
    lake.rows(tableOf({ at: 'timestamp' }, hcatalog)),
    /HIVE_BAD_DATA:.*'at' as timestamp/,
  );
  await assert.rejects(lake.rows(tableOf({ n2: 'int' }, hcatalog)), /HIVE_BAD_DATA:.*'n2' as integer: 1.5/);
});

test('only the projected partitions that a constraint leaves are read', async (t) => {
  const line = (value: string) => `{"v":"${value}"}\n`;
  const lake = await lakeWith(t, {
    't/dt=2024-03-01/hour=09/x.json': line('first'),
    't/dt=2024-03-01/hour=10/x.json': line('second'),
    't/dt=2024-03-02/hour=09/x.json': line('third'),
    't/dt=2030-01-01/hour=09/x.json': line('outside the range'),
  });
  const table = tableOf({ v: 'string' }, hcatalog, {
    keys: { dt: 'string', hour: 'int' },
    properties: {
      'projection.enabled': 'true',
      'projection.dt.type': 'date',
      'projection.dt.range': '2024-01-01,NOW',
      'projection.dt.format': 'yyyy-MM-dd',
      'projection.hour.type': 'integer',
      'projection.hour.range': '0,23',
      'projection.hour.digits': '2',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own placeholders.
      'storage.location.template': 's3://lake/t/dt=${dt}/hour=${hour}/',
    },
  });

  const all = await lake.rows(table);
  const before = lake.scanned();
  const one = await lake.rows(table, ['v', 'hour', '$path'], {
    dt: { oneOf: ['2024-03-01'] },
    hour: { low: { value: '10', inclusive: true } },
  });

  assert.deepEqual(all, [
    ['first', '2024-03-01', 9],
    ['second', '2024-03-01', 10],
    ['third', '2024-03-02', 9],
  ]);
  assert.deepEqual(one, [['second', 10, 's3://lake/t/dt=2024-03-01/hour=10/x.json']]);
  assert.equal(lake.scanned() - before, line('second').length);
});

// https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html and lazy-simple-serde.html
test('delimited text has NULLs, missing and surplus fields as its serde says', async (t) => {
  const lake = await lakeWith(t, { 't/a.csv': 'id,name,n\n1,"q, r",5\n2,\\N,x\n3\n' });
  const columns = { id: 'int', name: 'string', n: 'int' };
  const properties = { 'skip.header.line.count': '1' };

  const simple = await lake.rows(
    tableOf(columns, 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe', {
      parameters: { 'field.delim': ',' },
      properties,
    }),
  );
  const openCsv = await lake.rows(
    tableOf({ id: 'string', name: 'string', n: 'string' }, 'org.apache.hadoop.hive.serde2.OpenCSVSerde', {
      properties,
    }),
  );

  assert.deepEqual(simple, [
    [1, '"q', null],
    [2, null, null],
    [3, null, null],
  ]);
  assert.deepEqual(openCsv, [
    ['1', 'q, r', '5'],
    ['2', 'N', 'x'],
    ['3', null, null],
  ]);
});

test('Parquet columns go by name, missing ones are NULL, and only the wanted columns count as scanned', async (t) => {
  const lake = await lakeWith(t, {});
  const { connection, lake: parts } = lake.session;
  const file = parts.store.tempFile('.parquet');
  await connection.run(
    `COPY (SELECT range AS ID, repeat('x', 100) || range AS wide FROM range(1000)) TO '${file}' (FORMAT parquet)`,
  );
  await parts.store.putFile('lake', 't/a.parquet', file);
  const serde = 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe';
  const table = tableOf({ id: 'int', wide: 'string', added: 'double' }, serde);

  const narrow = await lake.rows(table, ['id', 'added']);
  const narrowBytes = lake.scanned();
  await lake.rows(table, ['id', 'wide']);

  assert.equal(narrow.length, 1000);
  assert.deepEqual(narrow[1], [1, null]);
  assert.ok(lake.scanned() - narrowBytes > narrowBytes);
});

// https://cwiki.apache.org/confluence/display/Hive/LanguageManual+DDL (row formats): one separator for each depth.
test('delimited text holds arrays, maps and structs, parted by the separators of their depth', async (t) => {
  const lake = await lakeWith(t, {
    't/a.txt': '1\ta,\\N,c\tk1:1,k2:2\tx,7\tp:q,r\n2\t\t\ty\t\\N\n3\t\\N\t\\N\t\\N\t\\N\n',
  });
  const table = tableOf(
    {
      id: 'int',
      list: 'array<string>',
      pairs: 'map<string,int>',
      both: 'struct<a:string,b:int>',
      deep: 'array<array<string>>',
    },
    'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe',
    { parameters: { 'field.delim': '\t', 'collection.delim': ',', 'mapkey.delim': ':' } },
  );

  assert.deepEqual(await lake.rows(table), [
    [
      1,
      ['a', null, 'c'],
      [
        { key: 'k1', value: 1 },
        { key: 'k2', value: 2 },
      ],
      { a: 'x', b: 7 },
      [['p', 'q'], ['r']],
    ],
    [2, [], [], { a: 'y', b: null }, null],
    [3, null, null, null, null],
  ]);
});

// https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html: dates are days, timestamps milliseconds since 1970.
test('OpenCSVSerde has dates and timestamps as numbers, and takes no other', async (t) => {
  const lake = await lakeWith(t, { 't/a.csv': '"18276","1579059880000"\n"",""\n' });
  const table = tableOf({ d: 'date', at: 'timestamp' }, 'org.apache.hadoop.hive.serde2.OpenCSVSerde');
  const text = await lakeWith(t, { 't/a.csv': '"2020-01-15",""\n' });

  assert.deepEqual(await lake.rows(table), [
    ['2020-01-15', '2020-01-15 03:44:40'],
    [null, null],
  ]);
  await assert.rejects(text.rows(table), /HIVE_BAD_DATA/);
});

test('parsed text that was changed or removed on disk since is parsed again', async (t) => {
  const lines = Array.from({ length: 20_000 }, (_, id) => JSON.stringify({ id: String(id), text: 'words' }));
  const lake = await lakeWith(t, { 't/a.json': lines.join('\n') });
  const table = tableOf({ id: 'string', text: 'string' }, hcatalog);
  await lake.rows(table);
  const whole = await lake.rows(table);
  const parsed = () =>
    readdirSync(lake.scratch, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.name.endsWith('.parquet'))
      .map((entry) => join(entry.parentPath, entry.name));
  assert.equal(whole.length, lines.length);
  assert.equal(parsed().length, 1);

  for (const harm of [(file: string) => flipBit(file, 2000), (file: string) => rmSync(file)]) {
    harm(parsed()[0]!);

    assert.deepEqual(await lake.rows(table), whole);
  }
});
