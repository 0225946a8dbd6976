/** Translates expressions bottom-up: names and types are resolved, and each node becomes DuckDB SQL that means the same. */
import { notVerified, SqlError } from '../errors.ts';
import { escapeRegExp } from '../functions/timeFormat.ts';
import type {
  ArrayConstructor,
  Case,
  Cast,
  Expression,
  InList,
  Like,
  Logical,
  Quantified,
  ScalarQuery,
  Subscript,
  Unary,
} from '../syntax/tree.ts';
import {
  arrayOf,
  BOOLEAN,
  commonType,
  fieldNames,
  isFloating,
  isInteger,
  physicalType,
  quoteName,
  quoteText,
  type RowType,
  type Type,
  typeOf,
  typeText,
  UNKNOWN,
} from '../types.ts';
import { translateCall, translateExtract } from './call.ts';
import { castSql, castType, coerce, instantOf } from './cast.ts';
import { failWith } from './failure.ts';
import {
  binaryLiteral,
  booleanLiteral,
  constantText,
  currentValue,
  intervalLiteral,
  nullLiteral,
  numberLiteral,
  stringLiteral,
  typedLiteral,
  zoneName,
} from './literal.ts';
import { binary, cannotApply, compare, negate } from './operator.ts';
import { translateQueryBody } from './query.ts';
import { columnNotFound, type Environment, markUsed, resolveColumn, type Typed } from './scope.ts';
import { shortCircuit } from './try.ts';

export function translateExpression(node: Expression, environment: Environment): Typed {
  const taken = environment.intercept?.(node, environment);
  if (taken) return taken;
  const { statement } = environment;
  const { position } = node;
  const inner = (expression: Expression) => translateExpression(expression, environment);
  switch (node.kind) {
    case 'null':
      return nullLiteral;
    case 'boolean':
      return booleanLiteral(node.value);
    case 'decimal':
      return numberLiteral(statement.options.decimalLiterals ?? 'double', node.value, position);
    case 'integer':
    case 'double':
      return numberLiteral(node.kind, node.value, position);
    case 'string':
      return stringLiteral(node.value);
    case 'bytes':
      return binaryLiteral(node.hex);
    case 'typed':
      return typedLiteral(node, statement);
    case 'interval':
      return intervalLiteral(node);
    case 'parameter':
      return translateParameter(node.index, environment, node);
    case 'column':
    case 'dereference':
      return translateName(node, environment);
    case 'subscript':
      return translateSubscript(node, environment);
    case 'call':
      return translateCall(node, environment);
    case 'extract':
      return translateExtract(node, environment);
    case 'cast':
      return translateCast(node, environment);
    case 'unary':
      return translateUnary(node, environment);
    case 'binary':
      return binary(node.operator, inner(node.left), inner(node.right), { statement, position });
    case 'logical':
      return translateLogical(node, environment);
    case 'not':
      return { sql: `(NOT ${translateCondition(node.operand, environment).sql})`, type: BOOLEAN };
    case 'is null':
      return { sql: `(${inner(node.operand).sql} IS NULL)`, type: BOOLEAN };
    case 'between': {
      const operand = inner(node.operand);
      const low = compare('>=', operand, inner(node.low), { statement, position });
      const high = compare('<=', operand, inner(node.high), { statement, position });
      return { sql: `(${low.sql} AND ${high.sql})`, type: BOOLEAN };
    }
    case 'in list':
      return translateInList(node, environment);
    case 'like':
      return translateLike(node, environment);
    case 'exists':
      return {
        sql: `EXISTS (${translateQueryBody(node.query, queryEnvironment(environment)).sql})`,
        type: BOOLEAN,
      };
    case 'in query':
    case 'quantified':
      return translateQuantified(node, environment);
    case 'scalar query':
      return translateScalarQuery(node, environment);
    case 'case':
      return translateCase(node, environment);
    case 'row':
      return rowOf(node.items.map(inner));
    case 'array':
      return translateArray(node, environment);
    case 'lambda':
      throw new SqlError(
        'TYPE_MISMATCH',
        'Lambda expression should always be used inside a function',
        position,
      );
    case 'at time zone':
      return translateAtTimeZone(
        inner(node.operand),
        constantText(inner(node.zone), 'a time zone', position),
        node,
      );
    case 'current':
      return currentValue(node, statement);
  }
}

