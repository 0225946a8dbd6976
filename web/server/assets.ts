/** The page's files: bundled by esbuild on the first request after a change, kept under a name made from what they are made of. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { PageResponse } from './http.ts';

export interface Assets {
  /** The document, with the token that its acts must carry. */
  document(page: {
    readonly token: string;
    /** Options that lead a command to this lake. */
    readonly flags: string;
    readonly study: string | undefined;
    readonly base: string;
  }): Promise<PageResponse>;
  /** One of the bundle's files, packed for a browser that takes gzip; undefined when there is none of that name. */
  file(name: string, acceptEncoding?: string): Promise<PageResponse | undefined>;
}

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};

/** Scripts only from here; styles may be set on elements, as the editor and the charts do. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const SECURITY_HEADERS = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const KEPT = 3;

/** Fonts are compressed already. */
const PACKED: ReadonlySet<string> = new Set(['.js', '.css']);

/** What the bundle is made from and by, as a hash. */
function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const file of [
    'package-lock.json',
    'web/server/assets.ts',
    ...globSync('web/{app,charts,pages,parts,styles}/**/*.{ts,tsx,css,woff2}', { cwd: root }).sort(),
  ])
    hash.update(`${file}\n`).update(readFileSync(join(root, file)));
  return hash.digest('hex').slice(0, 20);
}

/** Bundles the page into a folder of its own, unless it is there; gives the folder. */
export async function bundlePage(root: string, kept: string): Promise<string> {
  const folder = join(kept, fingerprint(root));
  if (existsSync(folder)) return folder;
  mkdirSync(kept, { recursive: true });
  const making = mkdtempSync(join(kept, 'making-'));
  try {
    const { metafile } = await build({
      entryPoints: [join(root, 'web/app/main.tsx')],
      absWorkingDir: root,
      outdir: making,
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      assetNames: '[name]-[hash]',
      bundle: true,
      splitting: true,
      format: 'esm',
      target: 'es2022',
      minify: true,
      metafile: true,
      legalComments: 'linked',
      jsx: 'automatic',
      jsxImportSource: 'preact',
      loader: { '.woff2': 'file' },
      logLevel: 'silent',
    });
    for (const output of Object.keys(metafile.outputs)) {
      const file = join(making, basename(output));
      if (PACKED.has(extname(file))) writeFileSync(`${file}.gz`, gzipSync(readFileSync(file)));
    }
    writeFileSync(join(making, 'meta.json'), JSON.stringify(metafile));
    // Its name appears only when it is whole; another process may have been quicker.
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  for (const old of readdirSync(kept).slice(0, -KEPT))
    if (!folder.endsWith(old)) rmSync(join(kept, old), { recursive: true, force: true });
  return folder;
}

const htmlText = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

export function createAssets(root: string, kept: string): Assets {
  let bundled: Promise<string> | undefined;
  const folder = () => {
    bundled ??= bundlePage(root, kept).catch((error: unknown) => {
      bundled = undefined;
      throw error;
    });
    return bundled;
  };
  return {
    async document({ token, flags, study, base }) {
      const dir = await folder();
      const names = readdirSync(dir);
      const script = names.find((name) => /^main-.*\.js$/.test(name))!;
      const style = names.find((name) => /^main-.*\.css$/.test(name))!;
      const fonts = names.filter((name) => name.endsWith('.woff2'));
      const asset = (name: string) => `${base}assets/${name}`;
      const body = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Headwaters: a lakehouse on your machine, opened layer by layer.">
<meta name="color-scheme" content="light dark">
<meta name="headwaters-token" content="${htmlText(token)}">
<meta name="headwaters-flags" content="${htmlText(flags)}">
${study ? `<meta name="headwaters-study" content="${htmlText(study)}">\n` : ''}<title>Headwaters</title>
<link rel="icon" href="${asset('icon.svg')}" type="image/svg+xml">
${fonts.map((font) => `<link rel="preload" href="${asset(font)}" as="font" type="font/woff2" crossorigin>`).join('\n')}
<link rel="stylesheet" href="${asset(style)}">
<script type="module" src="${asset(script)}"></script>
</head>
<body>
<div id="app"></div>
<noscript>The playground needs JavaScript. The command line does the same: npx headwaters --help</noscript>
</body>
</html>
`;
      return {
        status: 200,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'cache-control': 'no-store',
          ...SECURITY_HEADERS,
        },
        body,
      };
    },
    async file(name, acceptEncoding = '') {
      if (name === 'icon.svg') return asset(Buffer.from(ICON), '.svg');
      if (!/^[\w.-]+$/.test(name) || !(extname(name) in TYPES)) return undefined;
      const path = join(await folder(), name);
      if (!existsSync(path)) return undefined;
      const response = asset(readFileSync(path), extname(name));
      if (!PACKED.has(extname(name))) return response;
      const headers = { ...response.headers, vary: 'accept-encoding' };
      if (!/\bgzip\b(?!;\s*q=0(\.0*)?\b)/.test(acceptEncoding)) return { ...response, headers };
      return {
        ...response,
        headers: { ...headers, 'content-encoding': 'gzip' },
        body: readFileSync(`${path}.gz`),
      };
    },
  };
}

/** A file's name changes with its content, so that a browser may keep it for ever. */
const asset = (body: Buffer, extension: string): PageResponse => ({
  status: 200,
  headers: {
    'content-type': TYPES[extension]!,
    'cache-control': extension === '.svg' ? 'max-age=3600' : 'public, max-age=31536000, immutable',
    ...SECURITY_HEADERS,
  },
  body,
});

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke-linecap="round"><style>.i{stroke:#14211f}.a{stroke:#0b5683}@media(prefers-color-scheme:dark){.i{stroke:#e6ecea}.a{stroke:#7cc4ec}}</style><path class="i" d="M4 3c0 4.2 2.2 6.4 8 9.6" stroke-width="1.8"/><path class="a" d="M20.5 3.2c0 4-2.6 6-8.5 9.4" stroke-width="2.4"/><path class="i" d="M11.4 2.6c-.4 3.8.6 6.4.6 10" stroke-width="1.6"/><path class="a" d="M12 12.4c0 3.2-2.4 5.2-2.4 9.2" stroke-width="3.8"/></svg>`;
