/** Bundles every Lambda folder once per synth, in this process, without Docker: the same bytes run locally and on AWS. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';

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

/** Bundles by content, so that synths at the same time share them; safe to remove at any time. */
const BUNDLES = join(PROJECT, '.headwaters', 'bundles');

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
  const assetHash = createHash('sha256').update(handler).update('\0').update(studyJson).digest('hex');
  const dir = join(BUNDLES, assetHash);
  if (!holds(dir, handler, studyJson)) {
    mkdirSync(BUNDLES, { recursive: true });
    const unfinished = mkdtempSync(join(BUNDLES, 'unfinished-'));
    writeFileSync(join(unfinished, 'index.mjs'), handler);
    writeFileSync(join(unfinished, 'study.json'), studyJson);
    publish(unfinished, dir, () => holds(dir, handler, studyJson));
  }
  return Code.fromAsset(dir, { assetHash });
}

/** Whether a bundle is there as it was written; a file that was changed or removed since is made again. */
function holds(dir: string, handler: Uint8Array, studyJson: string): boolean {
  const files = [join(dir, 'index.mjs'), join(dir, 'study.json')] as const;
  return (
    files.every((file) => existsSync(file)) &&
    readFileSync(files[0]).equals(handler) &&
    readFileSync(files[1], 'utf8') === studyJson
  );
}

/** Renames the finished folder into place, unless another synth was first; what was damaged there is replaced. */
function publish(unfinished: string, dir: string, isThere: () => boolean): void {
  const damaged = `${unfinished}-damaged`;
  try {
    if (existsSync(dir) && !isThere()) renameSync(dir, damaged);
    renameSync(unfinished, dir);
  } catch (error) {
    if (!isThere()) throw error;
  } finally {
    for (const folder of [unfinished, damaged]) rmSync(folder, { recursive: true, force: true });
  }
}
