/** JSONPath as Step Functions reads it (Jayway's dialect): parsed once, then evaluated or used as a place to write. */
import { isArray, isObject, type Json, sameJson } from './json.ts';

type Segment =
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'indexes'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from?: number; readonly until?: number }
  | { readonly kind: 'every' }
  | { readonly kind: 'filter'; readonly test: Filter }
  | { readonly kind: 'deep'; readonly step: Segment };

type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'exists'; readonly path: readonly Segment[] }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand };

type Operand =
  | { readonly kind: 'path'; readonly path: readonly Segment[] }
  | { readonly kind: 'literal'; readonly value: Json };

export interface JsonPath {
  readonly text: string;
  /** `$$` paths read the context object. */
  readonly ofContext: boolean;
  readonly segments: readonly Segment[];
}

class JsonPathSyntaxError extends Error {
  override readonly name = 'JsonPathSyntaxError';
}

/** A definite path that leads nowhere. `at` is the part that was missing, as Jayway prints it. */
export class MissingPathError extends Error {
  override readonly name = 'MissingPathError';
  constructor(path: string, at: string) {
    super(`Invalid path '${path}' : Missing property in path ${at}`);
  }
}

/** Throws `JsonPathSyntaxError` with the place of the mistake. */
export function parseJsonPath(text: string): JsonPath {
  const ofContext = text.startsWith('$$');
  const reader = createReader(text, ofContext ? 2 : 1);
  if (!text.startsWith('$')) throw reader.mistake('a path begins with $');
  const segments = readSegments(reader);
  if (!reader.done()) throw reader.mistake('an unexpected character');
  return { text, ofContext, segments };
}

interface Reader {
  /** Takes what the sticky pattern finds here. */
  take(pattern: RegExp): RegExpExecArray | undefined;
  expect(pattern: RegExp, what: string): RegExpExecArray;
  done(): boolean;
  mistake(why: string): JsonPathSyntaxError;
}

function createReader(text: string, start: number): Reader {
  let position = start;
  const mistake = (why: string) =>
    new JsonPathSyntaxError(`'${text}' is not a JSONPath: ${why} at character ${position + 1}`);
  const take = (pattern: RegExp) => {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = position;
    const match = sticky.exec(text);
    if (match) position = sticky.lastIndex;
    return match ?? undefined;
  };
  return {
    take,
    mistake,
    done: () => position === text.length,
    expect(pattern, what) {
      const match = take(pattern);
      if (!match) throw mistake(`${what} expected`);
      return match;
    },
  };
}

