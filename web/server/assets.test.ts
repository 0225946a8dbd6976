/** What the page's files weigh, and how they are sent. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { root } from '../../lake/project.ts';
import { bundlePage, createAssets } from './assets.ts';

const kept = join(root, '.headwaters', 'web');

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly entryPoint?: string;
        readonly cssBundle?: string;
        readonly imports: readonly { readonly path: string; readonly kind: string }[];
      }
    >
  >;
}

/** The page's files with their bytes as they are sent: scripts and styles packed, fonts as they are. */
async function weighed() {
  const folder = await bundlePage(root, kept);
  const { outputs } = JSON.parse(readFileSync(join(folder, 'meta.json'), 'utf8')) as Metafile;
  const bytes = (name: string) => {
    const isPacked = readdirSync(folder).includes(`${name}.gz`);
    return readFileSync(join(folder, isPacked ? `${name}.gz` : name)).length;
  };
  return { outputs, bytes };
}

test('the first view is at most 120 KB packed: shell, home page, styles and fonts', async () => {
  const { outputs, bytes } = await weighed();
  const needed = new Set<string>();
  const need = (output: string) => {
    if (needed.has(output)) return;
    needed.add(output);
    const { imports, cssBundle } = outputs[output]!;
    if (cssBundle) needed.add(cssBundle);
    for (const { path, kind } of imports) if (kind === 'import-statement') need(path);
  };

  for (const [output, { entryPoint }] of Object.entries(outputs))
    if (entryPoint === 'web/app/main.tsx' || entryPoint === 'web/pages/home/page.tsx') need(output);
    else if (extname(output) === '.woff2') needed.add(output);

  const total = [...needed].reduce((sum, output) => sum + bytes(basename(output)), 0);
  assert.ok([...needed].some((output) => extname(output) === '.css'));
  expect(total).toBeLessThanOrEqual(120_000);
});

test('all chunks are at most 650 KB packed', async () => {
  const { outputs, bytes } = await weighed();

  const total = Object.keys(outputs)
    .filter((output) => extname(output) === '.js')
    .reduce((sum, output) => sum + bytes(basename(output)), 0);

  expect(total).toBeLessThanOrEqual(650_000);
});

test('a script is sent packed to a browser that takes gzip, else as it is', async () => {
  const { outputs } = await weighed();
  const name = basename(Object.keys(outputs).find((output) => /main-.*\.js$/.test(output))!);
  const assets = createAssets(root, kept);

  const packed = await assets.file(name, 'gzip, deflate, br');
  const plain = await assets.file(name);
  const refused = await assets.file(name, 'br, gzip;q=0');

  assert.equal(packed!.headers?.['content-encoding'], 'gzip');
  assert.deepEqual(gunzipSync(packed!.body as Buffer), plain!.body);
  for (const answer of [plain, refused]) assert.equal(answer!.headers?.['content-encoding'], undefined);
  for (const answer of [plain, packed]) assert.equal(answer!.headers?.vary, 'accept-encoding');
});
