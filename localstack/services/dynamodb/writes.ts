/** Parses the write requests that PutItem, UpdateItem, DeleteItem and TransactWriteItems share. */

import { type Binding, bindingOf, type Placeholders } from './expressions/binding.ts';
import { type Condition, conditionPaths, parseCondition } from './expressions/condition.ts';
import type { Path } from './expressions/paths.ts';
import { parseUpdate } from './expressions/update.ts';
import { assertItemKeys, checkedKey, keyNames, keyOf } from './keys.ts';
import type { Database, Write } from './state.ts';
import type { Table } from './table.ts';
import { checkedItem, type Item, validationError } from './values.ts';

export interface WriteInput extends Placeholders {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ReturnValues?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
  readonly ReturnConsumedCapacity?: string;
}

/** PutItem and DeleteItem have an item before, and none after, that they could give back. */
export function assertReturnsOldOrNone(value: string | undefined): void {
  if (value === undefined || value === 'NONE' || value === 'ALL_OLD') return;
  throw validationError('ReturnValues can only be ALL_OLD or NONE');
}

/** Throws when an expression reaches into a key attribute, which is always a scalar. */
export function assertKeysWhole(table: Table, paths: readonly Path[]): void {
  const nested = new Set(paths.filter((path) => path.length > 1).map((path) => path[0]));
  const refuse = (kind: string, name: string) =>
    validationError(
      `Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: ${kind}: ${name}`,
    );
  for (const name of keyNames(table.keySchema)) if (nested.has(name)) throw refuse('Key', name);
  for (const name of table.indexes.flatMap((index) => keyNames(index.keySchema))) {
    if (nested.has(name)) throw refuse('IndexKey', name);
  }
}

function parsedCondition(table: Table, input: WriteInput, binding: Binding): Condition | undefined {
  if (input.ConditionExpression === undefined) return undefined;
  const condition = parseCondition(input.ConditionExpression, 'ConditionExpression', binding);
  assertKeysWhole(table, conditionPaths(condition));
  return condition;
}

const returnOldOnFailure = (input: WriteInput) => input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD';

export function parsePut(database: Database, input: WriteInput): Write {
  const binding = bindingOf(input, [input.ConditionExpression]);
  const table = database.table(input.TableName);
  const item = checkedItem(input.Item ?? {});
  const condition = parsedCondition(table, input, binding);
  binding.assertAllUsed();
  assertItemKeys(table, item);
  return {
    table,
    key: keyOf(table, item),
    action: { kind: 'put', item },
    condition,
    returnOldOnFailure: returnOldOnFailure(input),
  };
}

export function parseUpdateWrite(database: Database, input: WriteInput): Write {
  const binding = bindingOf(input, [input.UpdateExpression, input.ConditionExpression]);
  const table = database.table(input.TableName);
  const changes = input.UpdateExpression === undefined ? [] : parseUpdate(input.UpdateExpression, binding);
  const condition = parsedCondition(table, input, binding);
  binding.assertAllUsed();
  const key = checkedKey(table, input.Key);
  const paths = changes.map((change) => change.path);
  for (const name of keyNames(table.keySchema)) {
    if (paths.some((path) => path[0] === name)) {
      throw validationError(
        `One or more parameter values were invalid: Cannot update attribute ${name}. This attribute is part of the key`,
      );
    }
  }
  assertKeysWhole(table, paths);
  return {
    table,
    key,
    action: { kind: 'update', changes },
    condition,
    returnOldOnFailure: returnOldOnFailure(input),
  };
}

export function parseKeyedWrite(database: Database, input: WriteInput, kind: 'delete' | 'check'): Write {
  const binding = bindingOf(input, [input.ConditionExpression]);
  const table = database.table(input.TableName);
  const condition = parsedCondition(table, input, binding);
  binding.assertAllUsed();
  return {
    table,
    key: checkedKey(table, input.Key),
    action: { kind },
    condition,
    returnOldOnFailure: returnOldOnFailure(input),
  };
}
