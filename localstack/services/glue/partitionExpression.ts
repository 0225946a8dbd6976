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

type Operand = { readonly column: string } | { readonly literal: string };
type Read = (values: Readonly<Record<string, Value>>) => Value;

const isIn =
  (read: Read, items: readonly Read[]): Predicate =>
  (values) =>
    items.some((item) => compare(read(values), item(values)) === 0);

const isBetween =
  (read: Read, low: Read, high: Read, negated: boolean): Predicate =>
  (values) => {
    const [fromLow, fromHigh] = [compare(read(values), low(values)), compare(read(values), high(values))];
    return fromLow !== undefined && fromHigh !== undefined && (fromLow >= 0 && fromHigh <= 0) !== negated;
  };

/** Reads an expression by recursive descent: OR over AND over NOT, parentheses and comparisons. */
class ExpressionParser {
  readonly #expression: string;
  readonly #tokens: readonly Token[];
  /** Whether each partition key is a number. */
  readonly #numeric: ReadonlyMap<string, boolean>;
  #at = 0;

  constructor(expression: string, numeric: ReadonlyMap<string, boolean>) {
    this.#expression = expression;
    this.#tokens = tokenize(expression);
    this.#numeric = numeric;
  }

  parse(): Predicate {
    const predicate = this.#disjunction();
    if (this.#peek().kind !== 'end') throw this.#invalid(`'${this.#peek().text}' is not expected`);
    return predicate;
  }

  #disjunction(): Predicate {
    const parts = [this.#conjunction()];
    while (this.#accept('OR')) parts.push(this.#conjunction());
    return (values) => parts.some((part) => part(values));
  }

  #conjunction(): Predicate {
    const parts = [this.#primary()];
    while (this.#accept('AND')) parts.push(this.#primary());
    return (values) => parts.every((part) => part(values));
  }

  #primary(): Predicate {
    if (this.#accept('NOT')) {
      const inner = this.#primary();
      return (values) => !inner(values);
    }
    if (this.#accept('(')) {
      const inner = this.#disjunction();
      this.#expect(')');
      return inner;
    }
    return this.#comparison();
  }

  #comparison(): Predicate {
    const left = this.#operand();
    const negated = this.#accept('NOT');
    if (this.#accept('IS')) return this.#nullTest(left);
    if (this.#accept('IN')) return this.#inTest(left, negated);
    if (this.#accept('BETWEEN')) return this.#betweenTest(left, negated);
    if (this.#accept('LIKE')) return this.#likeTest(left, negated);
    const operator = this.#next().text;
    const holds = comparisons[operator];
    if (!holds) throw this.#invalid(`'${operator}' is not an operator`);
    const [readLeft, readRight] = this.#readers(left, this.#operand());
    return (values) => {
      const order = compare(readLeft!(values), readRight!(values));
      return order !== undefined && holds(order);
    };
  }

  #nullTest(left: Operand): Predicate {
    const not = this.#accept('NOT');
    this.#expect('NULL');
    const read = this.#reader(left, false);
    return (values) => (read(values) === null) !== not;
  }

  #inTest(left: Operand, negated: boolean): Predicate {
    this.#expect('(');
    const items = [this.#operand()];
    while (this.#accept(',')) items.push(this.#operand());
    this.#expect(')');
    const [read, ...reads] = this.#readers(left, ...items);
    const found = isIn(read!, reads);
    return (values) => read!(values) !== null && found(values) !== negated;
  }

  #betweenTest(left: Operand, negated: boolean): Predicate {
    const low = this.#operand();
    this.#expect('AND');
    const [read, readLow, readHigh] = this.#readers(left, low, this.#operand());
    return isBetween(read!, readLow!, readHigh!, negated);
  }

  #likeTest(left: Operand, negated: boolean): Predicate {
    const pattern = this.#operand();
    if (!('literal' in pattern)) throw this.#invalid('LIKE takes a literal');
    const test = likeTest(pattern.literal);
    const read = this.#reader(left, false);
    return (values) => read(values) !== null && test(String(read(values))) !== negated;
  }

  #operand(): Operand {
    const token = this.#next();
    if (token.kind === 'string' || token.kind === 'number') return { literal: token.text };
    if (token.kind !== 'word') throw this.#invalid(`a value is expected at '${token.text}'`);
    if (/^(date|timestamp)$/i.test(token.text) && this.#peek().kind === 'string')
      return { literal: this.#next().text };
    const column = token.text.toLowerCase();
    if (!this.#numeric.has(column)) throw this.#invalid(`'${token.text}' is not a partition key`);
    return { column };
  }

  /** Operands that are compared: as numbers when one of them is a key that is a number. */
  #readers(...operands: Operand[]): Read[] {
    const asNumber = operands.some((value) => 'column' in value && this.#numeric.get(value.column));
    return operands.map((operand) => this.#reader(operand, asNumber));
  }

  #reader(value: Operand, asNumber: boolean): Read {
    if ('column' in value) return (values) => values[value.column] ?? null;
    const literal = asNumber ? Number(value.literal) : value.literal;
    if (Number.isNaN(literal)) throw this.#invalid(`'${value.literal}' is not a number`);
    return () => literal;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #next(): Token {
    return this.#tokens[this.#at++]!;
  }

  #accept(word: string): boolean {
    const { kind, text } = this.#peek();
    const found = (kind === 'word' && text.toUpperCase() === word) || (kind === 'symbol' && text === word);
    if (found) this.#at++;
    return found;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) throw this.#invalid(`'${word}' is expected at '${this.#peek().text}'`);
  }

  #invalid(detail: string): AwsError {
    return invalid(detail, this.#expression);
  }
}

/**
 * Compiles an expression into a test on a partition's values (in the order of `keys`).
 * @throws AwsError InvalidInputException when the expression cannot be read or names no partition key.
 */
export function compilePartitionExpression(
  expression: string,
  keys: readonly GlueColumn[],
): (values: readonly string[]) => boolean {
  const numeric = new Map(keys.map((key) => [key.Name, numericTypes.test(key.Type ?? 'string')]));
  const predicate = new ExpressionParser(expression, numeric).parse();
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
