/** Compares the figures of a study's pages with Athena, the study's API and the stores behind them, page by page. */
import assert from 'node:assert/strict';
import { ListObjectsV2Command, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Page } from 'playwright-core';
import type { Lake } from '../../lake/lake.ts';
import { databaseOf, studyPrefix } from '../../lib/model/layout.ts';
import type { RowSource } from '../../lib/model/study/serving/design.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { CHARTED, TOP } from '../../web/pages/live/contract.ts';
import { PAGE as REFUSED_PAGE } from '../../web/pages/quarantine/contract.ts';
import { settled, visit } from './servedLake.ts';

/** A study of a lake, and a page that goes through it. */
export interface Opened {
  readonly lake: Lake;
  readonly study: string;
  readonly page: Page;
}

/** A figure as the lake writes it: without separators. */
const plain = (text: string | null) => (text ?? '').replaceAll(',', '').trim();

/** Cells of a table of the page by its name, shown or folded up. */
const rowsOf = async (page: Page, name: string): Promise<string[][]> =>
  page
    .locator(`[role=region][aria-label="${name}"] tbody tr:not([aria-hidden])`)
    .evaluateAll((rows) =>
      rows.map((row) => [...row.children].map((cell) => cell.textContent!.replaceAll(',', '').trim())),
    );

/** Goes to a page, waits for what it asks, and judges it. */
async function onPage(
  { page, study }: Opened,
  path: string,
  judge: (page: Page) => Promise<void>,
): Promise<void> {
  await visit(page, `${PREFIX}${study}/${path}`);
  await settled(page);
  await judge(page);
}

const sqlOf = ({ lake, study }: Opened, rows: RowSource): string =>
  'query' in rows
    ? lake.studies.find(study).queries.find(({ name }) => name === rows.query)!.sql
    : `select * from ${study}_${rows.table}`;

const number = async ({ lake }: Opened, sql: string) => Number((await lake.ask(sql)).rows[0]![0]);

/** Every figure and every row behind a chart is what Athena gives; where an endpoint serves it, the API gives the same. */
export async function dashboardsEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const { serving } = lake.studies.find(study);
  for (const dashboard of serving.dashboards)
    await onPage(opened, `dashboards/${dashboard.name}`, async (page) => {
      const figures = await page
        .locator('.gauge .val')
        .evaluateAll((values) => values.map((value) => value.firstChild!.textContent));
      assert.equal(figures.length, dashboard.figures.length);
      for (const [at, name] of dashboard.figures.entries()) {
        const figure = serving.figures.find((one) => one.name === name)!;
        const { columns, rows } = await lake.ask(sqlOf(opened, figure.rows));
        const value = rows[0]?.[columns.findIndex((column) => column.name === figure.column)] ?? null;
        const shown = figure.percent && value !== null ? (Number(value) * 100).toFixed(2) : (value ?? 'none');
        assert.equal(plain(figures[at]!), shown, `${dashboard.name}: ${name}`);
        const endpoint = serving.endpoints.find(
          (one) => 'query' in one.rows && 'query' in figure.rows && one.rows.query === figure.rows.query,
        );
        if (!endpoint) continue;
        const served = await lake.call('GET', `/studies/${study}/queries/${endpoint.name}`);
        const [row] = (served.body as { rows: Record<string, unknown>[] }).rows;
        assert.equal(Number(row![figure.column]), Number(value), `the API: ${name}`);
      }

      const tables = await page
        .locator('.chart details table')
        .evaluateAll((found) =>
          found.map((table) =>
            [...table.querySelectorAll('tbody tr:not([aria-hidden])')].map((row) =>
              [...row.querySelectorAll('td')].map((cell) => cell.textContent),
            ),
          ),
        );
      assert.equal(tables.length, dashboard.charts.length);
      for (const [at, name] of dashboard.charts.entries()) {
        const { rows } = await lake.ask(sqlOf(opened, serving.charts.find((one) => one.name === name)!.rows));
        const written = (all: readonly (readonly (string | null)[])[]) =>
          all.map((row) => row.map((cell) => plain(cell ?? 'NULL')).join(' ')).sort();
        assert.deepEqual(written(tables[at]!), written(rows), `${dashboard.name}: ${name}`);
      }
    });
}