function translateCast(node: Cast, environment: Environment): Typed {
  const { position, safe } = node;
  const operand = translateExpression(node.operand, environment);
  const type = castType(operand.type, typeOf(node.type));
  const { statement } = environment;
  return { sql: castSql(operand.sql, operand.type, type, { statement, position, safe }), type };
}

function translateLogical(node: Logical, environment: Environment): Typed {
  const terms = node.terms.map((term) => translateCondition(term, environment).sql);
  if (environment.isTried) return { sql: shortCircuit(node.operator, terms), type: BOOLEAN };
  return { sql: `(${terms.join(node.operator === 'and' ? ' AND ' : ' OR ')})`, type: BOOLEAN };
}

function translateScalarQuery(node: ScalarQuery, environment: Environment): Typed {
  const query = translateQueryBody(node.query, queryEnvironment(environment));
  const [field] = query.fields;
  if (query.fields.length !== 1 || !field)
    throw notVerified('a scalar sub-query of several columns', node.position);
  markUsed(field);
  return { sql: `(${query.sql})`, type: field.type };
}

function translateArray(node: ArrayConstructor, environment: Environment): Typed {
  const items = node.items.map((item) => translateExpression(item, environment));
  const element = commonOf(items, 'All ARRAY elements', node);
  const elements = items.map((item) => coerce(item, element, environment.statement, node.position).sql);
  return {
    sql: `[${elements.join(', ')}]::${physicalType(arrayOf(element))}`,
    type: arrayOf(element),
  };
}

function rowOf(items: readonly Typed[]): Typed {
  const type: RowType = { kind: 'row', fields: items.map((item) => ({ type: item.type })) };
  return {
    sql: packRow(
      type,
      items.map((item) => item.sql),
    ),
    type,
  };
}

/** A row in DuckDB: a STRUCT with our names for its fields. */
function packRow(type: RowType, values: readonly string[]): string {
  const names = fieldNames(type);
  return `struct_pack(${values.map((value, index) => `${quoteName(names[index]!)} := ${value}`).join(', ')})`;
}

/** As `translateExpression`, for what must be a boolean. */
export function translateCondition(node: Expression, environment: Environment): Typed {
  const value = translateExpression(node, environment);
  if (value.type.kind === 'unknown') return { sql: 'CAST(NULL AS BOOLEAN)', type: BOOLEAN };
  if (value.type.kind !== 'boolean')
    throw new SqlError(
      'TYPE_MISMATCH',
      `${environment.clause} must evaluate to a boolean: actual type ${typeText(value.type)}`,
      node.position,
    );
  return value;
}

/** What a sub-query sees: the enclosing names as outer ones, and nothing of the enclosing grouping. */
export function queryEnvironment(environment: Environment): Environment {
  return {
    statement: environment.statement,
    fields: [],
    outer: { ...environment, fields: environment.visible ?? environment.fields, intercept: undefined },
    commonTables: environment.commonTables,
    windows: new Map(),
    clause: '',
    allowsAggregates: false,
    allowsWindows: false,
  };
}

/** A minus before digits belongs to the literal: -2147483648 is an integer. */
function translateUnary(node: Unary, environment: Environment): Typed {
  const { operand, position } = node;
  if (node.operator === '-' && operand.kind === 'integer')
    return numberLiteral('integer', `-${operand.value}`, position);
  const value = translateExpression(operand, environment);
  if (node.operator === '-') return negate(value, { statement: environment.statement, position });
  if (!isInteger(value.type) && !isFloating(value.type) && operand.kind !== 'decimal')
    throw new SqlError(
      'TYPE_MISMATCH',
      `Unary '+' operator cannot by applied to ${typeText(value.type)} type`,
      position,
    );
  return value;
}

