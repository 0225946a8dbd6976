/** Casts to and from Trino's json type, which DuckDB holds here as its text. */
import { notVerified } from '../errors.ts';
import {
  fieldNames,
  isFloating,
  isInteger,
  physicalType,
  quoteName,
  quoteText,
  type RowType,
  type Type,
  typeText,
} from '../types.ts';
import { type CastContext, castSql, decimalText } from './cast.ts';
import { failWithSql } from './failure.ts';
import { tried } from './try.ts';

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
    case 'decimal':
      return decimalText(sql, from);
    case 'double':
      return `hw_js_json_double(${sql})`;
    case 'real':
      return `hw_js_json_real(${sql})`;
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

/** Where a value is only read, it does not matter how json_extract would write its numbers. */
const asRead = (sql: string) => sql.replaceAll('hw_json_text(', 'hw_json_value(');

/** Trino: JsonUtil; JSON's null becomes NULL, a number's text is not kept, keys match without regard to case. */
export function castFromJson(operand: string, to: Type, context: CastContext): string {
  const sql = asRead(operand);
  if (context.safe && (to.kind === 'array' || to.kind === 'map' || to.kind === 'row')) {
    if (sql.includes("'!"))
      throw notVerified(`try_cast of a computed value to ${typeText(to)}`, context.position);
    return tried(castFromJson(sql, to, { ...context, safe: false }), context.statement);
  }
  switch (to.kind) {
    case 'json':
      return `hw_json_text(${sql})`;
    case 'array':
      return castElements(sql, to.element, to, context);
    case 'map':
      return castMembers(sql, to, context);
    case 'row':
      return castFields(sql, to, context);
    default:
      return castScalar(sql, to, context);
  }
}

/** One branch for each kind of JSON value; another kind fails, or is NULL under TRY_CAST. */
function byKind(
  sql: string,
  to: Type,
  context: CastContext,
  branches: readonly (readonly [kinds: readonly string[], result: string])[],
): string {
  const cases = branches.flatMap(([kinds, result]) => kinds.map((kind) => `WHEN '${kind}' THEN ${result}`));
  const failure = context.safe
    ? ''
    : ` ELSE CASE WHEN ${sql} IS NOT NULL THEN ${failWithSql(`'!Cannot cast to ${typeText(to)}: ' || ${sql}`)} END`;
  return `CASE json_type(${sql}) WHEN 'NULL' THEN NULL ${cases.join(' ')}${failure} END`;
}

const STRINGS = ['VARCHAR'];
const WHOLE = ['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT'];
const FRACTIONS = ['DOUBLE'];
const BOOLEANS = ['BOOLEAN'];

function castScalar(sql: string, to: Type, context: CastContext): string {
  const text = `json_extract_string(${sql}, '$')`;
  const number = `${context.safe ? 'TRY_CAST' : 'CAST'}(${text} AS ${physicalType(to)})`;
  const double = `CAST(${text} AS DOUBLE)`;
  if (to.kind === 'varchar') {
    const branches = [
      [[...STRINGS, ...WHOLE, ...BOOLEANS], text],
      [FRACTIONS, `hw_double_text(${double})`],
    ] as const;
    return castSql(byKind(sql, to, context, branches), { kind: 'varchar' }, to, context);
  }
  if (!isInteger(to) && !isFloating(to) && to.kind !== 'decimal' && to.kind !== 'boolean')
    throw notVerified(`a cast from json to ${typeText(to)}`, context.position);
  const fromString = [STRINGS, castSql(text, { kind: 'varchar' }, to, context)] as const;
  const fromBoolean = [BOOLEANS, `CAST(${text} = 'true' AS ${physicalType(to)})`] as const;
  if (to.kind === 'boolean')
    return byKind(sql, to, context, [
      fromString,
      fromBoolean,
      [[...WHOLE, ...FRACTIONS], `(${double} <> 0)`],
    ]);
  const fromFraction = isInteger(to) ? castSql(double, { kind: 'double' }, to, context) : number;
  return byKind(sql, to, context, [fromString, fromBoolean, [WHOLE, number], [FRACTIONS, fromFraction]]);
}

