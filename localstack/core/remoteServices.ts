/** Lambda and SNS of another endpoint, as the services of this cloud call them: only what state machines ask of them. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { AwsError } from './errors.ts';
import { awsErrorOf } from './remoteObjectStore.ts';
import type { Service } from './service.ts';

export interface RemoteOptions {
  /** E.g. `http://127.0.0.1:4566`. */
  readonly endpoint: string;
  readonly region: string;
  /** @default the SDK's usual chain */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
}

/** How long an answer is waited for: as long as a function may run, and a little. Milliseconds. */
const LONGEST_CALL_MS = 16 * 60_000;

const clientOf = ({ endpoint, region, credentials }: RemoteOptions) => ({
  endpoint,
  region,
  ...(credentials && { credentials }),
  // Who calls tries again, as its state machine says.
  maxAttempts: 1,
  requestHandler: { requestTimeout: LONGEST_CALL_MS },
});

/** Invokes there, and gives what Invoke gives in process: the payload as a `Buffer`. */
export function createRemoteLambda(options: RemoteOptions): Service {
  const client = new LambdaClient(clientOf(options));
  return {
    name: 'lambda',
    actions: {
      async Invoke(input) {
        const { $metadata, Payload, ...answer } = await client
          .send(new InvokeCommand(input))
          .catch((error: Error) => unreachable(error, options));
        return { ...answer, Payload: Buffer.from(Payload ?? []) };
      },
    },
    stop: async () => client.destroy(),
  };
}

export function createRemoteSns(options: RemoteOptions): Service {
  const client = new SNSClient(clientOf(options));
  return {
    name: 'sns',
    actions: {
      async Publish(input) {
        const { $metadata, ...answer } = await client
          .send(new PublishCommand(input))
          .catch((error: Error) => unreachable(error, options));
        return answer;
      },
    },
    stop: async () => client.destroy(),
  };
}

/** An answer of AWS's kind is passed on; no answer at all is the service's own failure, which is worth another try. */
function unreachable(error: Error, { endpoint }: RemoteOptions): never {
  if ('$metadata' in error && (error.$metadata as { httpStatusCode?: number }).httpStatusCode)
    throw awsErrorOf(error);
  throw new AwsError('ServiceException', `${endpoint} did not answer: ${error.message || error.name}`, {
    status: 500,
    cause: error,
  });
}
