/** Asks the policies of synthesised templates whether a role may do something, as IAM would by its identity policies. */
import type { FoundResource, Synthesised } from './synthesised.ts';

const ACCOUNT = '111122223333';
const REGION = 'us-east-1';

type Keys = Readonly<Record<string, string | readonly string[]>>;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** What an intrinsic comes to in one account and region; another resource's value is its logical id in angle brackets. */
function resolved(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as Record<string, unknown>;
  const join = intrinsic['Fn::Join'] as [string, unknown[]] | undefined;
  if (join) return join[1].map(resolved).join(join[0]);
  const pseudo: Record<string, string> = {
    'AWS::AccountId': ACCOUNT,
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
  };
  if (typeof intrinsic.Ref === 'string') return pseudo[intrinsic.Ref] ?? `<${intrinsic.Ref}>`;
  return `<${JSON.stringify(intrinsic)}>`;
}

const matches = (pattern: string, value: string) =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  ).test(value);

function conditionHolds(operator: string, key: string, wanted: unknown, keys: Keys): boolean {
  const value = keys[key];
  const patterns = list(wanted).map(resolved);
  if (value === undefined) return operator.endsWith('IfExists') || operator.startsWith('ForAllValues:');
  const compare = operator.includes('Like') ? matches : (pattern: string, one: string) => pattern === one;
  return list(value).every((one) => patterns.some((pattern) => compare(pattern, String(one))));
}

/** Whether some statement of the role's policies allows the action. `arn` begins after the account, e.g. `s3:::bucket/key`. */
export function roleOf({ all }: Synthesised, stack: string, description: RegExp) {
  const [role, ...others] = all('AWS::IAM::Role').filter(
    (one) => one.stack === stack && description.test(one.Properties.Description ?? ''),
  );
  if (!role || others.length > 0)
    throw new Error(`${others.length + (role ? 1 : 0)} roles of ${stack} are described by ${description}.`);
  const statements = all('AWS::IAM::Policy')
    .filter(
      (policy) => policy.stack === stack && JSON.stringify(policy.Properties.Roles).includes(`"${role.id}"`),
    )
    .flatMap((policy: FoundResource) => policy.Properties.PolicyDocument.Statement as Statement[]);
  return {
    statements,
    may: (action: string, arn: string, keys: Keys = {}) =>
      statements.some(
        ({ Effect, Action, Resource, Condition = {} }) =>
          Effect === 'Allow' &&
          list(Action).includes(action) &&
          list(Resource).some((one) => matches(resolved(one), arn)) &&
          Object.entries(Condition).every(([operator, wanted]) =>
            Object.entries(wanted).every(([key, value]) => conditionHolds(operator, key, value, keys)),
          ),
      ),
  };
}

/** An ARN of a service that has region and account in its ARNs. */
export const arnOf = (service: string, resource: string) =>
  `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** An object or bucket, by the purpose of the bucket. */
export const s3Arn = (bucket: string, key?: string) =>
  `arn:aws:s3:::headwaters-${bucket}-${ACCOUNT}-${REGION}${key === undefined ? '' : `/${key}`}`;
