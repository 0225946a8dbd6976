/** Security Token Service: says who is calling and hands out a role's temporary credentials. */
import { AwsError } from '../../core/errors.ts';
import type { CallContext, CloudContext, Service } from '../../core/service.ts';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const SHORTEST_SESSION_S = 900;
const LONGEST_SESSION_S = 43_200;
const DEFAULT_SESSION_S = 3600;

export function createSts(context: CloudContext): Service {
  return {
    name: 'sts',
    actions: {
      GetCallerIdentity: (_input: unknown, call: CallContext) => callerIdentity(call),

      AssumeRole(input: { RoleArn?: string; RoleSessionName?: string; DurationSeconds?: string | number }) {
        const roleArn = required(input, 'RoleArn');
        const sessionName = required(input, 'RoleSessionName');
        const seconds = Number(input.DurationSeconds ?? DEFAULT_SESSION_S);
        if (!(seconds >= SHORTEST_SESSION_S && seconds <= LONGEST_SESSION_S))
          throw new AwsError(
            'ValidationError',
            `DurationSeconds is ${input.DurationSeconds}; it must be between ${SHORTEST_SESSION_S} and ${LONGEST_SESSION_S}.`,
          );
        const role = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(roleArn);
        if (!role) throw new AwsError('ValidationError', `${roleArn} is invalid`);
        const expiresAtMs = context.clock.now() + seconds * 1000;
        return {
          Credentials: {
            ...context.principals.issue({ roleArn, sessionName }, expiresAtMs),
            Expiration: new Date(expiresAtMs),
          },
          AssumedRoleUser: {
            AssumedRoleId: `AROA${role[2]}:${sessionName}`,
            Arn: `arn:aws:sts::${role[1]}:assumed-role/${role[2]}/${sessionName}`,
          },
        };
      },
    },
  };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
function callerIdentity({ principal, accountId }: CallContext) {
  if (!principal.roleArn)
    return { UserId: accountId, Account: accountId, Arn: `arn:aws:iam::${accountId}:root` };
  const role = principal.roleArn.slice(principal.roleArn.lastIndexOf('/') + 1);
  return {
    UserId: `AROA${role}:${principal.sessionName}`,
    Account: accountId,
    Arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${principal.sessionName}`,
  };
}

function required(input: object, name: string): string {
  const value = (input as Record<string, unknown>)[name];
  if (typeof value !== 'string' || value === '')
    throw new AwsError(
      'ValidationError',
      `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}
