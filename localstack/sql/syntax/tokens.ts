/** Cuts a statement into tokens, so that nothing later ever looks at raw SQL text. */
import { type Position, SqlError } from '../errors.ts';

export type TokenType =
  | 'word'
  | 'quoted'
  | 'string'
  | 'binary'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'parameter'
  | 'operator'
  | 'end';

export interface Token extends Position {
  readonly type: TokenType;
  /** As written. */
  readonly text: string;
  /** Words upper-cased for comparison with keywords; strings and quoted names unescaped; else as written. */
  readonly value: string;
  /** Offsets into the statement, end exclusive. */
  readonly start: number;
  readonly end: number;
}

const OPERATORS = [
  '<>',
  '!=',
  '<=',
  '>=',
  '||',
  '->',
  '=>',
  '(',
  ')',
  '[',
  ']',
  ',',
  '.',
  ';',
  '=',
  '<',
  '>',
  '+',
  '-',
  '*',
  '/',
  '%',
  ':',
  '?',
  '{',
  '}',
  '|',
  '^',
  '$',
];

const isWordStart = (c: string) => /[\p{L}_]/u.test(c);
const isWordPart = (c: string) => /[\p{L}\p{N}_@]/u.test(c);
const isDigit = (c: string | undefined) => c !== undefined && c >= '0' && c <= '9';

