/** A lake that is deployed on AWS: the caller's credentials and region, the deployed stack's names, the wall clock. */
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DEFAULT_PREFIX, lakeOutputs, type Names, namesAt, type Place } from '../../lib/model/layout.ts';
import { RunFailedError } from '../errors.ts';
import { type Credentials, closeClients, createClients, type Target } from './target.ts';

export interface AwsOptions {
  /** @default AWS_REGION, then AWS_DEFAULT_REGION, then the profile's */
  readonly region?: string | undefined;
  /** The prefix that the lake was deployed with. @default headwaters */
  readonly prefix?: string | undefined;
  /** Folder for what is unpacked while an operation reads it. */
  readonly scratchDir: string;
  /** Whether names are given even where no lake of the prefix is deployed any more. @default false */
  readonly mayBeGone?: boolean;
}

/** Throws `RunFailedError` when no lake of the prefix is deployed in the account and region. */
export async function aws(given: AwsOptions): Promise<Target> {
  const { prefix = DEFAULT_PREFIX, scratchDir, mayBeGone = false, ...options } = given;
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = options.region ?? AWS_REGION ?? AWS_DEFAULT_REGION;
  const cloudFormation = new CloudFormationClient(region ? { region } : {});
  const { credentials } = cloudFormation.config;
  const place = await cloudFormation.config.region();
  const names = mayBeGone
    ? namesAt(prefix, await callersPlace(place, credentials))
    : namesOfStack(await lakeStack(cloudFormation, prefix));
  const clients = createClients({ region: place, credentials });
  cloudFormation.destroy();
  return {
    kind: 'aws',
    place: `account ${names.topicArn.split(':')[4]}, ${place}`,
    names,
    region: place,
    credentials,
    clients,
    localCloud: undefined,
    scratchDir: join(scratchDir, 'unpacked'),
    now: async () => Date.now(),
    close: async () => closeClients(clients),
  };
}

/** `arn:<partition>:cloudformation:<region>:<account>:stack/…` */
const partsOf = ({ StackId }: Stack) => StackId!.split(':');

/** `arn:<partition>:sts::<account>:assumed-role/…` */
async function callersPlace(region: string, credentials: Credentials): Promise<Place> {
  const { Arn, Account } = await new STSClient({ region, credentials }).send(
    new GetCallerIdentityCommand({}),
  );
  return { partition: Arn!.split(':')[1]!, region, accountId: Account! };
}

async function lakeStack(client: CloudFormationClient, prefix: string): Promise<Stack> {
  const StackName = namesAt(prefix, { partition: '', region: '', accountId: '' }).stack('lake');
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }));
    return Stacks![0]!;
  } catch (cause) {
    if ((cause as Error).name !== 'ValidationError') throw cause;
    throw new RunFailedError(
      `No stack ${StackName} is deployed in ${await client.config.region()}. Deploy it with: npx cdk deploy --all, ` +
        'or name the prefix (--prefix) and the region (--region) that it was deployed with.',
      { cause },
    );
  }
}

/** The names as the stack's outputs have them. Throws `RunFailedError` where it was deployed by other code than this. */
function namesOfStack(stack: Stack): Names {
  const outputs = new Map(
    (stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]),
  );
  const [, partition, , region, accountId] = partsOf(stack);
  const prefix = outputs.get(lakeOutputs.prefix);
  if (prefix === undefined)
    throw new RunFailedError(
      `The stack ${stack.StackName} has no output ${lakeOutputs.prefix}: it was deployed by older code. Deploy it again: npx cdk deploy --all`,
    );
  const names = namesAt(prefix, { partition: partition!, region: region!, accountId: accountId! });
  const differing = Object.entries({
    [lakeOutputs.lakeBucket]: names.bucket('lake'),
    [lakeOutputs.workGroup]: names.workGroup,
    [lakeOutputs.ledger]: names.ledger,
  }).filter(([key, name]) => outputs.get(key) !== name);
  if (differing.length > 0)
    throw new RunFailedError(
      `The stack ${stack.StackName} names its parts differently from this code: ` +
        `${differing.map(([key, name]) => `${key} is ${outputs.get(key)}, not ${name}`).join('; ')}. Deploy it again: npx cdk deploy --all`,
    );
  return names;
}
