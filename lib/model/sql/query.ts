/** Reads from a query's tokens what the model graph needs: the tables it names and the columns it gives. */
import { SqlProblem, type Token, tokenize } from './tokens.ts';

export interface TableReference {
  /** Lower case, as Athena folds it; absent when the SQL names only the table. */
  readonly database?: string;
  readonly table: string;
  /** Offsets of the name in the SQL. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
  /** True when an alias follows. */
  readonly aliased: boolean;
}

export interface ProjectedColumn {
  /** Lower case; undefined for an expression without an alias and for a star. */
  readonly name?: string;
  readonly star: boolean;
  readonly line: number;
  readonly column: number;
}

export interface Query {
  /** Tables outside of the query; names of its common table expressions are left out. */
  readonly references: readonly TableReference[];
  /** Of the outermost SELECT; of a set operation its first. */
  readonly projection: readonly ProjectedColumn[];
  readonly tokens: readonly Token[];
}

/** Words that end a FROM clause at its own depth. */
const afterFrom = new Set([
  'where',
  'group',
  'having',
  'order',
  'limit',
  'offset',
  'fetch',
  'union',
  'intersect',
  'except',
  'window',
]);

/** Words after a table's name that are not aliases. */
const afterTable = new Set([
  ...afterFrom,
  'join',
  'inner',
  'left',
  'right',
  'full',
  'cross',
  'natural',
  'on',
  'using',
  'tablesample',
  'for',
  'select',
]);

const isName = (token: Token | undefined): token is Token =>
  token?.kind === 'word' || token?.kind === 'quoted';

const isSymbol = (token: Token | undefined, symbol: string) =>
  token?.kind === 'symbol' && token.text === symbol;

const isWord = (token: Token | undefined, ...words: string[]) =>
  token?.kind === 'word' && words.includes(token.value);

/**
 * Reads one query.
 * @throws SqlProblem when the text is not a single SELECT, or its parentheses do not close.
 */
export function readQuery(sql: string): Query {
  const tokens = tokenize(sql);
  const last = tokens.at(-1);
  const first = tokens[0];
  if (!first || !isWord(first, 'select', 'with'))
    throw new SqlProblem(
      'a model is one query that begins with WITH or SELECT',
      first?.line ?? 1,
      first?.column ?? 1,
    );
  const semicolon = tokens.find((token) => isSymbol(token, ';'));
  if (semicolon && last)
    throw new SqlProblem('a model is one query without a semicolon', semicolon.line, semicolon.column);

  const references: TableReference[] = [];
  const end = readScope(tokens, 0, new Set(), references);
  const rest = tokens[end];
  if (rest) throw new SqlProblem(`'${rest.text}' closes nothing`, rest.line, rest.column);
  return { references, projection: readProjection(tokens), tokens };
}

/**
 * Reads a query from `start` to the parenthesis that closes it (or the end), collecting table references.
 * @returns index of the closing parenthesis.
 */
function readScope(
  tokens: readonly Token[],
  start: number,
  outer: ReadonlySet<string>,
  references: TableReference[],
): number {
  const names = new Set(outer);
  let at = start;
  if (isWord(tokens[at], 'with')) at = readCommonTables(tokens, at + 1, names, references);
  return readBody(tokens, at, names, references, false);
}

/** Reads `name [(columns)] AS (query), …`, adding each name to `names`; returns the index after the list. */
function readCommonTables(
  tokens: readonly Token[],
  start: number,
  names: Set<string>,
  references: TableReference[],
): number {
  let at = isWord(tokens[start], 'recursive') ? start + 1 : start;
  const recursive = at > start;
  for (;;) {
    const name = tokens[at];
    if (!isName(name)) return at;
    at++;
    if (recursive) names.add(name.value);
    if (isSymbol(tokens[at], '(')) at = closing(tokens, at) + 1;
    if (isWord(tokens[at], 'as')) at++;
    if (!isSymbol(tokens[at], '('))
      throw new SqlProblem(`WITH ${name.text} needs AS ( … )`, name.line, name.column);
    const close = readScope(tokens, at + 1, names, references);
    expectClosed(tokens, at, close);
    names.add(name.value);
    at = close + 1;
    if (!isSymbol(tokens[at], ',')) return at;
    at++;
  }
}

/**
 * Reads what follows up to the closing parenthesis. `inFrom` is true while table names may occur: after FROM, JOIN
 * and a comma between them.
 */
function readBody(
  tokens: readonly Token[],
  start: number,
  names: ReadonlySet<string>,
  references: TableReference[],
  startsInFrom: boolean,
): number {
  let at = start;
  let inFrom = startsInFrom;
  let takesRelation = startsInFrom;
  while (at < tokens.length) {
    const token = tokens[at] as Token;
    if (isSymbol(token, ')')) return at;
    if (isSymbol(token, '(')) {
      const close = readParenthesis(tokens, at, names, references, takesRelation);
      expectClosed(tokens, at, close);
      takesRelation = false;
      at = close + 1;
    } else if (takesRelation && isName(token)) {
      at = readRelation(tokens, at, names, references);
      takesRelation = false;
    } else {
      if (isWord(token, 'from') && !isDistinctFrom(tokens, at)) {
        inFrom = true;
        takesRelation = true;
      } else if (inFrom && (isWord(token, 'join') || isSymbol(token, ','))) takesRelation = true;
      else if (token.kind === 'word' && afterFrom.has(token.value)) inFrom = false;
      at++;
    }
  }
  return at;
}

/** `IS [NOT] DISTINCT FROM` compares; it names no table. */
const isDistinctFrom = (tokens: readonly Token[], at: number) =>
  isWord(tokens[at - 1], 'distinct') && isWord(tokens[at - 2], 'is', 'not');

