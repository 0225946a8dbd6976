/** Reads a column type of Athena's DDL and writes it in Glue's form: lower case, no blanks, e.g. `map<string,array<int>>`. */
import { SqlError } from '../errors.ts';
import type { Cursor } from './cursor.ts';

/** docs.aws.amazon.com/athena/latest/ug/data-types.html */
const PRIMITIVES = new Set([
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'integer',
  'bigint',
  'double',
  'float',
  'string',
  'binary',
  'date',
  'timestamp',
  'timestamptz',
  'decimal',
  'char',
  'varchar',
  'uuid',
  'time',
]);

export function parseHiveType(cursor: Cursor): string {
  const token = cursor.peek();
  if (token.type !== 'word') cursor.fail('<type>');
  const name = cursor.next().text.toLowerCase();
  if (name === 'array') {
    cursor.expect('<');
    const element = parseHiveType(cursor);
    closeAngle(cursor);
    return `array<${element}>`;
  }
  if (name === 'map') {
    cursor.expect('<');
    const key = parseHiveType(cursor);
    cursor.expect(',');
    const value = parseHiveType(cursor);
    closeAngle(cursor);
    return `map<${key},${value}>`;
  }
  if (name === 'struct') {
    cursor.expect('<');
    const fields = cursor.list(() => {
      const field = cursor.identifier().name.toLowerCase();
      cursor.expect(':');
      const type = parseHiveType(cursor);
      if (cursor.accept('COMMENT')) cursor.string();
      return `${field}:${type}`;
    });
    closeAngle(cursor);
    return `struct<${fields.join(',')}>`;
  }
  if (!PRIMITIVES.has(name))
    throw new SqlError('SYNTAX_ERROR', `'${token.text}' is not a type of Athena's DDL`, token);
  if (!cursor.at('(')) return name === 'integer' ? 'int' : name;
  return `${name}(${cursor.parenthesised(() => cursor.integer()).join(',')})`;
}

const closeAngle = (cursor: Cursor) => cursor.expect('>');
