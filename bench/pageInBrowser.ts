/** The playground in Chromium over a run of the first study, as the measures of the page have it, and Lighthouse. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../test/support/freePort.ts';
import { startBrowser } from '../test/web/browser.ts';
import { type ServedLake, serveLake } from '../test/web/servedLake.ts';
import { home } from './targets.ts';

const run = promisify(execFile);

/** The newest release; 176 MB installed, so it is no dependency: the bench installs it once. */
const LIGHTHOUSE = 'lighthouse@13.5.0';

/** A lake with 10,000 events of the study from stream to marts. */
export async function serveRun(study: string): Promise<ServedLake> {
  const served = await serveLake();
  const faults = { duplicates: 0, malformed: 0, late: 0, drift: 0, unknown: 0 };
  await served.lake.makeReady(study);
  await served.lake.run(study, { kind: 'simulation', events: 10_000, seed: 1, days: 30, faults });
  return served;
}

interface LighthouseReport {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
}

/** The scores of a page, 0 to 100, with Lighthouse's settings for a desktop or a phone. */
export async function lighthouse(
  url: string,
  category: 'performance' | 'accessibility',
  form: 'desktop' | 'phone',
): Promise<number> {
  const folder = join(home, 'lighthouse');
  const program = join(folder, 'node_modules', 'lighthouse', 'cli', 'index.js');
  if (!existsSync(program)) {
    mkdirSync(folder, { recursive: true });
    await run('npm', [
      'install',
      '--prefix',
      folder,
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      LIGHTHOUSE,
    ]);
  }
  const port = await freePort();
  const browser = await startBrowser([`--remote-debugging-port=${port}`]);
  try {
    const { stdout } = await run(
      process.execPath,
      [
        program,
        url,
        `--port=${port}`,
        '--output=json',
        '--quiet',
        '--no-enable-error-reporting',
        `--only-categories=${category}`,
        ...(form === 'desktop' ? ['--preset=desktop'] : []),
      ],
      { maxBuffer: 2 ** 28 },
    );
    const { score } = (JSON.parse(stdout) as LighthouseReport).categories[category]!;
    if (score === null) throw new Error(`Lighthouse gave ${url} no score for ${category}.`);
    return score * 100;
  } finally {
    await browser.close();
  }
}
