/** Reads a study's OpenAPI description into the operations that the page lists, each with an example and with calls that fail. */
import { openApi } from '../../../lib/model/study/openapi.ts';
import type { Study } from '../../../lib/model/study/study.ts';
import type { Mistake, Operation, OperationParameter } from './contract.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly items?: Schema;
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maxLength?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly description?: string;
  readonly example?: unknown;
  readonly schema: Schema;
}
interface Described {
  readonly tags: readonly [string];
  readonly summary: string;
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Description {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const METHODS = ['get', 'post', 'delete'] as const;

export function operationsOf(study: Study): readonly Operation[] {
  const description = openApi(study) as unknown as Description;
  const base = `/studies/${study.name}`;
  return Object.entries(description.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method): Operation[] => {
      const described = item[method] as Described | undefined;
      if (!described) return [];
      const shared = (item.parameters ?? []) as readonly Parameter[];
      return [operationOf(study, description, method, path.slice(base.length), described, shared)];
    }),
  );
}

function operationOf(
  study: Study,
  { components }: Description,
  method: (typeof METHODS)[number],
  path: string,
  described: Described,
  shared: readonly Parameter[],
): Operation {
  const schema = described.requestBody?.content['application/json']?.schema;
  const body = schema && JSON.stringify(bodyOf(study, described, schema, components.schemas), undefined, 2);
  const effect = effectOf(described, method);
  return {
    id: described.operationId,
    method: method.toUpperCase() as Operation['method'],
    path,
    summary: described.summary,
    tag: described.tags[0],
    parameters: [...shared, ...(described.parameters ?? [])].map(parameterOf),
    ...(body && { body }),
    ...(effect && { effect }),
    responses: Object.entries(described.responses).map(([status, { description }]) => ({
      status,
      description,
    })),
    mistakes: mistakesOf(described, path, body),
  };
}

function effectOf({ tags: [tag] }: Described, method: string): string | undefined {
  if (tag === 'Events') return 'puts the event on the stream';
  if (tag === 'Transactions' && method === 'post') return 'writes items of the store';
  return method === 'delete' ? 'cancels the statement' : undefined;
}

function parameterOf({
  name,
  in: place,
  required,
  description = '',
  example,
  schema,
}: Parameter): OperationParameter {
  return {
    name,
    in: place,
    required: required ?? false,
    type: typeOf(schema),
    description,
    ...(example !== undefined && { example: String(example) }),
    ...(schema.enum && { choices: schema.enum.map(String) }),
  };
}

function typeOf({ type, format, minimum, maximum, default: otherwise, enum: choices }: Schema): string {
  const kind = choices ? 'one of a few' : (format ?? String(type ?? 'text'));
  const bounds = minimum !== undefined && maximum !== undefined ? ` from ${minimum} to ${maximum}` : '';
  return `${kind}${bounds}${otherwise === undefined ? '' : `, ${String(otherwise)} unless given`}`;
}

/** An example that the operation accepts, from its schema. */
function bodyOf(
  study: Study,
  { operationId }: Described,
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
): unknown {
  if (operationId === 'startSql') {
    const model = study.models.find(({ layer }) => layer === 'marts') ?? study.models.at(-1);
    return { sql: `select * from ${model?.database}.${model?.table} limit 10` };
  }
  return sampleOf(schema, schemas, '');
}

function sampleOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, name: string): unknown {
  if (schema.$ref) return sampleOf(schemas[schema.$ref.split('/').at(-1)!] ?? {}, schemas, name);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.oneOf) return sampleOf(schema.oneOf[0]!, schemas, name);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return Object.fromEntries(
        (schema.required ?? Object.keys(schema.properties ?? {})).map((key) => [
          key,
          sampleOf(schema.properties?.[key] ?? {}, schemas, key),
        ]),
      );
    case 'array':
      return [sampleOf(schema.items ?? {}, schemas, name)];
    case 'integer':
    case 'number':
      return Math.max(1, schema.minimum ?? 1);
    case 'boolean':
      return true;
    default:
      return textOf(schema, name);
  }
}

/** Texts that short patterns ask for: codes of two letters, digits, hexadecimal. */
const SHORT_TEXTS = ['AB', 'ab', '1', '0a', 'A', 'ABC'];

function textOf({ format, pattern, maxLength }: Schema, name: string): string {
  if (pattern) return SHORT_TEXTS.find((text) => new RegExp(pattern).test(text)) ?? pattern;
  if (format === 'date') return '2026-11-30';
  if (format === 'date-time') return '2026-11-30T12:00:00Z';
  if (name === 'source') return '/playground';
  const text = `${name.replace(/_id$/, '') || 'text'}-1`;
  return text.length <= (maxLength ?? text.length) ? text : text.slice(0, maxLength);
}

/** Calls that the operation refuses, one for each kind of fault that it knows. */
function mistakesOf(
  { operationId, parameters = [], responses }: Described,
  path: string,
  body: string | undefined,
): Mistake[] {
  const known = (status: number) => String(status) in responses;
  const found: Mistake[] = [];
  const add = (status: number, when: string, change: Pick<Mistake, 'path' | 'body'>) => {
    if (known(status)) found.push({ status, when, ...change });
  };
  if (operationId.startsWith('query_')) {
    add(400, 'a page of no rows', { path: `${path}?pageSize=0` });
    add(400, 'a cursor that no answer gave', { path: `${path}?cursor=made-up` });
    add(400, 'a parameter that there is not', { path: `${path}?colour=blue` });
  } else if (operationId === 'startSql') {
    add(400, 'a statement that writes', {
      path,
      body: JSON.stringify({ sql: 'delete from orders where true' }),
    });
    add(400, 'two statements', { path, body: JSON.stringify({ sql: 'select 1; select 2' }) });
    add(400, 'a body without sql', { path, body: '{}' });
  } else if (path.includes('{id}')) {
    add(404, 'a statement that there is not', {
      path: path.replace('{id}', '00000000-0000-4000-8000-000000000000'),
    });
  } else if (operationId === 'live') {
    add(404, 'a view that there is not', { path: path.replace('{view}', 'nothing') });
  } else if (body !== undefined) {
    add(400, 'an empty object', { path, body: '{}' });
    add(400, 'a body that is not JSON', { path, body: '{' });
  } else if (parameters.some(({ required }) => required)) add(400, 'a missing parameter', { path });
  return found;
}