/** The books of a lake's only run, counted again by Athena from the tables that it left. */
async function booksOf(opened: Opened) {
  const { lake, study } = opened;
  const identity = "stream || '/' || shard || '/' || sequence_number";
  const bronze = await lake.ask(
    `select source, count(distinct ${identity}) from ${databaseOf(study, 'bronze')}.records where dt >= '2000-01-01' group by source`,
  );
  const inBronze = new Map(bronze.rows.map(([source, records]) => [source!, Number(records)]));
  const silver = await Promise.all(
    lake.studies
      .find(study)
      .models.filter(({ contract }) => contract.accountsFor?.length)
      .map(({ database, table }) => number(opened, `select count(*) from ${database}.${table}`)),
  );
  const quarantined = await number(
    opened,
    `select count(distinct ${identity}) from ${databaseOf(study, 'quarantine')}.records where dt >= '2000-01-01'`,
  );
  const sum = (all: Iterable<number>) => [...all].reduce((total, one) => total + one, 0);
  return { inBronze, records: sum(inBronze.values()), silver: sum(silver), quarantined };
}

const counted = (value: number, noun: string) => `${value} ${noun}${value === 1 ? '' : 's'}`;

/** Sources, objects and tables of every layer of the walk, and the figures of its map. */
export async function walkEquals(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const books = await booksOf(opened);
  const { Contents = [] } = await lake.target.clients.s3.send(
    new ListObjectsV2Command({
      Bucket: lake.target.names.bucket('lake'),
      Prefix: studyPrefix('bronze', study),
    }),
  );
  const tables = await lake.tables(study);
  const rowsIn = async (zone: string) => {
    const found: [string, number][] = [];
    for (const { database, name, kind } of tables.filter((table) => table.zone === zone))
      if (kind === 'iceberg')
        found.push([name, await number(opened, `select count(*) from ${database}.${name}`)]);
    return found;
  };
  const total = (found: readonly [string, number][]) => found.reduce((sum, [, rows]) => sum + rows, 0);
  const zones = {
    silver: await rowsIn('silver'),
    gold: await rowsIn('gold'),
    marts: await rowsIn('marts'),
  };

  await onPage(opened, 'walk/bronze', async (page) => {
    const sources = await rowsOf(page, 'What flowed in the last run');
    assert.deepEqual(
      sources.map(([source, , records]) => [source, Number(records)]),
      lake.studies.find(study).sources.map(({ name }) => [name, books.inBronze.get(name) ?? 0]),
    );
    const map = (await page.locator('.upright li').evaluateAll((all) => all.map((one) => one.textContent)))
      .map(plain)
      .join('\n');
    for (const text of [
      `${counted(books.records, 'record')} in ${counted(Contents.length, 'object')}`,
      `${books.silver} new`,
      counted(total(zones.gold), 'row'),
      `${counted(total(zones.marts), 'row')} in marts`,
    ])
      assert.ok(map.includes(text), `${text} is not in the map:\n${map}`);
    const objects = await rowsOf(page, 'Objects that the run read');
    assert.deepEqual(
      objects.map(([, , bytes]) => Number(bytes)).sort(),
      Contents.map(({ Size }) => Size!).sort(),
    );
    assert.equal(
      objects.reduce((sum, [, records]) => sum + Number(records), 0),
      await number(
        opened,
        `select count(*) from ${databaseOf(study, 'bronze')}.records where dt >= '2000-01-01'`,
      ),
    );
  });
  for (const [layer, zone] of [
    ['silver', 'silver'],
    ['gold', 'gold'],
    ['serving', 'marts'],
  ] as const)
    await onPage(opened, `walk/${layer}`, async (page) => {
      const shown = new Map((await rowsOf(page, `Tables of ${layer}`)).map(([name, rows]) => [name, rows]));
      for (const [name, rows] of zones[zone])
        assert.equal(Number(shown.get(name)), rows, `${layer}: ${name} has ${rows} rows`);
      const volume = plain(await page.locator('.story .kv dd').first().textContent());
      assert.ok(volume.startsWith(`${counted(total(zones[zone]), 'row')} in `), volume);
    });
}

