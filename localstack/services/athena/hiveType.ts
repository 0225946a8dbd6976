/** SQL types in Hive's words, as the Glue catalog and Athena's DDL write them. */
import { type Type, typeText } from '../../sql/types.ts';

const names: Readonly<Record<string, string>> = { integer: 'int', real: 'float', varbinary: 'binary' };

/** E.g. `array<struct<a:int,b:string>>`; a timestamp's precision is the table format's matter and left out. */
export function hiveType(type: Type): string {
  switch (type.kind) {
    case 'array':
      return `array<${hiveType(type.element)}>`;
    case 'map':
      return `map<${hiveType(type.key)},${hiveType(type.value)}>`;
    case 'row':
      return `struct<${type.fields.map(({ name, type: field }, index) => `${name ?? `field${index}`}:${hiveType(field)}`).join(',')}>`;
    case 'varchar':
      return type.length === undefined ? 'string' : `varchar(${type.length})`;
    case 'timestamp':
    case 'time':
    case 'timestamp with time zone':
      return type.kind;
    default:
      return names[type.kind] ?? typeText(type);
  }
}

/** Types whose values are made of other values. */
export const isNested = (type: Type) => type.kind === 'array' || type.kind === 'map' || type.kind === 'row';
