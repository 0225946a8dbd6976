/** The serving API over a fake Athena that keeps what it was asked: pages, cursors, tags, and requests that are wrong. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, test } from 'vitest';
import { compileViews } from '../../lib/model/live/fold.ts';
import { memoryTable } from '../../lib/model/live/memoryTable.fixture.ts';
import { createProcessor } from '../../lib/model/live/process.ts';
import { tickRecord, ticksStudy } from '../../lib/model/live/ticks.fixture.ts';
import type { PublishedRun } from '../../lib/model/run/lastRun.ts';
import type { Endpoint } from '../../lib/model/study/serving/design.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { answer } from './logic.ts';
import type { Execution, ServingPorts, ServingRequest } from './ports.ts';

const endpoint = (name: string, more: Partial<Endpoint> = {}): Endpoint => ({
  name,
  title: name,
  rows: { table: 'marts.daily' },
  parameters: [],
  pageSize: 2,
  freshnessSeconds: 3600,
  ...more,
});
const parameter = (name: string, type: Endpoint['parameters'][number]['type'], column = name) => ({
  name,
  type,
  description: name,
  column,
  operator: '=' as const,
  required: false,
});
const columns = [
  { name: 'day', type: 'date', primaryKey: true },
  { name: 'city', type: 'varchar', primaryKey: false },
  { name: 'amount', type: 'decimal(18,2)', primaryKey: false },
];
const study = {
  name: 'shop',
  sources: [{ name: 'orders' }],
  queries: [
    {
      name: 'totals',
      title: 'Totals',
      sql: 'select city, sum(amount) as amount from shop_marts.daily group by city',
    },
  ],
  models: [
    { layer: 'marts', table: 'daily', database: 'shop_marts', contract: { columns, grain: '', purpose: '' } },
  ],
  serving: {
    endpoints: [
      endpoint('daily', {
        parameters: [
          { ...parameter('from', 'date', 'day'), operator: '>=' },
          parameter('city', 'string'),
          parameter('amount', 'decimal'),
          parameter('at', 'timestamp', 'day'),
          parameter('rank', 'integer', 'day'),
          parameter('open', 'boolean', 'day'),
        ],
      }),
      endpoint('totals', { rows: { query: 'totals' }, parameters: [parameter('city', 'string')] }),
      endpoint('one_city', { parameters: [{ ...parameter('city', 'string'), required: true }] }),
    ],
  },
} as unknown as Study;

const published: PublishedRun = {
  runId: '20261130t120000-1a2b3c4d',
  attempt: 1,
  startedAt: '2026-11-30T12:00:00.123Z',
  verdict: 'Balanced',
};

interface World extends ServingPorts {
  readonly started: Execution[];
  run: PublishedRun | undefined;
  status: Execution['status'];
}

/** Athena with five rows for every statement; a page's token is its offset. */
function world(): World {
  const started: Execution[] = [];
  const tokens = new Map<string, string>();
  const rows = ['1', '2', '3', '4', '5'].map((n) => [`2026-11-0${n}`, n === '3' ? null : 'Rome', `${n}.50`]);
  const self: World = {
    study,
    started,
    run: published,
    status: 'SUCCEEDED',
    publishedRun: async () => self.run,
    async start(sql, parameters, token) {
      const earlier = token && tokens.get(token);
      if (earlier) return earlier;
      const id = randomUUID();
      if (token) tokens.set(token, id);
      started.push({
        id,
        sql,
        parameters,
        status: self.status,
        submittedAt: new Date(NOW).toISOString(),
        milliseconds: 7,
        scannedBytes: 100,
        ...(self.status === 'FAILED' && { reason: "line 2:8: Column 'x' cannot be resolved" }),
      });
      return id;
    },
    execution: async (id) => started.find((one) => one.id === id),
    async results(_id, count, token = '0') {
      if (!/^\d+$/.test(token)) return undefined;
      const from = Number(token);
      const next = from + count;
      return {
        columns,
        rows: rows.slice(from, next),
        ...(next < rows.length && { next: String(next) }),
      };
    },
    async stop(id) {
      const at = started.findIndex((one) => one.id === id);
      started[at] = { ...started[at]!, status: 'CANCELLED', reason: 'Query cancelled' };
    },
    liveTable: memoryTable(),
    tableNames: async () => ['daily'],
    sleep: async () => {},
  };
  return self;
}

const NOW = Date.UTC(2026, 10, 30, 13);

