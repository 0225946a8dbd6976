/** Functions that take a lambda: the lambda's body is translated with what stands for its parameters. */
import { notVerified, SqlError } from '../errors.ts';
import type { Call, Expression } from '../syntax/tree.ts';
import { someParts } from '../syntax/walk.ts';
import {
  arrayOf,
  canCoerce,
  commonType,
  isInteger,
  mapOf,
  physicalType,
  sameType,
  type Type,
  typeText,
} from '../types.ts';
import { coerce } from './cast.ts';
import { translateExpression } from './expression.ts';
import { failWith } from './failure.ts';
import type { Environment, Field, Typed } from './scope.ts';
import type { SpecialFunction } from './special.ts';

/** Translates the body of argument `index` with these values as the parameters. */
function bodyOf(node: Call, index: number, parameters: readonly Typed[], environment: Environment): Typed {
  const lambda = node.arguments[index];
  if (lambda?.kind !== 'lambda')
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Unexpected parameters for function ${node.name}: argument ${index + 1} must be a lambda`,
      node.position,
    );
  if (lambda.parameters.length !== parameters.length)
    throw new SqlError(
      'INVALID_ARGUMENTS',
      `Expected a lambda that takes ${parameters.length} argument(s) but got ${lambda.parameters.length}`,
      lambda.position,
    );
  const fields: Field[] = lambda.parameters.map((name, place) => ({
    name,
    type: parameters[place]!.type,
    sql: parameters[place]!.sql,
  }));
  // Inside, a parameter's name means the parameter, not a group key or an output called the same.
  const names = new Set(lambda.parameters.map((name) => name.toLowerCase()));
  const usesParameter = (expression: Expression) =>
    someParts(expression, (part) => part.kind === 'column' && names.has(part.name.toLowerCase()));
  const { intercept } = environment;
  const exceptParameters: Environment['intercept'] = (expression, at) => {
    if (!usesParameter(expression)) return intercept?.(expression, at);
    const isCall = expression.kind === 'call' || expression.kind === 'column';
    // Trino goes by the text there: a key written like it wins over the parameter.
    if (!isCall && intercept?.(expression, environment))
      throw notVerified('a lambda that repeats a group key with a parameter in it', expression.position);
    return undefined;
  };
  return translateExpression(lambda.body, {
    ...environment,
    fields,
    outer: environment,
    clause: environment.clause === 'grouped' ? '' : environment.clause,
    intercept: intercept && exceptParameters,
    allowsAggregates: false,
    allowsWindows: false,
  });
}

function arrayArgument(node: Call, index: number, environment: Environment): { sql: string; element: Type } {
  const argument = node.arguments[index];
  const value = argument && translateExpression(argument, environment);
  if (value?.type.kind !== 'array')
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Unexpected parameters (${value ? typeText(value.type) : ''}, …) for function ${node.name}. Expected: ${node.name}(array(t), …)`,
      node.position,
    );
  return { sql: value.sql, element: value.type.element };
}

/** Whether a comparator puts its first value before the second. */
const decided = (order: string) =>
  `CASE (${order}) WHEN -1 THEN true WHEN 0 THEN false WHEN 1 THEN false ELSE ${failWith('Lambda comparator must return either -1, 0, or 1')} END`;

/** Keys that DuckDB does not tell apart as Trino does. */
function refuseKeys(type: Type, node: Call): void {
  if (['double', 'real', 'row', 'array', 'map', 'json', 'timestamp with time zone'].includes(type.kind))
    throw notVerified(`${node.name} with ${typeText(type)} keys`, node.position);
}

function mapArgument(
  node: Call,
  environment: Environment,
  index = 0,
): { sql: string; key: Type; value: Type } {
  const argument = node.arguments[index];
  const map = argument && translateExpression(argument, environment);
  if (map?.type.kind !== 'map')
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Unexpected parameters for function ${node.name}. Expected: ${node.name}(map(k,v), …)`,
      node.position,
    );
  return { sql: map.sql, key: map.type.key, value: map.type.value };
}

/** A map, and the lambda next to it that takes key and value of each of its entries. */
function overEntries(node: Call, environment: Environment) {
  const map = mapArgument(node, environment);
  const entry = environment.statement.nextAlias('x');
  const parameters = [
    { sql: `${entry}.key`, type: map.key },
    { sql: `${entry}.value`, type: map.value },
  ];
  return { ...map, entry, body: bodyOf(node, 1, parameters, environment) };
}

function needArguments(node: Call, count: number): void {
  if (node.arguments.length !== count)
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Unexpected parameters for function ${node.name}: expected ${count}`,
      node.position,
    );
}

function needBoolean(body: Typed, node: Call): void {
  if (body.type.kind !== 'boolean')
    throw new SqlError(
      'TYPE_MISMATCH',
      `The lambda of ${node.name} must give a boolean, not ${typeText(body.type)}`,
      node.position,
    );
}

