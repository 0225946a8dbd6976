/** Serves only Glue and Athena, over an S3 that is somebody else's, and Step Functions for a Lambda that is. */
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { startAthena } from '@headwaters/localstack/athena';
import type { AthenaEngine } from '../defaults.ts';
import { RunFailedError } from '../errors.ts';
import type { WorkOptions } from '../progress.ts';
import type { AllowedByName } from './embedded.ts';
import { trinoOf } from './trino.ts';

export interface AthenaServerOptions extends Pick<WorkOptions, 'onProgress'>, AllowedByName {
  readonly stateDir: string;
  readonly port: number;
  /** @default AWS's own */
  readonly s3Endpoint: string | undefined;
  /** The endpoint whose functions Step Functions calls. @default Step Functions is not served */
  readonly lambdaEndpoint?: string | undefined;
  readonly region: string;
  /** @default DuckDB */
  readonly athena: AthenaEngine | undefined;
}

export interface AthenaServer {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Throws `RunFailedError` where the S3 cannot be asked with the credentials that there are: found out now, it is not found
 * out by the first statement.
 */
export async function serveAthena({
  athena,
  onProgress,
  ...options
}: AthenaServerOptions): Promise<AthenaServer> {
  const log = (text: string) => onProgress?.({ kind: 'note', text });
  const server = await startAthena({ ...options, trino: trinoOf(athena, log), log });
  try {
    await assertS3(options);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function assertS3({ s3Endpoint, region }: Pick<AthenaServerOptions, 's3Endpoint' | 'region'>) {
  const place = s3Endpoint ?? `the S3 of AWS in ${region}`;
  const s3 = new S3Client({
    region,
    maxAttempts: 1,
    ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }),
  });
  try {
    await s3.send(new ListBucketsCommand({}));
  } catch (cause) {
    const { name, message } = cause as Error;
    // Whoever may read only some buckets may not list them.
    if (name === 'AccessDenied') return;
    if (name === 'CredentialsProviderError')
      throw new RunFailedError(
        `There are no credentials for ${place}. Give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY` +
          `${s3Endpoint ? ' (a local S3 takes test and test)' : ', or AWS_PROFILE'}, and start again.`,
        { cause },
      );
    throw new RunFailedError(
      `${place} does not list its buckets: ${message || name}. Check ${s3Endpoint ? '--s3 and ' : ''}the credentials.`,
      { cause },
    );
  } finally {
    s3.destroy();
  }
}
