/** Tells before `cdk deploy` what in the AWS account would make it fail, and what the deployment will cost. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeLimitsCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { GetDataLakeSettingsCommand, LakeFormationClient } from '@aws-sdk/client-lakeformation';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type DeploymentCost, deploymentCost, type Templates } from './cost.ts';
import type { WorkOptions } from './progress.ts';
import type { Studies } from './studies.ts';
import { synthesise } from './synthesise.ts';

export interface Check {
  readonly check: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  readonly mend?: string;
}

export interface PreflightInput {
  readonly region: string;
  readonly profile: 'small' | 'large';
  readonly studies: Studies;
}

export interface Preflight {
  readonly checks: readonly Check[];
  /** List prices of us-east-1, without free tiers. */
  readonly cost: DeploymentCost;
}

/** The bootstrap stack's version that modern CDK templates ask for. */
const BOOTSTRAP_VERSION = 6;

export async function preflight(
  { region, profile, studies }: PreflightInput,
  options: WorkOptions = {},
): Promise<Preflight> {
  const assembly = await synthesise({ studies, names: studies.names, context: { profile } }, options);
  const cost = deploymentCost(
    templatesOf(assembly),
    studies.names.map((name) => studies.find(name)),
  );
  const identity = await credentials(region);
  // Without credentials every other question would fail for the same reason.
  const checks =
    identity.state === 'fail'
      ? [identity]
      : [
          identity,
          ...(await Promise.all([
            bootstrap(region),
            lakeFormation(region),
            shards(region),
            concurrency(region),
          ])),
        ];
  return { checks, cost };
}

/** The resources of each stack in the folder of a cloud assembly. */
export const templatesOf = (assembly: string): Templates =>
  readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => JSON.parse(readFileSync(join(assembly, name), 'utf8')).Resources ?? {});

/** Asks AWS one question; an answer that is an error becomes a finding, never a stack trace. */
async function asked(
  check: string,
  mend: string,
  question: () => Promise<Omit<Check, 'check'>>,
): Promise<Check> {
  try {
    return { check, ...(await question()) };
  } catch (error) {
    return { check, state: 'fail', found: `${(error as Error).name}: ${(error as Error).message}`, mend };
  }
}

const credentials = (region: string) =>
  asked('Credentials', 'Sign in first, e.g. aws sso login, or set AWS_PROFILE.', async () => {
    const { Account, Arn } = await new STSClient({ region }).send(new GetCallerIdentityCommand({}));
    return { state: 'ok', found: `${Arn} in account ${Account}` };
  });

const bootstrap = (region: string) =>
  asked('CDK bootstrap', `Run: npx cdk bootstrap aws://<account>/${region}`, async () => {
    const { Stacks } = await new CloudFormationClient({ region }).send(
      new DescribeStacksCommand({ StackName: 'CDKToolkit' }),
    );
    const version = Number(
      Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue ?? 0,
    );
    return version >= BOOTSTRAP_VERSION
      ? { state: 'ok', found: `version ${version}` }
      : {
          state: 'fail',
          found: `version ${version}; ${BOOTSTRAP_VERSION} or newer is needed`,
          mend: 'Run: npx cdk bootstrap',
        };
  });

/** New tables must fall to IAM, or Athena is denied what its role allows (https://docs.aws.amazon.com/lake-formation/latest/dg/change-settings.html). */
const lakeFormation = (region: string) =>
  asked('Lake Formation', 'Allow lakeformation:GetDataLakeSettings.', async () => {
    const { DataLakeSettings } = await new LakeFormationClient({ region }).send(
      new GetDataLakeSettingsCommand({}),
    );
    const usesIam = [
      DataLakeSettings?.CreateDatabaseDefaultPermissions,
      DataLakeSettings?.CreateTableDefaultPermissions,
    ].every((permissions) =>
      permissions?.some(
        ({ Principal }) => Principal?.DataLakePrincipalIdentifier === 'IAM_ALLOWED_PRINCIPALS',
      ),
    );
    return usesIam
      ? { state: 'ok', found: 'new databases and tables use IAM only' }
      : {
          state: 'fail',
          found: 'new databases and tables are guarded by Lake Formation grants',
          mend: 'Turn on "Use only IAM access control for new databases" and "… new tables" in its settings.',
        };
  });

const shards = (region: string) =>
  asked('Kinesis shards', 'Allow kinesis:DescribeLimits.', async () => {
    const { ShardLimit = 0, OpenShardCount = 0 } = await new KinesisClient({ region }).send(
      new DescribeLimitsCommand({}),
    );
    const free = ShardLimit - OpenShardCount;
    return {
      state: free >= 4 ? 'ok' : 'warn',
      found: `${OpenShardCount} of ${ShardLimit} in use`,
      mend: 'Ask for more under Service Quotas, Kinesis Data Streams.',
    };
  });

const concurrency = (region: string) =>
  asked('Lambda concurrency', 'Allow lambda:GetAccountSettings.', async () => {
    const { AccountLimit } = await new LambdaClient({ region }).send(new GetAccountSettingsCommand({}));
    const free = AccountLimit?.UnreservedConcurrentExecutions ?? 0;
    return {
      state: free >= 50 ? 'ok' : 'warn',
      found: `${free} unreserved`,
      mend: 'A new account has 10; ask for more under Service Quotas, AWS Lambda.',
    };
  });
