/** AWS's own models of its services, as the pinned SDK clients carry them: what each action takes, with types and enumerations. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Kind } from '../../core/inputs/declare.ts';

/** The client of each service of the local cloud, in `@aws-sdk/client-…`. */
export const CLIENTS: Readonly<Record<string, string>> = {
  apigateway: 'apigatewayv2',
  athena: 'athena',
  cloudformation: 'cloudformation',
  cloudwatch: 'cloudwatch',
  dynamodb: 'dynamodb',
  dynamodbstreams: 'dynamodb-streams',
  events: 'eventbridge',
  glue: 'glue',
  iam: 'iam',
  kinesis: 'kinesis',
  kms: 'kms',
  lambda: 'lambda',
  logs: 'cloudwatch-logs',
  s3: 's3',
  scheduler: 'scheduler',
  sns: 'sns',
  sqs: 'sqs',
  stepfunctions: 'sfn',
  sts: 'sts',
};

export interface ModelMember {
  readonly kind: Kind;
  readonly required: boolean;
  /** Whether the client fills it in when its caller does not, so that it is there whatever the model says. */
  readonly filledIn?: true;
  /** Values of an enumeration. */
  readonly values?: readonly string[];
  readonly each?: ModelMember;
  /** Undefined within a structure that contains itself. */
  readonly members?: ModelMembers;
  /** Where a REST service has the member, when it is not in the body. */
  readonly query?: string;
  readonly header?: string;
  readonly inPath?: true;
  /** The name of its XML element, when it is not the member's, and whether a list has no element around its items. */
  readonly element?: string;
  readonly flat?: true;
}

export type ModelMembers = Readonly<Record<string, ModelMember>>;

const require = createRequire(import.meta.url);

/** Numbers of the SDK's simple schemas: https://github.com/smithy-lang/smithy-typescript `schema-sentinels` and types. */
const SIMPLE: Readonly<Record<number, Kind>> = {
  0: 'text',
  1: 'number',
  2: 'flag',
  4: 'time',
  5: 'time',
  6: 'time',
  7: 'time',
  15: 'any',
  17: 'number',
  19: 'number',
  21: 'blob',
  42: 'blob',
};
/** Traits that are bits: https://github.com/smithy-lang/smithy-typescript `translateTraits`. */
const HTTP_LABEL = 1;
const IDEMPOTENCY_TOKEN = 4;
const ERROR = -3;
const LIST = 64;
const MAP = 128;

type Traits = Readonly<Record<string, unknown>>;

/** A schema without the functions and pairs around it, and the traits that these carried. */
function unwrap(schema: unknown, traits: Traits = {}): { schema: unknown; traits: Traits } {
  if (typeof schema === 'function') return unwrap(schema(), traits);
  if (Array.isArray(schema) && schema.length === 2 && !isNamed(schema)) {
    const [inner, own] = schema;
    return unwrap(inner, { ...(typeof own === 'object' ? own : { bits: own }), ...traits });
  }
  return { schema, traits };
}

/** `[number, namespace, name, …]` is a schema of its own; anything else is a pair of schema and traits. */
const isNamed = (schema: readonly unknown[]) =>
  typeof schema[1] === 'string' && typeof schema[2] === 'string';

type Enumerations = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Reads a client's schemas. Member names, types and what is required come from them; enumerations from its type files. */
export function modelOf(client: string): ReadonlyMap<string, ModelMembers> {
  const exported = require(`@aws-sdk/client-${client}`) as Record<string, unknown>;
  const enumerations = enumerationsOf(client, exported);
  const operations = Object.values(exported).filter(
    (schema): schema is [number, string, string, Traits, unknown, unknown] =>
      Array.isArray(schema) && schema[0] === 9,
  );
  return new Map(
    operations.map(([, , name, , input]) => [name, membersOf(unwrap(input).schema, enumerations, []) ?? {}]),
  );
}