/** The totals of each prefix are S3's; a line is where the object has it; a Parquet file has the rows that its manifest says. */
export async function objectsEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const stored: { Key?: string; Size?: number }[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2(
    { client: lake.target.clients.s3 },
    { Bucket: lake.target.names.bucket('lake') },
  ))
    stored.push(...Contents.filter(({ Key }) => Key!.includes(`/study=${study}/`)));
  const expected = new Map<string, [number, number]>();
  for (const { Key, Size } of stored) {
    const part = `${Key!.slice(0, Key!.indexOf('/'))}/`;
    const [objects, size] = expected.get(part) ?? [0, 0];
    expected.set(part, [objects + 1, size + Size!]);
  }
  await onPage(opened, 'objects', async (page) => {
    const rows = await rowsOf(page, "Prefixes of the lake's bucket");
    const shown = rows.map(([prefix, objects, size]) => [
      /^[a-z]+\/?/.exec(prefix!)?.[0] ?? prefix!,
      [Number(objects), Number(size)],
    ]);
    assert.deepEqual(
      new Map(shown.filter(([prefix]) => prefix !== 'Total') as [string, [number, number]][]),
      expected,
    );
  });

  const { Key: bronze } = stored.find(({ Key }) => Key!.startsWith('bronze/'))!;
  const preview = await lake.preview(study, 'lake', bronze!, Number.MAX_SAFE_INTEGER);
  assert.equal(preview.kind, 'text');
  const last = preview.lines.at(-1)!;
  assert.equal(last.line, preview.lineCount);
  await onPage(
    opened,
    `objects?${new URLSearchParams({ key: bronze!, line: `${last.line}` })}`,
    async (page) => {
      const text = plain(await page.locator('.object-preview').innerText());
      assert.ok(text.includes(`Line ${last.line} of ${last.line}`), text);
      assert.ok(text.includes(`bytes ${last.start} to ${last.end - 1} of`), text);
      assert.ok(text.includes(JSON.parse(last.text).sequence_number), text);
    },
  );

  const parquet = stored.find(({ Key }) => Key!.startsWith('gold/') && Key!.endsWith('.parquet'))!.Key!;
  const table = parquet.split('/')[2]!;
  const { rows } = await lake.ask(
    `select record_count from ${databaseOf(study, 'gold')}."${table}$files" where file_path like '%${parquet}'`,
  );
  await onPage(opened, `objects?${new URLSearchParams({ key: parquet })}`, async (page) => {
    const text = plain(await page.locator('.object-preview').innerText());
    assert.ok(text.includes(`${counted(Number(rows[0]![0]), 'row')} in 1 row group`), text);
  });
}

