/** Deliveries: settings, values from the path, members of a zip, identity, and the end of a try. */
import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { type Contract, parseContract } from '../../lib/model/contract/contract.ts';
import { bronzeStudy } from '../shared/bronzeObjects.ts';
import { customersContract, smallStudy } from '../shared/smallStudy.fixture.ts';
import { createLoader, createLoaderLake, delivery, linesOf, quarantineLinesOf } from './loader.fixture.ts';
import type { Delivery } from './logic.ts';

const load = await createLoader();

const ticksContract: Contract = parseContract(
  `
apiVersion: v3.1.0
kind: DataContract
id: market-source-ticks
version: 1.0.0
status: active
description: { purpose: Ticks. }
schema:
  - name: ticks
    physicalType: file
    dataGranularityDescription: One row per tick.
    properties:
      - { name: symbol, logicalType: string, required: true, description: Symbol. }
      - { name: day, logicalType: date, required: true, description: Day., logicalTypeOptions: { format: yyyyMMdd } }
      - { name: ms, logicalType: integer, required: true, description: Milliseconds since midnight. }
      - { name: price, logicalType: integer, required: true, description: Price × 10000. }
      - { name: note, logicalType: string, description: Note. }
customProperties:
  - { property: ingestion, value: file }
  - { property: identity, value: position }
  - { property: header, value: false }
  - { property: fileColumns, value: [ms, price, note] }
  - { property: path, value: "{symbol}/{day}_trade.zip/*" }
  - { property: members, value: "*_Tick.csv" }
  - { property: delimiter, value: "|" }
  - { property: trim, value: true }
  - { property: nullTokens, value: ["", "NA", "NULL"] }
`,
  'sql/market/sources/ticks.yaml',
  'market',
);
const ticks = (path: string): Delivery => ({
  ...delivery,
  study: bronzeStudy({ ...smallStudy, name: 'market' }),
  source: 'ticks',
  contract: ticksContract,
  key: `market/ticks/sha256=0123456789abcdef/${path}`,
});
const tickZip = (text: string, name = '20131007_ibm_Tick.csv') =>
  Buffer.from(zipSync({ [name]: Buffer.from(text), 'README.txt': Buffer.from('?') }));
const TICKS = '1 | 100 | NA\n1 | 100 | NA\n2 | 101 | x \n';

test('Values come from the path, cells by position, and equal rows are different by their place', async () => {
  const { results, stored } = await load(
    '20131007_trade.zip',
    tickZip(TICKS),
    undefined,
    ticks('ibm/20131007_trade.zip'),
  );

  assert.deepEqual(
    results.map(({ state, rows, refusedRows }) => [state, rows, refusedRows]),
    [['loaded', 3, 0]],
  );
  const lines = linesOf(stored);
  assert.deepEqual(
    lines.map(({ data }) => data),
    [
      '{"symbol":"ibm","day":"2013-10-07","ms":1,"price":100}',
      '{"symbol":"ibm","day":"2013-10-07","ms":1,"price":100}',
      '{"symbol":"ibm","day":"2013-10-07","ms":2,"price":101,"note":"x"}',
    ],
  );
  assert.equal(new Set(lines.map(({ event_id }) => event_id)).size, 3);
  assert.match(lines[0]!.event_id!, /^[0-9a-f]{64}:1$/);
});

test('The same rows under another path are other rows; the same file again is known', async () => {
  const lake = createLoaderLake();
  await load('20131007_trade.zip', tickZip(TICKS), lake, ticks('ibm/20131007_trade.zip'));

  const again = await load('20131007_trade.zip', tickZip(TICKS), lake, ticks('old/ibm/20131007_trade.zip'));
  const renamed = await load(
    '20131007_trade.zip',
    tickZip(TICKS, 'b_Tick.csv'),
    lake,
    ticks('ibm/20131007_trade.zip'),
  );
  const other = await load('20131008_trade.zip', tickZip(TICKS), lake, ticks('ibm/20131008_trade.zip'));

  assert.deepEqual(
    [again, renamed, other].map(({ results }) => results[0]!.state),
    ['known', 'known', 'loaded'],
  );
  assert.equal(new Set(linesOf(lake.stored).map(({ event_id }) => event_id)).size, 6);
});

