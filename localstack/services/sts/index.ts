/** Security Token Service: says who is calling and hands out a role's temporary credentials. */
import { AwsError } from '../../core/errors.ts';
import { validationError } from '../../core/inputs/check.ts';
import type { CallContext, CloudContext, Service } from '../../core/service.ts';
import { inputs } from './inputs.ts';

const DEFAULT_SESSION_S = 3600;

export function createSts(context: CloudContext): Service {
  return {
    name: 'sts',
    inputs,
    violated: validationError('ValidationError'),
    actions: {
      GetCallerIdentity: (_input: unknown, call: CallContext) => callerIdentity(call),

      AssumeRole(input: { RoleArn: string; RoleSessionName: string; DurationSeconds?: number }) {
        const { RoleArn: roleArn, RoleSessionName: sessionName } = input;
        const seconds = input.DurationSeconds ?? DEFAULT_SESSION_S;
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
