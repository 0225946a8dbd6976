/** A local cloud for one test: a free port, a folder of its own, gone when the test ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Cloud, type CloudOptions, startCloud } from '../../cloud.ts';

export interface TestCloud extends Cloud {
  /** What an AWS SDK client needs to talk to it. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Stops the cloud and starts another on the same state. */
  restarted(): Promise<TestCloud>;
}

/** Starts a cloud that is stopped, and its state removed, after the test (or the suite) `t`. */
export async function localCloud(
  t: Pick<TestContext, 'onTestFinished'>,
  options: Partial<CloudOptions> = {},
): Promise<TestCloud> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'headwaters-cloud-')));
  let running: Cloud | undefined;
  t.onTestFinished(async () => {
    await running?.stop();
    await rm(stateDir, { recursive: true, force: true });
  });
  const start = async (): Promise<TestCloud> => {
    const cloud = await startCloud({ port: 0, ...options, stateDir });
    running = cloud;
    return {
      ...cloud,
      client: {
        endpoint: cloud.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      },
      async restarted() {
        await cloud.stop();
        running = undefined;
        return start();
      },
    };
  };
  return start();
}