/** `U&'\0041'`, `U&'\+01F600'`, `\\`: characters by their code points. */
function unescaped(text: string, mark: string, place: Position): string {
  const sign = `\\u{${mark.codePointAt(0)!.toString(16)}}`;
  const pattern = new RegExp(`${sign}(?:(${sign})|\\+([0-9a-fA-F]{6})|([0-9a-fA-F]{4})|)`, 'gu');
  return text.replace(pattern, (_, itself?: string, six?: string, four?: string) => {
    if (itself) return itself;
    const code = Number.parseInt(six ?? four ?? '', 16);
    if (Number.isNaN(code) || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
      throw new SqlError('SYNTAX_ERROR', `Invalid escape in the Unicode string '${text}'`, place);
    return String.fromCodePoint(code);
  });
}

/** Which of two grammars reads a statement's texts, known from what was read of it so far. */
class Dialect {
  #depth = 0;
  #hasColumns = false;
  #hasQuery = false;

  /** Looks at the token that comes after `tokens`. */
  note(tokens: readonly Token[], type: TokenType, value: string): void {
    if (type === 'operator' && value === '(') {
      this.#depth++;
      this.#hasColumns = true;
    } else if (type === 'operator' && value === ')') this.#depth--;
    else if (this.#depth === 0 && type === 'word' && (value === 'WITH' || value === 'AS'))
      this.#hasQuery ||= tokens.at(-1)?.value !== 'STORED';
  }

  /** Of CREATE TABLE, Hive's parser reads the form with columns, and Trino's the one with AS. */
  isHives(tokens: readonly Token[]): boolean {
    const [first, second] = tokens.slice(0, 2).map(({ value }) => value);
    if (first === 'CREATE' && second === 'TABLE') return this.#hasColumns && !this.#hasQuery;
    return first === 'ALTER' || (first === 'CREATE' && /^(?:EXTERNAL|DATABASE|SCHEMA)$/.test(second ?? ''));
  }
}

class Tokenizer {
  readonly #sql: string;
  readonly #tokens: Token[] = [];
  readonly #dialect = new Dialect();
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(sql: string) {
    this.#sql = sql;
  }

  tokens(): Token[] {
    while (this.#at < this.#sql.length) if (!this.#skipBlank()) this.#read();
    const { length } = this.#sql;
    this.#tokens.push({
      type: 'end',
      text: '<EOF>',
      value: '<EOF>',
      start: length,
      end: length,
      ...this.#position(length),
    });
    return this.#tokens;
  }

  /** White space and comments. */
  #skipBlank(): boolean {
    const [sql, at] = [this.#sql, this.#at];
    if (/\s/.test(sql[at]!)) this.#advanceTo(at + 1);
    else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      this.#advanceTo(end < 0 ? sql.length : end);
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) throw this.#error('The comment is not closed by */');
      this.#advanceTo(end + 2);
    } else return false;
    return true;
  }

  #read(): void {
    const [sql, at] = [this.#sql, this.#at];
    const c = sql[at]!;
    if (c === "'") {
      const { value, end } = this.#quotedUntil("'", at + 1, this.#dialect.isHives(this.#tokens));
      this.#push('string', end, value);
    } else if ((c === 'x' || c === 'X') && sql[at + 1] === "'") {
      const { value, end } = this.#quotedUntil("'", at + 2);
      this.#push('binary', end, value.replace(/\s/g, ''));
    } else if ((c === 'u' || c === 'U') && sql.startsWith("&'", at + 1)) {
      const { value, end } = this.#quotedUntil("'", at + 3);
      const [clause = '', mark = '\\'] = /^\s+UESCAPE\s+'(.)'/isu.exec(sql.slice(end, end + 100)) ?? [];
      this.#push('string', end + clause.length, unescaped(value, mark, this.#position(at)));
    } else if (c === '"' || c === '`') {
      const { value, end } = this.#quotedUntil(c, at + 1, c === '"' && this.#dialect.isHives(this.#tokens));
      this.#push('quoted', end, value);
    } else if (isDigit(c) || (c === '.' && isDigit(sql[at + 1]))) this.#readNumber();
    else if (isWordStart(c)) {
      let end = at + 1;
      while (end < sql.length && isWordPart(sql[end]!)) end++;
      this.#push('word', end, sql.slice(at, end).toUpperCase());
    } else {
      const operator = OPERATORS.find((candidate) => sql.startsWith(candidate, at));
      if (!operator) throw this.#error(`Unexpected character '${c}'`);
      this.#push(operator === '?' ? 'parameter' : 'operator', at + operator.length, operator);
    }
  }

  #readNumber(): void {
    const [sql, at] = [this.#sql, this.#at];
    const [based] =
      /^0(?:[xX](?:_?[0-9a-fA-F])+|[bB](?:_?[01])+|[oO](?:_?[0-7])+)(?![\p{L}\p{N}_])/u.exec(sql.slice(at)) ??
      [];
    if (based) {
      this.#push('integer', at + based.length, String(BigInt(based.replaceAll('_', '').toLowerCase())));
      return;
    }
    let end = at;
    while (isDigit(sql[end]) || (sql[end] === '_' && isDigit(sql[end + 1]) && end > at)) end++;
    let type: TokenType = 'integer';
    if (sql[end] === '.' && (end > at || isDigit(sql[end + 1]))) {
      type = 'decimal';
      end++;
      while (isDigit(sql[end]) || (sql[end] === '_' && isDigit(sql[end + 1]))) end++;
    }
    const exponent = /^[eE][+-]?\d+/.exec(sql.slice(end, end + 8));
    if (exponent) {
      type = 'double';
      end += exponent[0].length;
      while (isDigit(sql[end])) end++;
    }
    if (end < sql.length && isWordStart(sql[end]!))
      throw this.#error(
        'identifiers must not start with a digit; surround the identifier with double quotes',
      );
    this.#push(type, end, sql.slice(at, end).replaceAll('_', ''));
  }

  /** Reads to the closing quote, a doubled quote standing for itself. A backslash of Hive's stays before what it escapes. */
  #quotedUntil(quote: string, from: number, escapes = false): { value: string; end: number } {
    const sql = this.#sql;
    let value = '';
    for (let i = from; i < sql.length; i++) {
      if (escapes && sql[i] === '\\' && i + 1 < sql.length) value += `\\${sql[++i]}`;
      else if (sql[i] !== quote) value += sql[i];
      else if (sql[i + 1] === quote) value += sql[i++];
      else return { value, end: i + 1 };
    }
    throw this.#error(
      `mismatched input '${sql.slice(this.#at, this.#at + 20)}'. The closing ${quote} is missing`,
    );
  }

  #push(type: TokenType, end: number, value: string): void {
    const start = this.#at;
    this.#dialect.note(this.#tokens, type, value);
    this.#tokens.push({
      type,
      text: this.#sql.slice(start, end),
      value,
      start,
      end,
      ...this.#position(start),
    });
    this.#advanceTo(end);
  }

  #advanceTo(end: number): void {
    for (; this.#at < end; this.#at++)
      if (this.#sql[this.#at] === '\n') {
        this.#line++;
        this.#lineStart = this.#at + 1;
      }
  }

  #position(offset: number): Position {
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #error(message: string): SqlError {
    return new SqlError('SYNTAX_ERROR', message, this.#position(this.#at));
  }
}

/**
 * Trino's lexical rules (SqlBase.g4), plus Hive's back-quoted names, which Athena's DDL uses, and in Hive's DDL texts in which
 * a backslash goes before a quote. Source: PyAthena, tests/pyathena/sqlalchemy/test_base.py,
 * test_create_table_with_special_character_comments
 * Throws `SqlError` for an unclosed string, name or comment, and for a character that begins no token.
 */
export function tokenize(sql: string): Token[] {
  // Translation marks the places of tables with it.
  if (sql.includes('\u0000'))
    throw new SqlError('SYNTAX_ERROR', 'A statement cannot hold the character U+0000');
  return new Tokenizer(sql).tokens();
}
