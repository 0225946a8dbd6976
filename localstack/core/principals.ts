/** Finds the principal behind an access key: temporary credentials are registered when they are handed out, and looked up on every request. */
import { randomBytes } from 'node:crypto';
import { AwsError } from './errors.ts';
import type { Principal } from './service.ts';

export interface Credentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
}

export interface Principals {
  /** Hands out temporary credentials for a role. They name it until `expiresAtMs` on the cloud's clock, or for this cloud's lifetime. */
  issue(principal: { roleArn: string; sessionName: string }, expiresAtMs?: number): Credentials;
  /**
   * The principal behind an access key. Keys that this cloud did not issue (`test`, a developer's own) are the
   * account's root; an issued key that expired or that an earlier process issued is refused with 403.
   */
  resolve(accessKeyId: string | undefined): Principal;
}

/** AWS's temporary keys begin with ASIA; ours can be told from a developer's own by what follows. */
const ISSUED_PREFIX = 'ASIAHW';
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** @param takesForeignKeys keys of another cloud's roles are the account's root, as a developer's own are */
export function createPrincipals(now: () => number, takesForeignKeys = false): Principals {
  const issued = new Map<string, { principal: Principal; expiresAtMs: number }>();
  return {
    issue({ roleArn, sessionName }, expiresAtMs = Number.POSITIVE_INFINITY) {
      const accessKeyId =
        ISSUED_PREFIX + Array.from(randomBytes(14), (byte) => BASE32[byte % BASE32.length]).join('');
      issued.set(accessKeyId, { principal: { accessKeyId, roleArn, sessionName }, expiresAtMs });
      return {
        AccessKeyId: accessKeyId,
        SecretAccessKey: randomBytes(30).toString('base64'),
        SessionToken: randomBytes(96).toString('base64'),
      };
    },
    resolve(accessKeyId) {
      if (!accessKeyId?.startsWith(ISSUED_PREFIX)) return accessKeyId ? { accessKeyId } : {};
      const entry = issued.get(accessKeyId);
      if (!entry && takesForeignKeys) return { accessKeyId };
      if (!entry)
        throw new AwsError(
          'UnrecognizedClientException',
          'The security token included in the request is invalid.',
          {
            status: 403,
          },
        );
      if (entry.expiresAtMs <= now())
        throw new AwsError('ExpiredTokenException', 'The security token included in the request is expired', {
          status: 403,
        });
      return entry.principal;
    },
  };
}
