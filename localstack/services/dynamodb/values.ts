/** Attribute values as they travel on the wire: checked, normalised, measured and compared. */
import { AwsError } from '../../core/errors.ts';
import { compareDecimals, decimalSize, formatDecimal, parseDecimal } from './decimal.ts';

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** Exactly one member is set; `B` and `BS` hold base64. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly SS?: readonly string[];
  readonly NS?: readonly string[];
  readonly BS?: readonly string[];
  readonly L?: readonly AttributeValue[];
  readonly M?: Item;
}

export type Item = Readonly<Record<string, AttributeValue>>;

export const MAX_ITEM_BYTES = 400 * 1024;
const MAX_DEPTH = 32;

export const validationError = (message: string) => new AwsError('ValidationException', message);

export const typeOf = (value: AttributeValue) => Object.keys(value)[0] as AttributeType;

const hasDuplicate = (members: readonly string[]) => new Set(members).size !== members.length;

function checkedNumber(text: unknown): string {
  if (typeof text !== 'string') {
    throw new AwsError('SerializationException', `${typeof text} cannot be converted to String`);
  }
  return formatDecimal(parseDecimal(text));
}

function checkedSet(type: 'SS' | 'NS' | 'BS', members: readonly string[]): readonly string[] {
  const invalid = 'One or more parameter values were invalid:';
  if (members.length === 0) {
    if (type === 'BS') throw validationError(`${invalid} Binary sets should not be empty`);
    throw validationError(`${invalid} An ${type === 'SS' ? 'string' : 'number'} set  may not be empty`);
  }
  const checked = type === 'NS' ? members.map(checkedNumber) : members;
  if (hasDuplicate(checked)) {
    if (type === 'NS') throw validationError('Input collection contains duplicates');
    const suffix = type === 'BS' ? 'of type BS contains duplicates.' : ' contains duplicates.';
    throw validationError(`${invalid} Input collection [${members.join(', ')}]${suffix}`);
  }
  return checked;
}

/** A value with its numbers in plain form; throws `ValidationException` in AWS's words when it is not a value. */
export function checkedValue(value: AttributeValue, depth = 0): AttributeValue {
  const types = Object.keys(value);
  if (types.length === 0) {
    throw validationError(
      'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
    );
  }
  if (types.length > 1) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (depth > MAX_DEPTH) {
    throw validationError('Nesting Levels have exceeded supported limits');
  }
  switch (types[0]) {
    case 'S':
    case 'B':
    case 'BOOL':
      return value;
    case 'N':
      return { N: checkedNumber(value.N) };
    case 'NULL':
      if (!value.NULL) {
        throw validationError(
          'One or more parameter values were invalid: Null attribute value types must have the value of true',
        );
      }
      return value;
    case 'SS':
      return { SS: checkedSet('SS', value.SS!) };
    case 'NS':
      return { NS: checkedSet('NS', value.NS!) };
    case 'BS':
      return { BS: checkedSet('BS', value.BS!) };
    case 'L':
      return { L: value.L!.map((member) => checkedValue(member, depth + 1)) };
    case 'M':
      return { M: checkedItem(value.M!, depth + 1) };
    default:
      throw validationError(
        'Supplied AttributeValue is empty, must contain exactly one of the supported datatypes',
      );
  }
}

export const checkedItem = (item: Item, depth = 0): Item =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, checkedValue(value, depth)]));

const base64Bytes = (text: string) => Buffer.byteLength(text, 'base64');

function valueSize(value: AttributeValue): number {
  const sum = (members: readonly string[], size: (member: string) => number) =>
    members.reduce((total, member) => total + size(member), 0);
  switch (typeOf(value)) {
    case 'S':
      return Buffer.byteLength(value.S!);
    case 'N':
      return decimalSize(parseDecimal(value.N!));
    case 'B':
      return base64Bytes(value.B!);
    case 'SS':
      return sum(value.SS!, Buffer.byteLength);
    case 'NS':
      return sum(value.NS!, (member) => decimalSize(parseDecimal(member)));
    case 'BS':
      return sum(value.BS!, base64Bytes);
    case 'L':
      return 3 + value.L!.reduce((total, member) => total + 1 + valueSize(member), 0);
    case 'M':
      return 3 + Object.keys(value.M!).length + itemSize(value.M!);
    default:
      return 1;
  }
}

/**
 * Bytes of an item: UTF-8 names plus values; a list or map costs 3 bytes and 1 a member.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += Buffer.byteLength(name) + valueSize(value);
  return size;
}

const sameMembers = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((member) => b.includes(member));

/** Deep equality: sets ignore order, numbers are in plain form already, different types are never equal. */
export function equalValues(a: AttributeValue, b: AttributeValue): boolean {
  const type = typeOf(a);
  if (type !== typeOf(b)) return false;
  switch (type) {
    case 'SS':
    case 'NS':
    case 'BS':
      return sameMembers(a[type]!, b[type]!);
    case 'L':
      return a.L!.length === b.L!.length && a.L!.every((member, index) => equalValues(member, b.L![index]!));
    case 'M':
      return equalItems(a.M!, b.M!);
    default:
      return a[type] === b[type];
  }
}

export function equalItems(a: Item, b: Item): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => b[name] !== undefined && equalValues(a[name]!, b[name]))
  );
}

/** Order of two strings (by UTF-8 bytes), numbers or binaries of the same type; undefined where there is none. */
export function compareValues(a: AttributeValue, b: AttributeValue): number | undefined {
  if (a.S !== undefined && b.S !== undefined) return Buffer.compare(Buffer.from(a.S), Buffer.from(b.S));
  if (a.N !== undefined && b.N !== undefined) return compareDecimals(parseDecimal(a.N), parseDecimal(b.N));
  if (a.B !== undefined && b.B !== undefined) {
    return Buffer.compare(Buffer.from(a.B, 'base64'), Buffer.from(b.B, 'base64'));
  }
  return undefined;
}
