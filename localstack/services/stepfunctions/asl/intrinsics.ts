/** Intrinsic functions (`States.Format(…)` and the like): parsed from a template's text and called on its input. */
import { createHash, randomUUID } from 'node:crypto';
import { runtimeFailure } from './failure.ts';
import { isArray, isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { evaluate, type JsonPath, parseJsonPath } from './jsonPath.ts';

/** What paths in an expression read: the state's input, and the context object behind `$$`. */
export interface Scope {
  readonly input: Json;
  readonly context: Json;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export type Expression =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'path'; readonly path: JsonPath }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly operands: readonly Expression[] };

const invalid = (name: string, why: string) => runtimeFailure(`Invalid arguments in ${name}: ${why}`);

const MAX_ARRAY_ITEMS = 1000;
const MAX_TEXT = 10_000;
const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

function text(name: string, value: Json | undefined): string {
  if (typeof value !== 'string') throw invalid(name, `a string is expected, not ${JSON.stringify(value)}`);
  return value;
}

function integer(name: string, value: Json | undefined): number {
  if (typeof value !== 'number') throw invalid(name, `a number is expected, not ${JSON.stringify(value)}`);
  return Math.round(value);
}

function array(name: string, value: Json | undefined): readonly Json[] {
  if (!isArray(value)) throw invalid(name, `an array is expected, not ${JSON.stringify(value)}`);
  return value;
}

const encodable = (name: string, value: Json | undefined) => {
  const given = text(name, value);
  if (given.length > MAX_TEXT) throw invalid(name, `at most ${MAX_TEXT} characters, not ${given.length}`);
  return given;
};

