/** Glue and Athena alone, beside any S3 endpoint: for LocalStack, MiniStack or AWS's own S3, none of which has an Athena to run here. */
import { join } from 'node:path';
import { type Cloud, type CloudOptions, startCloud } from './cloud.ts';
import { remoteObjectStore } from './core/remoteObjectStore.ts';
import { createAthena } from './services/athena/index.ts';
import { createGlue } from './services/glue/index.ts';

export interface AthenaServerOptions extends Pick<CloudOptions, 'stateDir' | 'port' | 'clock' | 'log'> {
  /** The S3 that holds the lake, e.g. `http://127.0.0.1:4566`. @default AWS's own */
  readonly s3Endpoint?: string;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default the SDK's usual chain */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** Starts the two services on one port. What they read is kept in `<stateDir>/objects/`, by ETag. */
export async function startAthena(options: AthenaServerOptions): Promise<Cloud> {
  const objectStore = remoteObjectStore({
    endpoint: options.s3Endpoint,
    region: options.region ?? 'us-east-1',
    credentials: options.credentials,
    cacheDir: join(options.stateDir, 'objects'),
  });
  const cloud = await startCloud(options, [
    (context) => createGlue(context, { objectStore }),
    (context) => createAthena(context, { objectStore }),
  ]);
  return {
    ...cloud,
    async stop() {
      await cloud.stop();
      objectStore.close();
    },
  };
}
