/** Functions whose arguments are not evaluated like a function's: conditionals, TRY, typeof, grouping. */
import type { FormatKind } from '../engine/javaFormat.ts';
import { notVerified, SqlError } from '../errors.ts';
import type { Call } from '../syntax/tree.ts';
import { isFloating, isInteger, type Type, typeText, VARCHAR } from '../types.ts';
import { castSql, coerce, instantOf } from './cast.ts';
import { chooseCase, commonOf, translateCondition, translateExpression } from './expression.ts';
import { compare, isOrderable } from './operator.ts';
import type { Environment, Typed } from './scope.ts';
import { tried } from './try.ts';

export interface SpecialFunction {
  /** For the table of the allow-list. */
  readonly signatures: readonly string[];
  /** Where a plain function has the same name: whether this call is meant. Absent: always. */
  readonly appliesTo?: (node: Call) => boolean;
  readonly translate: (node: Call, environment: Environment) => Typed;
}

function needArguments(node: Call, least: number, most = Number.POSITIVE_INFINITY): void {
  if (node.arguments.length < least || node.arguments.length > most)
    throw new SqlError(
      'SYNTAX_ERROR',
      `Invalid number of arguments for '${node.name}' function`,
      node.position,
    );
}

const translated = (node: Call, environment: Environment) =>
  node.arguments.map((argument) => translateExpression(argument, environment));

/** The largest or smallest; NULL when one is NULL, where DuckDB would leave it out. */
function extreme(node: Call, environment: Environment): Typed {
  needArguments(node, 1);
  const values = translated(node, environment);
  const type = commonOf(values, `All ${node.name} arguments`, node);
  if (!isOrderable(type) || instantOf('', type) !== '' || ['array', 'row'].includes(type.kind))
    throw notVerified(`${node.name} of ${typeText(type)}`, node.position);
  const sql = values.map((value) => coerce(value, type, environment.statement, node.position).sql);
  const present = sql.map((value) => `${value} IS NOT NULL`).join(' AND ');
  // NaN only wins when there is nothing else; DuckDB leaves NULLs out.
  const chosen = isFloating(type)
    ? `coalesce(${node.name}(${sql.map((value) => `CASE WHEN NOT isnan(${value}) THEN ${value} END`).join(', ')}), ${sql[0]})`
    : `${node.name}(${sql.join(', ')})`;
  return { sql: `CASE WHEN ${present} THEN ${chosen} END`, type };
}

/** What typeof shows: a row's fields unquoted, blanks between the parts of rows and maps only. */
function displayName(type: Type): string {
  switch (type.kind) {
    case 'array':
      return `array(${displayName(type.element)})`;
    case 'map':
      return `map(${displayName(type.key)}, ${displayName(type.value)})`;
    case 'row':
      return `row(${type.fields.map((field) => `${field.name === undefined ? '' : `${field.name} `}${displayName(field.type)}`).join(', ')})`;
    default:
      return typeText(type);
  }
}

/** An argument's text, and how java.util.Formatter may show it. */
function formatText(value: Typed, node: Call, environment: Environment): { sql: string; kind: FormatKind } {
  const { type } = value;
  if (type.kind === 'varchar') return { sql: value.sql, kind: 's' };
  if (type.kind === 'double') return { sql: `CAST(${value.sql} AS VARCHAR)`, kind: 'f' };
  const kind = isInteger(type)
    ? 'd'
    : ({ unknown: 's', boolean: 'b', decimal: 'n', date: 's' } as const)[type.kind as 'date'];
  if (kind === undefined) throw notVerified(`format of ${typeText(type)}`, node.position);
  return { sql: coerceToText(value, node, environment), kind };
}

const coerceToText = (value: Typed, node: Call, environment: Environment) =>
  castSql(value.sql, value.type, VARCHAR, {
    statement: environment.statement,
    position: node.position,
    safe: false,
  });

export const SPECIAL_FUNCTIONS: Readonly<Record<string, SpecialFunction>> = {
  coalesce: {
    signatures: ['coalesce(T, T...) -> T'],
    translate(node, environment) {
      needArguments(node, 2);
      const values = translated(node, environment);
      const type = commonOf(values, 'All COALESCE operands', node);
      return {
        sql: `coalesce(${values.map((value) => coerce(value, type, environment.statement, node.position).sql).join(', ')})`,
        type,
      };
    },
  },
  nullif: {
    signatures: ['nullif(T, U) -> T'],
    translate(node, environment) {
      needArguments(node, 2, 2);
      const [first, second] = translated(node, environment);
      const equal = compare('=', first!, second!, {
        statement: environment.statement,
        position: node.position,
      });
      return { sql: `CASE WHEN ${equal.sql} THEN NULL ELSE ${first!.sql} END`, type: first!.type };
    },
  },
  if: {
    signatures: ['if(boolean, T) -> T', 'if(boolean, T, T) -> T'],
    translate(node, environment) {
      needArguments(node, 2, 3);
      const [condition, ...results] = node.arguments;
      const test = translateCondition(condition!, environment);
      return chooseCase(
        [test],
        results.map((result) => translateExpression(result, environment)),
        node,
        environment,
      );
    },
  },
  try: {
    signatures: ['try(T) -> T'],
    translate(node, environment) {
      needArguments(node, 1, 1);
      const [value] = translated(node, { ...environment, isTried: true });
      return { sql: tried(value!.sql, environment.statement), type: value!.type };
    },
  },
  format: {
    signatures: ['format(varchar, T...) -> varchar'],
    translate(node, environment) {
      needArguments(node, 2);
      const [pattern, ...values] = translated(node, environment);
      if (pattern!.type.kind !== 'varchar')
        throw notVerified('format with a computed pattern', node.position);
      const texts = values.map((value) => formatText(value, node, environment));
      const kinds = texts.map(({ kind }) => kind).join('');
      return {
        sql: `hw_js_format(${pattern!.sql}, '${kinds}', CAST(to_json([${texts.map(({ sql }) => sql).join(', ')}]::VARCHAR[]) AS VARCHAR))`,
        type: VARCHAR,
      };
    },
  },
  greatest: { signatures: ['greatest(T, T...) -> T'], translate: extreme },
  least: { signatures: ['least(T, T...) -> T'], translate: extreme },
  typeof: {
    signatures: ['typeof(T) -> varchar'],
    translate(node, environment) {
      needArguments(node, 1, 1);
      return {
        sql: `'${displayName(translateExpression(node.arguments[0]!, environment).type).replaceAll("'", "''")}'`,
        type: VARCHAR,
      };
    },
  },
  grouping: {
    signatures: ['grouping(column, …) -> integer'],
    translate(node) {
      throw new SqlError(
        'NOT_SUPPORTED',
        'A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause',
        node.position,
      );
    },
  },
};