/** `x -> …` applied to each element of the first argument. */
function each(
  node: Call,
  environment: Environment,
): { list: string; element: Type; item: string; body: Typed } {
  needArguments(node, 2);
  const { sql, element } = arrayArgument(node, 0, environment);
  const item = environment.statement.nextAlias('x');
  return { list: sql, element, item, body: bodyOf(node, 1, [{ sql: item, type: element }], environment) };
}

const quantifier = (name: string, duck: (results: string) => string): SpecialFunction => ({
  signatures: [`${name}(array(T), function(T, boolean)) -> boolean`],
  translate(node, environment) {
    const { list, item, body } = each(node, environment);
    needBoolean(body, node);
    return { sql: duck(`list_transform(${list}, lambda ${item}: ${body.sql})`), type: { kind: 'boolean' } };
  },
});

export const LAMBDA_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  transform: {
    signatures: ['transform(array(T), function(T, U)) -> array(U)'],
    translate(node, environment) {
      const { list, item, body } = each(node, environment);
      return { sql: `list_transform(${list}, lambda ${item}: ${body.sql})`, type: arrayOf(body.type) };
    },
  },
  filter: {
    signatures: ['filter(array(T), function(T, boolean)) -> array(T)'],
    translate(node, environment) {
      const { list, element, item, body } = each(node, environment);
      needBoolean(body, node);
      return { sql: `list_filter(${list}, lambda ${item}: ${body.sql})`, type: arrayOf(element) };
    },
  },
  any_match: quantifier('any_match', (results) => `hw_any_match(${results})`),
  all_match: quantifier('all_match', (results) => `hw_all_match(${results})`),
  none_match: quantifier('none_match', (results) => `(NOT hw_any_match(${results}))`),
  zip_with: {
    signatures: ['zip_with(array(T), array(U), function(T, U, R)) -> array(R)'],
    translate(node, environment) {
      needArguments(node, 3);
      const [a, b] = [arrayArgument(node, 0, environment), arrayArgument(node, 1, environment)];
      const at = environment.statement.nextAlias('x');
      const body = bodyOf(
        node,
        2,
        [
          { sql: `list_extract(${a.sql}, ${at})`, type: a.element },
          { sql: `list_extract(${b.sql}, ${at})`, type: b.element },
        ],
        environment,
      );
      return {
        sql: `CASE WHEN ${a.sql} IS NOT NULL AND ${b.sql} IS NOT NULL THEN list_transform(range(1, greatest(len(${a.sql}), len(${b.sql})) + 1), lambda ${at}: ${body.sql}) END`,
        type: arrayOf(body.type),
      };
    },
  },
  reduce: {
    signatures: ['reduce(array(T), S, function(S, T, S), function(S, R)) -> R'],
    translate(node, environment) {
      needArguments(node, 4);
      const { sql, element } = arrayArgument(node, 0, environment);
      const { statement } = environment;
      const start = translateExpression(node.arguments[1]!, environment);
      const [state, item] = [statement.nextAlias('s'), statement.nextAlias('x')];
      const result = statement.nextAlias('s');
      const stepOf = (type: Type, from: string, value: string) =>
        bodyOf(
          node,
          2,
          [
            { sql: from, type },
            { sql: value, type: element },
          ],
          environment,
        );
      const first = stepOf(start.type, state, item);
      const type = commonType(start.type, first.type);
      if (!type || !canCoerce(stepOf(type, state, item).type, type))
        throw notVerified(
          `reduce from ${typeText(start.type)} with steps of ${typeText(first.type)}`,
          node.position,
        );
      const finish = bodyOf(node, 3, [{ sql: result, type }], environment);
      const begin = coerce(start, type, statement, node.position).sql;
      // States and elements go through one list, which has one type: each entry holds both.
      const whole = `STRUCT(s ${physicalType(type)}, x ${physicalType(element)})`;
      const entry = (from: string, value: string) =>
        `CAST(struct_pack(s := ${from}, x := ${value}) AS ${whole})`;
      const step = coerce(stepOf(type, `${state}.s`, `${item}.x`), type, statement, node.position).sql;
      const value = statement.nextAlias('x');
      const entries = `list_transform(${sql}, lambda ${value}: ${entry('NULL', value)})`;
      const total = `list_reduce(${entries}, lambda ${state}, ${item}: ${entry(step, 'NULL')}, ${entry(begin, 'NULL')})`;
      return {
        sql: `CASE WHEN ${sql} IS NOT NULL THEN list_extract(list_transform([${total}.s], lambda ${result}: ${finish.sql}), 1) END`,
        type: finish.type,
      };
    },
  },
  array_sort: {
    signatures: ['array_sort(array(T), function(T, T, integer)) -> array(T)'],
    appliesTo: (node) => node.arguments[1]?.kind === 'lambda',
    translate(node, environment) {
      needArguments(node, 2);
      const { sql, element } = arrayArgument(node, 0, environment);
      const alias = () => environment.statement.nextAlias('x');
      const [sorted, one, other, place, value] = [alias(), alias(), alias(), alias(), alias()];
      const parameters = [`list_extract(${one}, 1)`, other].map((read) => ({ sql: read, type: element }));
      const order = bodyOf(node, 1, parameters, environment);
      if (!isInteger(order.type))
        throw new SqlError('TYPE_MISMATCH', 'The lambda of array_sort must give an integer', node.position);
      // Each element goes before the first that it is less than: a stable sort, as Java's.
      const before = `coalesce(list_position(list_transform(${sorted}, lambda ${other}: ${decided(order.sql)}), true), len(${sorted}) + 1)`;
      const insert = `list_extract(list_transform([${before}], lambda ${place}: list_slice(${sorted}, 1, ${place} - 1) || ${one} || list_slice(${sorted}, ${place}, len(${sorted}))), 1)`;
      const empty = `CAST([] AS ${physicalType(arrayOf(element))})`;
      return {
        sql: `CASE WHEN ${sql} IS NOT NULL THEN list_reduce(list_transform(${sql}, lambda ${value}: [${value}]), lambda ${sorted}, ${one}: ${insert}, ${empty}) END`,
        type: arrayOf(element),
      };
    },
  },
  transform_keys: {
    signatures: ['transform_keys(map(K, V), function(K, V, J)) -> map(J, V)'],
    translate(node, environment) {
      needArguments(node, 2);
      const { sql, value, entry, body } = overEntries(node, environment);
      refuseKeys(body.type, node);
      return {
        sql: `hw_unique_map(list_transform(map_entries(${sql}), lambda ${entry}: struct_pack(k := ${body.sql}, v := ${entry}.value)))`,
        type: mapOf(body.type, value),
      };
    },
  },
  map_zip_with: {
    signatures: ['map_zip_with(map(K, V), map(K, W), function(K, V, W, R)) -> map(K, R)'],
    translate(node, environment) {
      needArguments(node, 3);
      const a = mapArgument(node, environment, 0);
      const b = mapArgument(node, environment, 1);
      const key = commonType(a.key, b.key);
      if (!key || !sameType(key, a.key) || !sameType(key, b.key))
        throw notVerified('map_zip_with of maps with different keys', node.position);
      refuseKeys(key, node);
      const at = environment.statement.nextAlias('x');
      const body = bodyOf(
        node,
        2,
        [
          { sql: at, type: key },
          { sql: `map_extract_value(${a.sql}, ${at})`, type: a.value },
          { sql: `map_extract_value(${b.sql}, ${at})`, type: b.value },
        ],
        environment,
      );
      return {
        sql: `CASE WHEN ${a.sql} IS NOT NULL AND ${b.sql} IS NOT NULL THEN map_from_entries(list_transform(hw_array_distinct(list_concat(map_keys(${a.sql}), map_keys(${b.sql}))), lambda ${at}: struct_pack(k := ${at}, v := ${body.sql}))) END`,
        type: mapOf(key, body.type),
      };
    },
  },
  regexp_replace: {
    signatures: ['regexp_replace(varchar, varchar, function(array(varchar), varchar)) -> varchar'],
    appliesTo: (node) => node.arguments[2]?.kind === 'lambda',
    translate(node, environment) {
      needArguments(node, 3);
      const [text, pattern] = node.arguments
        .slice(0, 2)
        .map((argument) => translateExpression(argument, environment));
      if (text!.type.kind !== 'varchar' || pattern!.type.kind !== 'varchar')
        throw notVerified('regexp_replace of other than text', node.position);
      const piece = environment.statement.nextAlias('x');
      const groups: Type = arrayOf({ kind: 'varchar' });
      const body = bodyOf(node, 2, [{ sql: `${piece}.g`, type: groups }], environment);
      if (body.type.kind !== 'varchar')
        throw new SqlError(
          'TYPE_MISMATCH',
          'The lambda of regexp_replace must give a varchar',
          node.position,
        );
      const pieces = `CAST(CAST(hw_js_regexp_pieces(${text!.sql}, ${pattern!.sql}) AS JSON) AS STRUCT(b VARCHAR, g VARCHAR[])[])`;
      return {
        sql: `array_to_string(list_transform(${pieces}, lambda ${piece}: ${piece}.b || CASE WHEN ${piece}.g IS NULL THEN '' ELSE coalesce(${body.sql}, '') END), '')`,
        type: { kind: 'varchar' },
      };
    },
  },
  map_filter: {
    signatures: ['map_filter(map(K, V), function(K, V, boolean)) -> map(K, V)'],
    translate(node, environment) {
      needArguments(node, 2);
      const { sql, key, value, entry, body } = overEntries(node, environment);
      needBoolean(body, node);
      return {
        sql: `map_from_entries(list_filter(map_entries(${sql}), lambda ${entry}: ${body.sql}))`,
        type: mapOf(key, value),
      };
    },
  },
  transform_values: {
    signatures: ['transform_values(map(K, V), function(K, V, W)) -> map(K, W)'],
    translate(node, environment) {
      needArguments(node, 2);
      const { sql, key, entry, body } = overEntries(node, environment);
      return {
        sql: `map_from_entries(list_transform(map_entries(${sql}), lambda ${entry}: struct_pack(k := ${entry}.key, v := ${body.sql})))`,
        type: mapOf(key, body.type),
      };
    },
  },
};
