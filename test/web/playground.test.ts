/** The page in a real browser over a real run: a first session, page against lake, keyboard, accessibility, a lost backend. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, onTestFinished, test } from 'vitest';
import { root } from '../../lake/project.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { assertLaidOut, faultsOf, resize } from './laidOut.ts';
import {
  companyEquals,
  dashboardsEqual,
  dynamodbEquals,
  followEquals,
  itemsEqual,
  objectsEqual,
  quarantineEquals,
  runsEqual,
  storesEqual,
  walkEquals,
} from './pageEqualsLake.ts';
import { type ServedLake, serveLake, settled, visit } from './servedLake.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const STUDIES = ['amazon', 'netflix', 'nyse'] as const;

/** A script for the page: while `held` is a list, changes of size wait in it, as they do on a busy machine. */
const HOLD_OBSERVERS = `const { ResizeObserver } = window;
  window.ResizeObserver = class extends ResizeObserver {
    constructor(report) {
      super((entries, observer) => {
        const call = () => report(entries, observer);
        if (window.held) window.held.push(call);
        else call();
      });
    }
  };`;

/** Of a PNG, px. https://www.w3.org/TR/png-3/#11IHDR */
const widthOf = (png: Buffer): number => png.readUInt32BE(16);

describe('the playground over the worked examples', () => {
  let served: ServedLake;
  /** Goes through the studies as a reader does; a page that is loaded again costs more than what it shows. */
  let reader: Page;
  /** Every page that the navigation leads to, of the first study. */
  let paths: readonly string[];
  /** What the pages showed before the study was deployed, and before its first run. */
  const early: Record<'deployment' | 'run', { path: string; text: string; faults: readonly string[] }[]> = {
    deployment: [],
    run: [],
  };
  const open: ServedLake['open'] = (path, options) => served.open(path, options);

  beforeAll(async () => {
    served = await serveLake();
    reader = await served.open(`${PREFIX}amazon/home`, { prepare: HOLD_OBSERVERS });
    paths = await reader
      .locator('#nav a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')!));
    for (const before of ['deployment', 'run'] as const) {
      for (const path of paths) {
        await read(path);
        const text = await reader.locator('main').innerText();
        early[before].push({ path, text, faults: await faultsOf(reader) });
      }
      await served.lake.deploy(STUDIES);
      await reader.reload();
    }
    for (const study of STUDIES)
      await served.lake.run(study, {
        kind: 'dataset',
        dir: join(root, `sql/${study}/fixtures/worked-example`),
      });
    await reader.reload();
    await reader.evaluate(axe);
  });
  afterAll(() => served?.close());

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

  async function assertAccessible(page: Page, when: string): Promise<void> {
    const violations = await page.evaluate(
      "axe.run().then(({ violations }) => violations.map((one) => one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120)).join(' | ')))",
    );
    assert.deepEqual(violations, [], when);
  }

  /** Goes to a page and waits until it shows all that it asks. */
  async function read(path: string): Promise<void> {
    await visit(reader, path);
    await settled(reader);
  }

  test('before a study is deployed, and before its first run, each page says so and with which command it goes on', () => {
    for (const { path, text } of early.deployment)
      assert.match(
        text,
        path.endsWith('/company') ? /Not deployed/ : /not deployed yet.*npx headwaters run amazon/s,
      );
    const needsRun = /\/(home|walk|follow|runs|quarantine|dashboards)$/;
    for (const { path, text } of early.run)
      if (needsRun.test(path)) assert.match(text, /npx headwaters run amazon/, path);
    for (const { path, text, faults } of [...early.deployment, ...early.run]) {
      assert.doesNotMatch(text, /The backend failed/, path);
      assert.deepEqual(faults, [], path);
    }
  });

  test('no page sticks out, overlaps or breaks a rule of accessibility, light at 1280 px and dark at 390 px', async () => {
    for (const path of paths) {
      await resize(reader, 1280);
      await reader.emulateMedia({ colorScheme: 'light' });
      await read(path);
      await assertLaidOut(reader, `${path} at 1280 px`);
      await assertAccessible(reader, `${path}, light, 1280 px`);

      await reader.evaluate('held = []');
      await resize(reader, 390);
      assert.ok(
        await reader.evaluate('document.documentElement.scrollWidth <= innerWidth'),
        `${path}, before its drawings have followed the window to 390 px, scrolls sideways`,
      );
      await reader.evaluate('for (const call of held.splice(0)) call(); held = undefined');
      await reader.emulateMedia({ colorScheme: 'dark' });
      await settled(reader);
      await assertLaidOut(reader, `${path} at 390 px`);
      await assertAccessible(reader, `${path}, dark, 390 px`);
    }
    await reader.emulateMedia({ colorScheme: 'light' });
  });

  test('nothing sticks out or overlaps on pages of any study from 320 to 1600 px', async () => {
    const drawn = STUDIES.flatMap((study) => [
      ...['home', 'company', 'walk/bronze', 'live', 'stream'].map((page) => `${study}/${page}`),
      ...served.lake.studies.find(study).serving.dashboards.map(({ name }) => `${study}/dashboards/${name}`),
    ]);
    const views = ['columns', 'lineage', 'snapshots', 'quality', 'rows'];
    const [run] = await served.lake.runs('amazon');
    const [[day] = []] = (
      await served.lake.ask('select cast(order_date as varchar) from amazon_marts.sales_daily limit 1')
    ).rows;
    const { objects } = await served.lake.objects('amazon', 'lake', 'bronze/study=amazon/', {
      recursive: true,
    });
    for (const path of [
      ...drawn,
      ...views.map((view) => `amazon/tables/gold/fact_sales?view=${view}`),
      'amazon/tables',
      'amazon/follow',
      `amazon/follow?cell=${encodeURIComponent(`sales_daily.revenue order_date=${day}`)}`,
      'netflix/follow',
      'nyse/follow',
      `amazon/runs/${run!.id}`,
      `amazon/objects?key=${encodeURIComponent(objects[0]!.key)}`,
      'amazon/dynamodb',
      'amazon/sql',
      'amazon/api',
    ]) {
      await read(`${PREFIX}${path}`);
      for (const width of [1600, 1280, 768, 320]) {
        await resize(reader, width);
        await assertLaidOut(reader, `${path} at ${width} px`);
      }
    }
    await resize(reader, 1280);
  });

  test('every page is pictured at 390, 768, 1280 and 1600 px in light and dark, laid out and no wider than its window', async () => {
    const folder = join(root, '.headwaters', 'pictures');
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const path of paths) {
      const name = path.slice(PREFIX.length).replaceAll('/', '-');
      await read(path);
      for (const colorScheme of ['light', 'dark'] as const) {
        await reader.emulateMedia({ colorScheme });
        for (const width of [390, 768, 1280, 1600]) {
          await resize(reader, width);
          await assertLaidOut(reader, `${path}, ${colorScheme}, at ${width} px`);
          const picture = await reader.screenshot({
            fullPage: true,
            path: join(folder, `${name}-${width}-${colorScheme}.png`),
          });
          assert.equal(widthOf(picture), width, `${path}, ${colorScheme}`);
        }
      }
    }
    await reader.emulateMedia({ colorScheme: 'light' });
    await resize(reader, 1280);
  });

  test('a page has its one title, and does not stick out, while it is loading and when its data fails to come', async () => {
    const page = await served.blank();
    await resize(page, 390);
    let answers = false;
    // The shell has what it asks; the study answers never, or with a failure.
    await page.route('**/api/studies/**', (route) =>
      answers
        ? route.fulfill({ status: 500, json: { title: 'The lake cannot be read.', status: 500 } })
        : undefined,
    );
    await page.goto(`${served.address}${paths[0]}`);
    for (const path of paths) {
      answers = false;
      await visit(page, path);
      await page.locator('main [aria-busy="true"]').first().waitFor({ state: 'attached' });
      await assertLaidOut(page, `${path}, loading,`);
    }
    answers = true;
    for (const path of paths) {
      await visit(page, path.replace('amazon', 'nyse'));
      await settled(page);
      await page.locator('main').getByText('The lake cannot be read.').first().waitFor();
      await assertLaidOut(page, `${path}, failed,`);
    }
    await page.close();
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
    await page.keyboard.press('/');
    await page.locator('dialog input:focus').waitFor();
    await page.keyboard.press('Escape');
    // Right after Esc, before the browser has told that the dialog is closed.
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.close();
  });

  for (const study of STUDIES) {
    const opened = () => ({ lake: served.lake, study, page: reader });
    const pages = {
      'figures and charts of the dashboards, and the API’s': dashboardsEqual,
      'the walk’s sources, objects and tables': walkEquals,
      'the objects of each prefix, a line and a Parquet file': objectsEqual,
      'the way of a record and the cell that it is in': followEquals,
      'the company page': companyEquals,
      'the books and statements of runs': runsEqual,
      'the refusals in quarantine': quarantineEquals,
      'the access patterns and live views in DynamoDB': dynamodbEquals,
      'home, tables, stream and live': storesEqual,
    };
    for (const [what, judge] of Object.entries(pages))
      test(`page = lake, ${study}: ${what}`, () => judge(opened()));
  }

  test('items that transactions wrote are those of DynamoDB and of the API', async () => {
    const { lake } = served;
    const stock = { product_id: 'p-1', warehouse_id: 'w-1' };
    await lake.transact('amazon', 'receive-stock', { delivery_id: 'd-1', quantity: 5, ...stock });
    await lake.transact('amazon', 'place-order', {
      order_id: 'o-1',
      customer_id: 'c-1',
      warehouse_id: 'w-1',
      method: 'credit_card',
      items: [{ product_id: 'p-1', quantity: 2, unit_price: 9.5 }],
    });

    const amazon = { lake, study: 'amazon', page: reader };
    await itemsEqual(amazon, 'orders-of-customer', { customer_id: 'c-1' });
    await itemsEqual(amazon, 'lines-of-order', { order_id: 'o-1' });
    await itemsEqual(amazon, 'stock-of-product', { product_id: 'p-1' });
  });

  test('a cell of gold opens the records that made it', async () => {
    const page = await open(`${PREFIX}amazon/tables/gold/fact_sales?view=rows`);

    await page.locator('td a.cell').nth(11).click();
    await page.getByRole('heading', { name: /^Made from 1 record/ }).waitFor();
    await page.getByRole('region', { name: 'Records that the cell was made from' }).getByRole('link').click();
    await page.getByRole('heading', { name: /^From the (shard|file) to gold in/ }).waitFor();
    await page.getByRole('region', { name: 'Records behind the cell' }).waitFor();
    await page.close();
  });

  test('the API page calls the real API', async () => {
    const page = await open(`${PREFIX}amazon/api/query_sales_overview`);
    const answer = page.getByRole('region', { name: 'Content of the answer' });

    await answer.waitFor();
    const { body } = await served.lake.call('GET', '/studies/amazon/queries/sales_overview');
    const shown = JSON.parse((await answer.textContent())!);
    assert.deepEqual(shown.rows, (body as { rows: unknown }).rows);
    await page.getByRole('button', { name: 'Try a page of no rows' }).click();
    await page.getByText('urn:headwaters:problem:invalid-parameter').waitFor();
    await page.close();
  });

  test('a page of another origin cannot act, whatever it sends', async () => {
    const other = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>other</title>');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const before = await served.lake.runs('amazon');
    const page = await served.blank();
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
    }, `${served.address}${PREFIX}api/studies/amazon/runs`);

    // What a browser tells that page of an answer is nothing; whether it sends the request at all differs.
    for (const outcome of outcomes) assert.match(outcome, /^(opaque 0|refused by the browser)$/);
    assert.deepEqual(await served.lake.runs('amazon'), before);
    assert.equal((await served.lake.overview('amazon')).state, 'balanced');
    await page.close();
  });

  test('dialogs and menus break no rule of accessibility, light and dark', async () => {
    await read(`${PREFIX}amazon/home`);
    const judged = async (what: string, act: () => Promise<void>) => {
      await act();
      for (const theme of ['light', 'dark'] as const) {
        await reader.emulateMedia({ colorScheme: theme });
        await assertAccessible(reader, `${what}, ${theme}`);
      }
      await reader.keyboard.press('Escape');
      await reader.locator('dialog, [role=listbox]').waitFor({ state: 'detached' });
    };

    await judged('find', async () => {
      await reader.keyboard.press('/');
      await reader.locator('dialog input:focus').waitFor();
      await reader.keyboard.type('sales');
      await reader.getByRole('option').first().waitFor();
    });
    await judged('keys', async () => {
      await reader.keyboard.press('?');
      await reader.getByRole('dialog', { name: 'Keys' }).waitFor();
    });
    await judged('studies', async () => {
      await reader.locator('.switcher button').click();
      await reader.getByRole('listbox').waitFor();
    });
    await reader.emulateMedia({ colorScheme: 'light' });
  });

  test('a run that is started shows in every part of the page at once: the state of the studies is asked again', async () => {
    const page = await open(`${PREFIX}amazon/home`);
    await page.route('**/api/studies/amazon/runs', (route) => route.fulfill({ json: { id: 'started' } }));
    // The run never reports an end.
    await page.route('**/api/jobs/started/events', () => {});

    const asked = page.waitForRequest('**/api/overview');
    await page.getByRole('button', { name: 'Run', exact: true }).click();

    await asked;
    await page.close();
  });

  test('an act without the page’s token is refused', async () => {
    const answer = await fetch(`${served.address}${PREFIX}api/studies/amazon/runs`, {
      method: 'POST',
      body: '{}',
    });

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

  test('a result is a table, and a chart of one of its figures', async () => {
    await read(`${PREFIX}amazon/sql?q=revenue_by_category`);
    await reader.locator('.cm-content').waitFor();
    await reader.getByRole('button', { name: /^Run/ }).click();
    await reader.getByRole('region', { name: 'Result' }).waitFor();

    await reader.getByLabel('Shown as').selectOption('chart of revenue');

    const chart = reader.getByRole('figure', { name: 'revenue by category' });
    await chart.locator('svg').waitFor();
    assert.equal(await reader.getByRole('region', { name: 'Result' }).count(), 0);
  });

  test('a statement that writes is refused, whatever it is wrapped in, and the table keeps its rows', async () => {
    const rows = async () =>
      (await served.lake.ask('select count(*) from amazon_gold.fact_sales')).rows[0]![0];
    const before = await rows();
    for (const sql of [
      'delete from amazon_gold.fact_sales',
      '/* select */ delete from amazon_gold.fact_sales',
      'explain analyze delete from amazon_gold.fact_sales',
      'drop table amazon_gold.fact_sales',
    ]) {
      await read(`${PREFIX}amazon/home`);
      await read(`${PREFIX}amazon/sql?sql=${encodeURIComponent(sql)}`);
      await reader.locator('.cm-content').waitFor();
      await reader.getByRole('button', { name: /^Run/ }).click();
      await reader.getByText('The page only reads.').waitFor();
    }
    assert.equal(await rows(), before);
  });

  test('after a killed backend every page says so and greys its values; it recovers without a reload, and may act', async () => {
    const paths = ['home', 'live', 'runs', 'sql'];
    const pages = await Promise.all(paths.map((path) => open(`${PREFIX}amazon/${path}`)));
    for (const page of pages) {
      await settled(page);
      await page.clock.install();
      await page.evaluate('window.isTheSame = true');
    }

    await reader.close();
    await served.stop();
    for (const page of pages) {
      // A page that is not looked at asks nothing.
      await page.bringToFront();
      await page.clock.runFor(4000);
      await page.getByText(/^No answer from/).waitFor();
      await page.locator('main.stale').waitFor();
    }
    await pages[0]!.locator('.gauge .src').getByText('stale').first().waitFor();
    await served.start();

    for (const page of pages) {
      await page.bringToFront();
      // The longest time until it tries again.
      await page.clock.runFor(9000);
      await page.getByText(/^No answer from/).waitFor({ state: 'detached' });
      await page.locator('main.stale').waitFor({ state: 'detached' });
      assert.equal(await page.evaluate('window.isTheSame'), true);
    }
    // The backend has another token than the one that the page was loaded with.
    const sql = pages.at(-1)!;
    await sql.bringToFront();
    await sql.getByRole('button', { name: /^Sales: revenue/ }).click();
    await sql.getByRole('button', { name: /^Run/ }).click();
    const row = sql.locator('.rowset tbody tr').first();
    await row.waitFor();
    assert.match(await row.innerText(), /3,?296/);
    for (const page of pages) await page.close();
  });
});
