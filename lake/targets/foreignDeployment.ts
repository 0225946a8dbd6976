/**
 * Deploys the lake to somebody else's local cloud: most through its CloudFormation, and what it lacks to the endpoint of our
 * own services next to it.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { RunFailedError } from '../errors.ts';
import type { WorkOptions } from '../progress.ts';
import { type ApartService, divideTemplates, type NamedTemplate, type Resource } from './divideTemplates.ts';
import { connect, isLocalCloud } from './localCloud.ts';
import { assetsBucket, createStack, failures, updateStack, uploadAssets } from './stackDeployment.ts';
import type { Clients, LocalDeployment } from './target.ts';

export interface ForeignCloud {
  /** `http://127.0.0.1:4566` */
  readonly url: string;
  readonly accountId: string;
  readonly region: string;
  readonly clients: Clients;
  /** Services that have another endpoint, each with its URL. */
  readonly apart: Readonly<Partial<Record<ApartService, string>>>;
  /** Folder for the templates of the other endpoint. */
  readonly scratchDir: string;
}

/** Throws `RunFailedError` for a stack that did not come to be, with the reasons that CloudFormation gives. */
export async function deployToForeign(
  cloud: ForeignCloud,
  folder: string,
  options: WorkOptions,
): Promise<LocalDeployment> {
  const services = Object.keys(cloud.apart) as ApartService[];
  const side = await sideOf(cloud.apart);
  const { main, apart, leftOut } = divideTemplates(readTemplates(folder), services);
  for (const { stackName, type, needs } of leftOut)
    options.onProgress?.({
      kind: 'note',
      text: `! ${stackName} is without a resource of type ${type}: ${needs} is known at another endpoint only`,
    });
  const atSide = side && apart.length > 0 ? await deployApart(side, writeAssembly(cloud, apart)) : undefined;
  const Bucket = assetsBucket(cloud);
  await uploadAssets(cloud.clients.s3, Bucket, folder);
  const stacks: LocalDeployment['stacks'][number][] = [];
  for (const { stackName, template } of main)
    stacks.push(await deployStack(cloud, Bucket, stackName, withEndpoints(template, cloud.apart)));
  return { stacks: [...stacks, ...(atSide?.stacks ?? [])], notEmulated: atSide?.notEmulated ?? [] };
}

/** The one endpoint of all services apart. */
async function sideOf(apart: ForeignCloud['apart']): Promise<string | undefined> {
  const [side, ...others] = new Set(Object.values(apart));
  if (side === undefined) return undefined;
  if (others.length > 0)
    throw new RunFailedError(
      `The services apart have ${others.length + 1} endpoints: ${[side, ...others].join(', ')}. Give all AWS_ENDPOINT_URL_… the same URL.`,
    );
  if (await isLocalCloud(side)) return side;
  throw new RunFailedError(
    `${side} (AWS_ENDPOINT_URL_${Object.keys(apart)[0]}) is not a local cloud of Headwaters. Start one with: npx headwaters athena --s3 URL --lambda URL`,
  );
}

async function deployApart(side: string, folder: string): Promise<LocalDeployment> {
  try {
    return await connect(side, false).deploy(folder);
  } catch (cause) {
    if (!/does not emulate the service cloudformation/.test((cause as Error).message)) throw cause;
    throw new RunFailedError(
      `${side} only serves Glue and Athena, and deploys nothing. Start it with --lambda, too: npx headwaters athena --s3 URL --lambda URL`,
      { cause },
    );
  }
}

interface Manifest {
  readonly version: string;
  readonly artifacts: Readonly<
    Record<
      string,
      {
        readonly type: string;
        readonly dependencies?: readonly string[];
        readonly properties?: { readonly templateFile?: string };
      }
    >
  >;
}

type Artifacts = Manifest['artifacts'];

/** The assembly's stacks, each after those that it depends on. */
function readTemplates(folder: string): NamedTemplate[] {
  const { artifacts } = readJson<Manifest>(join(folder, 'manifest.json'));
  return inOrder(artifacts).map((stackName) => ({
    stackName,
    template: withoutBootstrap(readJson(join(folder, artifacts[stackName]!.properties!.templateFile!))),
  }));
}

const readJson = <Value>(file: string) => JSON.parse(readFileSync(file, 'utf8')) as Value;

