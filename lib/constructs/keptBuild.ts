/** Keeps what a build made until one of the files that it read changes: most synths follow a change of a model, not of code. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENT_FOLDERS, contentFolder, hashOf } from './contentFolder.ts';

/** Output's name → its bytes. */
export type Outputs = Readonly<Record<string, Uint8Array>>;

export interface Build {
  readonly outputs: Outputs;
  /** Every file that was read, relative to the project. */
  readonly inputs: readonly string[];
}

/** What the last build read and where its outputs are. */
interface Kept {
  readonly settings: string;
  /** Path of an input → SHA-256 of its content. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly names: readonly string[];
  /** Name of the content folder with the outputs. */
  readonly hash: string;
}

const sha256 = (content: Uint8Array | string) => createHash('sha256').update(content).digest('hex');

/**
 * The outputs of the last build, if its settings and inputs are the same and nobody changed what it made; else those of a new one.
 * @param name tells builds apart
 * @param settings whatever else the outputs depend on: options, versions, the list of entry points
 */
export function keptBuild(
  project: string,
  { name, settings }: { readonly name: string; readonly settings: unknown },
  build: () => Build,
): Outputs {
  const record = join(CONTENT_FOLDERS, `${name}.json`);
  const wanted = sha256(JSON.stringify(settings));
  const kept = readKept(record);
  const outputs =
    kept?.settings === wanted && areUnchanged(project, kept.inputs) ? readOutputs(kept) : undefined;
  if (outputs) return outputs;
  const made = build();
  const { hash } = contentFolder(made.outputs);
  const inputs = Object.fromEntries(
    made.inputs.map((path) => [path, sha256(readFileSync(join(project, path)))]),
  );
  const names = Object.keys(made.outputs);
  writeFileSync(record, JSON.stringify({ settings: wanted, inputs, names, hash } satisfies Kept));
  return made.outputs;
}

/** Undefined where there is none, or only half of one: then it is built again. */
function readKept(record: string): Kept | undefined {
  if (!existsSync(record)) return undefined;
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Kept;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const areUnchanged = (project: string, inputs: Kept['inputs']): boolean =>
  Object.entries(inputs).every(([path, hash]) => {
    const file = join(project, path);
    return existsSync(file) && sha256(readFileSync(file)) === hash;
  });

/** Undefined where a file was changed or removed. */
function readOutputs({ names, hash }: Kept): Outputs | undefined {
  const files = names.map((name) => [name, join(CONTENT_FOLDERS, hash, name)] as const);
  if (!files.every(([, file]) => existsSync(file))) return undefined;
  const outputs = Object.fromEntries(files.map(([name, file]) => [name, readFileSync(file)]));
  return hashOf(outputs) === hash ? outputs : undefined;
}
