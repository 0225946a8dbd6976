/** Parses one statement: says by its first words what it is, and hands it to the parser for that kind. */
import { SqlError } from '../errors.ts';
import { quoteText } from '../types.ts';
import {
  parseAlterTable,
  parseCreate,
  parseDescribe,
  parseDrop,
  parseShow,
  parseWithProperties,
} from './catalogStatements.ts';
import { type Cursor, createCursor, type QuotedName } from './cursor.ts';
import { parseExpression } from './expression.ts';
import { parseRelation, takeQuery } from './query.ts';
import type { Expression, MergeAssignment, MergeClause, Statement } from './tree.ts';
import { someParts } from './walk.ts';

/**
 * Parses one statement of Athena's SQL (engine version 3: Trino's queries and DML, Hive's DDL). A trailing semicolon is
 * taken. Throws `SqlError` with line and column.
 */
export function parseStatement(sql: string): Statement {
  const cursor = createCursor(sql);
  const statement = parseAny(cursor);
  cursor.accept(';');
  if (cursor.peek().type !== 'end') {
    if (cursor.at('SELECT') || cursor.at('INSERT') || cursor.at('CREATE'))
      throw new SqlError('SYNTAX_ERROR', 'Only one sql statement is allowed. Got: several', cursor.peek());
    cursor.fail('<EOF>');
  }
  requireQuotesOf(statement, cursor);
  return statement;
}

/**
 * Refuses a DESCRIBE or SHOW COLUMNS that names its table in double quotes, as Athena does: a view may be named so, and which
 * of the two a name stands for only the catalog knows.
 * @throws SqlError
 */
export function requireBackticks(sql: string): void {
  const cursor = createCursor(sql);
  const statement = parseAny(cursor);
  const wrong = quotedBy('"', cursor);
  if (wrong) refuseDoubleQuotes(statement, wrong, cursor);
}

const quotedBy = (quote: string, cursor: Cursor) =>
  cursor.quotedNames().find(({ token }) => token.text.startsWith(quote));

/** DDL that Athena hands to Hive's parser; CREATE TABLE AS and views are Trino's. */
const HIVE_DDL: ReadonlySet<Statement['kind']> = new Set<Statement['kind']>([
  'create-table',
  'create-external-table',
  'alter-table',
  'create-database',
  'drop-database',
  'drop-table',
  'msck',
  'optimize',
  'vacuum',
]);

const isHive = (statement: Statement): boolean =>
  HIVE_DDL.has(statement.kind) ||
  (statement.kind === 'show' && !['views', 'create-view', 'columns'].includes(statement.what));

/**
 * Hive's parser knows names in backticks only, Trino's in double quotes only
 * (https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html); DROP VIEW and what shows a view take both.
 */
function requireQuotesOf(statement: Statement, cursor: Cursor): void {
  const { kind } = statement;
  if (isHive(statement)) {
    const wrong = quotedBy('"', cursor);
    if (wrong) refuseDoubleQuotes(statement, wrong, cursor);
  } else if (kind !== 'show' && kind !== 'describe' && kind !== 'drop-view') {
    const wrong = quotedBy('`', cursor);
    if (wrong)
      throw new SqlError(
        'SYNTAX_ERROR',
        'backquoted identifiers are not supported; use double quotes to quote identifiers',
        wrong.token,
      );
  }
}

/**
 * Which of its grammars Athena speaks by, and since where, depends on the statement and on the part of the name. Source:
 * aoyagikouhei/athena-local, docs/dev/measurements/statements.md, "DDL with names in double quotes"; what it could have been
 * instead is left out for the mend.
 */
function refuseDoubleQuotes(
  statement: Statement,
  { token, part, nameStart }: QuotedName,
  cursor: Cursor,
): never {
  switch (statement.kind) {
    case 'alter-table':
    case 'create-table':
    case 'create-external-table':
      return cursor.failUnviable(token);
    case 'msck':
    case 'optimize':
    case 'vacuum':
      return cursor.fail(STATEMENT_STARTS, cursor.first);
    case 'describe':
      if (part === 1) return cursor.failUnviable(token);
      break;
    case 'show':
      if (statement.what === 'create-table')
        throw new SqlError('SYNTAX_ERROR', 'Queries of this type are not supported');
  }
  if (part === 2) return cursor.failUnviable(token, nameStart);
  throw new SqlError(
    'SYNTAX_ERROR',
    `mismatched input '${token.text}'. DDL takes names in backticks, not in double quotes`,
    token,
  );
}

