/** A real Chromium for tests of the page: an installed one, or the one that npm brings, with the libraries that it brings. */
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { inflate } from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';
import { root } from '../../lake/project.ts';

/** Where systems keep an installed browser; CHROME_PATH comes first. */
const INSTALLED = [
  process.env.CHROME_PATH,
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

interface Program {
  readonly path: string;
  /** Folder of libraries that the system may lack. */
  readonly libraries?: string;
}

/** Unpacks the browser of the npm package into the project's folder, once. */
async function unpacked(): Promise<Program> {
  const folder = join(root, '.headwaters', 'browser');
  mkdirSync(folder, { recursive: true });
  const bin = join(dirname(createRequire(import.meta.url).resolve('@sparticuz/chromium')), '..', 'bin');
  const before = process.env.TMPDIR;
  // The package unpacks into the system's folder for temporary files.
  process.env.TMPDIR = folder;
  try {
    const path = join(folder, 'chromium');
    if (!existsSync(path)) {
      await Promise.all(
        ['fonts.tar.br', 'swiftshader.tar.br', 'al2023.tar.br'].map((file) => inflate(join(bin, file))),
      );
      await inflate(join(bin, 'chromium.br'));
    }
    return { path, libraries: join(folder, 'al2023', 'lib') };
  } finally {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
  }
}

/** Starts the browser. Throws what to install when the system lacks a library that it needs. */
export async function startBrowser(extra: readonly string[] = []): Promise<Browser> {
  const installed = INSTALLED.find((path) => path !== undefined && existsSync(path));
  const { path, libraries }: Program = installed ? { path: installed } : await unpacked();
  try {
    return await chromium.launch({
      executablePath: path,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        ...extra,
      ],
      env: { ...process.env, ...(libraries && { LD_LIBRARY_PATH: libraries }) } as Record<string, string>,
    });
  } catch (error) {
    const missing = /error while loading shared libraries: (\S+):/.exec((error as Error).message)?.[1];
    if (!missing) throw error;
    throw new Error(
      `Chromium needs the library ${missing}, which this system does not have. Install it: on Debian and Ubuntu with ` +
        '"apt-get install chromium", on Fedora with "dnf install chromium".',
      { cause: error },
    );
  }
}