function readParenthesis(
  tokens: readonly Token[],
  open: number,
  names: ReadonlySet<string>,
  references: TableReference[],
  isRelation: boolean,
): number {
  if (isWord(tokens[open + 1], 'select', 'with')) return readScope(tokens, open + 1, names, references);
  if (isSymbol(tokens[open + 1], '(') && isRelation)
    return readBody(tokens, open + 1, names, references, true);
  if (isRelation && !isWord(tokens[open + 1], 'values'))
    return readBody(tokens, open + 1, names, references, true);
  return readExpression(tokens, open + 1, names, references);
}

/** Inside the parentheses of an expression FROM is part of EXTRACT, TRIM or SUBSTRING; only sub-queries name tables. */
function readExpression(
  tokens: readonly Token[],
  start: number,
  names: ReadonlySet<string>,
  references: TableReference[],
): number {
  let at = start;
  while (at < tokens.length && !isSymbol(tokens[at], ')')) {
    if (isSymbol(tokens[at], '(')) {
      const close = readParenthesis(tokens, at, names, references, false);
      expectClosed(tokens, at, close);
      at = close;
    }
    at++;
  }
  return at;
}

/** Reads a table's name; `unnest(…)`, `lateral (…)` and `table(…)` are left to the next parenthesis. */
function readRelation(
  tokens: readonly Token[],
  start: number,
  names: ReadonlySet<string>,
  references: TableReference[],
): number {
  const first = tokens[start] as Token;
  if (isWord(first, 'unnest', 'lateral', 'table') && isSymbol(tokens[start + 1], '(')) return start + 1;
  const parts = [first];
  let at = start + 1;
  while (isSymbol(tokens[at], '.') && isName(tokens[at + 1])) {
    parts.push(tokens[at + 1] as Token);
    at += 2;
  }
  const last = parts.at(-1) as Token;
  if (parts.length === 1 && names.has(first.value)) return at;
  const next = tokens[at];
  references.push({
    database: parts.at(-2)?.value.toLowerCase(),
    table: last.value.toLowerCase(),
    start: first.start,
    end: last.end,
    line: first.line,
    column: first.column,
    aliased: isName(next) && !(next.kind === 'word' && afterTable.has(next.value)),
  });
  return at;
}

function closing(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (isSymbol(tokens[at], '(')) depth++;
    if (isSymbol(tokens[at], ')') && --depth === 0) return at;
  }
  expectClosed(tokens, open, tokens.length);
  return tokens.length;
}

function expectClosed(tokens: readonly Token[], open: number, close: number): void {
  const token = tokens[open];
  if (close >= tokens.length && token)
    throw new SqlProblem('this parenthesis is never closed', token.line, token.column);
}

/** The outermost SELECT's list. */
function readProjection(tokens: readonly Token[]): ProjectedColumn[] {
  let at = 0;
  if (isWord(tokens[0], 'with')) at = readCommonTables(tokens, 1, new Set(), []);
  while (isSymbol(tokens[at], '(')) at++;
  const select = tokens[at];
  if (!isWord(select, 'select')) {
    const place = select ?? tokens.at(-1);
    throw new SqlProblem(
      'a SELECT must follow the common table expressions',
      place?.line ?? 1,
      place?.column ?? 1,
    );
  }
  at++;
  if (isWord(tokens[at], 'distinct', 'all')) at++;
  const columns: ProjectedColumn[] = [];
  let item: Token[] = [];
  let depth = 0;
  for (; at <= tokens.length; at++) {
    const token = tokens[at];
    const ends =
      depth === 0 &&
      (!token ||
        isSymbol(token, ')') ||
        (isWord(token, 'from') && !isDistinctFrom(tokens, at)) ||
        (token.kind === 'word' && afterFrom.has(token.value)));
    if (ends || (depth === 0 && isSymbol(token, ','))) {
      if (item.length) columns.push(projected(item));
      item = [];
      if (ends) return columns;
      continue;
    }
    if (isSymbol(token, '(') || isSymbol(token, '[')) depth++;
    if (isSymbol(token, ')') || isSymbol(token, ']')) depth--;
    item.push(token as Token);
  }
  return columns;
}

/** What an expression may end with, so that a name after it is an alias. */
const endsValue = (token: Token | undefined): boolean =>
  isSymbol(token, ')') ||
  isSymbol(token, ']') ||
  token?.kind === 'number' ||
  token?.kind === 'string' ||
  token?.kind === 'quoted' ||
  (token?.kind === 'word' && !operatorWords.has(token.value));

const operatorWords = new Set([
  'and',
  'or',
  'not',
  'is',
  'in',
  'like',
  'between',
  'then',
  'else',
  'when',
  'case',
  'distinct',
  'from',
  'at',
  'time',
]);

/** Words that end an expression themselves. */
const valueWords = new Set(['end', 'null', 'true', 'false', 'current_date', 'current_timestamp']);

/** Name and place of one item of a SELECT's list. */
export function projected(item: readonly Token[]): ProjectedColumn {
  const first = item[0] as Token;
  const last = item.at(-1) as Token;
  const place = { line: first.line, column: first.column };
  const before = item.at(-2);
  if (isSymbol(last, '*') && (item.length === 1 || isSymbol(before, '.'))) return { star: true, ...place };
  const named =
    isName(last) &&
    (isWord(before, 'as') ||
      (!(last.kind === 'word' && valueWords.has(last.value)) &&
        (item.length === 1 || isSymbol(before, '.') || endsValue(before))));
  return { ...(named && { name: last.value.toLowerCase() }), star: false, ...place };
}
