/** A lake with its playground, and a browser that opens pages of it: what tests of the page share. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import { type Lake, openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { createPlayground } from '../../web/server/playground.ts';
import { startBrowser } from './browser.ts';

export interface OpenOptions {
  readonly width?: number;
  readonly theme?: 'light' | 'dark';
  /** A script that runs in the page before its own. */
  readonly prepare?: string;
}

export interface ServedLake {
  readonly lake: Lake;
  /** `http://127.0.0.1:4566` */
  readonly address: string;
  /** Opens a path of the endpoint; the page's errors fail the test, and it may ask no other host. */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** A page without that watch. */
  blank(): Promise<Page>;
  /** Ends the backend, or starts it again over the same state at the same address, with another token. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function serveLake(): Promise<ServedLake> {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-page-'));
  const serve = async (port: number) => {
    let playground: ReturnType<typeof createPlayground> | undefined;
    const target = await embedded({
      stateDir,
      port,
      mounts: [{ prefix: PREFIX, isHome: true, respond: (request) => playground!.respond(request) }],
    });
    const lake = openLake(target, { studies: studiesOf() });
    const address = target.localCloud!.endpoint;
    playground = createPlayground({
      lake,
      root,
      endpoint: new URL(address).host,
      log: (line) => console.error(line),
    });
    const stop = async () => {
      await playground.close();
      await lake.close();
    };
    return { lake, address, stop };
  };
  let served: Awaited<ReturnType<typeof serve>> | undefined = await serve(0);
  const { address } = served;
  const browser = await startBrowser();
  const [inPage] = buildSync({
    entryPoints: [join(root, 'test/web/inPage/index.ts')],
    bundle: true,
    format: 'iife',
    globalName: 'inPage',
    write: false,
  }).outputFiles;
  // One context for all pages, so that the browser keeps the page's files.
  let context: BrowserContext | undefined;
  const blank = async () => {
    if (!context) {
      context = await browser.newContext();
      await context.addInitScript({ content: `${inPage!.text}\nwindow.inPage = inPage;` });
    }
    // Only for what would never end, as in vitest's configuration.
    context.setDefaultTimeout(300_000);
    return context.newPage();
  };
  return {
    get lake() {
      assert.ok(served, 'The backend is stopped.');
      return served.lake;
    },
    address,
    blank,
    async open(path, { width = 1280, theme = 'light', prepare } = {}) {
      const page = await blank();
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      page.on('pageerror', (error) => assert.fail(`${path}: ${error.message}`));
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url())) assert.equal(new URL(request.url()).origin, address);
      });
      if (prepare) await page.addInitScript({ content: prepare });
      await page.goto(`${address}${path}`);
      await settled(page);
      return page;
    },
    async stop() {
      await served?.stop();
      served = undefined;
    },
    async start() {
      served = await serve(Number(new URL(address).port));
    },
    async close() {
      await browser.close();
      await served?.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Waits until the page has one thing and has not another. */
const present = (page: Page, wanted: string, unwanted?: string) =>
  page.evaluate(`inPage.waitFor(${JSON.stringify({ wanted, unwanted })})`);

/** Everything that was asked for has come, and every chart is drawn. */
export const settled = (page: Page) => present(page, 'h1', '[aria-busy="true"], .picture:not(:has(svg))');

/** Goes to a path inside the page, as its links do, without loading it again. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.evaluate(`inPage.goTo(${JSON.stringify(path)})`);
}
