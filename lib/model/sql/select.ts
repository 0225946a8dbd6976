/** Reads a query into its SELECTs: what each gives, what it reads from, and whether it groups; expressions stay tokens. */
import { projected } from './query.ts';
import { SqlProblem, type Token, tokenize } from './tokens.ts';

export interface Relation {
  readonly kind: 'table' | 'query' | 'unnest';
  /** Of a table: as written, in lower case; a name of a common table expression has no database. */
  readonly database?: string;
  readonly table?: string;
  readonly query?: Query;
  /** Of an unnest: the tokens of its arguments. */
  readonly arguments: readonly Token[];
  /** By which expressions name it; undefined for a query without one. */
  readonly alias?: string;
  readonly hasAlias: boolean;
  /** `alias (a, b)` */
  readonly columns?: readonly string[];
  /** Offsets of the table's name, or of the query with its parentheses. */
  readonly start: number;
  readonly end: number;
}

export interface Item {
  readonly tokens: readonly Token[];
  readonly name?: string;
  readonly star: boolean;
}

export interface Select {
  readonly items: readonly Item[];
  readonly relations: readonly Relation[];
  /** The tokens of DISTINCT; absent without it. */
  readonly distinct?: Token;
  /** It has GROUP BY, or aggregates without it. */
  readonly grouped: boolean;
  readonly start: number;
  readonly end: number;
}

export interface Query {
  readonly ctes: readonly {
    readonly name: string;
    readonly columns?: readonly string[];
    readonly query: Query;
  }[];
  /** More than one of a set operation. */
  readonly selects: readonly (Select | Query)[];
  /** `union`, `intersect`, `except`, in the order in which they join the selects. */
  readonly operations: readonly string[];
}

export const isSelect = (part: Select | Query): part is Select => 'items' in part;

const clauses = new Set(['where', 'group', 'having', 'order', 'limit', 'offset', 'fetch', 'window']);
const operations = new Set(['union', 'intersect', 'except']);
const joins = new Set(['join', 'inner', 'left', 'right', 'full', 'cross', 'natural', 'outer']);

/** Functions that make one value of many rows, unless OVER follows. */
const aggregates = new Set(
  (
    'any_value approx_distinct approx_percentile arbitrary array_agg avg bitwise_and_agg bitwise_or_agg bool_and bool_or ' +
    'checksum corr count count_if covar_pop covar_samp every geometric_mean histogram listagg map_agg map_union max ' +
    'max_by min min_by multimap_agg numeric_histogram reduce_agg regr_slope set_agg set_union skewness stddev stddev_pop ' +
    'stddev_samp sum var_pop var_samp variance'
  ).split(' '),
);

/**
 * The query of a SQL text.
 * @throws SqlProblem for what is not WITH and SELECT.
 */
export function readSelects(sql: string): Query {
  const reader = new Reader(tokenize(sql));
  const query = reader.query();
  const rest = reader.peek();
  if (rest) throw reader.unexpected(rest);
  return query;
}

