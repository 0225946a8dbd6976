/** Deploys what `cdk synth` wrote: reads the cloud assembly's manifest, its stacks in order, and its file assets. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotEmulatedError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { StackDeployment, StackEngine } from './deploy.ts';
import type { AssetFinder } from './resourceChanges.ts';
import { ASSEMBLY_SETTINGS } from './stacks.ts';
import { checkSupport, type NotEmulated, type Provider } from './support.ts';
import { parseTemplate, type Template } from './template.ts';

/** The parts of the manifest that a deploy needs. Source: aws-cdk `cloud-assembly-schema`, `manifest.ts`. */
interface Manifest {
  version: string;
  artifacts?: Record<string, Artifact>;
}

interface Artifact {
  type: string;
  displayName?: string;
  environment?: string;
  dependencies?: string[];
  properties?: {
    templateFile?: string;
    stackName?: string;
    parameters?: Record<string, string>;
    terminationProtection?: boolean;
    file?: string;
    directoryName?: string;
  };
}

interface AssetManifest {
  files?: Record<
    string,
    {
      source: { path?: string; packaging?: string; executable?: string[] };
      destinations: Record<string, { bucketName: string; objectKey: string }>;
    }
  >;
  dockerImages?: Record<string, unknown>;
}

export interface AssemblyStack {
  readonly stackName: string;
  readonly template: Template;
  readonly templateText: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly terminationProtection: boolean;
}

export interface Assembly {
  /** In the order in which they must be deployed. */
  readonly stacks: readonly AssemblyStack[];
  readonly asset: AssetFinder;
}

export interface AssemblyOptions {
  /** As `cdk deploy --import-existing-resources`: what a former stack retained becomes the stack's. @default false */
  readonly importExisting?: boolean;
}

export interface AssemblyDeployment {
  readonly stacks: readonly StackDeployment[];
  /** What the templates ask for that has no effect here, each (type, property) once. */
  readonly notEmulated: readonly NotEmulated[];
}

/** Majors of the schema whose parts named above are unchanged: 36 first wrote asset manifests as they are. */
const OLDEST_SCHEMA = 36;
const NEWEST_SCHEMA = 60;

/** Reads an assembly, nested assemblies (CDK stages) included. Throws an error that names the file at fault. */
export function readAssembly(folder: string, place: { region: string; accountId: string }): Assembly {
  const stacks: AssemblyStack[] = [];
  const assets = new Map<string, string>();
  readFolder(folder, place, stacks, assets);
  if (stacks.length === 0) throw new Error(`The cloud assembly ${folder} has no stack.`);
  return { stacks, asset: (bucket, key) => assets.get(`${bucket}/${key}`) };
}

function readFolder(
  folder: string,
  place: { region: string; accountId: string },
  stacks: AssemblyStack[],
  assets: Map<string, string>,
) {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) {
    throw new Error(`${file} does not exist; \`cdk synth --output ${folder}\` writes a cloud assembly.`);
  }
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  const major = Number.parseInt(manifest.version, 10);
  if (!(major >= OLDEST_SCHEMA && major <= NEWEST_SCHEMA)) {
    throw new Error(
      `${file} has schema version ${manifest.version}; the local cloud reads ${OLDEST_SCHEMA} to ${NEWEST_SCHEMA}.`,
    );
  }
  for (const [id, artifact] of inOrder(manifest.artifacts ?? {}, file)) {
    const { properties = {} } = artifact;
    if (artifact.type === 'cdk:cloud-assembly') {
      readFolder(join(folder, String(properties.directoryName)), place, stacks, assets);
    } else if (artifact.type === 'cdk:asset-manifest') {
      readAssets(folder, String(properties.file), place, assets);
    } else if (artifact.type === 'aws:cloudformation:stack') {
      const templateText = readFileSync(join(folder, String(properties.templateFile)), 'utf8');
      stacks.push({
        stackName: properties.stackName ?? id,
        template: parseTemplate(templateText),
        templateText,
        parameters: properties.parameters ?? {},
        terminationProtection: properties.terminationProtection ?? false,
      });
    }
  }
}

/** Artifacts after those that they depend on, otherwise as the manifest has them. */
function inOrder(artifacts: Record<string, Artifact>, file: string): [string, Artifact][] {
  const ordered: [string, Artifact][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (id: string) => {
    const artifact = artifacts[id];
    if (!artifact || state.get(id) === 'done') return;
    if (state.get(id) === 'open') throw new Error(`${file}: artifact ${id} depends on itself.`);
    state.set(id, 'open');
    for (const dependency of artifact.dependencies ?? []) visit(dependency);
    state.set(id, 'done');
    ordered.push([id, artifact]);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return ordered;
}

function readAssets(
  folder: string,
  file: string,
  place: { region: string; accountId: string },
  assets: Map<string, string>,
) {
  const manifest = JSON.parse(readFileSync(join(folder, file), 'utf8')) as AssetManifest;
  const images = Object.keys(manifest.dockerImages ?? {});
  if (images.length > 0) throw new NotEmulatedError('CloudFormation', `container image assets (${images})`);
  const values: Record<string, string> = {
    AccountId: place.accountId,
    Region: place.region,
    Partition: 'aws',
  };
  const fill = (text: string) =>
    text.replace(
      /\$\{AWS::(AccountId|Region|Partition)\}/g,
      (_placeholder, name: string) => values[name] ?? '',
    );
  for (const { source, destinations } of Object.values(manifest.files ?? {})) {
    if (!source.path) throw new NotEmulatedError('CloudFormation', `assets made by a command (${file})`);
    for (const { bucketName, objectKey } of Object.values(destinations)) {
      assets.set(`${fill(bucketName)}/${fill(objectKey)}`, join(folder, source.path));
    }
  }
}

/**
 * Makes `deployAssembly(folder)`. Everything is checked before the first resource is touched; a second deploy of the
 * same assembly skips what is unchanged. Throws `NotEmulatedError` or `DeploymentError`.
 */
export function createAssemblyDeployer(
  context: CloudContext,
  engine: StackEngine,
  providers: () => ReadonlyMap<string, Provider>,
): (folder: string, options?: AssemblyOptions) => Promise<AssemblyDeployment> {
  return async (folder, { importExisting = false } = {}) => {
    const assembly = readAssembly(folder, context);
    const notEmulated = checkSupport(
      Object.fromEntries(assembly.stacks.map(({ stackName, template }) => [stackName, template])),
      providers(),
    );
    const stacks: StackDeployment[] = [];
    for (const stack of assembly.stacks) {
      const { terminationProtection, ...input } = stack;
      const settings = { ...ASSEMBLY_SETTINGS, terminationProtection, importExisting };
      stacks.push(await engine.deploy({ ...input, asset: assembly.asset, settings }));
    }
    return { stacks, notEmulated };
  };
}
