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
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const position = (offset: number): Position => ({ line, column: offset - lineStart + 1 });
  const advanceTo = (end: number) => {
    for (; at < end; at++)
      if (sql[at] === '\n') {
        line++;
        lineStart = at + 1;
      }
  };
  // Of CREATE TABLE, Hive's parser reads the form with columns, and Trino's the one with AS.
  let depth = 0;
  let hasColumns = false;
  let hasQuery = false;
  const isHives = () => {
    const [first, second] = tokens.slice(0, 2).map(({ value }) => value);
    if (first === 'CREATE' && second === 'TABLE') return hasColumns && !hasQuery;
    return first === 'ALTER' || (first === 'CREATE' && /^(?:EXTERNAL|DATABASE|SCHEMA)$/.test(second ?? ''));
  };
  const push = (type: TokenType, end: number, value: string) => {
    if (type === 'operator' && value === '(') {
      depth++;
      hasColumns = true;
    } else if (type === 'operator' && value === ')') depth--;
    else if (depth === 0 && type === 'word' && (value === 'WITH' || value === 'AS'))
      hasQuery ||= tokens.at(-1)?.value !== 'STORED';
    tokens.push({ type, text: sql.slice(at, end), value, start: at, end, ...position(at) });
    advanceTo(end);
  };

  /** Reads to the closing quote, a doubled quote standing for itself. A backslash of Hive's stays before what it escapes. */
  const quotedUntil = (quote: string, from: number, escapes = false): { value: string; end: number } => {
    let value = '';
    for (let i = from; i < sql.length; i++) {
      if (escapes && sql[i] === '\\' && i + 1 < sql.length) value += `\\${sql[++i]}`;
      else if (sql[i] !== quote) value += sql[i];
      else if (sql[i + 1] === quote) value += sql[i++];
      else return { value, end: i + 1 };
    }
    throw new SqlError(
      'SYNTAX_ERROR',
      `mismatched input '${sql.slice(at, at + 20)}'. The closing ${quote} is missing`,
      position(at),
    );
  };

  const readNumber = () => {
    const [based] =
      /^0(?:[xX](?:_?[0-9a-fA-F])+|[bB](?:_?[01])+|[oO](?:_?[0-7])+)(?![\p{L}\p{N}_])/u.exec(sql.slice(at)) ??
      [];
    if (based) {
      push('integer', at + based.length, String(BigInt(based.replaceAll('_', '').toLowerCase())));
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
      throw new SqlError(
        'SYNTAX_ERROR',
        `identifiers must not start with a digit; surround the identifier with double quotes`,
        position(at),
      );
    push(type, end, sql.slice(at, end).replaceAll('_', ''));
  };

  while (at < sql.length) {
    const c = sql[at]!;
    if (/\s/.test(c)) advanceTo(at + 1);
    else if (sql.startsWith('--', at)) {
      const end = sql.indexOf('\n', at);
      advanceTo(end < 0 ? sql.length : end);
    } else if (sql.startsWith('/*', at)) {
      const end = sql.indexOf('*/', at + 2);
      if (end < 0) throw new SqlError('SYNTAX_ERROR', 'The comment is not closed by */', position(at));
      advanceTo(end + 2);
    } else if (c === "'") {
      const { value, end } = quotedUntil("'", at + 1, isHives());
      push('string', end, value);
    } else if ((c === 'x' || c === 'X') && sql[at + 1] === "'") {
      const { value, end } = quotedUntil("'", at + 2);
      push('binary', end, value.replace(/\s/g, ''));
    } else if ((c === 'u' || c === 'U') && sql.startsWith("&'", at + 1)) {
      const { value, end } = quotedUntil("'", at + 3);
      const [clause = '', mark = '\\'] = /^\s+UESCAPE\s+'(.)'/isu.exec(sql.slice(end, end + 100)) ?? [];
      push('string', end + clause.length, unescaped(value, mark, position(at)));
    } else if (c === '"' || c === '`') {
      const { value, end } = quotedUntil(c, at + 1, c === '"' && isHives());
      push('quoted', end, value);
    } else if (isDigit(c) || (c === '.' && isDigit(sql[at + 1]))) readNumber();
    else if (isWordStart(c)) {
      let end = at + 1;
      while (end < sql.length && isWordPart(sql[end]!)) end++;
      push('word', end, sql.slice(at, end).toUpperCase());
    } else {
      const operator = OPERATORS.find((candidate) => sql.startsWith(candidate, at));
      if (!operator) throw new SqlError('SYNTAX_ERROR', `Unexpected character '${c}'`, position(at));
      push(operator === '?' ? 'parameter' : 'operator', at + operator.length, operator);
    }
  }
  tokens.push({
    type: 'end',
    text: '<EOF>',
    value: '<EOF>',
    start: sql.length,
    end: sql.length,
    ...position(sql.length),
  });
  return tokens;
}