/** Parses an expression that stands alone, such as an execution parameter. */
export function parseLoneExpression(text: string): Expression {
  const cursor = createCursor(text);
  const expression = parseExpression(cursor);
  if (cursor.peek().type !== 'end') cursor.fail('<EOF>');
  return expression;
}

/**
 * An execution parameter as SQL: an expression that names no column stays as it is, anything else is a text. Source:
 * aoyagikouhei/athena-local, src/statement.rs, measured on Athena
 */
export function parameterSql(value: string): string {
  try {
    if (!someParts(parseLoneExpression(value), ({ kind }) => kind === 'column')) return value;
  } catch (error) {
    if (!(error instanceof SqlError && error.code === 'SYNTAX_ERROR')) throw error;
  }
  return quoteText(value);
}

/** How many `?` a statement has. */
export function countParameters(sql: string): number {
  const cursor = createCursor(sql);
  let count = 0;
  for (let token = cursor.next(); token.type !== 'end'; token = cursor.next())
    if (token.type === 'parameter') count++;
  return count;
}

/** As Athena's front says it, which reads Trino's statements. Source: as refuseDoubleQuotes, errors.md */
const STATEMENT_STARTS =
  "'ALTER', 'ANALYZE', 'CALL', 'COMMENT', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DENY', 'DESC', 'DESCRIBE', 'DROP', 'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'REFRESH', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', 'START', 'TRUNCATE', 'UNLOAD', 'UPDATE', 'USE', <query>";

function parseAny(cursor: Cursor): Statement {
  const { value } = cursor.peek();
  switch (value) {
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
    case 'TABLE':
    case '(':
      return { kind: 'query', ...takeQuery(cursor) };
    case 'CREATE':
      return parseCreate(cursor);
    case 'DROP':
      return parseDrop(cursor);
    case 'ALTER':
      return parseAlterTable(cursor);
    case 'SHOW':
      return parseShow(cursor);
    case 'DESCRIBE':
    case 'DESC':
      return parseDescribe(cursor);
    case 'INSERT':
      return parseInsert(cursor);
    case 'MERGE':
      return parseMerge(cursor);
    case 'UPDATE':
      return parseUpdate(cursor);
    case 'DELETE':
      return parseDelete(cursor);
    case 'UNLOAD':
      return parseUnload(cursor);
    case 'EXPLAIN':
      return parseExplain(cursor);
    case 'PREPARE':
      return parsePrepare(cursor);
    case 'EXECUTE':
      return parseExecute(cursor);
    case 'DEALLOCATE':
      cursor.expect('DEALLOCATE', 'PREPARE');
      return { kind: 'deallocate', name: cursor.identifier().name };
    case 'OPTIMIZE':
      return parseOptimize(cursor);
    case 'VACUUM':
      cursor.next();
      return { kind: 'vacuum', name: cursor.qualifiedName() };
    case 'MSCK':
      cursor.expect('MSCK', 'REPAIR', 'TABLE');
      return { kind: 'msck', name: cursor.qualifiedName() };
    case 'USE':
      cursor.next();
      return { kind: 'use', database: cursor.identifier().name };
    default:
      return cursor.fail(STATEMENT_STARTS);
  }
}

function parseInsert(cursor: Cursor): Statement {
  cursor.expect('INSERT', 'INTO');
  const name = cursor.qualifiedName();
  const columns = cursor.try(() => {
    const names = cursor.parenthesised(() => cursor.identifier());
    if (!['SELECT', 'WITH', 'VALUES', 'TABLE', '('].includes(cursor.peek().value)) cursor.fail('<query>');
    return names;
  });
  return { kind: 'insert', name, columns, ...takeQuery(cursor) };
}