function translateParameter(index: number, environment: Environment, node: Expression): Typed {
  const parameter = environment.statement.parameters[index];
  if (!parameter)
    throw new SqlError(
      'INVALID_PARAMETER_USAGE',
      `Incorrect number of parameters: expected at least ${index + 1} but found ${environment.statement.parameters.length}`,
      node.position,
    );
  return translateExpression(parameter, {
    ...environment,
    fields: [],
    outer: undefined,
    intercept: undefined,
  });
}

/** The parts of `a.b.c`, or undefined when something else than names is inside. */
export function nameParts(node: Expression): string[] | undefined {
  if (node.kind === 'column') return [node.name];
  if (node.kind !== 'dereference') return undefined;
  const base = nameParts(node.base);
  return base && [...base, node.field];
}

function translateName(
  node: Expression & { kind: 'column' | 'dereference' },
  environment: Environment,
): Typed {
  const parts = nameParts(node);
  const resolved = parts && resolveColumn(environment, parts, node.position);
  if (!resolved) {
    if (node.kind === 'dereference' && !(parts && isUnknownQualifier(parts, environment)))
      return fieldOf(translateExpression(node.base, environment), node.field, node);
    throw columnNotFound((parts ?? []).join('.').toLowerCase(), node.position);
  }
  checkOuterOrGrouped(resolved.field, node, environment);
  let value: Typed = resolved.field;
  for (const field of parts.slice(resolved.used)) value = fieldOf(value, field, node);
  return { sql: value.sql, type: value.type, origin: value.origin };
}

const isUnknownQualifier = (parts: readonly string[], environment: Environment) =>
  resolveColumn(environment, parts.slice(0, 1), { line: 1, column: 1 }) === undefined;

/** In a grouped query a column of its own FROM may only occur inside an aggregate or as a group key. */
function checkOuterOrGrouped(field: Typed, node: Expression, environment: Environment): void {
  if (environment.clause === 'grouped' && environment.fields.includes(field as never))
    throw new SqlError(
      'EXPRESSION_NOT_AGGREGATE',
      `'${(nameParts(node) ?? []).join('.').toLowerCase()}' must be an aggregate expression or appear in GROUP BY clause`,
      node.position,
    );
}

function fieldOf(base: Typed, name: string, node: Expression): Typed {
  if (base.type.kind !== 'row')
    throw new SqlError('TYPE_MISMATCH', `Expression ${name} is not of type ROW`, node.position);
  const index = base.type.fields.findIndex((field) => field.name?.toLowerCase() === name.toLowerCase());
  const field = base.type.fields[index];
  if (!field) throw columnNotFound(name, node.position);
  return {
    sql: `struct_extract(${base.sql}, ${quoteText(fieldNames(base.type)[index]!)})`,
    type: field.type,
  };
}

function translateSubscript(node: Subscript, environment: Environment): Typed {
  const base = translateExpression(node.base, environment);
  const index = translateExpression(node.index, environment);
  const { type } = base;
  if (type.kind === 'row') {
    const place = index.literal?.kind === 'number' ? Number(index.literal.text) : Number.NaN;
    const field = type.fields[place - 1];
    if (!field)
      throw new SqlError(
        'INVALID_FUNCTION_ARGUMENT',
        `ROW index out of bounds: ${index.literal?.text}`,
        node.position,
      );
    return {
      sql: `struct_extract(${base.sql}, ${quoteText(fieldNames(type)[place - 1]!)})`,
      type: field.type,
    };
  }
  if (type.kind === 'array') {
    if (!isInteger(index.type))
      throw new SqlError(
        'TYPE_MISMATCH',
        `Cannot use ${typeText(index.type)} for subscript of ${typeText(type)}`,
        node.position,
      );
    const [list, at] = [base.sql, index.sql];
    return {
      sql: `CASE WHEN ${at} = 0 THEN ${failWith('SQL array indices start at 1')} WHEN ${at} < 0 THEN ${failWith('Array subscript is negative')} WHEN ${at} > len(${list}) THEN ${failWith('Array subscript must be less than or equal to array length')} ELSE list_extract(${list}, ${at}) END`,
      type: type.element,
    };
  }
  if (type.kind === 'map') {
    const key = coerce(index, type.key, environment.statement, node.position);
    return {
      sql: `CASE WHEN ${base.sql} IS NULL OR ${key.sql} IS NULL OR map_contains(${base.sql}, ${key.sql}) THEN map_extract_value(${base.sql}, ${key.sql}) ELSE ${failWith('Key not present in map')} END`,
      type: type.value,
    };
  }
  throw new SqlError('TYPE_MISMATCH', `Cannot subscript ${typeText(type)}`, node.position);
}

