/** Signatures of the allow-list: written as Trino's SHOW FUNCTIONS shows them, matched against the types of a call. */
import { createCursor } from '../syntax/cursor.ts';
import type { TypeName } from '../syntax/tree.ts';
import { parseTypeName } from '../syntax/typeName.ts';
import {
  canCoerce,
  commonType,
  decimal,
  isInteger,
  isNumeric,
  type RowField,
  sameType,
  type Type,
  typeOf,
  VARCHAR,
  varchar,
} from '../types.ts';

export interface Signature {
  readonly name: string;
  readonly parameters: readonly TypeName[];
  readonly result: TypeName;
  /** The last parameter may be repeated. */
  readonly variadic: boolean;
}

/** Reads `lpad(varchar(x), bigint, varchar(y)) -> varchar`; `T...` as last parameter repeats it. */
export function parseSignature(text: string): Signature {
  const [call = '', resultText = ''] = text.split(' -> ');
  const open = call.indexOf('(');
  const variadic = call.endsWith('...)');
  const cursor = createCursor(`${call.slice(open).replace('...)', ')')}`);
  const parameters = cursor.at('(', ')') ? [] : cursor.parenthesised(() => parseTypeName(cursor));
  return { name: call.slice(0, open), parameters, result: parseTypeName(createCursor(resultText)), variadic };
}

/** What the variables of a signature stand for in one call: `T` a type, `x`, `p`, `s` numbers. */
export interface Bindings {
  readonly types: Map<string, Type>;
  readonly numbers: Map<string, number | undefined>;
}

const isTypeVariable = (name: TypeName) => /^[a-z]\d?$/.test(name.name) && name.arguments.length === 0;

/** What a coercion costs when one of several signatures must be chosen: Trino takes the one that needs least. */
const WIDENING = ['tinyint', 'smallint', 'integer', 'bigint', 'decimal', 'real', 'double'];

function coercionCost(from: Type, to: Type): number | undefined {
  if (sameType(from, to)) return 0;
  if (from.kind === 'unknown') return 1;
  if (from.kind === to.kind && canCoerce(from, to)) return 0;
  if (!canCoerce(from, to)) return undefined;
  return isNumeric(from) && isNumeric(to) ? 1 + WIDENING.indexOf(to.kind) - WIDENING.indexOf(from.kind) : 2;
}

/** Binds variables so that `type` fits; gives the cost, or undefined when it does not fit. */
export function bind(pattern: TypeName, type: Type, bindings: Bindings): number | undefined {
  if (isTypeVariable(pattern)) {
    const bound = bindings.types.get(pattern.name);
    const common = bound ? commonType(bound, type) : type;
    if (!common) return undefined;
    bindings.types.set(pattern.name, common);
    return bound && !sameType(common, bound) ? 1 : 0;
  }
  const [first, second] = pattern.arguments;
  const variable = (argument: number | TypeName | undefined) =>
    typeof argument === 'object' ? argument.name : undefined;
  switch (pattern.name) {
    case 'varchar':
      if (type.kind !== 'varchar' && type.kind !== 'unknown') return undefined;
      if (variable(first)) bindings.numbers.set(variable(first)!, type.kind === 'varchar' ? type.length : 0);
      if (type.kind === 'unknown') return 1;
      return 0;
    case 'decimal': {
      if (typeof first === 'number') return coercionCost(type, typeOf(pattern));
      const as =
        type.kind === 'decimal' ? type : isInteger(type) ? commonType(type, decimal(1, 0)) : undefined;
      if (as?.kind !== 'decimal') return undefined;
      bindings.numbers.set(variable(first)!, as.precision);
      bindings.numbers.set(variable(second)!, as.scale);
      return type.kind === 'decimal' ? 0 : 1 + WIDENING.indexOf('decimal') - WIDENING.indexOf(type.kind);
    }
    case 'timestamp':
      if (type.kind === 'timestamp') {
        widenPrecision(bindings, type.precision);
        return 0;
      }
      widenPrecision(bindings, 0);
      return type.kind === 'date' ? 2 : undefined;
    case 'timestamp with time zone':
      if (type.kind === 'date') return 3;
      if (type.kind === 'timestamp') {
        widenPrecision(bindings, type.precision);
        return 3;
      }
      if (type.kind !== 'timestamp with time zone') return undefined;
      widenPrecision(bindings, type.precision);
      bindings.types.set('zoned', type);
      return 0;
    case 'array':
      if (type.kind === 'unknown') return 1;
      return type.kind === 'array' && typeof first === 'object'
        ? bind(first, type.element, bindings)
        : undefined;
    case 'map': {
      if (type.kind !== 'map' || typeof first !== 'object' || typeof second !== 'object') return undefined;
      const [key, value] = [bind(first, type.key, bindings), bind(second, type.value, bindings)];
      return key === undefined || value === undefined ? undefined : key + value;
    }
    case 'row':
      return bindRow(pattern, type, bindings);
    default:
      return coercionCost(type, typeOf(pattern));
  }
}

/** Arguments of several precisions take part at the finest, never rounded. */
function widenPrecision(bindings: Bindings, precision: number): void {
  bindings.numbers.set('p', Math.max(precision, bindings.numbers.get('p') ?? 0));
}

function bindRow(pattern: TypeName, type: Type, bindings: Bindings): number | undefined {
  if (type.kind !== 'row' || type.fields.length !== pattern.arguments.length) return undefined;
  let cost = 0;
  for (const [index, argument] of pattern.arguments.entries()) {
    const part =
      typeof argument === 'object' ? bind(argument, type.fields[index]!.type, bindings) : undefined;
    if (part === undefined) return undefined;
    cost += part;
  }
  return cost;
}

/** The type that a pattern stands for once its variables are bound. */
export function instantiate(pattern: TypeName, bindings: Bindings): Type {
  if (isTypeVariable(pattern)) return bindings.types.get(pattern.name) ?? { kind: 'unknown' };
  const number = (argument: number | TypeName | undefined) =>
    typeof argument === 'object' ? bindings.numbers.get(argument.name) : argument;
  const inner = (argument: number | TypeName | undefined) => instantiate(argument as TypeName, bindings);
  const [first, second] = pattern.arguments;
  switch (pattern.name) {
    case 'varchar': {
      const length = number(first);
      return length === undefined ? VARCHAR : varchar(length);
    }
    case 'decimal':
      return decimal(number(first) ?? 38, number(second) ?? 0);
    case 'timestamp':
      return { kind: 'timestamp', precision: number(first) ?? 3 };
    case 'timestamp with time zone': {
      const argument = bindings.types.get('zoned');
      const zone = argument?.kind === 'timestamp with time zone' ? argument.zone : 'UTC';
      return { kind: 'timestamp with time zone', precision: number(first) ?? 3, zone };
    }
    case 'array':
      return { kind: 'array', element: inner(first) };
    case 'map':
      return { kind: 'map', key: inner(first), value: inner(second) };
    case 'row':
      return {
        kind: 'row',
        fields: pattern.arguments.map(
          (argument, index): RowField => ({ name: pattern.fieldNames?.[index], type: inner(argument) }),
        ),
      };
    default:
      return typeOf(pattern);
  }
}
