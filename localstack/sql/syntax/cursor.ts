/** Reads a statement's tokens from left to right; the parsers share it. */
import { type Position, SqlError } from '../errors.ts';
import { type Token, tokenize } from './tokens.ts';
import type { Identifier, QualifiedName } from './tree.ts';

/** Words that Trino reserves (SqlBase.g4): a name that is one of them must be quoted. */
const RESERVED = new Set(
  `ALTER AND AS AUTO BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE
  CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT
  EXECUTE EXISTS EXTRACT FALSE FOR FROM FULL GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN JSON_ARRAY
  JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT
  NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION UNNEST USING VALUES
  WHEN WHERE WITH`.split(/\s+/),
);

/** Not reserved, but after a relation or an expression they begin a clause. */
const BEGINS_CLAUSE = new Set([
  'FETCH',
  'LIMIT',
  'MATCH_RECOGNIZE',
  'OFFSET',
  'SET',
  'TABLESAMPLE',
  'WINDOW',
]);

/** A name in quotes, and where it is in the qualified name that it is of. */
export interface QuotedName {
  readonly token: Token;
  /** 1 for the first, or for a name on its own. */
  readonly part: number;
  /** Where the whole name begins. */
  readonly nameStart: number;
}

export interface Cursor {
  readonly sql: string;
  /** The statement's first token. */
  readonly first: Token;
  /** The token `ahead` places from here. */
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether the next tokens are these keywords or operators. */
  at(...words: string[]): boolean;
  /** Takes these keywords or operators if they are next. */
  accept(...words: string[]): boolean;
  /** Takes them or fails. */
  expect(...words: string[]): Token;
  /** A name, quoted or not reserved. */
  identifier(): Identifier;
  atIdentifier(ahead?: number): boolean;
  /** Whether an alias without AS is here: a name that begins no clause. */
  atAlias(): boolean;
  qualifiedName(): QualifiedName;
  string(): string;
  /** A string of Hive's DDL: in single or double quotes, with backslash escapes. */
  hiveString(): string;
  /** The quoted names taken so far. */
  quotedNames(): readonly QuotedName[];
  integer(): number;
  /** Fails at the next token in Trino's words. */
  fail(expecting: string, token?: Token): never;
  /** Fails after a token as Hive's grammar does, which tells all that it read of the statement or since an offset. */
  failUnviable(token: Token, since?: number): never;
  /** The statement's text from `start` to the end of the last token taken. */
  textFrom(start: number): string;
  list<T>(item: () => T): T[];
  parenthesised<T>(item: () => T): T[];
  parameterCount(): number;
  takeParameter(): number;
  /** Runs `attempt`; when it fails the cursor goes back and the result is undefined. */
  try<T>(attempt: () => T): T | undefined;
  /** Whether `attempt` would succeed; the cursor stays where it is. */
  couldTake(attempt: () => unknown): boolean;
}

const escapes: Readonly<Record<string, string>> = {
  '0': '\0',
  b: '\b',
  n: '\n',
  r: '\r',
  t: '\t',
  Z: '\u001a',
};

/** Hive's escapes (BaseSemanticAnalyzer.unescapeSQLString): `\\`, `\t`, `\001`, `\u0001`; `\%` and `\_` stay as they are. */
const unescaped = (text: string) =>
  text.replace(/\\(u[0-9a-fA-F]{4}|[01][0-7]{2}|[\s\S])/g, (whole, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (code.length === 3) return String.fromCharCode(Number.parseInt(code, 8));
    if (code === '%' || code === '_') return whole;
    return escapes[code] ?? code;
  });

const matches = (token: Token, word: string) =>
  (token.type === 'word' || token.type === 'operator' || token.type === 'parameter') && token.value === word;

const isHiveString = (token: Token) =>
  token.type === 'string' || (token.type === 'quoted' && token.text.startsWith('"'));

/** What an attempt gives; undefined when the grammar refuses it. */
function unlessRefused<T>(attempt: () => T): { readonly value: T } | undefined {
  try {
    return { value: attempt() };
  } catch (cause) {
    if (!(cause instanceof SqlError)) throw cause;
    return undefined;
  }
}

export function createCursor(sql: string): Cursor {
  const tokens = tokenize(sql);
  let index = 0;
  let parameters = 0;
  const names: QuotedName[] = [];
  const peek = (ahead = 0) => tokens[Math.min(index + ahead, tokens.length - 1)]!;
  const fail = (expecting: string, token = peek()): never => {
    throw new SqlError('SYNTAX_ERROR', `mismatched input '${token.text}'. Expecting: ${expecting}`, token);
  };
  const atIdentifier = (ahead = 0) => {
    const token = peek(ahead);
    return token.type === 'quoted' || (token.type === 'word' && !RESERVED.has(token.value));
  };
  const takeName = (part: number, nameStart = peek().start): Identifier => {
    if (!atIdentifier()) fail('<identifier>');
    const token = cursor.next();
    if (token.type === 'quoted') names.push({ token, part, nameStart });
    return { name: token.type === 'quoted' ? token.value : token.text, position: positionOf(token) };
  };
  const cursor: Cursor = {
    sql,
    first: tokens[0]!,
    peek,
    next: () => tokens[index < tokens.length - 1 ? index++ : index]!,
    at: (...words) => words.every((word, offset) => matches(peek(offset), word)),
    accept(...words) {
      if (!cursor.at(...words)) return false;
      index += words.length;
      return true;
    },
    expect(...words) {
      for (const word of words) {
        if (!matches(peek(), word)) fail(`'${word}'`);
        index++;
      }
      return tokens[index - 1]!;
    },
    atIdentifier,
    atAlias: () => atIdentifier() && (peek().type === 'quoted' || !BEGINS_CLAUSE.has(peek().value)),
    identifier: () => takeName(1),
    qualifiedName() {
      const { start } = peek();
      const first = takeName(1);
      const parts = [first.name];
      while (cursor.accept('.')) parts.push(takeName(parts.length + 1, start).name);
      return { parts, position: first.position };
    },
    string() {
      if (peek().type !== 'string') fail('<string>');
      return cursor.next().value;
    },
    hiveString() {
      if (!isHiveString(peek())) fail('<string>');
      return unescaped(cursor.next().value);
    },
    quotedNames: () => names,
    integer() {
      if (peek().type !== 'integer') fail('<integer>');
      return Number(cursor.next().value);
    },
    fail,
    failUnviable(token, since = cursor.first.start) {
      const read = sql
        .slice(since, token.end)
        .replace(/[\n\r\t]/g, (blank) => ({ '\n': '\\n', '\r': '\\r', '\t': '\\t' })[blank]!);
      throw new SqlError('SYNTAX_ERROR', `no viable alternative at input '${read}'`, token);
    },
    textFrom: (start) => sql.slice(start, tokens[index - 1]!.end),
    list(item) {
      const items = [item()];
      while (cursor.accept(',')) items.push(item());
      return items;
    },
    parenthesised(item) {
      cursor.expect('(');
      const items = cursor.list(item);
      cursor.expect(')');
      return items;
    },
    parameterCount: () => parameters,
    takeParameter: () => parameters++,
    try(attempt) {
      const before = { index, parameters };
      const taken = unlessRefused(attempt);
      if (!taken) ({ index, parameters } = before);
      return taken?.value;
    },
    couldTake(attempt) {
      const before = { index, parameters };
      const taken = unlessRefused(attempt);
      ({ index, parameters } = before);
      return taken !== undefined;
    },
  };
  return cursor;
}

export const positionOf = (token: Position): Position => ({ line: token.line, column: token.column });
