/** Cuts Athena SQL into tokens with their places: everything that is read from a model's SQL is read from these. */

export interface Token {
  /** `open` is a quote or comment that is never closed, up to the end of the text. */
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'open';
  /** As written. */
  readonly text: string;
  /** A word in lower case, a quoted identifier or string without its quotes, else the text. */
  readonly value: string;
  /** Offset of the first character. */
  readonly start: number;
  /** Offset after the last character. */
  readonly end: number;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
}

/** SQL that cannot be cut into tokens or read; the place is in the SQL's own text. */
export class SqlProblem extends Error {
  override readonly name = 'SqlProblem';
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** Longer symbols first. Trino's grammar has no others of more than one character that models use. */
const pattern =
  /(?<space>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<word>[A-Za-z_][A-Za-z0-9_]*)|"(?<quoted>(?:[^"]|"")*)"|'(?<string>(?:[^']|'')*)'|(?<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)|(?<symbol><>|<=|>=|!=|\|\||=>|->|[-+*/%(),.;<>=[\]?:{}|^$@])/y;

/** What only the lenient reading knows: Hive's backticks, and what is never closed. */
const lenientPattern = /`(?<quoted>(?:[^`]|``)*)`|(?<open>["'`][\s\S]*|\/\*[\s\S]*)|(?<symbol>[\s\S])/y;

/** The token at a place. In the lenient reading a comment that is never closed is not a division. */
function matchAt(sql: string, at: number, lenient: boolean): RegExpExecArray | null {
  pattern.lastIndex = at;
  const match = pattern.exec(sql);
  if (!lenient || (match && !(match[0] === '/' && sql[at + 1] === '*'))) return match;
  lenientPattern.lastIndex = at;
  return lenientPattern.exec(sql);
}

/**
 * The tokens of a SQL text, comments left out. The lenient reading is for scripts, whose statements Athena judges: it takes
 * Hive's backticks and every other character.
 * @throws SqlProblem at a character that begins no token, e.g. a quote that is never closed; never in the lenient reading.
 */
export function tokenize(sql: string, { lenient = false }: { readonly lenient?: boolean } = {}): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  while (at < sql.length) {
    const match = matchAt(sql, at, lenient);
    if (!match?.groups)
      throw new SqlProblem(
        `'${sql[at]}' begins nothing that SQL knows (a quote or comment may not be closed)`,
        line,
        at - lineStart + 1,
      );
    const text = match[0];
    const { space, word, quoted, string, number, open } = match.groups;
    if (space === undefined)
      tokens.push({
        kind:
          word !== undefined
            ? 'word'
            : quoted !== undefined
              ? 'quoted'
              : string !== undefined
                ? 'string'
                : number !== undefined
                  ? 'number'
                  : open !== undefined
                    ? 'open'
                    : 'symbol',
        text,
        value: word?.toLowerCase() ?? quoted?.replaceAll('""', '"') ?? string?.replaceAll("''", "'") ?? text,
        start: at,
        end: at + text.length,
        line,
        column: at - lineStart + 1,
      });
    for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', feed + 1)) {
      line++;
      lineStart = at + feed + 1;
    }
    at += text.length;
  }
  return tokens;
}
