/** Functions that take a lambda: the lambda's body is translated with what stands for its parameters. */
import { notVerified, SqlError } from '../errors.ts';
import type { Call } from '../syntax/tree.ts';
import { arrayOf, commonType, mapOf, physicalType, sameType, type Type, typeText } from '../types.ts';
import { translateExpression } from './expression.ts';
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
  return translateExpression(lambda.body, {
    ...environment,
    fields,
    outer: environment,
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

function mapArgument(node: Call, environment: Environment): { sql: string; key: Type; value: Type } {
  const argument = node.arguments[0];
  const map = argument && translateExpression(argument, environment);
  if (map?.type.kind !== 'map')
    throw new SqlError(
      'FUNCTION_NOT_FOUND',
      `Unexpected parameters for function ${node.name}. Expected: ${node.name}(map(k,v), …)`,
      node.position,
    );
  return { sql: map.sql, key: map.type.key, value: map.type.value };
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
      const start = translateExpression(node.arguments[1]!, environment);
      const [state, item] = [environment.statement.nextAlias('s'), environment.statement.nextAlias('x')];
      const step = bodyOf(
        node,
        2,
        [
          { sql: state, type: start.type },
          { sql: item, type: element },
        ],
        environment,
      );
      if (!sameType(step.type, start.type)) {
        const common = commonType(step.type, start.type);
        throw notVerified(
          `reduce from ${typeText(start.type)} with steps of ${common ? typeText(step.type) : 'another type'}`,
          node.position,
        );
      }
      const total = `list_reduce(CAST([] AS ${physicalType(arrayOf(element))}) || ${sql}, lambda ${state}, ${item}: ${step.sql}, ${start.sql})`;
      if (!sameType(element, start.type))
        throw notVerified(
          `reduce of ${typeText(element)} elements into ${typeText(start.type)}`,
          node.position,
        );
      const result = environment.statement.nextAlias('s');
      const finish = bodyOf(node, 3, [{ sql: result, type: start.type }], environment);
      return {
        sql: `CASE WHEN ${sql} IS NOT NULL THEN list_extract(list_transform([${total}], lambda ${result}: ${finish.sql}), 1) END`,
        type: finish.type,
      };
    },
  },
  map_filter: {
    signatures: ['map_filter(map(K, V), function(K, V, boolean)) -> map(K, V)'],
    translate(node, environment) {
      needArguments(node, 2);
      const { sql, key, value } = mapArgument(node, environment);
      const entry = environment.statement.nextAlias('x');
      const body = bodyOf(
        node,
        1,
        [
          { sql: `${entry}.key`, type: key },
          { sql: `${entry}.value`, type: value },
        ],
        environment,
      );
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
      const { sql, key, value } = mapArgument(node, environment);
      const entry = environment.statement.nextAlias('x');
      const body = bodyOf(
        node,
        1,
        [
          { sql: `${entry}.key`, type: key },
          { sql: `${entry}.value`, type: value },
        ],
        environment,
      );
      return {
        sql: `map_from_entries(list_transform(map_entries(${sql}), lambda ${entry}: struct_pack(k := ${entry}.key, v := ${body.sql})))`,
        type: mapOf(key, body.type),
      };
    },
  },
};