class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  peek = (ahead = 0): Token | undefined => this.#tokens[this.#at + ahead];
  #isWord = (...words: string[]) => {
    const token = this.peek();
    return token?.kind === 'word' && words.includes(token.value);
  };
  #isSymbol = (symbol: string, ahead = 0) => {
    const token = this.peek(ahead);
    return token?.kind === 'symbol' && token.text === symbol;
  };
  #take(): Token {
    const token = this.#tokens[this.#at++];
    if (!token) throw this.unexpected(undefined);
    return token;
  }
  #skipWord(...words: string[]): Token | undefined {
    return this.#isWord(...words) ? this.#take() : undefined;
  }
  #expect(symbol: string): Token {
    if (!this.#isSymbol(symbol)) throw this.unexpected(this.peek());
    return this.#take();
  }
  unexpected(token: Token | undefined): SqlProblem {
    const place = token ?? this.#tokens.at(-1);
    return new SqlProblem(
      token ? `'${token.text}' is not expected here` : 'the statement ends too early',
      place?.line ?? 1,
      place?.column ?? 1,
    );
  }

  query(): Query {
    const ctes: { name: string; columns?: readonly string[]; query: Query }[] = [];
    if (this.#skipWord('with')) {
      this.#skipWord('recursive');
      do {
        const name = this.#take().value.toLowerCase();
        const columns = this.#isSymbol('(') ? this.#names() : undefined;
        this.#skipWord('as');
        this.#expect('(');
        ctes.push({ name, query: this.query(), ...(columns && { columns }) });
        this.#expect(')');
      } while (this.#isSymbol(',') && this.#take());
    }
    const selects = [this.#term()];
    const joined: string[] = [];
    while (this.#isWord(...operations)) {
      joined.push(this.#take().value);
      this.#skipWord('all', 'distinct');
      selects.push(this.#term());
    }
    this.#skipUntil(() => false);
    return { ctes, selects, operations: joined };
  }

  #names(): string[] {
    this.#expect('(');
    const names: string[] = [];
    while (!this.#isSymbol(')')) {
      names.push(this.#take().value.toLowerCase());
      if (this.#isSymbol(',')) this.#take();
    }
    this.#take();
    return names;
  }

  #term(): Select | Query {
    if (this.#isSymbol('(')) {
      this.#take();
      const query = this.query();
      this.#expect(')');
      return query;
    }
    if (!this.#isWord('select')) throw this.unexpected(this.peek());
    return this.#select();
  }

  #select(): Select {
    const { start } = this.#take();
    const distinct = this.#skipWord('distinct', 'all');
    const items: Item[] = [];
    do {
      const tokens = this.#skipUntil(
        (token) => this.#isSymbol(',') || (token.value === 'from' && !this.#isDistinctFrom()),
      );
      if (tokens.length === 0) throw this.unexpected(this.peek());
      const { name, star } = projected(tokens);
      items.push({ tokens, star, ...(name !== undefined && { name }) });
    } while (this.#isSymbol(',') && this.#take());
    const relations = this.#skipWord('from') ? this.#relations() : [];
    let grouped = items.some(({ tokens }) => isAggregated(tokens));
    while (this.peek() && !this.#isSymbol(')') && !this.#isWord(...operations)) {
      if (this.#isWord('group')) grouped = true;
      this.#take();
      this.#skipUntil(
        (token) => token.kind === 'word' && (clauses.has(token.value) || operations.has(token.value)),
      );
    }
    const end = this.#tokens[this.#at - 1]!.end;
    return { items, relations, grouped, start, end, ...(distinct?.value === 'distinct' && { distinct }) };
  }

  #isDistinctFrom = () => this.#tokens[this.#at - 1]?.value === 'distinct';

  /** The tokens up to where `ends` holds at this depth, a clause begins, or the parenthesis around closes. */
  #skipUntil(ends: (token: Token) => boolean): Token[] {
    const from = this.#at;
    for (let token = this.peek(); token; token = this.peek()) {
      if (this.#isSymbol(')')) break;
      if (ends(token)) break;
      if (from !== this.#at && token.kind === 'word' && clauses.has(token.value) && !this.#isSymbol('(', 1))
        break;
      this.#at = this.#isSymbol('(') || this.#isSymbol('[') ? this.#closing() + 1 : this.#at + 1;
    }
    return this.#tokens.slice(from, this.#at);
  }

  #closing(): number {
    let depth = 0;
    for (let at = this.#at; at < this.#tokens.length; at++) {
      const { kind, text } = this.#tokens[at]!;
      if (kind !== 'symbol') continue;
      if (text === '(' || text === '[') depth++;
      if ((text === ')' || text === ']') && --depth === 0) return at;
    }
    throw this.unexpected(undefined);
  }

  #relations(): Relation[] {
    const relations = [...this.#relation()];
    for (;;) {
      if (this.#isSymbol(',')) this.#take();
      else if (this.#isWord(...joins)) while (this.#isWord(...joins)) this.#take();
      else return relations;
      relations.push(...this.#relation());
      if (this.#isWord('on')) {
        this.#take();
        this.#skipUntil(
          (token) =>
            this.#isSymbol(',') ||
            (token.kind === 'word' && (joins.has(token.value) || operations.has(token.value))),
        );
      } else if (this.#skipWord('using')) this.#names();
    }
  }

  #relation(): Relation[] {
    const lateral = this.#skipWord('lateral');
    const { start } = this.peek() ?? { start: 0 };
    if (this.#isSymbol('(')) {
      const first = this.peek(1);
      if (first?.value === 'values' && first.kind === 'word') return [this.#values(start)];
      this.#take();
      if (first?.kind === 'word' && ['select', 'with'].includes(first.value)) {
        const query = this.query();
        const { end } = this.#expect(')');
        return [{ kind: 'query', query, arguments: [], ...this.#alias(undefined), start, end }];
      }
      const inner = this.#relations();
      this.#expect(')');
      return inner;
    }
    if (lateral || (this.#isWord('unnest', 'table') && this.#isSymbol('(', 1))) {
      this.#take();
      const from = this.#at;
      this.#at = this.#closing() + 1;
      const inside = this.#tokens.slice(from, this.#at);
      if (this.#skipWord('with')) this.#take();
      return [
        { kind: 'unnest', arguments: inside, ...this.#alias(undefined), start, end: inside.at(-1)!.end },
      ];
    }
    const parts = [this.#take()];
    while (this.#isSymbol('.')) {
      this.#take();
      parts.push(this.#take());
    }
    const { end } = parts.at(-1)!;
    if (this.#isWord('for')) for (let count = 0; count < 5; count++) this.#take();
    const [table, database] = parts.toReversed().map(({ value }) => value.toLowerCase());
    return [
      {
        kind: 'table',
        table: table!,
        ...(database !== undefined && { database }),
        arguments: [],
        ...this.#alias(table),
        start,
        end,
      },
    ];
  }

  /** `(VALUES …) AS alias (columns)`: rows that come from no table, as an unnest of their expressions. */
  #values(start: number): Relation {
    const from = this.#at;
    this.#at = this.#closing() + 1;
    const inside = this.#tokens.slice(from, this.#at);
    return { kind: 'unnest', arguments: inside, ...this.#alias(undefined), start, end: inside.at(-1)!.end };
  }

  #alias(otherwise: string | undefined): Pick<Relation, 'alias' | 'hasAlias' | 'columns'> {
    const as = this.#skipWord('as');
    const token = this.peek();
    const isName =
      token?.kind === 'quoted' ||
      (token?.kind === 'word' &&
        !clauses.has(token.value) &&
        !joins.has(token.value) &&
        !stops.has(token.value));
    if (!as && !isName) return { hasAlias: false, ...(otherwise !== undefined && { alias: otherwise }) };
    const alias = this.#take().value.toLowerCase();
    return { alias, hasAlias: true, ...(this.#isSymbol('(') && { columns: this.#names() }) };
  }
}

/** Words after a relation that are not its alias. */
const stops = new Set([...operations, 'on', 'using', 'tablesample', 'for']);

/** Whether one of its functions aggregates the rows of the SELECT; those of sub-queries do not count. */
function isAggregated(tokens: readonly Token[]): boolean {
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    const opens = tokens[at + 1]?.text === '(';
    if (token.text === '(' && ['select', 'with'].includes(tokens[at + 1]?.value ?? '')) {
      at = closingAt(tokens, at);
      continue;
    }
    if (token.kind !== 'word' || !opens || !aggregates.has(token.value)) continue;
    let after = closingAt(tokens, at + 1) + 1;
    if (tokens[after]?.value === 'filter') after = closingAt(tokens, after + 1) + 1;
    if (tokens[after]?.value !== 'over') return true;
  }
  return false;
}

/** Index of the parenthesis that closes the one at `open`. */
export function closingAt(tokens: readonly Token[], open: number): number {
  let depth = 0;
  for (let at = open; at < tokens.length; at++) {
    if (tokens[at]!.kind !== 'symbol') continue;
    if (tokens[at]!.text === '(') depth++;
    if (tokens[at]!.text === ')' && --depth === 0) return at;
  }
  return tokens.length - 1;
}