/** The type that all values have in common; throws Trino's mismatch with `what` as the subject. */
export function commonOf(values: readonly Typed[], what: string, node: Expression): Type {
  let common: Type = UNKNOWN;
  for (const { type } of values) {
    const next = commonType(common, type);
    if (!next)
      throw new SqlError(
        'TYPE_MISMATCH',
        `${what} must be the same type or coercible to a common type. Cannot find common type between ${typeText(common)} and ${typeText(type)}`,
        node.position,
      );
    common = next;
  }
  return common;
}

function translateInList(node: InList, environment: Environment): Typed {
  const { statement } = environment;
  const operand = translateExpression(node.operand, environment);
  const values = node.values.map((value) => translateExpression(value, environment));
  let common = operand.type;
  for (const { type } of values) {
    const next = commonType(common, type);
    if (!next) throw cannotApply('=', common, type, node.position);
    common = next;
  }
  if (['row', 'array', 'map', 'json', 'double', 'real', 'timestamp with time zone'].includes(common.kind)) {
    const terms = values.map(
      (value) => compare('=', operand, value, { statement, position: node.position }).sql,
    );
    return { sql: `(${terms.join(' OR ')})`, type: BOOLEAN };
  }
  const list = values.map((value) => coerce(value, common, statement, node.position).sql);
  return {
    sql: `(${coerce(operand, common, statement, node.position).sql} IN (${list.join(', ')}))`,
    type: BOOLEAN,
  };
}

function translateLike(node: Like, environment: Environment): Typed {
  const operand = translateExpression(node.operand, environment);
  const pattern = translateExpression(node.pattern, environment);
  for (const { type } of [operand, pattern])
    if (type.kind !== 'varchar' && type.kind !== 'unknown')
      throw new SqlError(
        'TYPE_MISMATCH',
        `Left side of LIKE expression must evaluate to a varchar (actual: ${typeText(type)})`,
        node.position,
      );
  if (!node.escape) return { sql: `(${operand.sql} LIKE ${pattern.sql})`, type: BOOLEAN };
  const escapeWith = constantText(
    translateExpression(node.escape, environment),
    'an ESCAPE character',
    node.position,
  );
  if ([...escapeWith].length !== 1)
    throw new SqlError(
      'INVALID_FUNCTION_ARGUMENT',
      'Escape string must be a single character',
      node.position,
    );
  const mark = escapeRegExp(escapeWith);
  const wrong = "Escape character must be followed by '%', '_' or the escape character itself";
  const valid = `(?:[^${mark}]|${mark}[%_${mark}])*`;
  const like = `(${operand.sql} LIKE ${pattern.sql} ESCAPE ${quoteText(escapeWith)})`;
  if (pattern.literal?.kind !== 'string')
    return {
      sql: `CASE WHEN NOT regexp_full_match(${pattern.sql}, ${quoteText(valid)}, 's') THEN ${failWith(wrong)} ELSE ${like} END`,
      type: BOOLEAN,
    };
  if (!new RegExp(`^${valid}$`, 's').test(pattern.literal.text))
    throw new SqlError('INVALID_FUNCTION_ARGUMENT', wrong, node.position);
  return { sql: like, type: BOOLEAN };
}