/** A value inside States.Format, as AWS shows it: objects and arrays look like Java's, not like JSON. */
function shown(value: Json): string {
  if (isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (!isObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([name, member]) => `${name}=${shown(member)}`)
    .join(', ')}}`;
}

function format(template: string, values: readonly Json[]): string {
  let next = 0;
  const filled = template.replace(/\\([{}\\'])|\{\}/g, (_whole, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    if (next >= values.length) throw invalid('States.Format', `more {} than the ${values.length} arguments`);
    const value = values[next++]!;
    return shown(value);
  });
  if (next < values.length) throw invalid('States.Format', `${values.length} arguments for ${next} {}`);
  return filled;
}

function range(first: number, last: number, increment: number): Json {
  if (increment === 0) throw invalid('States.ArrayRange', 'the step must not be 0');
  const count = Math.max(0, Math.floor((last - first) / increment) + 1);
  if (count > MAX_ARRAY_ITEMS)
    throw invalid('States.ArrayRange', `at most ${MAX_ARRAY_ITEMS} items, not ${count}`);
  return Array.from({ length: count }, (_, at) => first + at * increment);
}

function partition(items: readonly Json[], size: number): Json {
  if (size < 1) throw invalid('States.ArrayPartition', `the size must be positive, not ${size}`);
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );
}

function object(name: string, value: Json | undefined): JsonObject {
  if (!isObject(value)) throw invalid(name, `an object is expected, not ${JSON.stringify(value)}`);
  return value;
}

function jsonMerge([left, right, deep]: readonly Json[]): Json {
  if (deep !== false) throw invalid('States.JsonMerge', 'only shallow merging (false) is supported');
  return { ...object('States.JsonMerge', left), ...object('States.JsonMerge', right) };
}

function base64Decode(name: string, value: Json | undefined): string {
  const given = encodable(name, value);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(given)) throw invalid(name, 'the text is not Base64');
  return Buffer.from(given, 'base64').toString('utf8');
}

function hash(data: Json | undefined, algorithm: Json | undefined): string {
  const known = typeof algorithm === 'string' ? HASHES[algorithm] : undefined;
  if (!known) throw invalid('States.Hash', `the algorithm must be one of ${Object.keys(HASHES).join(', ')}`);
  const content = typeof data === 'string' ? data : JSON.stringify(data);
  return createHash(known).update(encodable('States.Hash', content)).digest('hex');
}

function mathRandom([start, end]: readonly Json[], random: () => number): number {
  const [low, high] = [integer('States.MathRandom', start), integer('States.MathRandom', end)];
  return low + Math.floor(random() * (high - low));
}

function stringSplit([whole, separators]: readonly Json[]): Json {
  const [given, set] = [text('States.StringSplit', whole), text('States.StringSplit', separators)];
  const parts: string[] = [];
  let part = '';
  for (const character of given) {
    if (!set.includes(character)) part += character;
    else {
      if (part) parts.push(part);
      part = '';
    }
  }
  return part ? [...parts, part] : parts;
}

function arrayGetItem([items, index]: readonly Json[]): Json {
  const list = array('States.ArrayGetItem', items);
  const at = integer('States.ArrayGetItem', index);
  const item = at < 0 ? undefined : list[at];
  if (item === undefined) throw invalid('States.ArrayGetItem', `index ${at} of ${list.length} items`);
  return item;
}

/** Blank text is null, as on AWS. */
function stringToJson(value: Json | undefined): Json {
  const given = text('States.StringToJson', value);
  if (given.trim() === '') return null;
  try {
    return JSON.parse(given);
  } catch (cause) {
    throw invalid('States.StringToJson', (cause as Error).message);
  }
}

const unique = (items: readonly Json[]) =>
  items.filter((item, at) => items.findIndex((other) => sameJson(other, item)) === at);

interface Intrinsic {
  /** How many operands it takes, at least and at most. */
  readonly operands: readonly [number, number];
  call(values: readonly Json[], random: () => number): Json;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html */
const FUNCTIONS = {
  'States.Format': {
    operands: [1, Number.POSITIVE_INFINITY],
    call: ([template, ...values]) => format(text('States.Format', template), values),
  },
  'States.StringToJson': { operands: [1, 1], call: ([value]) => stringToJson(value) },
  'States.JsonToString': { operands: [1, 1], call: ([value]) => JSON.stringify(value) },
  'States.JsonMerge': { operands: [3, 3], call: jsonMerge },
  'States.Array': { operands: [0, Number.POSITIVE_INFINITY], call: (values) => [...values] },
  'States.ArrayPartition': {
    operands: [2, 2],
    call: ([items, size]) =>
      partition(array('States.ArrayPartition', items), integer('States.ArrayPartition', size)),
  },
  'States.ArrayContains': {
    operands: [2, 2],
    call: ([items, wanted]) => array('States.ArrayContains', items).some((item) => sameJson(item, wanted!)),
  },
  'States.ArrayRange': {
    operands: [3, 3],
    call: (values) => {
      const [first, last, increment] = values.map((value) => integer('States.ArrayRange', value));
      return range(first!, last!, increment!);
    },
  },
  'States.ArrayGetItem': { operands: [2, 2], call: arrayGetItem },
  'States.ArrayLength': { operands: [1, 1], call: ([items]) => array('States.ArrayLength', items).length },
  'States.ArrayUnique': { operands: [1, 1], call: ([items]) => unique(array('States.ArrayUnique', items)) },
  'States.Base64Encode': {
    operands: [1, 1],
    call: ([value]) => Buffer.from(encodable('States.Base64Encode', value)).toString('base64'),
  },
  'States.Base64Decode': { operands: [1, 1], call: ([value]) => base64Decode('States.Base64Decode', value) },
  'States.Hash': { operands: [2, 2], call: ([data, algorithm]) => hash(data, algorithm) },
  'States.MathRandom': { operands: [2, 2], call: mathRandom },
  'States.MathAdd': {
    operands: [2, 2],
    call: ([a, b]) => integer('States.MathAdd', a) + integer('States.MathAdd', b),
  },
  'States.StringSplit': { operands: [2, 2], call: stringSplit },
  'States.UUID': { operands: [0, 0], call: () => randomUUID() },
} as const satisfies Readonly<Record<string, Intrinsic>>;

type FunctionName = keyof typeof FUNCTIONS;

class ExpressionSyntaxError extends Error {
  override readonly name = 'ExpressionSyntaxError';
}

/** A template's expression: a path or an intrinsic call. Throws `ExpressionSyntaxError` or `JsonPathSyntaxError`. */
export function parseExpression(source: string): Expression {
  if (source.startsWith('$')) return { kind: 'path', path: parseJsonPath(source) };
  let position = 0;
  const mistake = (why: string) =>
    new ExpressionSyntaxError(
      `'${source}' is not a path or an intrinsic function: ${why} at character ${position + 1}`,
    );
  const take = (pattern: RegExp) => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = position;
    const match = sticky.exec(source);
    if (match) position = sticky.lastIndex;
    return match;
  };
  function operand(): Expression {
    take(/\s+/);
    const quoted = take(/'((?:[^'\\]|\\.)*)'/);
    // Only \' and \\ are undone here; States.Format undoes \{ and \} itself.
    if (quoted) return { kind: 'literal', value: quoted[1]!.replace(/\\(['\\])/g, '$1') };
    const literal = take(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/);
    if (literal) return { kind: 'literal', value: JSON.parse(literal[0]) };
    const path = take(/\$(?:\[[^\]]*\]|[^\s,)])*/);
    if (path) return { kind: 'path', path: parseJsonPath(path[0]) };
    return call();
  }
  function call(): Expression {
    const name = take(/States\.[A-Za-z0-9]+/)?.[0];
    if (!name) throw mistake('a function expected');
    if (!Object.hasOwn(FUNCTIONS, name)) throw mistake(`${name} is not a function`);
    if (!take(/\s*\(\s*/)) throw mistake('( expected');
    const operands: Expression[] = [];
    if (!take(/\)/)) {
      do operands.push(operand());
      while (take(/\s*,/));
      if (!take(/\s*\)/)) throw mistake(') expected');
    }
    const [least, most] = FUNCTIONS[name as FunctionName].operands;
    if (operands.length < least || operands.length > most) {
      throw mistake(
        `${name} takes ${least === most ? least : `at least ${least}`} arguments, not ${operands.length}`,
      );
    }
    return { kind: 'call', name: name as FunctionName, operands };
  }
  const parsed = call();
  if (position !== source.length) throw mistake('an unexpected character');
  return parsed;
}

/** Throws `MissingPathError`, or `StateFailure` for arguments that a function does not take. */
export function valueOfExpression(expression: Expression, scope: Scope): Json {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return evaluate(expression.path, expression.path.ofContext ? scope.context : scope.input);
    case 'call': {
      const values = expression.operands.map((operand) => valueOfExpression(operand, scope));
      return FUNCTIONS[expression.name].call(values, scope.random);
    }
  }
}