function inOrder(artifacts: Artifacts): string[] {
  const ordered = new Set<string>();
  const visit = (id: string) => {
    const { type, dependencies = [] } = artifacts[id] ?? { type: '' };
    if (type !== 'aws:cloudformation:stack' || ordered.has(id)) return;
    for (const dependency of dependencies) visit(dependency);
    ordered.add(id);
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return [...ordered];
}

/** No `cdk bootstrap` was there: what it leaves behind is not asked for. */
function withoutBootstrap({
  Parameters: _version,
  Rules: _check,
  ...template
}: NamedTemplate['template'] & { Parameters?: unknown; Rules?: unknown }): NamedTemplate['template'] {
  return template;
}

/** An assembly of these stacks for the local cloud, without assets. */
function writeAssembly({ scratchDir }: ForeignCloud, stacks: readonly NamedTemplate[]): string {
  const folder = join(scratchDir, 'apart');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const artifacts: Record<string, object> = {};
  for (const [index, { stackName, template }] of stacks.entries()) {
    const templateFile = `${stackName}.template.json`;
    writeFileSync(join(folder, templateFile), JSON.stringify(template));
    artifacts[stackName] = {
      type: 'aws:cloudformation:stack',
      properties: { templateFile },
      dependencies: stacks.slice(0, index).map((before) => before.stackName),
    };
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '48.0.0', artifacts }));
  return folder;
}

/** The functions reach the services apart at their own endpoints, as the SDK reads them from the environment. */
function withEndpoints(
  template: NamedTemplate['template'],
  apart: ForeignCloud['apart'],
): NamedTemplate['template'] {
  const endpoints = Object.fromEntries(
    Object.entries(apart).map(([service, url]) => [`AWS_ENDPOINT_URL_${service}`, url]),
  );
  const pointed = (resource: Resource): Resource => {
    if (resource.Type !== 'AWS::Lambda::Function') return resource;
    const { Environment, ...properties } = resource.Properties as { Environment?: { Variables?: object } };
    const Variables = { ...Environment?.Variables, ...endpoints };
    return { ...resource, Properties: { ...properties, Environment: { Variables } } };
  };
  const resources = Object.entries(template.Resources).map(([id, resource]) => [id, pointed(resource)]);
  return { ...template, Resources: Object.fromEntries(resources) };
}

async function deployStack(
  { url, clients: { cloudFormation, s3 } }: ForeignCloud,
  Bucket: string,
  stackName: string,
  template: NamedTemplate['template'],
): Promise<LocalDeployment['stacks'][number]> {
  const Key = `templates/${stackName}.json`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: JSON.stringify(template) }));
  const templateUrl = `${url}/${Bucket}/${Key}`;
  const resources = async () => {
    const { StackResources = [] } = await cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: stackName }),
    );
    return StackResources.map(({ LogicalResourceId: id, ResourceStatus: status }) => ({ id: id!, status }));
  };
  const before = await resources().catch(noStack);
  const status = before
    ? await updateStack(cloudFormation, stackName, templateUrl)
    : await createStack(cloudFormation, stackName, templateUrl);
  if (status !== undefined && !/^(CREATE|UPDATE)_COMPLETE$/.test(status)) {
    const reasons = (await failures(cloudFormation, stackName)).map(
      ({ type, reason }) => `${type}: ${reason}`,
    );
    throw new RunFailedError(
      `The stack ${stackName} ended ${status} at ${url}${reasons.length > 0 ? `:\n${reasons.join('\n')}` : '.'}`,
    );
  }
  const isIn = (some: typeof before, id: string) => some?.some((other) => other.id === id) ?? false;
  const after = await resources();
  const created = after.filter(({ id }) => !isIn(before, id)).map(({ id }) => id);
  const updated = after.filter(({ id, status: now }) => isIn(before, id) && now === 'UPDATE_COMPLETE');
  return {
    created,
    updated: updated.map(({ id }) => id),
    removed: (before ?? []).filter(({ id }) => !isIn(after, id)).map(({ id }) => id),
    unchanged: after.length - created.length - updated.length,
  };
}

/** CloudFormation's word for a stack that does not exist. */
function noStack(error: Error): undefined {
  if (error.name !== 'ValidationError' && !/does not exist/.test(error.message)) throw error;
}