function castElements(sql: string, element: Type, to: Type, context: CastContext): string {
  const item = context.statement.nextAlias('e');
  // Rows are taken apart first, so that each member is looked up once.
  const list =
    element.kind === 'row' && allNamed(element)
      ? openRows(sql, element, context)
      : `json_extract(${sql}, '$[*]')`;
  const value =
    element.kind === 'row' && allNamed(element)
      ? castOpened(item, element, context)
      : castFromJson(`CAST(${item} AS VARCHAR)`, element, context);
  return byKind(sql, to, context, [[['ARRAY'], `list_transform(${list}, lambda ${item}: ${value})`]]);
}

const allNamed = (row: RowType) => row.fields.every((field) => field.name !== undefined);
const position = (sql: string, index: number) => `CAST(json_extract(${sql}, '$[${index}]') AS VARCHAR)`;

/** The elements as STRUCT(whole, kind, f0, f1, …): each field's JSON text, by name from an object, by place from an array. */
function openRows(sql: string, row: RowType, context: CastContext): string {
  const item = context.statement.nextAlias('e');
  const fields = row.fields.map((field, index) => `f${index} := ${member(item, field.name!, index)}`);
  return `list_transform(json_extract(${sql}, '$[*]'), lambda ${item}: struct_pack(whole := CAST(${item} AS VARCHAR), kind := json_type(${item}), ${fields.join(', ')}))`;
}

const member = (sql: string, name: string, index: number) =>
  `CASE json_type(${sql}) WHEN 'OBJECT' THEN hw_json_field(${sql}, ${quoteText(name)}) WHEN 'ARRAY' THEN ${position(sql, index)} END`;

function castOpened(item: string, row: RowType, context: CastContext): string {
  const names = fieldNames(row);
  const values = row.fields.map(
    (field, index) =>
      `${quoteName(names[index]!)} := ${castFromJson(`${item}.f${index}`, field.type, context)}`,
  );
  const failure = failWithSql(`'!Cannot cast to ${typeText(row)}: ' || ${item}.whole`);
  return `CASE WHEN ${item}.kind IN ('OBJECT', 'ARRAY') THEN struct_pack(${values.join(', ')}) WHEN ${item}.kind <> 'NULL' THEN ${failure} END`;
}

function castFields(sql: string, to: RowType, context: CastContext): string {
  const names = fieldNames(to);
  const pack = (read: (index: number) => string) =>
    `struct_pack(${to.fields.map((field, index) => `${quoteName(names[index]!)} := ${castFromJson(read(index), field.type, context)}`).join(', ')})`;
  const fromArray = [['ARRAY'], pack((index) => position(sql, index))] as const;
  if (!allNamed(to)) return byKind(sql, to, context, [fromArray]);
  return byKind(sql, to, context, [
    [['OBJECT'], pack((index) => `hw_json_field(${sql}, ${quoteText(to.fields[index]!.name!)})`)],
    fromArray,
  ]);
}

function castMembers(sql: string, to: Extract<Type, { kind: 'map' }>, context: CastContext): string {
  if (to.key.kind !== 'varchar') throw notVerified(`a cast from json to ${typeText(to)}`, context.position);
  const key = context.statement.nextAlias('e');
  const value = castFromJson(
    `CAST(json_extract(${sql}, '$."' || replace(${key}, '"', '\\"') || '"') AS VARCHAR)`,
    to.value,
    context,
  );
  const entries = `list_transform(json_keys(${sql}), lambda ${key}: struct_pack(k := ${key}, v := ${value}))`;
  return byKind(sql, to, context, [[['OBJECT'], `map_from_entries(${entries})`]]);
}