/** The hops of a record are at the bytes and times of the lake, and the cell has the value and the records that Athena finds. */
export async function followEquals(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const ids = await lake.ask(
    `select event_id, "$path", stream, shard, sequence_number, arrived_at from (
       select *, "$path", row_number() over (partition by source order by sequence_number) as nth
       from ${databaseOf(study, 'bronze')}.records where dt >= '2000-01-01' and verdict = 'valid') as r
     where nth = 1 order by source limit 3`,
  );
  assert.ok(ids.rows.length > 0);
  for (const [id, path, stream, shard, sequence, arrivedAt] of ids.rows as string[][]) {
    const key = path!.replace(/^s3:\/\/[^/]+\//, '');
    const found = (await lake.recordInObject(study, key, { shard: shard!, sequenceNumber: sequence! }))!;
    const query = new URLSearchParams({ id: `${stream}/${shard}/${sequence}` });
    await onPage(opened, `follow?${query}`, async (page) => {
      const titles = (await page.locator('.hop h3').allTextContents()).map(plain);
      const bytes = `Written as line ${found.line} bytes ${found.start} to ${found.end - 1}`;
      assert.ok(titles.includes(bytes), `${bytes} is not in ${titles.join('; ')}`);
      const times = await page
        .locator('.hop time')
        .evaluateAll((all) => all.map((one) => one.getAttribute('datetime')));
      assert.ok(times.includes(arrivedAt!), `${arrivedAt} of ${id} is not in ${times.join(', ')}`);
      const raw = await page.getByRole('region', { name: 'The line in bronze' }).innerText();
      for (const value of [sequence!, `byte ${found.start.toLocaleString('en-US')}`])
        assert.ok(raw.replace(/\s+/g, ' ').includes(value), value);
      const { cell } = await lake.follow(study, id!, { days: 30 });
      if (!cell) return;
      const origin = await lake.cellOrigin(study, cell.zone, cell.table, cell.column, cell.key);
      const back = page.locator('section', {
        has: page.getByRole('heading', { name: 'Back from the cell' }),
      });
      const text = plain(await back.innerText());
      assert.ok(text.includes(counted(origin.records.length, 'record')), text);
      assert.ok(text.includes(origin.value ?? 'NULL'), `${origin.value} is not in ${text}`);
      const where = Object.entries(cell.key).map(
        ([name, value]) => `cast("${name}" as varchar) = '${value}'`,
      );
      const { rows } = await lake.ask(
        `select "${cell.column}" from ${databaseOf(study, cell.zone)}.${cell.table} where ${where.join(' and ')}`,
      );
      assert.equal(rows[0]![0], origin.value);
    });
  }
}

/** What the company page says is the study's declaration, word for word, and the state is the last run's. */
export async function companyEquals(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const { about } = lake.studies.find(study);
  await onPage(opened, 'company', async (page) => {
    const parts = await rowsOf(page, 'The published architecture and this study');
    const declared = about!.architecture.map(({ part, published, here, difference }) => [
      part,
      `${published} source`,
      here,
      difference,
    ]);
    const bare = (rows: readonly (readonly string[])[]) =>
      rows.map((row) => row.map((cell) => cell.replaceAll(',', '').trim()));
    assert.deepEqual(bare(parts), bare(declared));
    const text = await page.locator('main').innerText();
    for (const { published, here } of [about!.volume, about!.velocity, about!.variety])
      for (const said of [published, here]) assert.ok(text.includes(said), said);
    const { state } = await lake.overview(study);
    assert.equal(state, 'balanced');
    assert.match(await page.locator('.company-state').innerText(), /Balanced/);
  });
}

/** The list of runs has the books that Athena counts; the page of one has the statements that Athena ran. */
export async function runsEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const books = await booksOf(opened);
  const [run, ...others] = await lake.runs(study);
  assert.deepEqual(others, []);
  await onPage(opened, 'runs', async (page) => {
    const [row] = await rowsOf(page, 'Runs, newest first');
    const { records, silver, quarantined } = books;
    assert.deepEqual(
      row!.filter((_, column) => column !== 2 && column < 7),
      [
        run!.id,
        'Balanced',
        String(records),
        String(silver),
        String(records - silver - quarantined),
        String(quarantined),
      ],
    );
  });
  const { statements, states, levels } = await lake.runDetail(study, run!.id);
  assert.ok(statements.length > 0 && states.length > 0, `${run!.id} has no history`);
  for (const model of levels.map((names) => names[0]!))
    await onPage(opened, `runs/${run!.id}?model=${model}`, async (page) => {
      const figures = await page.locator('.gauge .val').allInnerTexts();
      assert.deepEqual(
        [plain(figures[0]!), plain(figures[3]!)],
        [`${statements.length}`, `${states.length}`],
      );
      const own = statements.filter((one) => one.model === model);
      assert.deepEqual(
        (await rowsOf(page, 'Statements of the model')).map((row) => [row[0], ...row.slice(1).map(Number)]),
        own.map(({ purpose, milliseconds, scannedBytes }) => [purpose, milliseconds, scannedBytes]),
      );
      const panel = await page.locator(`section.panel[aria-label="${model}"]`).innerText();
      const { rows } = await lake.ask(
        `select count(*), count_if(not passed) from ${databaseOf(study, 'quarantine')}.checks where model = '${model}' and run_id = '${run!.id}'`,
      );
      const [checks, broken] = rows[0]!.map(Number);
      if (broken) assert.match(panel, new RegExp(`${broken} of ${checks} (?:is|are) broken`));
      else if (checks) assert.ok(panel.includes(`${checks} of ${checks} hold`), panel);
      const drawn = await page.locator('.run-gantt a').allTextContents();
      assert.equal(drawn.length, levels.flat().length);
    });
}

