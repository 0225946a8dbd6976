/** Patterns of file paths: which files they name, and which values of a row are in them. */

export interface PathPattern {
  readonly text: string;
  /** The columns that take their values from the path. */
  readonly columns: readonly string[];
  /** How many segments a path must have at least. */
  readonly segments: number;
  /** The values by column, or undefined for a path that does not fit. */
  readonly match: (path: string) => Readonly<Record<string, string>> | undefined;
  /** True when it fits the whole of a path. */
  readonly matchWhole: (path: string) => boolean;
}

const compiled = new Map<string, PathPattern>();

/**
 * Compiles `{symbol}/{trade_date}_trade.zip/*`: `{column}` and `*` stand for one or more characters of a segment, `**`
 * for any number of segments. A pattern fits the end of a path, from the beginning of a segment on.
 */
export function pathPattern(text: string): PathPattern {
  let pattern = compiled.get(text);
  if (!pattern) {
    pattern = compile(text);
    compiled.set(text, pattern);
  }
  return pattern;
}

function compile(text: string): PathPattern {
  const columns: string[] = [];
  let expression = '';
  for (const [token, column] of text.matchAll(/\{([^{}/]+)\}|\*\*\/?|\*|[^*{}]+|[{}]/g)) {
    if (column !== undefined) {
      columns.push(column);
      expression += '([^/]+?)';
    } else if (token === '**/') expression += '(?:[^/]+/)*';
    else if (token === '**') expression += '.*';
    else if (token === '*') expression += '[^/]+';
    else expression += token.replace(/[\\^$.+?()[\]{}|]/g, '\\$&');
  }
  const matcher = new RegExp(`(?:^|/)${expression}$`);
  const whole = new RegExp(`^${expression}$`);
  return {
    text,
    columns,
    segments: text.split('/').length,
    match: (path) => {
      const found = matcher.exec(path);
      return found ? Object.fromEntries(columns.map((column, at) => [column, found[at + 1]!])) : undefined;
    },
    matchWhole: (path) => whole.test(path),
  };
}

/** The values of the first pattern that fits a path. */
export function valuesOfPath(
  patterns: readonly string[],
  path: string,
): Readonly<Record<string, string>> | undefined {
  for (const text of patterns) {
    const values = pathPattern(text).match(path);
    if (values) return values;
  }
  return undefined;
}
