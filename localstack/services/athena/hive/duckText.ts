/** Small pieces of DuckDB's SQL text. */

export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;

export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

export const listOf = (texts: readonly string[]) => `[${texts.map(literal).join(', ')}]`;

/**
 * An expression that fails the query with a code in Athena's words. It hangs on `value`, so that the engine cannot
 * evaluate it before it reads a row.
 */
export const raise = (code: string, message: string, value: string) =>
  `error(${literal(`HW:${code}:${message}`)} || ${value})`;

/** Bytes of a line of text at most: as long as a bronze record with its payload. */
export const longestLine = 64 * 1024 * 1024;
