/** Resolves the placeholders of a request's expressions, and notices those that nothing used. */
import { type AttributeValue, checkedValue, validationError } from '../values.ts';
import type { Path } from './paths.ts';
import { isReserved } from './reservedWords.ts';
import type { Cursor } from './tokenizer.ts';

export interface Binding {
  name(placeholder: string, label: string): string;
  value(placeholder: string, label: string): AttributeValue;
  /** Throws when a placeholder was given that no expression used. */
  assertAllUsed(): void;
}

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, AttributeValue>>;
}

function assertKeys(parameter: string, keys: readonly string[], pattern: RegExp) {
  if (keys.length === 0) throw validationError(`${parameter} must not be empty`);
  for (const key of keys) {
    if (!pattern.test(key)) {
      throw validationError(`${parameter} contains invalid key: Syntax error; key: "${key}"`);
    }
  }
}

/** `expressions` are the request's expression parameters; placeholders without any are an error, as on AWS. */
export function bindingOf(input: Placeholders, expressions: readonly (string | undefined)[]): Binding {
  const names = input.ExpressionAttributeNames;
  const given = input.ExpressionAttributeValues;
  if (expressions.every((expression) => expression === undefined)) {
    for (const parameter of ['ExpressionAttributeNames', 'ExpressionAttributeValues'] as const) {
      if (input[parameter]) {
        throw validationError(`${parameter} can only be specified when using expressions`);
      }
    }
  }
  if (names) assertKeys('ExpressionAttributeNames', Object.keys(names), /^#[0-9a-zA-Z_]+$/);
  if (given) assertKeys('ExpressionAttributeValues', Object.keys(given), /^:[0-9a-zA-Z_]+$/);
  const values = new Map<string, AttributeValue>();
  for (const [key, value] of Object.entries(given ?? {})) {
    try {
      values.set(key, checkedValue(value));
    } catch (error) {
      throw validationError(
        `ExpressionAttributeValues contains invalid value: ${(error as Error).message} for key ${key}`,
      );
    }
  }
  const unusedNames = new Set(Object.keys(names ?? {}));
  const unusedValues = new Set(values.keys());

  return {
    name(placeholder, label) {
      const name = names?.[placeholder];
      if (name === undefined) {
        throw validationError(
          `Invalid ${label}: An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
        );
      }
      unusedNames.delete(placeholder);
      return name;
    },
    value(placeholder, label) {
      const value = values.get(placeholder);
      if (value === undefined) {
        throw validationError(
          `Invalid ${label}: An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
        );
      }
      unusedValues.delete(placeholder);
      return value;
    },
    assertAllUsed() {
      for (const [parameter, unused] of [
        ['ExpressionAttributeNames', unusedNames],
        ['ExpressionAttributeValues', unusedValues],
      ] as const) {
        if (unused.size > 0) {
          throw validationError(
            `Value provided in ${parameter} unused in expressions: keys: {${[...unused].join(', ')}}`,
          );
        }
      }
    },
  };
}

function parseName(cursor: Cursor, binding: Binding): string {
  const token = cursor.peek();
  if (token.kind === 'placeholder') return binding.name(cursor.next().text, cursor.label);
  if (token.kind !== 'name') throw cursor.syntaxError();
  if (isReserved(token.text)) {
    throw validationError(
      `Invalid ${cursor.label}: Attribute name is a reserved keyword; reserved keyword: ${token.text}`,
    );
  }
  return cursor.next().text;
}

/** `name`, `#placeholder`, then any of `.name` and `[index]`. */
export function parsePath(cursor: Cursor, binding: Binding): Path {
  const path: (string | number)[] = [parseName(cursor, binding)];
  for (;;) {
    if (cursor.take('.')) path.push(parseName(cursor, binding));
    else if (cursor.take('[')) {
      if (cursor.peek().kind !== 'index') throw cursor.syntaxError();
      path.push(Number(cursor.next().text));
      cursor.expect(']');
    } else return path;
  }
}
