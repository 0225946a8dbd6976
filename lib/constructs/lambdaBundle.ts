/** Bundles every Lambda folder once per synth, in this process, without Docker: the same bytes run locally and on AWS. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { type BuildOptions, buildSync, version } from 'esbuild';
import { contentFolder } from './contentFolder.ts';
import { type Build, keptBuild } from './keptBuild.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LAMBDAS = join(PROJECT, 'lambdas');

/** Some of the SDK's dependencies are CommonJS and ask for Node's own modules by `require`. */
const REQUIRE_SHIM =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const OPTIONS = {
  outdir: 'out',
  outExtension: { '.js': '.mjs' },
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
} as const satisfies BuildOptions;

let bundled: Map<string, Uint8Array> | undefined;

/** A folder's threads, where its function has any. */
const WORKER = '-worker';

/**
 * Folder name → the bundle of its `handler.ts`, and folder name with `-worker` → that of its `worker.ts`. The AWS SDK is bundled too: what is tested is what runs, whatever
 * version the runtime ships. Identifiers stay readable, so that a stack trace in the logs means something.
 */
export function bundles(): ReadonlyMap<string, Uint8Array> {
  bundled ??= new Map(
    Object.entries(
      keptBuild(PROJECT, { name: 'handlers', settings: [version, OPTIONS, entries()] }, bundle),
    ).map(([file, content]) => [file.replace(/\.mjs$/, ''), content]),
  );
  return bundled;
}

const handlerFolders = () =>
  readdirSync(LAMBDAS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(LAMBDAS, entry.name, 'handler.ts')))
    .map((entry) => entry.name)
    .sort();

/** Name of a bundle → the file that it begins with. */
const entries = (): Record<string, string> =>
  Object.fromEntries(
    handlerFolders().flatMap((folder) => {
      const worker = join('lambdas', folder, 'worker.ts');
      return [
        [folder, join('lambdas', folder, 'handler.ts')],
        ...(existsSync(join(PROJECT, worker)) ? [[`${folder}${WORKER}`, worker]] : []),
      ];
    }),
  );

function bundle(): Build {
  const entryPoints = entries();
  const { outputFiles, metafile } = buildSync({
    ...OPTIONS,
    mainFields: [...OPTIONS.mainFields],
    absWorkingDir: PROJECT,
    entryPoints,
    write: false,
    metafile: true,
  });
  const outputs = Object.keys(entryPoints).map((name) => [`${name}.mjs`, find(outputFiles, `${name}.mjs`)]);
  return { outputs: Object.fromEntries(outputs), inputs: Object.keys(metafile.inputs) };
}

function find(files: readonly { path: string; contents: Uint8Array }[], name: string): Uint8Array {
  const file = files.find(({ path }) => path.endsWith(join('out', name)));
  if (!file) throw new Error(`esbuild wrote no ${name}.`);
  return file.contents;
}

/**
 * The code asset of one Lambda of one study: `index.mjs` and, next to it, `study.json`, and `worker.mjs` where it has threads.
 * @throws Error when `lambdas/<folder>/handler.ts` does not exist.
 */
export function lambdaCode(folder: string, studyJson: string): Code {
  const handler = bundles().get(folder);
  if (!handler) {
    throw new Error(
      `lambdas/${folder}/handler.ts does not exist; folders with one: ${handlerFolders().join(', ')}.`,
    );
  }
  const worker = bundles().get(`${folder}${WORKER}`);
  const { path, hash } = contentFolder({
    'index.mjs': handler,
    ...(worker && { 'worker.mjs': worker }),
    'study.json': studyJson,
  });
  return Code.fromAsset(path, { assetHash: hash });
}
