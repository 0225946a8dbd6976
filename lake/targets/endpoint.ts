/** A lake behind any AWS-compatible URL: a local cloud that serves, LocalStack, MiniStack. */
import { join } from 'node:path';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DEFAULT_PREFIX, namesAt } from '../../lib/model/layout.ts';
import { RunFailedError } from '../errors.ts';
import { apartServices } from './divideTemplates.ts';
import { deployToForeign } from './foreignDeployment.ts';
import { connect, isLocalCloud, LOCAL_CREDENTIALS, LOCAL_REGION } from './localCloud.ts';
import { closeClients, createClients, type Target } from './target.ts';

export interface EndpointOptions {
  /** `http://127.0.0.1:4566` */
  readonly endpoint: string;
  /** URLs of single services, by the names of `AWS_ENDPOINT_URL_<SERVICE>`. @default the environment's */
  readonly endpoints?: Readonly<Record<string, string>>;
  /** @default us-east-1 */
  readonly region?: string | undefined;
  readonly prefix?: string | undefined;
  /** Folder for what is unpacked while an operation reads it. */
  readonly scratchDir: string;
}

/**
 * Credentials are the environment's, else `test`. A service with an endpoint of its own in the environment
 * (`AWS_ENDPOINT_URL_ATHENA`, …) is reached there.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
 */
export async function endpoint(options: EndpointOptions): Promise<Target> {
  const { region = LOCAL_REGION, prefix = DEFAULT_PREFIX, scratchDir } = options;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = process.env;
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : LOCAL_CREDENTIALS;
  const url = options.endpoint.replace(/\/$/, '');
  const accountId = await accountOf(url, region, credentials);
  const localCloud = (await isLocalCloud(url)) ? connect(url, false) : undefined;
  const endpointOf = (service: string) =>
    (options.endpoints ? options.endpoints[service] : process.env[`AWS_ENDPOINT_URL_${service}`]) ?? url;
  const apart = Object.fromEntries(
    apartServices
      .map((service) => [service, endpointOf(service)] as const)
      .filter(([, serviceUrl]) => serviceUrl !== url),
  );
  const clients = createClients({
    endpointOf,
    region,
    credentials,
    onlyHttp1: localCloud === undefined,
  });
  return {
    kind: 'endpoint',
    place: url,
    names: namesAt(prefix, { partition: 'aws', region, accountId }),
    region,
    credentials,
    clients,
    localCloud,
    deploy:
      localCloud?.deploy ??
      ((folder, work) =>
        deployToForeign({ url, accountId, region, clients, apart, scratchDir }, folder, work)),
    scratchDir: join(scratchDir, 'unpacked'),
    now: localCloud?.now ?? (async () => Date.now()),
    close: async () => closeClients(clients),
  };
}

async function accountOf(
  url: string,
  region: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<string> {
  const sts = new STSClient({ endpoint: url, region, credentials, maxAttempts: 1 });
  try {
    return (await sts.send(new GetCallerIdentityCommand({}))).Account!;
  } catch (cause) {
    throw new RunFailedError(
      `Nothing at ${url} answers as AWS does: ${(cause as Error).message || (cause as Error).name}. ` +
        'Name a URL such as http://127.0.0.1:4566 with --endpoint; npx headwaters up serves one.',
      { cause },
    );
  } finally {
    sts.destroy();
  }
}
