/** Takes the pictures of README and docs from a real run: `node test/web/pictures.ts`. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLake } from '../../lake/lake.ts';
import { root } from '../../lake/project.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { PREFIX } from '../../web/contract/prefix.ts';
import { createPlayground, type Playground } from '../../web/server/playground.ts';
import { startBrowser } from './browser.ts';

/** What is taken, and what must be there before. */
const PICTURES = [
  { name: 'home', path: 'home', ready: '.chart svg' },
  { name: 'walk', path: 'walk', ready: '.rivers' },
  { name: 'runs', path: 'runs', ready: '.run-graph' },
  { name: 'follow', path: 'follow', ready: '.hop' },
  { name: 'lineage', path: 'tables/gold/fact_sales?view=lineage&column=amount', ready: '.path svg' },
] as const;

const folder = join(root, 'docs', 'pictures');
const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-pictures-'));
let playground: Playground | undefined;
const target = await embedded({
  stateDir,
  port: 0,
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
try {
  await lake.makeReady('amazon');
  const faults = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };
  await lake.run('amazon', { kind: 'simulation', events: 10_000, seed: 1, days: 30, faults });
  mkdirSync(folder, { recursive: true });
  const browser = await startBrowser();
  for (const { name, path, ready } of PICTURES) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
    await page.goto(`${address}${PREFIX}amazon/${path}`);
    await page.locator(ready).first().waitFor();
    await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
    await page.screenshot({ path: join(folder, `${name}.png`) });
  }
  await browser.close();
} finally {
  await playground.close();
  await lake.close();
  rmSync(stateDir, { recursive: true, force: true });
}