const BARE_NAME = /[^\s.[\]()'",*?@=<>!&|]+/;
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/;
/** Only the quote itself and the backslash are escaped; before anything else a backslash is a character of the name. */
const unquote = (match: RegExpExecArray) =>
  match[1] === undefined ? match[2]!.replace(/\\(["\\])/g, '$1') : match[1].replace(/\\(['\\])/g, '$1');

function readSegments(reader: Reader): Segment[] {
  const segments: Segment[] = [];
  for (;;) {
    if (reader.take(/\.\./)) segments.push({ kind: 'deep', step: readStep(reader) });
    else if (reader.take(/\./)) segments.push(readDotted(reader));
    else if (reader.take(/\[/)) segments.push(readBracket(reader));
    else return segments;
  }
}

const readStep = (reader: Reader): Segment => (reader.take(/\[/) ? readBracket(reader) : readDotted(reader));

function readDotted(reader: Reader): Segment {
  if (reader.take(/\*/)) return { kind: 'every' };
  return { kind: 'name', name: reader.expect(BARE_NAME, 'a name')[0] };
}

function readBracket(reader: Reader): Segment {
  const segment = readBracketContent(reader);
  reader.expect(/\s*\]/, ']');
  return segment;
}

function readBracketContent(reader: Reader): Segment {
  reader.take(/\s+/);
  if (reader.take(/\*/)) return { kind: 'every' };
  if (reader.take(/\?\s*\(/)) {
    const test = readOr(reader);
    reader.expect(/\s*\)/, ')');
    return { kind: 'filter', test };
  }
  const quoted = reader.take(QUOTED);
  if (quoted) {
    const names = [unquote(quoted)];
    while (reader.take(/\s*,\s*/)) names.push(unquote(reader.expect(QUOTED, 'a quoted name')));
    return names.length === 1 ? { kind: 'name', name: names[0]! } : { kind: 'names', names };
  }
  const slice = reader.take(/(-?\d+)?\s*:\s*(-?\d+)?/);
  if (slice) {
    return {
      kind: 'slice',
      ...(slice[1] !== undefined && { from: Number(slice[1]) }),
      ...(slice[2] !== undefined && { until: Number(slice[2]) }),
    };
  }
  const indexes = [Number(reader.expect(/-?\d+/, 'an index')[0])];
  while (reader.take(/\s*,\s*/)) indexes.push(Number(reader.expect(/-?\d+/, 'an index')[0]));
  return indexes.length === 1 ? { kind: 'index', index: indexes[0]! } : { kind: 'indexes', indexes };
}

function readOr(reader: Reader): Filter {
  let left = readAnd(reader);
  while (reader.take(/\s*\|\|\s*/)) left = { kind: 'or', left, right: readAnd(reader) };
  return left;
}

function readAnd(reader: Reader): Filter {
  let left = readTest(reader);
  while (reader.take(/\s*&&\s*/)) left = { kind: 'and', left, right: readTest(reader) };
  return left;
}

function readTest(reader: Reader): Filter {
  reader.take(/\s+/);
  if (reader.take(/!(?!=)\s*/)) return { kind: 'not', of: readTest(reader) };
  if (reader.take(/\(/)) {
    const inner = readOr(reader);
    reader.expect(/\s*\)/, ')');
    return inner;
  }
  const left = readOperand(reader);
  const operator = reader.take(/\s*(==|!=|<=|>=|<|>)\s*/)?.[1];
  if (operator) return { kind: 'compare', operator, left, right: readOperand(reader) };
  if (left.kind === 'literal') throw reader.mistake('a comparison expected');
  return { kind: 'exists', path: left.path };
}

function readOperand(reader: Reader): Operand {
  if (reader.take(/@/)) return { kind: 'path', path: readSegments(reader) };
  const quoted = reader.take(QUOTED);
  if (quoted) return { kind: 'literal', value: unquote(quoted) };
  const literal = reader.expect(/true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/, 'a value');
  return { kind: 'literal', value: JSON.parse(literal[0]) };
}

/** Whether a path names at most one value: only such paths fail when they lead nowhere, and only they can be written. */
export const isDefinite = (path: JsonPath): boolean =>
  path.segments.every((segment) => segment.kind === 'name' || segment.kind === 'index');

const childrenOf = (value: Json): readonly Json[] =>
  isArray(value) ? value : isObject(value) ? Object.values(value) : [];

const descendants = (value: Json): Json[] => [value, ...childrenOf(value).flatMap(descendants)];

function step(value: Json, segment: Segment): readonly Json[] {
  const at = (index: number) => {
    const item = isArray(value) ? value.at(index) : undefined;
    return item === undefined ? [] : [item];
  };
  const named = (name: string) =>
    isObject(value) && Object.hasOwn(value, name) ? [value[name] as Json] : [];
  switch (segment.kind) {
    case 'name':
      return named(segment.name);
    case 'names':
      return segment.names.flatMap(named);
    case 'index':
      return at(segment.index);
    case 'indexes':
      return segment.indexes.flatMap(at);
    case 'slice':
      return isArray(value) ? value.slice(segment.from, segment.until) : [];
    case 'every':
      return childrenOf(value);
    case 'filter':
      return (isArray(value) ? value : [value]).filter((item) => passes(segment.test, item));
    case 'deep':
      return descendants(value).flatMap((item) => step(item, segment.step));
  }
}

const walk = (value: Json, segments: readonly Segment[]): readonly Json[] =>
  segments.reduce<readonly Json[]>(
    (values, segment) => values.flatMap((item) => step(item, segment)),
    [value],
  );

function passes(test: Filter, item: Json): boolean {
  switch (test.kind) {
    case 'and':
      return passes(test.left, item) && passes(test.right, item);
    case 'or':
      return passes(test.left, item) || passes(test.right, item);
    case 'not':
      return !passes(test.of, item);
    case 'exists':
      return walk(item, test.path).length > 0;
    case 'compare': {
      const of = (operand: Operand) =>
        operand.kind === 'literal' ? operand.value : walk(item, operand.path)[0];
      return compares(test.operator, of(test.left), of(test.right));
    }
  }
}

function compares(operator: string, left: Json | undefined, right: Json | undefined): boolean {
  if (left === undefined || right === undefined) return operator === '!=' && left !== right;
  if (operator === '==') return sameJson(left, right);
  if (operator === '!=') return !sameJson(left, right);
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const order = left < right! ? -1 : left > right! ? 1 : 0;
  if (operator === '<') return order < 0;
  if (operator === '<=') return order <= 0;
  return operator === '>' ? order > 0 : order >= 0;
}

const segmentText = (segment: Segment) =>
  segment.kind === 'name'
    ? `['${segment.name}']`
    : `[${segment.kind === 'index' ? segment.index : segment.kind}]`;

/** The value of a definite path, or the list of an indefinite one's values. Throws `MissingPathError`. */
export function evaluate(path: JsonPath, root: Json): Json {
  if (!isDefinite(path)) return [...walk(root, path.segments)];
  let value = root;
  for (const [index, segment] of path.segments.entries()) {
    const found = step(value, segment)[0];
    if (found === undefined) {
      const at = path.segments
        .slice(0, index + 1)
        .map(segmentText)
        .join('');
      throw new MissingPathError(path.text, `$${at}`);
    }
    value = found;
  }
  return value;
}

/** Whether anything is at the path (Choice's IsPresent). */
export const exists = (path: JsonPath, root: Json): boolean => walk(root, path.segments).length > 0;

/** A place that a ResultPath names cannot be made in the input. */
export class UnwritablePathError extends Error {
  override readonly name = 'UnwritablePathError';
}

/** `root` with `value` at a definite path; missing objects on the way are made. Throws `UnwritablePathError`. */
export function placed(path: JsonPath, root: Json, value: Json): Json {
  const place = (target: Json, segments: readonly Segment[]): Json => {
    const [segment, ...rest] = segments;
    if (!segment) return value;
    if (segment.kind === 'name' && isObject(target)) {
      const inner = Object.hasOwn(target, segment.name) ? (target[segment.name] as Json) : {};
      return { ...target, [segment.name]: place(inner, rest) };
    }
    if (segment.kind === 'index' && isArray(target) && segment.index < target.length) {
      return target.with(segment.index, place(target[segment.index]!, rest));
    }
    throw new UnwritablePathError(
      `Unable to apply ReferencePath ${path.text} to input ${JSON.stringify(root)}`,
    );
  };
  return place(root, path.segments);
}