function parseMerge(cursor: Cursor): Statement {
  cursor.expect('MERGE', 'INTO');
  const name = cursor.qualifiedName();
  const alias = cursor.accept('AS') || cursor.atIdentifier() ? cursor.identifier().name : undefined;
  cursor.expect('USING');
  const source = parseRelation(cursor);
  cursor.expect('ON');
  const on = parseExpression(cursor);
  const clauses: MergeClause[] = [];
  while (cursor.accept('WHEN')) clauses.push(parseMergeClause(cursor));
  if (clauses.length === 0) cursor.fail("'WHEN'");
  return { kind: 'merge', name, alias, source, on, clauses };
}

function parseMergeClause(cursor: Cursor): MergeClause {
  const when = cursor.accept('NOT', 'MATCHED') ? 'not matched' : 'matched';
  if (when === 'matched') cursor.expect('MATCHED');
  const condition = cursor.accept('AND') ? parseExpression(cursor) : undefined;
  cursor.expect('THEN');
  if (when === 'matched') {
    if (cursor.accept('DELETE')) return { when, condition, action: { kind: 'delete' } };
    cursor.expect('UPDATE', 'SET');
    return { when, condition, action: { kind: 'update', set: parseAssignments(cursor) } };
  }
  cursor.expect('INSERT');
  const columns = cursor.at('(') ? cursor.parenthesised(() => cursor.identifier()) : undefined;
  cursor.expect('VALUES');
  const values = cursor.parenthesised(() => parseExpression(cursor));
  return { when, condition, action: { kind: 'insert', columns, values } };
}

const parseAssignments = (cursor: Cursor): MergeAssignment[] =>
  cursor.list(() => {
    const column = cursor.identifier();
    cursor.expect('=');
    return { column, expression: parseExpression(cursor) };
  });

function parseUpdate(cursor: Cursor): Statement {
  cursor.expect('UPDATE');
  const name = cursor.qualifiedName();
  cursor.expect('SET');
  const set = parseAssignments(cursor);
  return { kind: 'update', name, set, where: cursor.accept('WHERE') ? parseExpression(cursor) : undefined };
}

function parseDelete(cursor: Cursor): Statement {
  cursor.expect('DELETE', 'FROM');
  const name = cursor.qualifiedName();
  return { kind: 'delete', name, where: cursor.accept('WHERE') ? parseExpression(cursor) : undefined };
}

function parseUnload(cursor: Cursor): Statement {
  cursor.expect('UNLOAD', '(');
  const { query, queryText } = takeQuery(cursor);
  cursor.expect(')', 'TO');
  const location = cursor.string();
  cursor.expect('WITH');
  return { kind: 'unload', query, queryText, location, properties: parseWithProperties(cursor) };
}

function parseExplain(cursor: Cursor): Statement {
  cursor.expect('EXPLAIN');
  const analyze = cursor.accept('ANALYZE');
  const options: Record<string, string> = {};
  if (cursor.at('(', 'FORMAT') || cursor.at('(', 'TYPE'))
    cursor.parenthesised(() => {
      const option = cursor.next().value.toLowerCase();
      options[option] = cursor.next().value.toLowerCase();
    });
  const { start } = cursor.peek();
  const statement = parseAny(cursor);
  return { kind: 'explain', analyze, options, statement, statementText: cursor.textFrom(start) };
}

function parsePrepare(cursor: Cursor): Statement {
  cursor.expect('PREPARE');
  const { name } = cursor.identifier();
  cursor.expect('FROM');
  const { start } = cursor.peek();
  const before = cursor.parameterCount();
  parseAny(cursor);
  return {
    kind: 'prepare',
    name,
    statementText: cursor.textFrom(start),
    parameterCount: cursor.parameterCount() - before,
  };
}

function parseExecute(cursor: Cursor): Statement {
  cursor.expect('EXECUTE');
  const { name } = cursor.identifier();
  const using = cursor.accept('USING')
    ? cursor.list(() => {
        const { start } = cursor.peek();
        parseExpression(cursor);
        return cursor.textFrom(start);
      })
    : [];
  return { kind: 'execute', name, using };
}

function parseOptimize(cursor: Cursor): Statement {
  cursor.expect('OPTIMIZE');
  const name = cursor.qualifiedName();
  cursor.expect('REWRITE', 'DATA', 'USING', 'BIN_PACK');
  return { kind: 'optimize', name, where: cursor.accept('WHERE') ? parseExpression(cursor) : undefined };
}