function translateQuantified(
  node: Quantified | (Expression & { kind: 'in query' }),
  environment: Environment,
): Typed {
  const { statement } = environment;
  const operand = translateExpression(node.operand, environment);
  const query = translateQueryBody(node.query, queryEnvironment(environment));
  if (operand.type.kind === 'row') throw notVerified('a row compared with a sub-query', node.position);
  const [field] = query.fields;
  if (query.fields.length !== 1 || !field)
    throw new SqlError('TYPE_MISMATCH', 'Subquery must return exactly one column', node.position);
  markUsed(field);
  const operator = node.kind === 'in query' ? '=' : node.operator;
  const common = commonType(operand.type, field.type);
  if (!common) throw cannotApply(operator, operand.type, field.type, node.position);
  if (['row', 'array', 'map', 'json', 'double', 'real'].includes(common.kind) || instantOf('', common) !== '')
    throw notVerified(`a sub-query of ${typeText(common)} in a comparison`, node.position);
  const column = coerce({ sql: 'q.c0', type: field.type }, common, statement, node.position).sql;
  const list = `(SELECT ${column} FROM (${query.sql}) AS q)`;
  const left = coerce(operand, common, statement, node.position).sql;
  if (node.kind === 'in query') return { sql: `(${left} IN ${list})`, type: BOOLEAN };
  // Trino compares the smallest with the largest first: where they differ, NULL equals not all of them.
  const several = `(SELECT count(DISTINCT q0.v) > 1 FROM (SELECT ${column} AS v FROM (${query.sql}) AS q) AS q0)`;
  if (node.operator === '=' && node.quantifier === 'all')
    return { sql: `CASE WHEN ${several} THEN false ELSE (${left} = ALL ${list}) END`, type: BOOLEAN };
  if (node.operator === '<>' && node.quantifier === 'any')
    return { sql: `CASE WHEN ${several} THEN true ELSE (${left} <> ANY ${list}) END`, type: BOOLEAN };
  return { sql: `(${left} ${node.operator} ${node.quantifier.toUpperCase()} ${list})`, type: BOOLEAN };
}

function translateCase(node: Case, environment: Environment): Typed {
  const { statement } = environment;
  const operand = node.operand && translateExpression(node.operand, environment);
  const conditions = node.branches.map(({ when }) =>
    operand
      ? compare('=', operand, translateExpression(when, environment), { statement, position: when.position })
      : translateCondition(when, {
          ...environment,
          clause: environment.clause === 'grouped' ? 'grouped' : 'CASE WHEN clause',
        }),
  );
  const results = [
    ...node.branches.map(({ result }) => result),
    ...(node.otherwise ? [node.otherwise] : []),
  ].map((result) => translateExpression(result, environment));
  return chooseCase(conditions, results, node, environment);
}

/** `CASE WHEN c1 THEN r1 … [ELSE r]`: one result more than conditions is the ELSE. */
export function chooseCase(
  conditions: readonly Typed[],
  results: readonly Typed[],
  node: Expression,
  environment: Environment,
): Typed {
  const type = commonOf(results, 'All CASE results', node);
  const sql = results.map((result) => coerce(result, type, environment.statement, node.position).sql);
  const branches = conditions.map((condition, index) => `WHEN ${condition.sql} THEN ${sql[index]}`);
  const otherwise = sql[conditions.length];
  return {
    sql: `CASE ${branches.join(' ')}${otherwise === undefined ? '' : ` ELSE ${otherwise}`} END`,
    type,
  };
}

/** The zone becomes part of the type; the instant stays. */
function translateAtTimeZone(operand: Typed, zoneText: string, node: Expression): Typed {
  const zone = zoneName(zoneText);
  if (!zone)
    throw new SqlError('INVALID_FUNCTION_ARGUMENT', `'${zoneText}' is not a valid time zone`, node.position);
  const { type } = operand;
  if (type.kind === 'timestamp with time zone')
    return { sql: instantOf(operand.sql, type), type: { ...type, zone } };
  if (type.kind === 'timestamp')
    return {
      sql: `timezone('UTC', ${operand.sql})`,
      type: { kind: 'timestamp with time zone', precision: type.precision, zone },
    };
  throw new SqlError(
    'TYPE_MISMATCH',
    `Type of value must be a time or timestamp with or without time zone (actual ${typeText(type)})`,
    node.position,
  );
}
