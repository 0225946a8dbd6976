/** Casts to and from Trino's json type, which DuckDB holds here as its text. */
import { notVerified } from '../errors.ts';
import {
  fieldNames,
  isFloating,
  isInteger,
  physicalType,
  quoteName,
  quoteText,
  type Type,
  typeText,
} from '../types.ts';
import { type CastContext, castSql, unconvertible } from './cast.ts';

/** JSON text of a value; a SQL NULL inside an array or a row becomes JSON's null. */
export function castToJson(sql: string, from: Type, context: CastContext): string {
  const inner = (value: string, type: Type) => `coalesce(${castToJson(value, type, context)}, 'null')`;
  switch (from.kind) {
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
      return `CAST(${sql} AS VARCHAR)`;
    case 'varchar':
      return `hw_json_string(${sql})`;
    case 'json':
      return sql;
    case 'unknown':
      return 'CAST(NULL AS VARCHAR)';
    case 'date':
    case 'timestamp':
      return `'"' || ${castSql(sql, from, { kind: 'varchar' }, context)} || '"'`;
    case 'array': {
      const item = context.statement.nextAlias('e');
      return `CASE WHEN ${sql} IS NOT NULL THEN '[' || coalesce(array_to_string(list_transform(${sql}, lambda ${item}: ${inner(item, from.element)}), ','), '') || ']' END`;
    }
    case 'row': {
      const names = fieldNames(from);
      const parts = from.fields.map(
        ({ name, type }, index) =>
          `${quoteText(`${JSON.stringify(name ?? '')}:`)} || ${inner(`struct_extract(${sql}, ${quoteText(names[index]!)})`, type)}`,
      );
      return `CASE WHEN ${sql} IS NOT NULL THEN '{' || ${parts.join(` || ',' || `)} || '}' END`;
    }
    case 'map': {
      if (from.key.kind !== 'varchar') break;
      // Trino writes a map's members in the order of their keys (JsonUtil.MapJsonGeneratorWriter).
      const entry = context.statement.nextAlias('e');
      const member = `hw_json_string(${entry}.key) || ':' || ${inner(`${entry}.value`, from.value)}`;
      const members = `list_transform(list_sort(map_entries(${sql})), lambda ${entry}: ${member})`;
      return `CASE WHEN ${sql} IS NOT NULL THEN '{' || coalesce(array_to_string(${members}, ','), '') || '}' END`;
    }
  }
  throw notVerified(`a cast from ${typeText(from)} to json`, context.position);
}

/** Trino: JsonUtil; JSON's null becomes NULL, a number's text is not kept, keys match without regard to case. */
export function castFromJson(sql: string, to: Type, context: CastContext): string {
  const failure = unconvertible(context, `'!Cannot cast to ${typeText(to)}: ' || ${sql}`);
  const byType = (branches: Readonly<Record<string, string>>) => {
    const cases = Object.entries(branches).map(
      ([types, result]) => `WHEN json_type(${sql}) IN (${types}) THEN ${result}`,
    );
    return `CASE WHEN ${sql} IS NULL OR json_type(${sql}) = 'NULL' THEN NULL ${cases.join(' ')} ELSE ${failure} END`;
  };
  const text = `json_extract_string(${sql}, '$')`;
  const STRINGS = "'VARCHAR'";
  const INTEGERS = "'BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'";
  const DOUBLES = "'DOUBLE'";
  const fromText = castOfText(text, to, context);
  if (to.kind === 'varchar')
    return castSql(
      byType({
        [STRINGS]: text,
        [INTEGERS]: text,
        [DOUBLES]: `hw_double_text(CAST(${text} AS DOUBLE))`,
        "'BOOLEAN'": text,
      }),
      { kind: 'varchar' },
      to,
      context,
    );
  const boolean = `CAST(${text} = 'true' AS ${physicalType(to)})`;
  if (isInteger(to))
    return byType({
      [STRINGS]: fromText,
      [INTEGERS]: fromText,
      [DOUBLES]: castSql(`CAST(${text} AS DOUBLE)`, { kind: 'double' }, to, context),
      "'BOOLEAN'": boolean,
    });
  if (isFloating(to) || to.kind === 'decimal')
    return byType({ [`${STRINGS}, ${INTEGERS}, ${DOUBLES}`]: fromText, "'BOOLEAN'": boolean });
  if (to.kind === 'boolean')
    return byType({
      [STRINGS]: fromText,
      "'BOOLEAN'": boolean,
      [`${INTEGERS}, ${DOUBLES}`]: `(CAST(${text} AS DOUBLE) <> 0)`,
    });
  if (context.safe) {
    if (sql.includes("'!"))
      throw notVerified(`try_cast of a computed value to ${typeText(to)}`, context.position);
    return `TRY(${castFromJson(sql, to, { ...context, safe: false })})`;
  }
  if (to.kind === 'array') {
    const item = context.statement.nextAlias('e');
    const element = castFromJson(`CAST(${item} AS VARCHAR)`, to.element, context);
    return byType({ "'ARRAY'": `list_transform(json_extract(${sql}, '$[*]'), lambda ${item}: ${element})` });
  }
  if (to.kind === 'map' && to.key.kind === 'varchar') {
    const key = context.statement.nextAlias('e');
    const value = castFromJson(jsonMember(sql, key), to.value, context);
    return byType({
      "'OBJECT'": `map_from_entries(list_transform(json_keys(${sql}), lambda ${key}: struct_pack(k := ${key}, v := ${value})))`,
    });
  }
  if (to.kind === 'row') {
    const names = fieldNames(to);
    const pack = (member: (index: number) => string) =>
      `struct_pack(${to.fields.map((field, index) => `${quoteName(names[index]!)} := ${castFromJson(member(index), field.type, context)}`).join(', ')})`;
    const byName: Record<string, string> = to.fields.every((field) => field.name !== undefined)
      ? { "'OBJECT'": pack((index) => `hw_json_field(${sql}, ${quoteText(to.fields[index]!.name!)})`) }
      : {};
    return byType({
      ...byName,
      "'ARRAY'": pack((index) => `CAST(json_extract(${sql}, '$[${index}]') AS VARCHAR)`),
    });
  }
  throw notVerified(`a cast from json to ${typeText(to)}`, context.position);
}

const jsonMember = (sql: string, keySql: string) =>
  `CAST(json_extract(${sql}, '$."' || replace(${keySql}, '"', '\\"') || '"') AS VARCHAR)`;

function castOfText(text: string, to: Type, context: CastContext): string {
  if (isInteger(to) || isFloating(to) || to.kind === 'decimal' || to.kind === 'boolean')
    return castSql(text, { kind: 'varchar' }, to, context);
  return text;
}
