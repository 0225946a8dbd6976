/** Synthesises the CDK app: the same bytes give the same templates, so one synthesis serves until they change. */
import { spawn } from 'node:child_process';
import { createHash, type Hash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { step, type WorkOptions } from './progress.ts';
import { root } from './project.ts';
import type { Studies } from './studies.ts';

/** Everything that a synthesis reads. */
const SYNTH_INPUTS = ['package-lock.json', 'cdk.json', 'bin/app.ts', 'lib/**/*.ts', 'lambdas/**/*.ts'];

/** What it reads of a study. */
const STUDY_INPUTS = ['**/*.{sql,yaml}'];

/** Assemblies are named by what they were made from, so state folders and commands share them. */
const assemblies = join(root, '.headwaters', 'assemblies');
/** The ones that were used last stay: several state folders with studies of their own, and the tests, take turns. */
const KEPT_ASSEMBLIES = 8;

export interface Synthesis {
  readonly studies: Studies;
  /** Whose stacks are synthesised, besides those that all studies share. */
  readonly names: readonly string[];
  /** More of the CDK app's context. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Folder of the cloud assembly of today's code, synthesised if it is not there yet. */
export async function synthesise(
  { studies, names, context: more = {} }: Synthesis,
  options: WorkOptions,
): Promise<string> {
  const context = { ...more, studies: names.join(','), studiesDirs: studies.places.join(delimiter) };
  const hash = createHash('sha256').update(JSON.stringify(context));
  addFiles(hash, root, SYNTH_INPUTS);
  for (const name of names) addFiles(hash, studies.folderOf(name), STUDY_INPUTS);
  const folder = join(assemblies, hash.digest('hex').slice(0, 32));
  if (isAsSynthesised(folder)) {
    const now = new Date();
    utimesSync(folder, now, now);
    return folder;
  }
  await step(options, 'Synthesising the CDK app', async () => {
    mkdirSync(assemblies, { recursive: true });
    const making = mkdtempSync(join(assemblies, 'making-'));
    try {
      await run(process.execPath, [join(root, 'bin/app.ts')], {
        ...process.env,
        CDK_OUTDIR: making,
        CDK_CONTEXT_JSON: JSON.stringify(context),
        CDK_DEFAULT_ACCOUNT: '000000000000',
        CDK_DEFAULT_REGION: 'us-east-1',
        // CDK's check of resource types takes as long as the synthesis; the local cloud checks them as it deploys.
        CDK_VALIDATION: 'false',
      });
      keepDigest(making);
      // Its name appears only when it is whole; another command may have been quicker.
      if (isAsSynthesised(folder)) return;
      // Moved away first, so that no half of it can be read under its name.
      if (existsSync(folder)) renameSync(folder, join(making, 'damaged'));
      renameSync(making, folder);
      rmSync(join(folder, 'damaged'), { recursive: true, force: true });
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  });
  forgetOldAssemblies();
  return folder;
}

/** Names the digest of an assembly's other files. */
export const DIGEST = 'digest.txt';

/** Of the paths and contents of an assembly's files. */
function digestOf(folder: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  for (const path of files.map((file) => relative(folder, join(file.parentPath, file.name))).sort())
    if (path !== DIGEST) hash.update(`${path}\n`).update(readFileSync(join(folder, path)));
  return hash.digest('hex');
}

/** Keeps what the assembly's files hold, once they are all there. */
export const keepDigest = (folder: string): void => writeFileSync(join(folder, DIGEST), digestOf(folder));

/** Whether the assembly is there and its files hold what they held then; otherwise it is synthesised again. */
export function isAsSynthesised(folder: string): boolean {
  const kept = join(folder, DIGEST);
  return existsSync(kept) && readFileSync(kept, 'utf8') === digestOf(folder);
}

function addFiles(hash: Hash, folder: string, patterns: readonly string[]): void {
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: folder })).sort()) {
    if (/\.test\.(ts|yaml)$/.test(file) || !statSync(join(folder, file)).isFile()) continue;
    hash.update(`${join(folder, file)}\n`).update(readFileSync(join(folder, file)));
  }
}

function forgetOldAssemblies(): void {
  const age = (name: string) => statSync(join(assemblies, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const oldestFirst = readdirSync(assemblies)
    .filter((name) => !name.startsWith('making-'))
    .sort((a, b) => age(a) - age(b));
  for (const name of oldestFirst.slice(0, -KEPT_ASSEMBLIES))
    rmSync(join(assemblies, name), { recursive: true, force: true });
}

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.on('error', failed);
    child.on('exit', (code) =>
      code === 0
        ? done()
        : failed(new Error(`${relative(root, args[0]!)} ended with exit code ${code}:\n${output.trim()}`)),
    );
  });
}
