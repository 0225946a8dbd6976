/** Keys of tables and indexes: checked against their schema, and encoded so that bytes sort as DynamoDB sorts. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import { orderedBytes, parseDecimal } from './decimal.ts';
import type { AttributeDefinition, IndexDefinition, KeySchema, Table } from './table.ts';
import { type AttributeValue, checkedValue, type Item, typeOf } from './values.ts';

/** Where an item or an index entry is: `hash` scatters partitions as AWS does, `range` sorts within one. */
export interface Position {
  readonly hash: Buffer;
  readonly range: Buffer;
}

/** A key that its table does not take: in a transaction it cancels the transaction, elsewhere it is a bad request. */
export class KeyError extends AwsError {
  constructor(message: string) {
    super('ValidationException', message);
  }
}

const MAX_HASH_KEY_BYTES = 2048;
const MAX_RANGE_KEY_BYTES = 1024;
const HASH_PREFIX_BYTES = 8;
const NO_RANGE = Buffer.alloc(0);

export const hashName = (schema: KeySchema) => schema.find((key) => key.KeyType === 'HASH')!.AttributeName;
export const rangeName = (schema: KeySchema) => schema.find((key) => key.KeyType === 'RANGE')?.AttributeName;
export const keyNames = (schema: KeySchema) => schema.map((key) => key.AttributeName);

export const keyType = (definitions: readonly AttributeDefinition[], name: string) =>
  definitions.find((definition) => definition.AttributeName === name)!.AttributeType;

/** Bytes of one key attribute whose memcmp order is DynamoDB's: UTF-8, numeric, or unsigned bytes. */
export function keyBytes(value: AttributeValue): Buffer {
  if (value.N !== undefined) return orderedBytes(parseDecimal(value.N));
  return value.B === undefined ? Buffer.from(value.S!) : Buffer.from(value.B, 'base64');
}

/** The hash column: eight bytes of MD5 scatter the partitions, the key's own bytes keep them apart. */
export function hashBytes(value: AttributeValue): Buffer {
  const bytes = keyBytes(value);
  return Buffer.concat([createHash('md5').update(bytes).digest().subarray(0, HASH_PREFIX_BYTES), bytes]);
}

/** The scan segment of `total` that a hash belongs to is the range [first, next) of its first four bytes. */
export function segmentBounds(segment: number, total: number): { from: Buffer; until: Buffer | undefined } {
  const edge = (at: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(Math.floor((2 ** 32 / total) * at));
    return bytes;
  };
  return { from: edge(segment), until: segment + 1 === total ? undefined : edge(segment + 1) };
}

/** Throws for an empty or an overlong value of a key attribute. */
function assertKeyValue(name: string, value: AttributeValue, isHash: boolean): void {
  if (value.S === '' || value.B === '') {
    throw new KeyError(
      'One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ' +
        `${value.S === '' ? 'string' : 'binary'} value. Key: ${name}`,
    );
  }
  if (value.N !== undefined) return;
  const { length } = keyBytes(value);
  if (isHash && length > MAX_HASH_KEY_BYTES) {
    throw new KeyError(
      'One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes',
    );
  }
  if (!isHash && length > MAX_RANGE_KEY_BYTES) {
    throw new KeyError(
      'One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of 1024 bytes',
    );
  }
}

/** The position of an item by a schema; undefined when it lacks a key attribute (a sparse index leaves it out). */
export function positionOf(schema: KeySchema, item: Item): Position | undefined {
  const hash = item[hashName(schema)];
  const name = rangeName(schema);
  const range = name === undefined ? undefined : item[name];
  if (hash === undefined || (name !== undefined && range === undefined)) return undefined;
  return { hash: hashBytes(hash), range: range ? keyBytes(range) : NO_RANGE };
}

/** A request's `Key`, checked and normalised. */
export function checkedKey(table: Table, key: Item | undefined): Item {
  const mismatch = () => new KeyError('The provided key element does not match the schema');
  if (key === undefined) throw mismatch();
  const names = keyNames(table.keySchema);
  if (names.length !== Object.keys(key).length) throw mismatch();
  const checked: Record<string, AttributeValue> = {};
  for (const name of names) {
    if (key[name] === undefined) throw mismatch();
    const value = checkedValue(key[name]);
    if (typeOf(value) !== keyType(table.attributes, name)) throw mismatch();
    assertKeyValue(name, value, name === names[0]);
    checked[name] = value;
  }
  return checked;
}

/** Throws unless the item carries its table's key and, where it has an index's key attributes, their types. */
export function assertItemKeys(table: Table, item: Item): void {
  for (const name of keyNames(table.keySchema)) {
    const value = item[name];
    if (value === undefined) {
      throw new KeyError(`One or more parameter values were invalid: Missing the key ${name} in the item`);
    }
    const expected = keyType(table.attributes, name);
    if (typeOf(value) !== expected) {
      throw new KeyError(
        `One or more parameter values were invalid: Type mismatch for key ${name} expected: ${expected} actual: ${typeOf(value)}`,
      );
    }
    assertKeyValue(name, value, name === hashName(table.keySchema));
  }
  for (const index of table.indexes) assertIndexKeys(table, index, item);
}

function assertIndexKeys(table: Table, index: IndexDefinition, item: Item): void {
  for (const name of keyNames(index.keySchema)) {
    const value = item[name];
    if (value === undefined) continue;
    const expected = keyType(table.attributes, name);
    if (typeOf(value) !== expected) {
      throw new KeyError(
        `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${expected} ` +
          `Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    }
    if (value.S === '' || value.B === '') {
      throw new KeyError(
        'One or more parameter values are not valid. A value specified for a secondary index key is not supported. ' +
          `The AttributeValue for a key attribute cannot contain an empty ${value.S === '' ? 'string' : 'binary'} value. ` +
          `IndexName: ${index.name}, IndexKey: ${name}`,
      );
    }
    assertKeyValue(name, value, name === hashName(index.keySchema));
  }
}

export const keyOf = (table: Table, item: Item): Item =>
  Object.fromEntries(keyNames(table.keySchema).map((name) => [name, item[name]!]));