const ask = async (ports: ServingPorts, method: string, path: string, more: Partial<ServingRequest> = {}) => {
  const [route = '', queryString = ''] = path.split('?');
  const [, part, first, last] = route.split('/');
  const key = { queries: '/{name}', live: '/{view}', sql: '/{id}' }[part!] ?? '';
  const response = await answer(ports, {
    routeKey: `${method} /studies/shop/${part}${first ? key : ''}${last ? `/${last}` : ''}`,
    pathParameters: first ? { [key.slice(2, -1)]: first } : {},
    queryString,
    body: '',
    nowMs: NOW,
    remainingMs: () => 25_000,
    ...more,
  });
  return {
    status: response.statusCode,
    headers: response.headers,
    text: response.body,
    // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was answered.
    body: (response.body === '' ? undefined : JSON.parse(response.body)) as any,
  };
};
const postSql = (ports: ServingPorts, sql: unknown) =>
  ask(ports, 'POST', '/sql', { body: JSON.stringify({ sql }) });

describe('a declared query', () => {
  test('is one SELECT whose values are bound as typed literals, whatever they hold', async () => {
    const ports = world();

    const { status } = await ask(
      ports,
      'GET',
      `/queries/daily?from=2026-11-01&city=${encodeURIComponent("'; DROP TABLE x --")}&amount=12.5&at=2026-11-30T13:00:00%2B01:00&rank=-7&open=true`,
    );

    assert.equal(status, 200);
    assert.deepEqual(ports.started[0]!.parameters, [
      "DATE '2026-11-01'",
      "'''; DROP TABLE x --'",
      "DECIMAL '12.5'",
      "TIMESTAMP '2026-11-30 12:00:00.000000'",
      '-7',
      'true',
    ]);
    assert.equal(
      ports.started[0]!.sql,
      '-- headwaters shop query daily of run 20261130t120000-1a2b3c4d attempt 1\n' +
        'SELECT "day", "city", "amount"\nFROM "shop_marts"."daily"\n' +
        'WHERE "day" >= ?\n  AND "city" = ?\n  AND "amount" = ?\n  AND "day" = ?\n  AND "day" = ?\n  AND "day" = ?\nORDER BY "day"',
    );
  });

  test('no text of a parameter reaches the statement', async () => {
    const ports = world();
    const { sql: expected } = await startedBy(ports, 'x');
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 200 }), async (text) => {
        const { sql, parameters } = await startedBy(world(), text);

        assert.equal(sql, expected);
        assert.deepEqual(parameters, [`'${text.replaceAll("'", "''")}'`]);
      }),
      { numRuns: 100 },
    );
  });
  const startedBy = async (ports: World, city: string) => {
    await ask(ports, 'GET', `/queries/daily?${new URLSearchParams({ city })}`);
    return ports.started.at(-1)!;
  };

  test('says of which run it is, and its pages have every row once, numbers with every digit', async () => {
    const ports = world();
    const pages = [await ask(ports, 'GET', '/queries/daily')];
    while (pages.at(-1)!.body.next)
      pages.push(await ask(ports, 'GET', `/queries/daily?cursor=${pages.at(-1)!.body.next}`));

    for (const { body } of pages)
      assert.deepEqual(
        [body.run, body.asOf, body.approximate],
        [published.runId, '2026-11-30T12:00:00Z', false],
      );
    assert.deepEqual(
      pages.flatMap(({ body }) => body.rows.map((row: { day: string }) => row.day)),
      ['2026-11-01', '2026-11-02', '2026-11-03', '2026-11-04', '2026-11-05'],
    );
    assert.match(pages[0]!.text, /"amount":1\.50\}/);
    assert.equal(pages[1]!.body.rows[0].city, null);
    assert.equal(ports.started.length, 1);
  });

  test('is run once for the same run and values, and again for the next run', async () => {
    const ports = world();

    await ask(ports, 'GET', '/queries/daily?city=Rome');
    await ask(ports, 'GET', '/queries/daily?city=Rome&pageSize=5');
    assert.equal(ports.started.length, 1);
    ports.run = { ...published, runId: '20261130t130000-aaaaaaaa' };
    await ask(ports, 'GET', '/queries/daily?city=Rome');

    assert.equal(ports.started.length, 2);
  });

  test('answers 304 to its own tag without a statement, until a run publishes', async () => {
    const ports = world();
    const first = await ask(ports, 'GET', '/queries/daily');
    const ifNoneMatch = `"other", W/${first.headers.etag}`;

    const same = await ask(ports, 'GET', '/queries/daily', { ifNoneMatch });
    const other = await ask(ports, 'GET', '/queries/daily?city=Rome', { ifNoneMatch });
    ports.run = { ...published, attempt: 2 };
    const later = await ask(ports, 'GET', '/queries/daily', { ifNoneMatch });

    assert.deepEqual([same.status, same.text, other.status, later.status], [304, '', 200, 200]);
    assert.notEqual(later.headers.etag, first.headers.etag);
  });

  test('a cursor goes on with its own run after another one has published', async () => {
    const ports = world();
    const { body } = await ask(ports, 'GET', '/queries/daily');
    ports.run = { ...published, runId: '20261130t130000-aaaaaaaa' };

    const next = await ask(ports, 'GET', `/queries/daily?cursor=${body.next}`);

    assert.equal(next.body.run, published.runId);
  });

  test('a cursor of another query, of other parameters, or made up, is refused', async () => {
    const ports = world();
    const { body } = await ask(ports, 'GET', '/queries/daily?city=Rome');
    const sql = await postSql(ports, 'select 1');
    const forged = (token: string) =>
      Buffer.from(JSON.stringify([ports.started[0]!.id, token])).toString('base64url');
    const ofSql = Buffer.from(JSON.stringify([sql.body.id, '2'])).toString('base64url');
    const foreign = [
      `/queries/totals?city=Rome&cursor=${body.next}`,
      `/queries/daily?city=Oslo&cursor=${body.next}`,
      `/queries/daily?cursor=${body.next}`,
      `/queries/daily?city=Rome&cursor=${ofSql}`,
      `/queries/daily?city=Rome&cursor=${forged('not a token')}`,
      `/queries/daily?city=Rome&cursor=${Buffer.from('["x","y"]').toString('base64url')}`,
      '/queries/daily?city=Rome&cursor=nonsense',
      '/queries/daily?city=Rome&cursor=',
    ];

    for (const path of foreign) {
      const refused = await ask(ports, 'GET', path);
      assert.deepEqual(
        [refused.status, refused.body.type],
        [400, 'urn:headwaters:problem:invalid-cursor'],
        path,
      );
    }
  });

  test.each([
    ['from=2026-02-30', 'from', /YYYY-MM-DD/],
    ['from=yesterday', 'from', /YYYY-MM-DD/],
    ['amount=1e9', 'amount', /decimal/],
    ['amount=NaN', 'amount', /decimal/],
    ['at=2026-11-30', 'at', /a time/],
    ['rank=1.5', 'rank', /whole number/],
    ['rank=9999999999999999999', 'rank', /18 digits/],
    ['open=yes', 'open', /true or false/],
    [`city=${'x'.repeat(2000)}`, 'city', /longer than 1024/],
    ['city=a&city=b', 'city', /more than once/],
    ['town=a', 'town', /allowed: from, city/],
    ['pageSize=0', 'pageSize', /1 to 1000/],
    ['pageSize=1001', 'pageSize', /1 to 1000/],
    ['pageSize=99999999999', 'pageSize', /1 to 1000/],
    ['pageSize=ten', 'pageSize', /1 to 1000/],
  ])('a wrong request is refused before anything is asked: %s', async (queryString, name, detail) => {
    const ports = world();

    const { status, headers, body } = await ask(ports, 'GET', `/queries/daily?${queryString}`);

    assert.deepEqual([status, headers['content-type'], body.status], [400, 'application/problem+json', 400]);
    assert.equal(body.errors[0].name, name);
    assert.match(body.errors[0].detail, detail);
    assert.equal(ports.started.length, 0);
  });

  test('a missing parameter, an unknown query and a study without a run each say so', async () => {
    const ports = world();
    const missing = await ask(ports, 'GET', '/queries/one_city');
    const unknown = await ask(ports, 'GET', '/queries/weekly');
    ports.run = undefined;
    const early = await ask(ports, 'GET', '/queries/daily');

    assert.deepEqual([missing.status, missing.body.errors[0].detail], [400, 'is missing; it is a text']);
    assert.deepEqual([unknown.status, early.status], [404, 409]);
    assert.match(unknown.body.detail, /there is: daily, totals, one_city/);
  });

  test('one that fails gives Athena’s reason, and is run again when it is asked again later', async () => {
    const ports = world();
    ports.status = 'FAILED';
    const failed = await ask(ports, 'GET', '/queries/daily');
    ports.status = 'SUCCEEDED';
    const again = await ask(ports, 'GET', '/queries/daily', { nowMs: NOW + 60_000 });

    assert.deepEqual([failed.status, failed.body.detail], [422, "line 1:8: Column 'x' cannot be resolved"]);
    assert.equal(again.status, 200);
  });

  test('one that outlasts the request is still running, and the same request again finds it', async () => {
    const ports = world();
    ports.status = 'RUNNING';
    const running = await ask(ports, 'GET', '/queries/daily', { remainingMs: () => 4000 });
    ports.started[0] = { ...ports.started[0]!, status: 'SUCCEEDED' };
    const finished = await ask(ports, 'GET', '/queries/daily');

    assert.deepEqual([running.status, running.headers['retry-after']], [503, '2']);
    assert.equal(finished.body.statement.id, ports.started[0]!.id);
    assert.equal(ports.started.length, 1);
  });
});

