/** Deploys the synthesised stacks to an endpoint the way the CDK's CLI does: assets and templates into a bucket, then CloudFormation's API. */
import { Agent } from 'node:http';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readAssembly } from '@headwaters/localstack';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { strToU8, zipSync } from 'fflate';
import { assetsBucket, createStack, failures, uploadAssets } from '../../lake/targets/stackDeployment.ts';

export interface Endpoint {
  readonly endpoint: string;
  /** The parameter that CDK's bootstrap leaves behind can be put there; ours answers it without. */
  readonly hasParameterStore: boolean;
  /** Resource types left out of the templates: a deploy would wait for them for ever, or be refused for them. */
  readonly leftOut?: readonly string[];
}

/** What an endpoint's CloudFormation says it did, by resource type. */
export interface DeploymentOutcome {
  /** How many resources of a type it says are complete. */
  readonly created: Readonly<Record<string, number>>;
  /** Type → the first reason that it gave. */
  readonly failed: Readonly<Record<string, string>>;
  /** Stack → its last status. */
  readonly stacks: Readonly<Record<string, string>>;
}

export const ACCOUNT = { accountId: '000000000000', region: 'us-east-1' } as const;

/**
 * Each request has a connection of its own: a server that closes a kept one while a request is on its way to it fails that request,
 * which is all the likelier on a busy machine, and no attempt is made again here.
 */
export const clientOf = (endpoint: string) => ({
  endpoint,
  requestHandler: new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: false }) }),
  region: ACCOUNT.region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

const ASSETS = assetsBucket(ACCOUNT);

/** Creates the assembly's stacks in their order and asks what became of each resource; a stack that fails is left as it is. */
export async function deployThere(target: Endpoint, folder: string): Promise<DeploymentOutcome> {
  const cloudFormation = new CloudFormationClient(clientOf(target.endpoint));
  const s3 = new S3Client({ ...clientOf(target.endpoint), forcePathStyle: true });
  try {
    if (target.hasParameterStore) await putBootstrapVersion(target.endpoint);
    await uploadAssets(s3, ASSETS, folder);
    const created: Record<string, number> = {};
    const failed: Record<string, string> = {};
    const stacks: Record<string, string> = {};
    for (const { stackName, templateText } of readAssembly(folder, ACCOUNT).stacks) {
      const Key = `templates/${stackName}.json`;
      const Body = withoutTypes(templateText, target.leftOut ?? []);
      await s3.send(new PutObjectCommand({ Bucket: ASSETS, Key, Body }));
      const url = `${target.endpoint}/${ASSETS}/${Key}`;
      stacks[stackName] = await createStack(cloudFormation, stackName, url);
      const { StackResources = [] } = await cloudFormation.send(
        new DescribeStackResourcesCommand({ StackName: stackName }),
      );
      for (const { ResourceType, ResourceStatus } of StackResources)
        if (ResourceStatus === 'CREATE_COMPLETE') created[ResourceType!] = (created[ResourceType!] ?? 0) + 1;
      for (const { type, reason } of await failures(cloudFormation, stackName)) failed[type] ??= reason;
    }
    return { created, failed, stacks };
  } finally {
    cloudFormation.destroy();
    s3.destroy();
  }
}

function withoutTypes(templateText: string, types: readonly string[]): string {
  const template = JSON.parse(templateText) as { Resources: Record<string, { Type: string }> };
  const kept = Object.entries(template.Resources).filter(([, { Type }]) => !types.includes(Type));
  return JSON.stringify({ ...template, Resources: Object.fromEntries(kept) });
}

/** What `cdk bootstrap` leaves in the account and every template asks for. The SDK's SSM client is not worth a dependency. */
async function putBootstrapVersion(endpoint: string): Promise<void> {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.PutParameter',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${ACCOUNT.region}/ssm/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String' }),
  });
  if (!answer.ok) throw new Error(`ssm:PutParameter answered ${answer.status}: ${await answer.text()}`);
}

/** A function's code of one source file, zipped as Lambda takes it. */
export const zippedSource = (name: string, source: string): Uint8Array =>
  zipSync({ [name]: strToU8(source) });
