/** Policies of a template with their references filled in, as a linter of policies needs them. */
import type { Resource } from '../cdk/synthesised.ts';

type Resources = Readonly<Record<string, Resource>>;

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
};

const arn = (service: string, resource: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;

/** ARNs that only the deploy knows, by type: with the resource's own name where the template gives one. */
const arnOf: Readonly<Record<string, (properties: Readonly<Record<string, unknown>>) => string>> = {
  'AWS::IAM::Role': () => `arn:aws:iam::${ACCOUNT}:role/of-the-stack`,
  'AWS::Lambda::Function': ({ FunctionName }) => arn('lambda', `function:${FunctionName}`),
  'AWS::Logs::LogGroup': ({ LogGroupName }) => arn('logs', `log-group:${LogGroupName}:*`),
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }) =>
    arn('states', `stateMachine:${StateMachineName}`),
};

/** Values that come from another stack, by a word in the export's name. */
const imported: readonly (readonly [RegExp, string])[] = [
  [/StreamArn/, arn('dynamodb', 'table/headwaters-store-study/stream/label')],
  [/Key/, arn('kms', 'key/11111111-2222-3333-4444-555555555555')],
];

/** @throws Error for a reference that has no concrete form here yet. */
function concrete(value: unknown, resources: Resources): unknown {
  if (Array.isArray(value)) return value.map((item) => concrete(item, resources));
  if (typeof value !== 'object' || value === null) return value;
  const {
    Ref,
    'Fn::Join': join,
    'Fn::GetAtt': attribute,
    'Fn::ImportValue': name,
  } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return PSEUDO[Ref] ?? arnOfResource(Ref, resources);
  if (Array.isArray(join)) return (concrete(join[1], resources) as string[]).join(join[0] as string);
  if (Array.isArray(attribute)) return arnOfResource(attribute[0] as string, resources);
  if (typeof name === 'string') {
    const known = imported.find(([pattern]) => pattern.test(name));
    if (!known) throw new Error(`The import ${name} has no concrete form in ${import.meta.filename}.`);
    return known[1];
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, concrete(item, resources)]));
}

function arnOfResource(id: string, resources: Resources): string {
  const { Type, Properties } = resources[id]!;
  const give = arnOf[Type];
  if (!give) throw new Error(`${Type} has no concrete ARN in ${import.meta.filename}.`);
  return give(Properties);
}

/** The identity policies of a template, by their logical id. */
export const identityPolicies = (resources: Resources): [string, unknown][] =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::IAM::Policy')
    .map(([id, { Properties }]) => [id, concrete(Properties.PolicyDocument, resources)]);