/** Refusals by rule are what Athena counts in quarantine, and a refused record has its own bytes. */
export async function quarantineEquals(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const database = databaseOf(study, 'quarantine');
  const { rows } = await lake.ask(
    `select rule, coalesce(rule_path, ''), cast(count(distinct stream || shard || sequence_number) as varchar)
     from ${database}.records where dt >= '2000-01-01' group by source, rule, rule_path order by 1, 2`,
  );
  const refused = await number(
    opened,
    `select count(distinct stream || shard || sequence_number) from ${database}.records where dt >= '2000-01-01'`,
  );
  await onPage(opened, 'quarantine', async (page) => {
    const shown = await page
      .locator('.rules li')
      .evaluateAll((all) =>
        all.map((one) => [
          ...[0, 1].map((at) => one.querySelectorAll('code')[at]?.textContent ?? ''),
          one.querySelector('b')!.textContent!.replaceAll(',', ''),
        ]),
      );
    assert.deepEqual(shown.toSorted(), rows.toSorted());
    if (rows.length === 0) return;
    const { records } = await booksOf(opened);
    const title = plain(await page.locator('h1').textContent());
    assert.ok(title.startsWith(`${refused} of ${counted(records, 'record')} w`), title);

    const listed = await rowsOf(page, 'Refused by the rule');
    assert.equal(
      listed.length,
      Math.min(REFUSED_PAGE, Number(plain(await page.locator('.rules b').first().textContent()))),
    );
    await page.locator('.refusals a').last().click();
    await settled(page);
    const id = new URL(page.url()).searchParams.get('id')!;
    const [stream, shard, sequence] = id.split('/');
    const { rows: records64 } = await lake.ask(
      `select raw_base64 from ${database}.records where dt >= '2000-01-01' and stream = '${stream}' and shard = '${shard}'
       and sequence_number = '${sequence}'`,
    );
    const raw = Buffer.from(records64[0]![0]!, 'base64');
    const whole = page.getByRole('button', { name: /^All / });
    if (await whole.isVisible()) await whole.click();
    const hex = await page.getByRole('region', { name: 'Raw bytes' }).innerText();
    const bytes = hex
      .split('\n')
      .flatMap((line) => line.slice(6, 54).trim().split(' '))
      .join('');
    assert.equal(bytes, raw.toString('hex'));
    const saved = await page.getByRole('link', { name: 'Save as a file' }).getAttribute('href');
    assert.equal(saved!.slice(saved!.indexOf(',') + 1), raw.toString('base64'));
  });
}

