/** Bundles every Lambda folder once per synth, in this process, without Docker: the same bytes run locally and on AWS. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { contentFolder } from './contentFolder.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LAMBDAS = join(PROJECT, 'lambdas');

/** Some of the SDK's dependencies are CommonJS and ask for Node's own modules by `require`. */
const REQUIRE_SHIM =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

let bundled: Map<string, Uint8Array> | undefined;

/**
 * Folder name → the bundle of its `handler.ts`. The AWS SDK is bundled too: what is tested is what runs, whatever
 * version the runtime ships. Identifiers stay readable, so that a stack trace in the logs means something.
 */
export function bundles(): ReadonlyMap<string, Uint8Array> {
  if (bundled) return bundled;
  const folders = readdirSync(LAMBDAS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(LAMBDAS, entry.name, 'handler.ts')))
    .map((entry) => entry.name)
    .sort();
  const { outputFiles } = buildSync({
    absWorkingDir: PROJECT,
    entryPoints: Object.fromEntries(folders.map((folder) => [folder, join('lambdas', folder, 'handler.ts')])),
    outdir: 'out',
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    banner: { js: REQUIRE_SHIM },
    logLevel: 'warning',
  });
  bundled = new Map(folders.map((folder) => [folder, find(outputFiles, `${folder}.mjs`)]));
  return bundled;
}

function find(files: readonly { path: string; contents: Uint8Array }[], name: string): Uint8Array {
  const file = files.find(({ path }) => path.endsWith(join('out', name)));
  if (!file) throw new Error(`esbuild wrote no ${name}.`);
  return file.contents;
}

/**
 * The code asset of one Lambda of one study: `index.mjs` and, next to it, `study.json`.
 * @throws Error when `lambdas/<folder>/handler.ts` does not exist.
 */
export function lambdaCode(folder: string, studyJson: string): Code {
  const handler = bundles().get(folder);
  if (!handler) {
    throw new Error(
      `lambdas/${folder}/handler.ts does not exist; folders with one: ${[...bundles().keys()].join(', ')}.`,
    );
  }
  const { path, hash } = contentFolder({ 'index.mjs': handler, 'study.json': studyJson });
  return Code.fromAsset(path, { assetHash: hash });
}
