/** Plans a declared transaction as one TransactWriteItems call, and a declared access pattern as one Query. */

import { createHash } from 'node:crypto';
import { Ajv, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import { addDecimals, multiplyDecimals, numberText } from '../../contract/number.ts';
import type { AccessPattern, Computed, Entity, OltpDesign, Step } from './design.ts';
import { namePlaceholder, type Placeholders, valuePlaceholder, writeCondition } from './expression.ts';
import { fill, fillText, MissingValue, type Scope } from './template.ts';

/** An input that a transaction or access pattern cannot take: the client's mistake. */
export class OltpInputError extends Error {
  override readonly name = 'OltpInputError';
  /** JSON pointer into the input. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(message);
    this.path = path;
  }
}

/** Members of one action; plain values, as DynamoDB's document client takes them. */
export interface WriteAction {
  readonly TableName: string;
  readonly Key?: Readonly<Record<string, unknown>>;
  readonly Item?: Readonly<Record<string, unknown>>;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>>;
}

export interface TransactionPlan {
  /** Input of `TransactWriteCommand` (lib-dynamodb). */
  readonly request: {
    readonly ClientRequestToken: string;
    readonly TransactItems: readonly Readonly<
      Partial<Record<'Put' | 'Update' | 'Delete' | 'ConditionCheck', WriteAction>>
    >[];
  };
  /** Per action, in the order of CancellationReasons: what it means that its condition did not hold. */
  readonly failures: readonly string[];
  /** Input and computed values: the answer to the client. */
  readonly result: Scope;
}

/** DynamoDB's limit (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html). */
const maxActions = 100;

const validators = new WeakMap<object, ValidateFunction>();

function checkInput(schema: Readonly<Record<string, unknown>>, input: unknown): void {
  let validate = validators.get(schema);
  if (!validate) {
    const ajv = new Ajv({ strict: false });
    ajvFormats.default(ajv);
    validate = ajv.compile(schema);
    validators.set(schema, validate);
  }
  if (validate(input)) return;
  const error = validate.errors?.[0];
  throw new OltpInputError(
    error?.instancePath ?? '',
    `input${error?.instancePath ?? ''} ${error?.message ?? 'is wrong'}`,
  );
}

/** A UUID (version 8, RFC 9562) from a text: the same text gives the same UUID. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex[16] as string, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function compute(how: Computed, member: string, input: Scope, token: string, nowMs: number): unknown {
  switch (how.kind) {
    case 'now':
      // DynamoDB takes a repetition for the same request only if every value is the same, so a client that may repeat one
      // sends the time along.
      return input[member] ?? new Date(nowMs).toISOString();
    case 'uuid':
      return uuidFrom(`${member}\n${token}`);
    case 'sum': {
      const items = (input[how.over] ?? []) as Scope[];
      const products = items.map((item) =>
        how.of.map((factor) => numberText(String(item[factor])) ?? '0').reduce(multiplyDecimals, '1'),
      );
      return Number(products.reduce(addDecimals, '0'));
    }
  }
}

/** Key attributes of an item of this entity, its indexes' included as far as their values are there. */
function itemKeys(entity: Entity, scope: Scope): Record<string, string> {
  const keys: Record<string, string> = {
    pk: fillText(entity.key.pk, scope),
    sk: fillText(entity.key.sk, scope),
  };
  for (const [index, key] of Object.entries(entity.indexes)) {
    keys[`${index}pk`] = fillText(key.pk, scope);
    keys[`${index}sk`] = fillText(key.sk, scope);
  }
  return keys;
}

const filled = (values: Readonly<Record<string, unknown>>, scope: Scope): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(values)
      .map(([name, template]) => [name, fill(template, scope)] as const)
      .filter(([, value]) => value !== undefined),
  );

function planStep(step: Step, entity: Entity, scope: Scope, table: string) {
  const placeholders: Placeholders = { names: {}, values: {} };
  const values = filled(step.values, scope);
  const keyScope = { ...scope, ...values };
  const condition = step.condition && writeCondition(step.condition, keyScope, placeholders);
  const key = { pk: fillText(entity.key.pk, keyScope), sk: fillText(entity.key.sk, keyScope) };
  const update = step.kind === 'update' ? updateExpression(step, values, scope, placeholders) : undefined;
  const action: WriteAction = {
    TableName: table,
    ...(step.kind === 'put'
      ? { Item: { ...itemKeys(entity, keyScope), entity: step.entity, ...values } }
      : { Key: key }),
    ...(update && { UpdateExpression: update }),
    ...(condition && { ConditionExpression: condition }),
    ...(Object.keys(placeholders.names).length && { ExpressionAttributeNames: placeholders.names }),
    ...(Object.keys(placeholders.values).length && { ExpressionAttributeValues: placeholders.values }),
  };
  const names = { put: 'Put', update: 'Update', delete: 'Delete', check: 'ConditionCheck' } as const;
  return { [names[step.kind]]: action };
}

/** SET and ADD of an update. */
function updateExpression(
  step: Step,
  values: Readonly<Record<string, unknown>>,
  scope: Scope,
  placeholders: Placeholders,
): string {
  // An update makes the item if there is none: it then has the attributes that its key was made of, as a put item has,
  // and its entity, by which capture knows it.
  const set = Object.entries({ entity: step.entity, ...values }).map(
    ([name, value]) => `${namePlaceholder(name, placeholders)} = ${valuePlaceholder(value, placeholders)}`,
  );
  const add = Object.entries(step.add).map(([name, amount]) => {
    const negative = amount.startsWith('-');
    const value = Number(fill(negative ? amount.slice(1) : amount, scope));
    return `${namePlaceholder(name, placeholders)} ${valuePlaceholder(negative ? -value : value, placeholders)}`;
  });
  return [set.length ? `SET ${set.join(', ')}` : '', add.length ? `ADD ${add.join(', ')}` : '']
    .filter(Boolean)
    .join(' ');
}

/**
 * Plans a transaction.
 * @param nowMs milliseconds since the epoch.
 * @throws OltpInputError for an unknown transaction, an input against its schema, or more than 100 actions.
 */
export function planTransaction(
  design: OltpDesign,
  name: string,
  input: unknown,
  nowMs: number,
  table: string,
): TransactionPlan {
  const transaction = Object.hasOwn(design.transactions, name) ? design.transactions[name] : undefined;
  if (!transaction)
    throw new OltpInputError(
      '',
      `transaction '${name}' is unknown; transactions are ${Object.keys(design.transactions).join(', ')}`,
    );
  checkInput(transaction.input, input);
  const given = input as Scope;
  const token = String(given[transaction.token]);
  const scope: Scope = {
    ...given,
    ...Object.fromEntries(
      Object.entries(transaction.computed).map(([member, how]) => [
        member,
        compute(how, member, given, token, nowMs),
      ]),
    ),
  };
  const planned = transaction.steps.flatMap((step) => {
    const items = step.forEach ? ((given[step.forEach] ?? []) as Scope[]) : [{}];
    return items.map((item, index) => {
      const itemScope = { ...scope, ...item, ...(step.forEach && { index: index + 1 }) };
      const entity = design.entities[step.entity] as Entity;
      try {
        return {
          action: planStep(step, entity, itemScope, table),
          failure: String(fill(step.otherwise, itemScope)),
        };
      } catch (error) {
        if (error instanceof MissingValue) throw new OltpInputError(`/${error.member}`, error.message);
        throw error;
      }
    });
  });
  if (planned.length > maxActions)
    throw new OltpInputError(
      '',
      `the transaction has ${planned.length} actions; DynamoDB takes ${maxActions}: send fewer items`,
    );
  return {
    request: {
      ClientRequestToken: uuidFrom(`${name}\n${token}`),
      TransactItems: planned.map(({ action }) => action),
    },
    failures: planned.map(({ failure }) => failure),
    result: scope,
  };
}

/** Input of `QueryCommand` (lib-dynamodb). */
export interface QueryPlan {
  readonly TableName: string;
  readonly IndexName?: string;
  readonly KeyConditionExpression: string;
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, unknown>>;
  readonly ScanIndexForward: boolean;
  readonly Limit?: number;
  readonly ReturnConsumedCapacity: 'TOTAL';
}

/**
 * Plans an access pattern.
 * @throws OltpInputError for an unknown pattern or a missing parameter.
 */
export function planAccess(
  design: OltpDesign,
  name: string,
  parameters: Readonly<Record<string, string | undefined>>,
  table: string,
): QueryPlan {
  const pattern: AccessPattern | undefined = Object.hasOwn(design.access, name)
    ? design.access[name]
    : undefined;
  if (!pattern)
    throw new OltpInputError(
      '',
      `access pattern '${name}' is unknown; patterns are ${Object.keys(design.access).join(', ')}`,
    );
  for (const parameter of pattern.parameters)
    if (!parameters[parameter])
      throw new OltpInputError(`/${parameter}`, `the parameter '${parameter}' is missing`);
  const prefix = pattern.index ?? '';
  const names: Record<string, string> = { '#pk': `${prefix}pk` };
  const values: Record<string, unknown> = { ':pk': fillText(pattern.pk, parameters) };
  let condition = '#pk = :pk';
  if (pattern.sk) {
    names['#sk'] = `${prefix}sk`;
    const equals = 'equals' in pattern.sk;
    values[':sk'] = fillText('equals' in pattern.sk ? pattern.sk.equals : pattern.sk.beginsWith, parameters);
    condition += equals ? ' AND #sk = :sk' : ' AND begins_with(#sk, :sk)';
  }
  return {
    TableName: table,
    ...(pattern.index && { IndexName: pattern.index }),
    KeyConditionExpression: condition,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
    ScanIndexForward: !pattern.descending,
    ...(pattern.limit && { Limit: pattern.limit }),
    ReturnConsumedCapacity: 'TOTAL',
  };
}
