/** Deploys a cloud assembly through CloudFormation's API, as the CDK's CLI does: assets and templates into a bucket, then the stacks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Capability,
  type CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Zippable, zipSync } from 'fflate';

/** What `cdk bootstrap` names the bucket of assets. */
export const assetsBucket = ({ accountId, region }: { accountId: string; region: string }) =>
  `cdk-hnb659fds-assets-${accountId}-${region}`;

interface AssetManifest {
  readonly files: Record<
    string,
    {
      readonly source: { readonly path: string; readonly packaging: 'file' | 'zip' };
      readonly destinations: Record<string, { readonly objectKey: string }>;
    }
  >;
}

/** Makes the bucket where it is missing, and puts the assembly's assets into it. */
export async function uploadAssets(s3: S3Client, Bucket: string, folder: string): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket })).catch((error: Error) => {
    if (error.name !== 'BucketAlreadyOwnedByYou') throw error;
  });
  const manifests = readdirSync(folder).filter((file) => file.endsWith('.assets.json'));
  for (const manifest of manifests) {
    const { files } = JSON.parse(readFileSync(join(folder, manifest), 'utf8')) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      const path = join(folder, source.path);
      const Body = source.packaging === 'zip' ? zipped(path) : readFileSync(path);
      for (const { objectKey } of Object.values(destinations))
        await s3.send(new PutObjectCommand({ Bucket, Key: objectKey, Body }));
    }
  }
}

function zipped(folder: string): Uint8Array {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const members: Zippable = {};
  for (const { parentPath, name } of files)
    members[join(parentPath, name).slice(folder.length + 1)] = readFileSync(join(parentPath, name));
  return zipSync(members, { level: 1 });
}

const POLL_MS = 200;
/** A stack takes seconds on a quiet machine. */
const STACK_LIMIT_MS = 300_000;

const Capabilities: Capability[] = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'];

/** Creates a stack and gives its last status; one that fails is left as it is. */
export async function createStack(
  cloudFormation: CloudFormationClient,
  StackName: string,
  TemplateURL: string,
): Promise<string> {
  await cloudFormation.send(
    new CreateStackCommand({ StackName, TemplateURL, Capabilities, OnFailure: 'DO_NOTHING' }),
  );
  return settled(cloudFormation, StackName);
}

/** Updates a stack and gives its last status; undefined where nothing of it changed. */
export async function updateStack(
  cloudFormation: CloudFormationClient,
  StackName: string,
  TemplateURL: string,
): Promise<string | undefined> {
  try {
    await cloudFormation.send(new UpdateStackCommand({ StackName, TemplateURL, Capabilities }));
  } catch (error) {
    if (/No updates are to be performed/.test((error as Error).message)) return undefined;
    throw error;
  }
  return settled(cloudFormation, StackName);
}

async function settled(cloudFormation: CloudFormationClient, StackName: string): Promise<string> {
  for (const end = Date.now() + STACK_LIMIT_MS; Date.now() < end; ) {
    const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    const status = Stacks[0]?.StackStatus ?? 'GONE';
    if (!status.endsWith('_IN_PROGRESS')) return status;
    await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new Error(`${StackName} was still under way after ${STACK_LIMIT_MS / 1000} s`);
}

/** Each resource that could not be created, with the reason that CloudFormation gives. */
export async function failures(cloudFormation: CloudFormationClient, StackName: string) {
  const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.filter(({ ResourceStatus }) =>
    /^(CREATE|UPDATE)_FAILED$/.test(ResourceStatus ?? ''),
  ).map(({ ResourceType, ResourceStatusReason }) => ({
    type: ResourceType!,
    reason: ResourceStatusReason ?? '',
  }));
}
