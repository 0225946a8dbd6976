/** Athena's SQL: parsed, typed by Trino's rules, and written as DuckDB SQL that gives the same answer, or refused by name. */

export { engineError } from './engine/failure.ts';
export { lockDown, setupConnection } from './engine/setup.ts';
export { SqlError, type SqlErrorCode } from './errors.ts';
export { FUNCTION_PAGES } from './functions/registry.ts';
export type * from './resolver.ts';
export { formatQuery } from './syntax/format.ts';
export { type Outline, type OutlineKind, outlineOf, type Passage } from './syntax/outline.ts';
export {
  countParameters,
  parameterSql,
  parseStatement,
  requireBackticks,
} from './syntax/statement.ts';
export type * from './syntax/tree.ts';
export { tablesOf } from './syntax/walk.ts';
export { LAMBDA_FUNCTIONS } from './translate/lambda.ts';
export {
  type MergeTranslation,
  type RowChange,
  type RowChangeOptions,
  translateDelete,
  translateInsert,
  translateMerge,
  translatePredicate,
  translateUpdate,
} from './translate/rowChange.ts';
export { SPECIAL_FUNCTIONS } from './translate/special.ts';
export { translateQuery } from './translate/statement.ts';
export { parseType, typeText } from './types.ts';