describe('SQL', () => {
  test('is started, watched, read page by page and cancelled', async () => {
    const ports = world();
    const started = await postSql(ports, 'select day from shop_marts.daily;');
    const path = started.headers.location!.replace('/studies/shop', '');

    const state = await ask(ports, 'GET', path);
    const page = await ask(ports, 'GET', `${path}/rows?pageSize=4`);
    const last = await ask(ports, 'GET', `${path}/rows?pageSize=4&cursor=${page.body.next}`);
    const cancelled = await ask(ports, 'DELETE', path);
    const after = await ask(ports, 'GET', `${path}/rows`);

    assert.deepEqual(
      [started.status, state.body.state, state.body.sql],
      [202, 'SUCCEEDED', 'select day from shop_marts.daily'],
    );
    assert.equal(state.body.rows, `/studies/shop${path}/rows`);
    assert.deepEqual([page.body.rows.length, last.body.rows.length, last.body.next], [4, 1, null]);
    assert.deepEqual([cancelled.status, cancelled.text, after.status], [204, '', 422]);
  });

  test('a statement of a declared query, of another study, or unknown, is not found', async () => {
    const ports = world();
    await ask(ports, 'GET', '/queries/daily');
    const other = randomUUID();
    ports.started.push({
      ...ports.started[0]!,
      id: other,
      sql: ports.started[0]!.sql.replace('headwaters shop query daily', 'headwaters other sql'),
    });

    for (const id of [ports.started[0]!.id, other, randomUUID(), 'nonsense'])
      for (const [method, path] of [
        ['GET', ''],
        ['GET', '/rows'],
        ['DELETE', ''],
      ] as const)
        assert.equal((await ask(ports, method, `/sql/${id}${path}`)).status, 404);
  });

  test('one that runs has no rows yet', async () => {
    const ports = world();
    ports.status = 'RUNNING';
    const { body } = await postSql(ports, 'select 1');

    assert.equal((await ask(ports, 'GET', `/sql/${body.id}/rows`)).status, 409);
  });

  test.each([
    ['', 400],
    ['{', 400],
    ['[]', 400],
    ['null', 400],
    ['{"sql":1}', 400],
  ])('a body that holds no statement is refused: %s', async (body, status) => {
    assert.equal((await ask(world(), 'POST', '/sql', { body })).status, status);
  });
});

