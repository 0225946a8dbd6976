/** The page in Chromium: Lighthouse's scores, an event's way to the screen, scrolling, and memory over an hour. */
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import type { Page } from 'playwright-core';
import type { ServedLake } from '../../test/web/servedLake.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { type Contestant, type Measure, quantile } from '../measure.ts';
import { lighthouse, serveRun } from '../pageInBrowser.ts';

const STUDY = 'amazon';

/** Of the page: the functions that `evaluate` takes run there. */
declare const requestAnimationFrame: (step: () => void) => number;

/** One lake and one page for all rounds. */
const overRun = (
  path: string,
  take: (served: ServedLake, page: Page, round: number) => Promise<number>,
): readonly Contestant[] => [
  {
    name: 'headwaters',
    async open() {
      const served = await serveRun(STUDY);
      const page = await served.open(`${PREFIX}${STUDY}/${path}`);
      return { take: (round) => take(served, page, round), close: () => served.close() };
    },
  },
];

const score = (
  category: 'performance' | 'accessibility',
  form: 'desktop' | 'phone',
  goal: string,
): Measure => ({
  name: `page-lighthouse-${category}${form === 'phone' ? '-phone' : ''}`,
  title: `Lighthouse, home page, ${category}, ${form}`,
  unit: 'of 100',
  goal,
  method: `Lighthouse 13.5.0, which the bench installs (176 MB), with its settings for a ${form}, on the home page after a run of 10,000 events; a browser of its own each round.`,
  contestants: overRun('home', ({ address }) =>
    lighthouse(`${address}${PREFIX}${STUDY}/home`, category, form),
  ),
  rounds: 3,
});

const EVENTS = 40;

const eventToPixel: Measure = {
  name: 'page-event-to-pixel',
  title: 'An event from PutRecord to the live page’s figure, painted, p95',
  unit: 's',
  goal: '≤ 1.5',
  method: `${EVENTS} events, one after another with a random pause up to a second: from the call of PutRecord until the frame after the one in which the count of the live page's text has changed. The page asks once a second.`,
  contestants: overRun('live', async ({ lake }, page, round) => {
    const counted = page.locator('.counted').first();
    const seconds: number[] = [];
    for (let event = 0; event < EVENTS; event++) {
      await page.waitForTimeout(Math.random() * 1000);
      const before = await counted.textContent();
      const id = `pixel-${round}-${event}`;
      const now = new Date().toISOString();
      const startedAt = performance.now();
      await lake.target.clients.kinesis.send(
        new PutRecordCommand({
          StreamName: lake.target.names.stream(STUDY),
          PartitionKey: id,
          Data: Buffer.from(
            JSON.stringify({
              specversion: '1.0',
              id,
              source: '/bench',
              type: 'amazon.orders',
              subject: id,
              time: now,
              data: { order_id: id, customer_id: 'bench', status: 'created', purchased_at: now },
            }),
          ),
        }),
      );
      const eventsIn = (text: string | null) => /^([\d,]+) events?/.exec(text ?? '')?.[1];
      await counted.evaluate(
        (element, old) =>
          new Promise<void>((painted) => {
            const look = () => {
              if (/^([\d,]+) events?/.exec(element.textContent ?? '')?.[1] === old)
                requestAnimationFrame(look);
              else requestAnimationFrame(() => painted());
            };
            look();
          }),
        eventsIn(before),
      );
      seconds.push((performance.now() - startedAt) / 1000);
    }
    return quantile(seconds, 0.95);
  }),
  rounds: 3,
};

const ROWS = 100_000;
const SCROLL_MS = 5000;

const scrolling: Measure = {
  name: 'page-scroll',
  title: `Scrolling ${ROWS.toLocaleString('en-US')} rows of an answer`,
  unit: 'frames/s',
  goal: '≥ 60',
  method: `A statement of ${ROWS.toLocaleString('en-US')} rows in the SQL page; its table is scrolled 240 px a frame for ${SCROLL_MS / 1000} s, and the frames are counted. The browser draws without a graphics card.`,
  contestants: overRun(
    `sql?sql=${encodeURIComponent(
      `select a.date_key as first, b.date_key as second from ${STUDY}_gold.dim_date as a cross join ${STUDY}_gold.dim_date as b limit ${ROWS}`,
    )}`,
    async (_served, page) => {
      const frame = page.locator('.rowset .long, .long').first();
      if ((await frame.count()) === 0) {
        await page.getByRole('button', { name: /^Run/ }).click();
        await frame.waitFor();
      }
      return frame.evaluate(
        (element, milliseconds) =>
          new Promise<number>((done) => {
            element.scrollTop = 0;
            const startedAt = performance.now();
            let frames = 0;
            const step = () => {
              const passed = performance.now() - startedAt;
              if (passed >= milliseconds) {
                done((frames / passed) * 1000);
                return;
              }
              frames++;
              element.scrollTop += 240;
              requestAnimationFrame(step);
            };
            requestAnimationFrame(step);
          }),
        SCROLL_MS,
      );
    },
  ),
  rounds: 3,
};

/** Bytes of the page's heap after a collection. */
async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')!.value;
}

/** Runs in the page: after the first answer of the live views they come from the page itself, at once and ever changing. */
const ANSWERS = `{
  const { fetch } = window;
  let first;
  window.answers = 0;
  window.fetch = async (path, options) => {
    if (!String(path).includes('/live?')) return fetch(path, options);
    window.answers++;
    first ??= await (await fetch(path, options)).json();
    const counts = (key, value) => (typeof value === 'number' ? value + window.answers : value);
    return new Response(JSON.stringify({ ...first, at: new Date().toISOString() }, counts));
  };
}`;

const answers = (page: Page) => page.evaluate<number>('window.answers');

const SETTLING_MINUTES = 5;
const MINUTES = 60;

const memory: Measure = {
  name: 'page-memory',
  title: 'The live page over an hour: growth of its heap',
  unit: 'MB',
  goal: '≤ 1',
  method: `The page's clock is moved through ${MINUTES} minutes, each second with its answer: the lake's first one, every count one higher than the second before. The heap after a collection at the end, less the one after ${SETTLING_MINUTES} minutes.`,
  contestants: overRun('live', async (served) => {
    const page = await served.blank();
    await page.addInitScript({ content: ANSWERS });
    await page.clock.install();
    await page.goto(`${served.address}${PREFIX}${STUDY}/live`);
    await page.locator('.counted').first().waitFor();
    const pass = async (minutes: number) => {
      const before = await answers(page);
      for (let minute = 0; minute < minutes; minute++) await page.clock.runFor(60_000);
      const taken = (await answers(page)) - before;
      if (taken < minutes * 60 * 0.9)
        throw new Error(`The page took ${taken} answers in ${minutes} minutes, not one a second.`);
    };
    await pass(SETTLING_MINUTES);
    const before = await heapOf(page);
    await pass(MINUTES - SETTLING_MINUTES);
    const after = await heapOf(page);
    await page.close();
    return (after - before) / 1e6;
  }),
  rounds: 1,
  warmsUp: false,
};

export const pageMeasures: readonly Measure[] = [
  score('performance', 'desktop', '≥ 95'),
  score('performance', 'phone', '≥ 95'),
  score('accessibility', 'phone', '100'),
  eventToPixel,
  scrolling,
  memory,
];