/** Access patterns, transactions and live views are those of the study and its tables. */
export async function dynamodbEquals(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const { oltp } = lake.studies.find(study);
  const readings = await lake.live(study);
  await onPage(opened, 'dynamodb', async (page) => {
    assert.deepEqual(
      await page.locator('[aria-label="Access patterns"] tbody th a').allTextContents(),
      Object.keys(oltp?.access ?? {}),
    );
    const live = await rowsOf(page, 'Live views');
    assert.deepEqual(
      live.map(([view, , , events, refused, keys]) => [view, Number(events), Number(refused), Number(keys)]),
      readings.map(({ view, events, refused, windows }) => [view, events, refused, windows[0]?.keys ?? 0]),
    );
  });
}

/** Items that a transaction wrote are shown as the table and the API have them. */
export async function itemsEqual(
  opened: Opened,
  pattern: string,
  parameters: Readonly<Record<string, string>>,
): Promise<void> {
  const { lake, study } = opened;
  const query = new URLSearchParams(parameters).toString();
  const { body } = await lake.call('GET', `/studies/${study}/access/${pattern}?${query}`);
  const { Items = [] } = await lake.target.clients.dynamodb.send(
    new ScanCommand({ TableName: lake.target.names.storeTable(study) }),
  );
  await onPage(opened, `dynamodb/${pattern}?${query}`, async (page) => {
    await page.getByRole('region', { name: 'Items' }).waitFor();
    const shown = (
      await page.locator('[aria-label="Items"] pre').evaluateAll((all) => all.map((one) => one.textContent!))
    ).map((text) => JSON.parse(text) as Record<string, unknown>);
    assert.ok(shown.length > 0);
    assert.deepEqual(shown, (body as { items: unknown }).items);
    for (const item of shown) {
      const stored = Items.find(({ pk, sk }) => pk === item.pk && sk === item.sk);
      assert.deepEqual(item, stored, `${item.pk} ${item.sk}`);
    }
  });
}

/** Rows of the tables, records of the stream, figures of home and values of the live views. */
export async function storesEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const { serving } = lake.studies.find(study);
  await onPage(opened, 'home', async (page) => {
    const shown = await page
      .locator('.gauge')
      .evaluateAll((gauges) =>
        gauges.map((gauge) => [
          gauge.querySelector('dt')!.textContent,
          gauge.querySelector('.val')!.firstChild!.textContent!.replaceAll(',', '').trim(),
        ]),
      );
    for (const name of serving.home.figures) {
      const { label, rows: from, column, percent } = serving.figures.find((one) => one.name === name)!;
      const { columns, rows } = await lake.ask(sqlOf(opened, from));
      const value = rows[0]?.[columns.findIndex((one) => one.name === column)] ?? null;
      const written = percent && value !== null ? (Number(value) * 100).toFixed(2) : (value ?? 'none');
      assert.deepEqual(
        shown.find(([title]) => title === label),
        [label, written],
      );
    }
  });
  await onPage(opened, 'tables', async (page) => {
    const rows = await page
      .locator('.c9 tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent!.trim())));
    for (const { zone, database, name, kind } of await lake.tables(study)) {
      if (kind !== 'iceberg' || !['silver', 'gold'].includes(zone)) continue;
      const count = String(await number(opened, `select count(*) from ${database}.${name}`));
      assert.ok(
        rows.some(([title, , shown]) => title === name && plain(shown!) === count),
        `${database}.${name} has ${count} rows`,
      );
    }
  });
  await filesEqual(opened);
  await onPage(opened, 'stream', async (page) => {
    const { shards, consumers } = await lake.stream(study);
    assert.deepEqual(
      (await rowsOf(page, 'Consumers of the stream')).map(([name, , , , behind]) => [name, behind]),
      consumers.map(({ name, behind }) => [name, String(behind)]),
    );
    const { records } = await lake.streamRecords(study, shards[0]!.id, { oldest: true }, 25);
    assert.deepEqual(
      await page.locator('.records tbody td:nth-child(4)').allTextContents(),
      records.map(({ event_id }) => event_id ?? 'none'),
    );
  });
  await liveEqual(opened);
}

