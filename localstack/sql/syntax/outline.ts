/** Outlines a statement without reading its query: its kind and where the query is, for an engine that reads it itself. */
import type { Position } from '../errors.ts';
import { parseWithProperties } from './catalogStatements.ts';
import { type Cursor, createCursor, positionOf } from './cursor.ts';
import type { PropertyValue, QualifiedName } from './tree.ts';

/** A part of a statement as written, and where it begins. */
export interface Passage {
  readonly text: string;
  readonly position: Position;
}

export type Outline =
  /** SELECT, WITH, VALUES, TABLE; `whole` is without the trailing semicolon. */
  | { readonly kind: 'query'; readonly whole: Passage }
  | {
      readonly kind: 'insert' | 'merge' | 'update' | 'delete';
      readonly name: QualifiedName;
      readonly whole: Passage;
    }
  | {
      readonly kind: 'ctas';
      readonly name: QualifiedName;
      readonly ifNotExists: boolean;
      readonly columnNames?: readonly string[];
      readonly comment?: string;
      readonly properties: Readonly<Record<string, PropertyValue>>;
      readonly query: Passage;
      readonly withData: boolean;
    }
  | {
      readonly kind: 'create-view';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly query: Passage;
    }
  | {
      readonly kind: 'unload';
      readonly query: Passage;
      readonly location: string;
      readonly properties: Readonly<Record<string, PropertyValue>>;
    }
  | {
      readonly kind: 'explain';
      /** `EXPLAIN`, `EXPLAIN ANALYZE (…)`: all before the statement. */
      readonly head: string;
      /** Absent when what is explained is not for the engine. */
      readonly statement?: Outline;
      readonly inner: Passage;
    }
  | { readonly kind: 'prepare'; readonly name: string; readonly statement: Passage }
  | { readonly kind: 'execute'; readonly name: string; readonly using: readonly string[] };

export type OutlineKind = Outline['kind'];

/** A place in the statement: its offset, its line and its column. */
type Beginning = Position & { readonly start: number };

/**
 * The outline of a query, of a change of rows, or of what holds a query; undefined for what only the catalog does
 * (`parseStatement` reads it).
 * @throws SqlError for text that cannot be cut into tokens, and for a mistake outside the query
 */
export function outlineOf(sql: string): Outline | undefined {
  const cursor = createCursor(sql);
  const outline = readOutline(cursor, { start: 0, line: 1, column: 1 });
  if (!outline) return undefined;
  cursor.accept(';');
  if (cursor.peek().type !== 'end') cursor.fail('<EOF>');
  return outline;
}

function readOutline(cursor: Cursor, from: Beginning): Outline | undefined {
  const kind = cursor.peek().value;
  switch (kind) {
    case 'SELECT':
    case 'WITH':
    case 'VALUES':
    case 'TABLE':
    case '(':
      return { kind: 'query', whole: readRest(cursor, from) };
    case 'INSERT':
    case 'MERGE':
      cursor.expect(kind, 'INTO');
      return { kind: kind === 'INSERT' ? 'insert' : 'merge', ...readChange(cursor, from) };
    case 'UPDATE':
      cursor.next();
      return { kind: 'update', ...readChange(cursor, from) };
    case 'DELETE':
      cursor.expect('DELETE', 'FROM');
      return { kind: 'delete', ...readChange(cursor, from) };
    case 'CREATE':
      return readCreate(cursor);
    case 'UNLOAD':
      return readUnload(cursor);
    case 'EXPLAIN':
      return readExplain(cursor, from);
    case 'PREPARE': {
      cursor.next();
      const { name } = cursor.identifier();
      cursor.expect('FROM');
      return { kind: 'prepare', name, statement: readRest(cursor) };
    }
    case 'EXECUTE':
      return readExecute(cursor);
    default:
      return undefined;
  }
}