/** The codes that a client's errors had in the query protocol that its service spoke before. */
export function queryErrorCodesOf(client: string): ReadonlyMap<string, string> {
  const exported = Object.values(require(`@aws-sdk/client-${client}`) as Record<string, unknown>);
  const errors = exported.filter(
    (schema): schema is [number, string, string, Traits] => Array.isArray(schema) && schema[0] === ERROR,
  );
  return new Map(
    errors.flatMap(([, , name, { awsQueryError }]): [string, string][] =>
      Array.isArray(awsQueryError) ? [[name, awsQueryError[0]]] : [],
    ),
  );
}

function membersOf(
  schema: unknown,
  enumerations: Enumerations,
  within: readonly string[],
): ModelMembers | undefined {
  if (!Array.isArray(schema) || !(schema[0] === 3 || schema[0] === 4)) return {};
  const [, , structure, , names, schemas, required = 0] = schema as [
    number,
    string,
    string,
    Traits,
    string[],
    unknown[],
    number?,
  ];
  if (within.includes(structure)) return undefined;
  return Object.fromEntries(
    names.map((name, index): [string, ModelMember] => {
      const values = enumerations.get(structure)?.get(name);
      return [name, memberOf(schemas[index], enumerations, [...within, structure], index < required, values)];
    }),
  );
}

function memberOf(
  wrapped: unknown,
  enumerations: Enumerations,
  within: readonly string[],
  required = false,
  values?: readonly string[],
): ModelMember {
  const { schema, traits } = unwrap(wrapped);
  const place = {
    ...(typeof traits.httpQuery === 'string' && { query: traits.httpQuery }),
    ...(typeof traits.httpHeader === 'string' && { header: traits.httpHeader.toLowerCase() }),
    ...((Number(traits.bits) & HTTP_LABEL) !== 0 && { inPath: true as const }),
    ...((Number(traits.bits) & IDEMPOTENCY_TOKEN) !== 0 && { filledIn: true as const }),
    ...(typeof traits.xmlName === 'string' && { element: traits.xmlName }),
    ...(traits.xmlFlattened === 1 && { flat: true as const }),
  };
  const of = (inner: unknown) => memberOf(inner, enumerations, within, false, values);
  if (typeof schema === 'number') {
    if (schema >= MAP) return { kind: 'map', required, each: of(schema - MAP), ...place };
    if (schema >= LIST) return { kind: 'list', required, each: of(schema - LIST), ...place };
    const kind = SIMPLE[schema];
    if (!kind) throw new Error(`The SDK has a schema of type ${schema}, which is not known here.`);
    return { kind, required, ...(values && kind === 'text' && { values }), ...place };
  }
  const [type, , , , inner, mapped] = schema as [number, string, string, Traits, unknown, unknown];
  if (type === 0) return { ...of(inner), required, ...place };
  if (type === 1) return { kind: 'list', required, each: of(inner), ...place };
  if (type === 2) return { kind: 'map', required, each: of(mapped), ...place };
  return { kind: 'structure', required, members: membersOf(schema, enumerations, within), ...place };
}

/** Structure → member → values: `State?: RuleState | undefined;` in an interface, `RuleState` being an exported object of texts. */
function enumerationsOf(client: string, exported: Readonly<Record<string, unknown>>): Enumerations {
  const folder = join(
    dirname(require.resolve(`@aws-sdk/client-${client}/package.json`)),
    'dist-types',
    'models',
  );
  const sources = readdirSync(folder)
    .filter((file) => file.startsWith('models_'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));
  const found = new Map<string, Map<string, readonly string[]>>();
  for (const [, structure = '', body = ''] of sources
    .join('\n')
    .matchAll(/^export interface (\w+)(?: extends [^{]+)? \{\n(.*?)^\}/gms)) {
    const members = new Map<string, readonly string[]>();
    for (const [, member = '', type = ''] of body.matchAll(/^ {4}(\w+)\??: (.+);$/gm)) {
      // The keys of a map are not values of it.
      const values = [...type.replace(/Record<\w+, /, '').matchAll(/\w+/g)]
        .map(([name]) => exported[name])
        .find((value) => isEnumeration(value));
      if (values) members.set(member, Object.values(values as Record<string, string>));
    }
    found.set(structure, members);
  }
  return found;
}

const isEnumeration = (value: unknown) =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).length > 0 &&
  Object.values(value).every((item) => typeof item === 'string');
