/** Quoting for the DuckDB statements that this library composes. */

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A local path as `read_parquet` takes it: one that happens to hold glob characters still means itself. */
export const quotePath = (path: string): string => quoteText(path.replace(/[[*?]/g, '[$&]'));