/** Takes tokens until `ends` says so at depth 0, or the statement ends; the end itself stays. */
function skip(cursor: Cursor, ends: () => boolean): void {
  let depth = 0;
  while (cursor.peek().type !== 'end') {
    if (depth === 0 && (cursor.at(';') || ends())) return;
    const { type, value } = cursor.next();
    if (type !== 'operator') continue;
    if (value === '(' || value === '[') depth++;
    else if (value === ')' || value === ']') depth--;
  }
}

const passageFrom = (cursor: Cursor, from: Beginning): Passage => ({
  text: cursor.textFrom(from.start),
  position: positionOf(from),
});

/** What follows, to the end of the statement or to where `ends` says; `from` may be before. */
function readRest(
  cursor: Cursor,
  from: Beginning = cursor.peek(),
  ends: () => boolean = () => false,
): Passage {
  if (cursor.peek().type === 'end' || cursor.at(';')) cursor.fail('<query>');
  skip(cursor, ends);
  return passageFrom(cursor, from);
}

function readChange(cursor: Cursor, from: Beginning): { name: QualifiedName; whole: Passage } {
  const name = cursor.qualifiedName();
  skip(cursor, () => false);
  return { name, whole: passageFrom(cursor, from) };
}

function readCreate(cursor: Cursor): Outline | undefined {
  cursor.next();
  const orReplace = cursor.accept('OR', 'REPLACE');
  if (cursor.accept('VIEW')) {
    const name = cursor.qualifiedName();
    cursor.expect('AS');
    return { kind: 'create-view', name, orReplace, query: readRest(cursor) };
  }
  if (orReplace || !cursor.accept('TABLE')) return undefined;
  const ifNotExists = cursor.accept('IF', 'NOT', 'EXISTS');
  const name = cursor.qualifiedName();
  const columnNames = cursor.try(() => cursor.parenthesised(() => cursor.identifier().name));
  const comment = cursor.accept('COMMENT') ? cursor.string() : undefined;
  const properties = cursor.at('WITH', '(') && cursor.accept('WITH') ? parseWithProperties(cursor) : {};
  // Without a query it makes an empty table, which is the catalog's.
  if (!cursor.accept('AS')) return undefined;
  const endsHere = (...words: string[]) =>
    cursor.at(...words) &&
    (cursor.peek(words.length).type === 'end' || cursor.peek(words.length).value === ';');
  const query = readRest(cursor, undefined, () => endsHere('WITH', 'NO', 'DATA') || endsHere('WITH', 'DATA'));
  const withData = !cursor.accept('WITH', 'NO', 'DATA');
  if (withData) cursor.accept('WITH', 'DATA');
  return { kind: 'ctas', name, ifNotExists, columnNames, comment, properties, query, withData };
}

function readUnload(cursor: Cursor): Outline {
  cursor.expect('UNLOAD', '(');
  const query = readRest(cursor, undefined, () => cursor.at(')'));
  cursor.expect(')', 'TO');
  const location = cursor.string();
  cursor.expect('WITH');
  return { kind: 'unload', query, location, properties: parseWithProperties(cursor) };
}

function readExplain(cursor: Cursor, from: Beginning): Outline {
  cursor.next();
  cursor.accept('ANALYZE');
  cursor.accept('VERBOSE');
  if (cursor.at('(', 'FORMAT') || cursor.at('(', 'TYPE'))
    cursor.parenthesised(() => {
      cursor.next();
      cursor.next();
    });
  const head = cursor.textFrom(from.start);
  const inner = cursor.peek();
  const statement = readOutline(cursor, inner);
  if (!statement) skip(cursor, () => false);
  return { kind: 'explain', head, ...(statement && { statement }), inner: passageFrom(cursor, inner) };
}

function readExecute(cursor: Cursor): Outline {
  cursor.next();
  const { name } = cursor.identifier();
  const using: string[] = [];
  if (cursor.accept('USING'))
    do using.push(readRest(cursor, undefined, () => cursor.at(',')).text);
    while (cursor.accept(','));
  return { kind: 'execute', name, using };
}