/** Types whose bounds are written as Athena writes the values. */
const COUNTING = /^(?:int|bigint|decimal|date)/;

/** Of the gold table with most files: its files hold its rows, and the bounds are those of the values. */
async function filesEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const gold = (await lake.tables(study)).filter(
    ({ zone, kind, columns }) =>
      zone === 'gold' && kind === 'iceberg' && columns.some(({ type }) => COUNTING.test(type)),
  );
  const { database, name } = gold.toSorted((a, b) => (b.files ?? 0) - (a.files ?? 0))[0]!;
  await onPage(opened, `tables/gold/${name}?view=files`, async (page) => {
    const files = await rowsOf(page, 'Files, the largest first');
    assert.equal(
      files.reduce((sum, [, , rows]) => sum + Number(rows), 0),
      await number(opened, `select count(*) from ${database}.${name}`),
    );
  });
  await onPage(opened, `tables/gold/${name}`, async (page) => {
    const shown = await page
      .locator('[role=region][aria-label="Columns"] tbody tr')
      .evaluateAll((rows) =>
        rows.map((row) => [
          row.querySelector('th')!.firstChild!.textContent!,
          row.querySelector('code')!.textContent!,
          ...[...row.querySelectorAll('td span[title]')].map((bound) => bound.getAttribute('title')!),
        ]),
      );
    const counting = shown.filter(([, type]) => COUNTING.test(type!));
    assert.ok(counting.length > 0);
    for (const [column, , from, to] of counting) {
      const [bounds] = (
        await lake.ask(
          `select cast(min(${column}) as varchar), cast(max(${column}) as varchar) from ${database}.${name}`,
        )
      ).rows;
      assert.deepEqual([from ?? null, to ?? null], bounds, `${name}.${column}`);
    }
  });
}

/** The newest windows row by row, and of two keys against each other the sums of the windows that are charted. */
async function liveEqual(opened: Opened): Promise<void> {
  const { lake, study } = opened;
  const written = (value: unknown) => String(value ?? 'none');
  await onPage(opened, 'live', async (page) => {
    for (const { view, title, windows } of await lake.live(study, { windows: CHARTED })) {
      const { key, measures } = lake.studies.find(study).live.find(({ name }) => name === view)!;
      const newest = windows[0]?.rows ?? [];
      if (key.length === 0)
        assert.deepEqual(
          (await page.locator(`dl[aria-label="${title}"] .val > span`).allTextContents()).map(plain),
          measures.map(({ name }) => written(newest[0]?.values[name])),
        );
      else
        assert.deepEqual(
          (await rowsOf(page, title)).map(([, ...cells]) => cells),
          newest
            .slice(0, TOP)
            .map(({ key: of, values }) => [
              ...key.map(({ name }) => written(of[name])),
              ...measures.map(({ name }) => written(values[name])),
            ]),
        );
      if (key.length !== 2) continue;
      const [rowKey, columnKey] = key.map(({ name }) => name) as [string, string];
      const measure = measures.find(({ function: of }) => of === 'count' || of === 'sum')!.name;
      const name = [measure, 'by', rowKey, 'and', columnKey].join(' ').replaceAll('_', ' ');
      const columns = await page.locator(`[role=region][aria-label="${name}"] thead th`).allTextContents();
      const all = windows.flatMap(({ rows }) => rows);
      for (const [row, ...cells] of await rowsOf(page, name))
        assert.deepEqual(
          cells.map(Number),
          columns
            .slice(1)
            .map((column) =>
              all
                .filter(
                  ({ key: of }) =>
                    written(of[rowKey]) === row && (column === 'all' || written(of[columnKey]) === column),
                )
                .reduce((sum, { values }) => sum + Number(values[measure] ?? 0), 0),
            ),
          `${view} of ${row}`,
        );
    }
  });
}
