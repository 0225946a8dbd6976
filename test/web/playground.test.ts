/** The page in a real browser over a real run: a first session, page against lake, keyboard, accessibility, a lost backend. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { createPlayground, type Playground } from '../../web/server/playground.ts';
import { startBrowser } from './browser.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the playground over the worked example', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-page-'));
  let lake: Lake;
  let playground: Playground;
  let browser: Browser;
  let address: string;

  beforeAll(async () => {
    const studies = studiesOf();
    const target = await embedded({
      stateDir,
      port: 0,
      mounts: [{ prefix: PREFIX, isHome: true, respond: (request) => playground.respond(request) }],
    });
    lake = openLake(target, { studies });
    address = target.localCloud!.endpoint;
    playground = createPlayground({
      lake,
      root,
      endpoint: new URL(address).host,
      log: (line) => console.error(line),
    });
    await lake.makeReady('amazon');
    await lake.run('amazon', { kind: 'dataset', dir: join(root, 'sql/amazon/fixtures/worked-example') });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await playground?.close();
    await lake?.close();
    rmSync(stateDir, { recursive: true, force: true });
  });

  /** A page whose errors fail the test, and that may ask no other host. */
  async function open(
    path: string,
    options: { width?: number; theme?: 'light' | 'dark'; prepare?: string } = {},
  ): Promise<Page> {
    const { width = 1280, theme = 'light' } = options;
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
    page.on('pageerror', (error) => assert.fail(`${path}: ${error.message}`));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url())) assert.equal(new URL(request.url()).origin, address);
    });
    if (options.prepare) await page.addInitScript({ content: options.prepare });
    await page.goto(`${address}${path}`);
    await page.locator('h1').waitFor();
    return page;
  }

  /** Every page that the navigation leads to. */
  async function pathsOfPages(): Promise<string[]> {
    const page = await open(`${PREFIX}amazon/home`);
    const paths = await page
      .locator('#nav a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    await page.close();
    return paths;
  }

  test('a newcomer has a gold answer in three clicks', async () => {
    const page = await open('/');

    await page.getByRole('link', { name: 'SQL', exact: true }).click();
    await page.getByRole('button', { name: /^Sales: revenue/ }).click();
    await page.getByRole('button', { name: /^Run/ }).click();

    const row = page.locator('.rowset tbody tr').first();
    await row.waitFor();
    assert.match(await row.innerText(), /3,?296/);
    await page.close();
  });

  test('the figures of the home page are those that Athena gives', async () => {
    const { columns, rows } = await lake.ask(
      lake.studies.find('amazon').queries.find(({ name }) => name === 'sales_overview')!.sql,
    );
    const page = await open(`${PREFIX}amazon/home`);
    await page.locator('.gauge .val a').first().waitFor();

    const shown = await page
      .locator('.gauge')
      .evaluateAll((gauges) =>
        gauges.map((gauge) => [
          gauge.querySelector('dt')!.textContent,
          gauge.querySelector('.val a, .val')!.textContent!.replaceAll(',', '').trim(),
        ]),
      );
    const asked = Object.fromEntries(columns.map(({ name }, at) => [name, rows[0]![at]]));
    assert.deepEqual(shown.slice(0, 4), [
      ['Revenue', asked.revenue],
      ['Orders', asked.orders],
      ['Customers', asked.customers],
      ['Average order value', asked.average_order_value],
    ]);
    await page.close();
  });

  /** A script for the page: sizes are observed once, changes of them are not. */
  const OBSERVE_ONCE = `const { ResizeObserver } = window;
    window.ResizeObserver = class extends ResizeObserver {
      constructor(report) {
        super((entries, observer) => {
          observer.disconnect();
          report(entries, observer);
        });
      }
    };`;

  /** Everything that was asked for has come, and every chart is drawn. */
  async function settled(page: Page): Promise<void> {
    await page.locator('[aria-busy="true"], .picture:not(:has(svg))').first().waitFor({ state: 'detached' });
  }

  /** Fails unless the page fits the window's width; names the elements that stick out. */
  async function assertFits(page: Page, when: string): Promise<void> {
    const tooWide = await page.evaluate(
      `document.documentElement.scrollWidth <= innerWidth ? undefined : [...document.querySelectorAll('body *')]
        .filter((element) => !element.closest('.scroll') && element.getBoundingClientRect().right > innerWidth + 1)
        .map((element) => element.outerHTML.slice(0, 80)).slice(0, 5)`,
    );
    assert.equal(tooWide, undefined, `${when} scrolls sideways`);
  }

  test('no page scrolls sideways while it is loading, or before its drawings have followed the window', async () => {
    for (const path of await pathsOfPages()) {
      const page = await open(path, { prepare: OBSERVE_ONCE });
      await settled(page);
      await page.setViewportSize({ width: 390, height: 900 });
      // What a busy machine shows between a change of the window and the next observation.
      await assertFits(page, `${path}, made narrow,`);
      await page.close();

      const loading = await browser.newPage({ viewport: { width: 390, height: 900 } });
      await loading.route('**/api/**', () => {});
      await loading.goto(`${address}${path}`);
      await loading.locator('h1, [aria-busy="true"]').first().waitFor({ state: 'attached' });
      await assertFits(loading, `${path}, loading,`);
      await loading.close();
    }
  });

  test('no page scrolls sideways or breaks a rule of accessibility, light at 1280 px and dark at 390 px', async () => {
    for (const path of await pathsOfPages()) {
      const page = await open(path);
      await page.evaluate(axe);
      for (const [theme, width] of [
        ['light', 1280],
        ['dark', 390],
      ] as const) {
        await page.emulateMedia({ colorScheme: theme });
        await page.setViewportSize({ width, height: 900 });
        await settled(page);
        await assertFits(page, `${path} at ${width} px`);
        const violations = await page.evaluate(
          "axe.run().then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')))",
        );
        assert.deepEqual(violations, [], `${path}, ${theme}, ${width} px`);
      }
      await page.close();
    }
  });

  test('everything of the shell works by keyboard: find, go to a page, the list of keys', async () => {
    const page = await open(`${PREFIX}amazon/home`);

    await page.keyboard.press('/');
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.type('fact_sales');
    await page.getByRole('option').first().waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL(/tables\/gold\/fact_sales/);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('w');
    await page.waitForURL(/\/walk/);
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.close();
  });

  /** A figure as the page writes it, as the lake does: without separators. */
  const plain = (text: string | null) => (text ?? '').replaceAll(',', '').trim();

  test('every figure and every row behind a chart is what Athena gives, and the API the same', async () => {
    const { serving, queries } = lake.studies.find('amazon');
    const asked = new Map<string, Awaited<ReturnType<Lake['ask']>>>();
    const answerOf = async (sql: string) => {
      const answer = asked.get(sql) ?? (await lake.ask(sql));
      asked.set(sql, answer);
      return answer;
    };
    const sqlOf = (rows: { query: string } | { table: string }) =>
      'query' in rows
        ? queries.find(({ name }) => name === rows.query)!.sql
        : `select * from amazon_${rows.table}`;
    for (const dashboard of serving.dashboards) {
      const page = await open(`${PREFIX}amazon/dashboards/${dashboard.name}`);
      await page
        .locator('.chart')
        .nth(dashboard.charts.length - 1)
        .waitFor();

      const figures = await page
        .locator('.gauge .val')
        .evaluateAll((values) => values.map((value) => value.firstElementChild!.textContent));
      for (const [at, name] of dashboard.figures.entries()) {
        const figure = serving.figures.find((one) => one.name === name)!;
        const { columns, rows } = await answerOf(sqlOf(figure.rows));
        const value = rows[0]?.[columns.findIndex((column) => column.name === figure.column)] ?? null;
        const shown = figure.percent && value !== null ? (Number(value) * 100).toFixed(2) : (value ?? 'none');
        assert.equal(plain(figures[at]!), shown, `${dashboard.name}: ${name}`);
        const endpoint = serving.endpoints.find(
          (one) => 'query' in one.rows && 'query' in figure.rows && one.rows.query === figure.rows.query,
        );
        if (!endpoint) continue;
        const served = await lake.call('GET', `/studies/amazon/queries/${endpoint.name}`);
        const [row] = (served.body as { rows: Record<string, unknown>[] }).rows;
        assert.equal(Number(row![figure.column]), Number(value), `the API: ${name}`);
      }

      const tables = await page
        .locator('.chart details table')
        .evaluateAll((found) =>
          found.map((table) =>
            [...table.querySelectorAll('tbody tr')].map((row) =>
              [...row.querySelectorAll('td')].map((cell) => cell.textContent),
            ),
          ),
        );
      for (const [at, name] of dashboard.charts.entries()) {
        const { rows } = await answerOf(sqlOf(serving.charts.find((one) => one.name === name)!.rows));
        const written = (all: readonly (readonly (string | null)[])[]) =>
          all.map((row) => row.map((cell) => plain(cell ?? 'NULL')).join(' ')).sort();
        assert.deepEqual(written(tables[at]!), written(rows), `${dashboard.name}: ${name}`);
      }
      await page.close();
    }
  });

  test('rows of the tables, records of the stream and values of the live views are the lake’s', async () => {
    const tables = await open(`${PREFIX}amazon/tables`);
    await tables.locator('.c9 tbody tr').first().waitFor();
    const rows = await tables
      .locator('.c9 tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent!.trim())));
    for (const { zone, database, name, kind } of await lake.tables('amazon')) {
      if (kind !== 'iceberg' || !['silver', 'gold'].includes(zone)) continue;
      const [[count] = []] = (await lake.ask(`select count(*) from ${database}.${name}`)).rows;
      assert.ok(
        rows.some(([title, , shown]) => title === name && plain(shown!) === count),
        `${database}.${name} has ${count} rows`,
      );
    }
    await tables.close();

    const stream = await open(`${PREFIX}amazon/stream`);
    await stream.locator('.records tbody tr').first().waitFor();
    const { shards } = await lake.stream('amazon');
    const { records } = await lake.streamRecords('amazon', shards[0]!.id, { oldest: true }, 25);
    assert.deepEqual(
      await stream.locator('.records tbody td:nth-child(4)').allTextContents(),
      records.map(({ event_id }) => event_id ?? 'none'),
    );
    await stream.close();

    const live = await open(`${PREFIX}amazon/live`);
    await live.locator('.counted').first().waitFor();
    const shown = await live.locator('main').innerText();
    for (const { windows } of await lake.live('amazon'))
      for (const { values } of windows.flatMap((window) => window.rows))
        for (const value of Object.values(values))
          assert.ok(value === null || plain(shown).includes(String(value)), String(value));
    await live.close();
  });

  test('a cell of gold opens the records that made it', async () => {
    const page = await open(`${PREFIX}amazon/tables/gold/fact_sales?view=rows`);

    await page.locator('td a.cell').nth(11).click();
    await page.getByRole('heading', { name: /^Made from 1 record/ }).waitFor();
    await page.getByRole('region', { name: 'Records that the cell was made from' }).getByRole('link').click();
    await page.getByRole('heading', { name: /^One event in/ }).waitFor();
    await page.close();
  });

  test('the API page calls the real API', async () => {
    const page = await open(`${PREFIX}amazon/api/query_sales_overview`);
    const answer = page.getByRole('region', { name: 'Content of the answer' });

    await answer.waitFor();
    const { body } = await lake.call('GET', '/studies/amazon/queries/sales_overview');
    const shown = JSON.parse((await answer.textContent())!);
    assert.deepEqual(shown.rows, (body as { rows: unknown }).rows);
    await page.getByRole('button', { name: 'Try a page of no rows' }).click();
    await page.getByText('urn:headwaters:problem:invalid-parameter').waitFor();
    await page.close();
  });

  test('without its backend the page says so and greys its figures; it recovers without a reload', async () => {
    const page = await open(`${PREFIX}amazon/live`);
    await page.locator('.counted').first().waitFor();
    await page.evaluate('window.isTheSame = true');

    await page.context().setOffline(true);
    await page.getByText(/^No answer from/).waitFor();
    await page.locator('section.stale').first().waitFor();
    await page.context().setOffline(false);

    await page.getByText(/^No answer from/).waitFor({ state: 'detached' });
    await page.locator('section.stale').first().waitFor({ state: 'detached' });
    assert.equal(await page.evaluate('window.isTheSame'), true);
    await page.close();
  });

  test('a page of another origin cannot act, whatever it sends', async () => {
    const other = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>other</title>');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const before = await lake.runs('amazon');
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`);

    const outcomes = await page.evaluate(async (act) => {
      const tries: RequestInit[] = [
        { method: 'POST', mode: 'no-cors', body: '{"events":10}' },
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"events":10}' },
        { method: 'POST', headers: { 'x-headwaters-token': 'guessed' }, body: '{"events":10}' },
        { method: 'GET' },
      ];
      return Promise.all(
        tries.map((request) =>
          fetch(act, request).then(
            ({ type, status }) => `${type} ${status}`,
            () => 'refused by the browser',
          ),
        ),
      );
    }, `${address}${PREFIX}api/studies/amazon/runs`);

    // What a browser tells that page of an answer is nothing; whether it sends the request at all differs.
    for (const outcome of outcomes) assert.match(outcome, /^(opaque 0|refused by the browser)$/);
    assert.deepEqual(await lake.runs('amazon'), before);
    assert.equal((await lake.overview('amazon')).state, 'balanced');
    await page.close();
  });

  for (const theme of ['light', 'dark'] as const)
    test(`dialogs and menus break no rule of accessibility, ${theme}`, async () => {
      const judged = async (act: (page: Page) => Promise<void>, what: string) => {
        const page = await open(`${PREFIX}amazon/home`, { theme });
        await act(page);
        await page.evaluate(axe);
        assert.deepEqual(
          await page.evaluate(
            "axe.run().then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')))",
          ),
          [],
          `${what}, ${theme}`,
        );
        await page.close();
      };

      await judged(async (page) => {
        await page.keyboard.press('/');
        await page.locator('dialog input:focus').waitFor();
        await page.keyboard.type('sales');
        await page.getByRole('option').first().waitFor();
      }, 'find');
      await judged(async (page) => {
        await page.keyboard.press('?');
        await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      }, 'keys');
      await judged(async (page) => {
        await page.locator('.switcher button').click();
        await page.getByRole('listbox').waitFor();
      }, 'studies');
    });

  test('an act without the page’s token is refused', async () => {
    const answer = await fetch(`${address}${PREFIX}api/studies/amazon/runs`, { method: 'POST', body: '{}' });

    assert.equal(answer.status, 403);
    assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  });

  test('a fault in a statement is marked at its place', async () => {
    const page = await open(
      `${PREFIX}amazon/sql?sql=${encodeURIComponent('select nothing from amazon_gold.fact_sales')}`,
    );
    await page.locator('.cm-content').waitFor();

    await page.getByRole('button', { name: /^Run/ }).click();

    await page.getByRole('button', { name: 'Go to line 1, column 8' }).waitFor();
    assert.equal(await page.locator('.cm-lintRange-error').innerText(), 'nothing');
    await page.close();
  });
});
