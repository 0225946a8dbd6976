/** Synthesises the app once per context, in a folder that goes with the process, and gives its templates to the tests. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildApp } from '../../lib/stacks/app.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly DependsOn?: readonly string[];
}

export interface FoundResource extends Resource {
  readonly stack: string;
  readonly id: string;
}

export interface Synthesised {
  readonly folder: string;
  readonly templates: Readonly<Record<string, { readonly Resources: Record<string, Resource> }>>;
  readonly all: (type: string) => FoundResource[];
}

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * cdk-nag judges the app here: a finding without a reason fails the synth.
 * @param checksTypes whether CDK compares every resource with its type's schema too, which takes as long as the synth
 */
export function synthesise(
  context: Readonly<Record<string, string>> = {},
  { checksTypes = false } = {},
): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-synth-'));
  folders.push(folder);
  const before = process.env.CDK_VALIDATION;
  process.env.CDK_VALIDATION = String(checksTypes);
  try {
    buildApp({ outdir: folder, context }).synth();
  } finally {
    if (before === undefined) delete process.env.CDK_VALIDATION;
    else process.env.CDK_VALIDATION = before;
  }
  const templates = Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => [
        file.replace('.template.json', ''),
        JSON.parse(readFileSync(join(folder, file), 'utf8')),
      ]),
  ) as Synthesised['templates'];
  const all = (type: string) =>
    Object.entries(templates).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([id, resource]) => ({ ...resource, stack, id })),
    );
  return { folder, templates, all };
}
