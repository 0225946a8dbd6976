/**
 * DuckDB's client reads texts with a decoder that takes a leading U+FEFF for a byte order mark and drops it: a value of a column
 * would lose its first character. Whoever imports this reads texts whole, as does all else in the process.
 */
import dataAccessors from '@duckdb/node-api/lib/vectors/dataAccessors.js';

(dataAccessors as { textDecoder: unknown }).textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
