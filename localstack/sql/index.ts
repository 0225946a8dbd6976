/** Athena's SQL: parsed, typed by Trino's rules, and written as DuckDB SQL that gives the same answer, or refused by name. */
export { SqlError, type SqlErrorCode } from './errors.ts';
export type * from './resolver.ts';
export { countParameters, parseLoneExpression, parseStatement } from './syntax/statement.ts';
export type * from './syntax/tree.ts';
