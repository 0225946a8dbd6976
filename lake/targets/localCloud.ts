/** The local cloud's own operations over HTTP, wherever it runs. */
import { DEFAULT_PREFIX, type Names, namesAt } from '../../lib/model/layout.ts';
import { RunFailedError } from '../errors.ts';
import type { Idle, LocalCloud, LocalDeployment } from './target.ts';

export const LOCAL_REGION = 'us-east-1';
export const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** The names that the local cloud's account and region give. */
export const localNames: Names = namesAt(DEFAULT_PREFIX, {
  partition: 'aws',
  region: LOCAL_REGION,
  accountId: '000000000000',
});

/** Whether a local cloud answers there; a killed one leaves its announcement behind. */
export async function answers(endpoint: string): Promise<boolean> {
  try {
    return (await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

/** Whether what answers there is the local cloud of Headwaters, and not another one of that kind. */
export async function isLocalCloud(endpoint: string): Promise<boolean> {
  try {
    const answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(2000) });
    return answer.ok && ((await answer.json()) as { edition?: string }).edition === 'headwaters';
  } catch {
    return false;
  }
}

export interface ConnectedCloud extends LocalCloud {
  /** Milliseconds since the epoch, by its clock. */
  now(): Promise<number>;
}

export function connect(endpoint: string, inThisProcess: boolean): ConnectedCloud {
  const request = async (method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${endpoint}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const found = (await answer.json()) as { message?: string };
    if (!answer.ok) throw new RunFailedError(found.message ?? `${method} ${path} answered ${answer.status}`);
    return found;
  };
  return {
    endpoint,
    inThisProcess,
    deploy: async (folder) =>
      (await request('POST', '/_headwaters/deploy', { folder, importExisting: true })) as LocalDeployment,
    idle: async () => (await request('GET', '/_headwaters/idle')) as Idle,
    async checkState() {
      await request('GET', '/_headwaters/state');
    },
    async advanceClock(advanceSeconds) {
      await request('POST', '/_headwaters/clock', { advanceSeconds });
    },
    async now() {
      const { now } = (await request('GET', '/_headwaters/clock')) as { now: string };
      return Date.parse(now);
    },
  };
}