test('A file whose path does not fit is refused with the patterns', async () => {
  const { results } = await load('a.zip', tickZip(TICKS), undefined, ticks('a.zip'));

  assert.match(
    results[0]!.reason!,
    /the path "a\.zip\/20131007_ibm_Tick\.csv" does not fit "\{symbol\}\/\{day\}_trade\.zip\/\*"/,
  );
});

test('A zip that is truncated is refused for that, whatever its path', async () => {
  const { results } = await load(
    '20131007_trade.zip',
    tickZip(TICKS).subarray(0, -30),
    undefined,
    ticks('ibm/20131007_trade.zip'),
  );

  assert.match(results[0]!.reason!, /the zip's directory cannot be read/);
});

test('What the delivery says comes before what the contract says, and read in another way a file is other rows', async () => {
  const lake = createLoaderLake();
  const bytes = Buffer.from('id;name\n1;M\xfcller\n', 'latin1');
  const as = (encoding: string): Delivery => ({
    ...delivery,
    settings: { encoding, delimiter: ';', constants: { credit: 7 } },
  });

  await load('a.csv', bytes, lake, as('windows-1252'));
  await load('a.csv', bytes, lake, as('windows-1251'));

  assert.deepEqual(
    linesOf(lake.stored).map(({ data }) => data),
    ['{"customer_id":1,"name":"Müller","credit":7}', '{"customer_id":1,"name":"Mьller","credit":7}'],
  );
  assert.equal(new Set(lake.stored.map(({ key }) => key)).size, 2);
});

test('The refusal names the column that broke; the others have their types, and the row its bytes', async () => {
  const text = 'id,name,credit\n1,Ann,"1.234,50"\n2,"B\r\nob",many\n';

  const loaded = await load('a.csv', text);

  assert.deepEqual(
    quarantineLinesOf(loaded).map(({ rule, rule_path, data, raw_base64 }) => ({
      rule,
      rule_path,
      data,
      raw: Buffer.from(raw_base64!, 'base64').toString(),
    })),
    [
      {
        rule: 'type',
        rule_path: '/credit',
        data: '{"customer_id":1,"name":"Ann","credit":"1.234,50"}',
        raw: '1,Ann,"1.234,50"\n',
      },
      {
        rule: 'type',
        rule_path: '/credit',
        data: '{"customer_id":2,"name":"B\\r\\nob","credit":"many"}',
        raw: '2,"B\r\nob",many\n',
      },
    ],
  );
});

test('A file over which the loader died twice is refused the third time; an error of the lake does not count', async () => {
  const lake = createLoaderLake();
  const never = new Promise<never>(() => undefined);
  const started = Promise.withResolvers<void>();
  for (let death = 0; death < 2; death++) {
    const dying = {
      ...lake,
      ports: {
        ...lake.ports,
        // What a process that is killed while it reads leaves: the entry that it made first.
        register: async (entry: Parameters<typeof lake.ports.register>[0]) => {
          await lake.ports.register(entry);
          started.resolve();
          return never;
        },
      },
    };
    void load('a.csv', 'id,name\n1,Ann\n', dying);
    await started.promise;
    await expect.poll(() => [...lake.registry.values()][0]?.attempts).toBe(death + 1);
  }

  const { results } = await load('a.csv', 'id,name\n1,Ann\n', lake);

  assert.match(results[0]!.reason!, /the loader died on it 2 times/);
  const failing = { ...createLoaderLake() };
  const broken = {
    ...failing,
    ports: { ...failing.ports, store: () => Promise.reject(new Error('throttled')) },
  };
  for (let i = 0; i < 3; i++) await assert.rejects(load('a.csv', 'id,name\n1,Ann\n', broken), /throttled/);
  assert.equal((await load('a.csv', 'id,name\n1,Ann\n', failing)).results[0]!.state, 'loaded');
});

test('A file that the whole time is not enough for is refused; one that began late is tried again', async () => {
  const rows = `id,name\n${Array.from({ length: 20_001 }, (_, at) => `${at},Ann\n`).join('')}`;
  const lakeWith = (times: number[]) => {
    const lake = createLoaderLake();
    return { ...lake, ports: { ...lake.ports, remainingMs: () => times.shift() ?? 0 } };
  };

  const long = await load('a.csv', rows, lakeWith([900_000, 30_000]));

  assert.match(long.results[0]!.reason!, /after 20000 rows the loader's time is up\. Split the file/);
  await assert.rejects(load('a.csv', rows, lakeWith([120_000, 30_000])), /the queue delivers this one again/);
});

test('A header with none of the columns is refused, even where none is required', async () => {
  const contract = {
    ...customersContract,
    columns: customersContract.columns.map((column) => ({ ...column, required: false })),
  };

  const { results } = await load('a.csv', 'id;name\n1;Ann\n', undefined, { ...delivery, contract });

  assert.match(results[0]!.reason!, /has no column of the contract customers.*--delimiter ';'/);
});

const ROWS = 5_000;

/** Loads a JSON array of 45 MB in a thread whose heap has 96 MB: text, rows and lines of the whole would not fit. */
function loadInSmallHeap(): Promise<{ rows: number }> {
  const modules = [
    '../../lib/formats/delivered.ts',
    './logic.ts',
    '../shared/smallStudy.fixture.ts',
    '../shared/bronzeObjects.ts',
  ].map((path) => new URL(path, import.meta.url).href);
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
    (async () => {
      const [{ receive, unpack }, { loadFile }, { customersContract, smallStudy }, { bronzeStudy }] = await Promise.all(${JSON.stringify(modules)}.map((path) => import(path)));
      const { mkdtempSync, rmSync } = require('node:fs');
      const { Readable } = require('node:stream');
      const dir = mkdtempSync(require('node:path').join(require('node:os').tmpdir(), 'headwaters-heap-'));
      const bytes = Readable.from((function* () {
        for (let at = 0; at < ${ROWS}; at++) yield (at === 0 ? '[' : ',') + '{"id":' + at + ',"name":"' + 'x'.repeat(9000) + '"}';
        yield ']';
      })());
      const file = await receive('a.json', bytes, dir);
      const ports = { entry: async () => undefined, register: async () => {}, keep: async () => 'k', store: async () => {}, quarantine: async () => {}, now: () => 0, remainingMs: () => 900000 };
      const to = { study: bronzeStudy(smallStudy), key: 'shop/customers/a', source: 'customers', contract: customersContract, settings: {}, arrivedAt: '2024-12-01T10:00:00.000Z' };
      for await (const part of unpack(file, dir)) parentPort.postMessage(await loadFile(ports, to, part, dir));
      rmSync(dir, { recursive: true });
    })();`,
    { eval: true, resourceLimits: { maxOldGenerationSizeMb: 96 } },
  );
  return new Promise((resolve, reject) => {
    worker.on('message', resolve);
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`the thread ended with ${code}`)));
  });
}

test('Memory stays bounded: a file is loaded in a heap that could not hold its rows', async () => {
  assert.equal((await loadInSmallHeap()).rows, ROWS);
});

test('Memory stays bounded: a bomb of one cell is refused', async () => {
  const bomb = gzipSync(Buffer.concat([Buffer.from('id,name\n1,"'), Buffer.alloc(60 * 2 ** 20, 'x')]), {
    level: 1,
  });

  const { results } = await load('a.csv.gz', bomb);

  assert.match(results[0]!.reason!, /begins in line 2 has more than 16 MiB/);
});
