/**
 * The filter expressions of GetPartitions: a small SQL WHERE over the partition keys.
 * Source: https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html (operators and key types).
 */
import { AwsError } from '../../core/errors.ts';
import { ANY_CHARACTER, ANY_TEXT, wildcardTest } from '../../core/wildcards.ts';
import type { GlueColumn } from './records.ts';

type Value = string | number | null;
type Predicate = (values: Readonly<Record<string, Value>>) => boolean;

interface Token {
  readonly kind: 'word' | 'string' | 'number' | 'symbol' | 'end';
  readonly text: string;
}

const invalid = (detail: string, expression: string) =>
  new AwsError('InvalidInputException', `Unsupported expression '${expression}': ${detail}`);

function tokenize(expression: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < expression.length) {
    const character = expression[at]!;
    if (/\s/.test(character)) {
      at++;
    } else if (character === "'" || character === '"' || character === '`') {
      let text = '';
      let next = at + 1;
      for (;;) {
        if (next >= expression.length) throw invalid('a quote is not closed', expression);
        if (expression[next] !== character) text += expression[next++];
        else if (expression[next + 1] === character) {
          text += character;
          next += 2;
        } else break;
      }
      tokens.push({ kind: character === "'" ? 'string' : 'word', text });
      at = next + 1;
    } else {
      const rest = expression.slice(at);
      const number = /^-?\d+(\.\d+)?/.exec(rest)?.[0];
      const word = /^[A-Za-z_][\w$.]*/.exec(rest)?.[0];
      const symbol = /^(<=|>=|<>|!=|[=<>(),])/.exec(rest)?.[0];
      const text = number ?? word ?? symbol;
      if (!text) throw invalid(`'${character}' is not expected`, expression);
      tokens.push({ kind: number ? 'number' : word ? 'word' : 'symbol', text });
      at += text.length;
    }
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

const numericTypes = /^(tinyint|smallint|int|integer|bigint|long|float|double|decimal)/;

/** The order of two values; undefined when one of them is NULL, which satisfies nothing. */
const compare = (left: Value, right: Value): number | undefined =>
  left === null || right === null ? undefined : left < right ? -1 : left > right ? 1 : 0;

const comparisons: Record<string, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** SQL's LIKE: `%` is any text, `_` any character. */
const likeTest = (pattern: string) =>
  wildcardTest([...pattern].map((c) => (c === '%' ? ANY_TEXT : c === '_' ? ANY_CHARACTER : c)));

/**
 * Compiles an expression into a test on a partition's values (in the order of `keys`).
 * @throws AwsError InvalidInputException when the expression cannot be read or names no partition key.
 */
export function compilePartitionExpression(
  expression: string,
  keys: readonly GlueColumn[],
): (values: readonly string[]) => boolean {
  const tokens = tokenize(expression);
  const numeric = new Map(keys.map((key) => [key.Name, numericTypes.test(key.Type ?? 'string')]));
  let at = 0;
  const peek = () => tokens[at]!;
  const keyword = (word: string) => peek().kind === 'word' && peek().text.toUpperCase() === word;
  const accept = (word: string) => {
    const found = keyword(word) || (peek().kind === 'symbol' && peek().text === word);
    if (found) at++;
    return found;
  };
  const expect = (word: string) => {
    if (!accept(word)) throw invalid(`'${word}' is expected at '${peek().text}'`, expression);
  };

  type Operand = { readonly column: string } | { readonly literal: string };
  const operand = (): Operand => {
    const token = tokens[at++]!;
    if (token.kind === 'string' || token.kind === 'number') return { literal: token.text };
    if (token.kind !== 'word') throw invalid(`a value is expected at '${token.text}'`, expression);
    if (/^(date|timestamp)$/i.test(token.text) && peek().kind === 'string')
      return { literal: tokens[at++]!.text };
    const column = token.text.toLowerCase();
    if (!numeric.has(column)) throw invalid(`'${token.text}' is not a partition key`, expression);
    return { column };
  };
  const reader = (
    value: Operand,
    asNumber: boolean,
  ): ((values: Readonly<Record<string, Value>>) => Value) => {
    if ('column' in value) return (values) => values[value.column] ?? null;
    const literal = asNumber ? Number(value.literal) : value.literal;
    if (Number.isNaN(literal)) throw invalid(`'${value.literal}' is not a number`, expression);
    return () => literal;
  };
  const isNumeric = (...operands: Operand[]) =>
    operands.some((value) => 'column' in value && numeric.get(value.column));

  const comparison = (): Predicate => {
    const left = operand();
    const negated = accept('NOT');
    if (accept('IS')) {
      const not = accept('NOT');
      expect('NULL');
      const read = reader(left, false);
      return (values) => (read(values) === null) !== not;
    }
    if (accept('IN')) {
      expect('(');
      const items = [operand()];
      while (accept(',')) items.push(operand());
      expect(')');
      const asNumber = isNumeric(left, ...items);
      const read = reader(left, asNumber);
      const reads = items.map((item) => reader(item, asNumber));
      return (values) =>
        read(values) !== null && reads.some((item) => compare(read(values), item(values)) === 0) !== negated;
    }
    if (accept('BETWEEN')) {
      const low = operand();
      expect('AND');
      const high = operand();
      const asNumber = isNumeric(left, low, high);
      const [read, readLow, readHigh] = [
        reader(left, asNumber),
        reader(low, asNumber),
        reader(high, asNumber),
      ];
      return (values) => {
        const [low, high] = [compare(read(values), readLow(values)), compare(read(values), readHigh(values))];
        return low !== undefined && high !== undefined && (low >= 0 && high <= 0) !== negated;
      };
    }
    if (accept('LIKE')) {
      const pattern = operand();
      if (!('literal' in pattern)) throw invalid('LIKE takes a literal', expression);
      const test = likeTest(pattern.literal);
      const read = reader(left, false);
      return (values) => read(values) !== null && test(String(read(values))) !== negated;
    }
    const operator = tokens[at++]!.text;
    const holds = comparisons[operator];
    if (!holds) throw invalid(`'${operator}' is not an operator`, expression);
    const right = operand();
    const asNumber = isNumeric(left, right);
    const [readLeft, readRight] = [reader(left, asNumber), reader(right, asNumber)];
    return (values) => {
      const order = compare(readLeft(values), readRight(values));
      return order !== undefined && holds(order);
    };
  };
  const primary = (): Predicate => {
    if (accept('NOT')) {
      const inner = primary();
      return (values) => !inner(values);
    }
    if (accept('(')) {
      const inner = disjunction();
      expect(')');
      return inner;
    }
    return comparison();
  };
  const conjunction = (): Predicate => {
    const parts = [primary()];
    while (accept('AND')) parts.push(primary());
    return (values) => parts.every((part) => part(values));
  };
  const disjunction = (): Predicate => {
    const parts = [conjunction()];
    while (accept('OR')) parts.push(conjunction());
    return (values) => parts.some((part) => part(values));
  };

  const predicate = disjunction();
  if (peek().kind !== 'end') throw invalid(`'${peek().text}' is not expected`, expression);
  return (values) =>
    predicate(
      Object.fromEntries(
        keys.map((key, index) => {
          const value = values[index];
          if (value === undefined || value === '__HIVE_DEFAULT_PARTITION__') return [key.Name, null];
          return [key.Name, numeric.get(key.Name) ? Number(value) : value];
        }),
      ),
    );
}