test('health says which run the tables show and how old it is; tables say which exist', async () => {
  const ports = world();
  const healthy = await ask(ports, 'GET', '/health');
  const tables = await ask(ports, 'GET', '/tables');
  ports.run = undefined;
  const early = await ask(ports, 'GET', '/health');

  assert.deepEqual(
    [healthy.body.status, healthy.body.run, healthy.body.ageSeconds],
    ['pass', published.runId, 3599],
  );
  assert.deepEqual([tables.body.tables[0].name, tables.body.tables[0].exists], ['shop_marts.daily', true]);
  assert.equal(early.body.status, 'warn');
});

test('a live view is approximate, takes its key as parameters, and refuses what it does not know', async () => {
  const ticks = ticksStudy({ bar: 'key: [symbol]\nwindow: {size: 1m}' });
  const table = memoryTable();
  const record = (place: number, symbol: string) => tickRecord(place, { symbol, price: 1.1 });
  await createProcessor(compileViews(ticks), table).process('a', [record(1, 'IBM'), record(2, 'SPY')]);
  await createProcessor(compileViews(ticks), table).process('b', [record(1, 'IBM')]);
  const ports: ServingPorts = {
    ...world(),
    study: { ...world().study, live: ticks.live },
    liveTable: table,
  };

  const { body } = await ask(ports, 'GET', '/live/bar?symbol=IBM&windows=5');

  assert.deepEqual(
    [body.approximate, body.asOf, body.run, body.view],
    [true, '2026-11-30T13:00:00.000Z', published.runId, 'bar'],
  );
  assert.deepEqual(
    body.windows.map(({ rows: found }: { rows: { key: object; values: { notional: number } }[] }) =>
      found.map(({ key, values }) => [key, values.notional]),
    ),
    [[[{ symbol: 'IBM' }, 2.2]]],
  );
  for (const [path, status] of [
    ['/live/visits', 404],
    ['/live/bar?windows=0', 400],
    ['/live/bar?top=5000', 400],
    ['/live/bar?hours=1', 400],
    ['/live/bar?windows=1&windows=2', 400],
  ] as const)
    assert.equal((await ask(ports, 'GET', path)).status, status, path);
});

test('a page that Lambda could not send is refused with what to ask instead', async () => {
  const ports: ServingPorts = {
    ...world(),
    results: async () => ({ columns, rows: [['2026-11-01', 'x'.repeat(6_000_000), '1.00']] }),
  };

  const { status, body } = await ask(ports, 'GET', '/queries/daily');

  assert.deepEqual([status, /pageSize/.test(body.detail)], [422, true]);
});
