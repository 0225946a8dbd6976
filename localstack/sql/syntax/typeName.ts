/** Parses a type in Trino's syntax, e.g. `decimal(10,2)`, `timestamp(3) with time zone`, `array(row(a bigint))`. */
import { type Cursor, positionOf } from './cursor.ts';
import type { TypeName } from './tree.ts';

function parseRowFields(cursor: Cursor): { types: TypeName[]; names: (string | undefined)[] } {
  const names: (string | undefined)[] = [];
  const types = cursor.parenthesised(() => {
    const bare = cursor.try(() => {
      const type = parseTypeName(cursor);
      if (!cursor.at(',') && !cursor.at(')')) cursor.fail("',', ')'");
      return type;
    });
    names.push(bare ? undefined : cursor.identifier().name);
    return bare ?? parseTypeName(cursor);
  });
  return { types, names };
}

export function parseTypeName(cursor: Cursor): TypeName {
  const position = positionOf(cursor.peek());
  const name = cursor.identifier().name.toLowerCase();
  if (name === 'row') {
    const { types, names } = parseRowFields(cursor);
    return { name, arguments: types, fieldNames: names, position };
  }
  if (name === 'double' && cursor.accept('PRECISION')) return { name, arguments: [], position };
  if (name === 'interval') {
    const from = cursor.identifier().name.toLowerCase();
    cursor.expect('TO');
    return { name: `interval ${from} to ${cursor.identifier().name.toLowerCase()}`, arguments: [], position };
  }
  let argumentsOfType: (number | TypeName)[] = [];
  if (cursor.at('('))
    argumentsOfType = cursor.parenthesised(() =>
      cursor.peek().type === 'integer' ? cursor.integer() : parseTypeName(cursor),
    );
  // Presto's older form, which Athena still takes: array<varchar>.
  else if ((name === 'array' || name === 'map') && cursor.accept('<')) {
    argumentsOfType = cursor.list(() => parseTypeName(cursor));
    cursor.expect('>');
  }
  if (name === 'timestamp' || name === 'time') {
    if (cursor.accept('WITH', 'TIME', 'ZONE'))
      return { name: `${name} with time zone`, arguments: argumentsOfType, position };
    cursor.accept('WITHOUT', 'TIME', 'ZONE');
  }
  return { name, arguments: argumentsOfType, position };
}
