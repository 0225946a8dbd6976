/** Translates function calls: finds the verified signature that fits, coerces the arguments, and writes the call. */
import { notVerified, SqlError } from '../errors.ts';
import type { AggregateEntry, AggregateWriter, Emission, FunctionEntry } from '../functions/entry.ts';
import { functionsNamed } from '../functions/registry.ts';
import { type Bindings, bind, instantiate } from '../functions/signature.ts';
import type { Call, Extract } from '../syntax/tree.ts';
import { isNumeric, sameType, type Type, typeText } from '../types.ts';
import { coerce } from './cast.ts';
import { translateCondition, translateExpression } from './expression.ts';
import { LAMBDA_FUNCTIONS } from './lambda.ts';
import { constantText } from './literal.ts';
import type { Environment, Typed } from './scope.ts';
import { SPECIAL_FUNCTIONS } from './special.ts';
import { hasFrame, sortSql, windowSql } from './window.ts';

interface Match {
  readonly entry: FunctionEntry;
  readonly parameters: readonly Type[];
  readonly result: Type;
  readonly cost: number;
}

export function translateCall(node: Call, environment: Environment): Typed {
  const special = SPECIAL_FUNCTIONS[node.name] ?? LAMBDA_FUNCTIONS[node.name];
  if (special?.appliesTo?.(node) ?? special !== undefined) {
    refuseModifiers(node);
    for (const signature of special.signatures) environment.statement.functions.add(signature);
    return special.translate(node, environment);
  }
  const entries = functionsNamed(node.name);
  if (entries.length === 0) throw notVerified(`function ${node.name}`, node.position);
  const args = node.arguments.map((argument) =>
    translateExpression(argument, insideCall(node, entries, environment)),
  );
  // Trino takes NULL for an array there: too surprising to imitate.
  if (node.name === 'concat' && args.length === 2 && args.some(({ type }) => type.kind === 'unknown'))
    throw notVerified('concat with NULL', node.position);
  const { entry, parameters, result } = chooseSignature(node, entries, args);
  environment.statement.functions.add(entry.text);
  const coerced = args.map((arg, index) => coerceArgument(arg, parameters[index]!, node, environment));
  const call = emissionFor(node, coerced, result, environment);
  const sql = coerced.map((arg) => arg.sql);
  if (entry.kind === 'scalar') {
    refuseModifiers(node);
    return { sql: entry.emit(sql, call), type: result };
  }
  checkPlace(node, entry, environment);
  return { sql: entry.emit(sql, writerFor(node, environment), call), type: result };
}

/** `EXTRACT(field FROM x)` is the function of the field's name. */
export function translateExtract(node: Extract, environment: Environment): Typed {
  const call: Call = {
    kind: 'call',
    name: node.field,
    arguments: [node.operand],
    star: false,
    distinct: false,
    orderBy: [],
    position: node.position,
  };
  return translateCall(call, environment);
}

function refuseModifiers(node: Call): void {
  if (node.distinct || node.filter || node.over || node.orderBy.length > 0 || node.nulls || node.star)
    throw new SqlError(
      'SYNTAX_ERROR',
      `DISTINCT, FILTER, ORDER BY and OVER are not allowed for non-aggregation function: ${node.name}`,
      node.position,
    );
}

/** Arguments of an aggregate may not hold aggregates; those of a window function may. */
function insideCall(node: Call, entries: readonly FunctionEntry[], environment: Environment): Environment {
  const aggregates = entries.some((entry) => entry.kind === 'aggregate') && !node.over;
  return aggregates ? { ...environment, allowsAggregates: false, allowsWindows: false } : environment;
}

const coerceArgument = (arg: Typed, type: Type, node: Call, environment: Environment): Typed =>
  arg.type.kind === 'timestamp with time zone' && type.kind === arg.type.kind
    ? arg
    : { ...coerce(arg, type, environment.statement, node.position), literal: arg.literal };

function chooseSignature(node: Call, entries: readonly FunctionEntry[], args: readonly Typed[]): Match {
  const matches = entries.map((entry) => match(entry, args)).filter((found) => found !== undefined);
  const [best, ...others] = matches.toSorted((a, b) => a.cost - b.cost);
  if (best) {
    const rival = others.find(({ cost, result }) => cost === best.cost && !sameType(result, best.result));
    const numbersOnly = matches
      .filter(({ cost }) => cost === best.cost)
      .every(({ parameters }) =>
        args.every(({ type }, at) => type.kind !== 'unknown' || isNumeric(parameters[at]!)),
      );
    if (rival && !numbersOnly && args.some(({ type }) => type.kind === 'unknown'))
      throw new SqlError(
        'AMBIGUOUS_FUNCTION_CALL',
        'Could not choose a best candidate operator. Explicit type casts must be added.',
        node.position,
      );
    return best;
  }
  const given = args.map(({ type }) => typeText(type)).join(', ');
  const known = entries.map((entry) => entry.text).join('; ');
  throw new SqlError(
    'NOT_VERIFIED',
    `function ${node.name}(${given}) is not in the verified list (docs/athena-sql.md), which has: ${known}`,
    node.position,
  );
}

function match(entry: FunctionEntry, args: readonly Typed[]): Match | undefined {
  const { parameters, variadic, result } = entry.signature;
  if (variadic ? args.length < parameters.length : args.length !== parameters.length) return undefined;
  const patternAt = (index: number) => parameters[Math.min(index, parameters.length - 1)]!;
  const bindings: Bindings = { types: new Map(), numbers: new Map() };
  let cost = 0;
  for (const [index, arg] of args.entries()) {
    const part = bind(patternAt(index), arg.type, bindings);
    if (part === undefined) return undefined;
    cost += part;
  }
  return {
    entry,
    // A length of one argument must not be taken for another's: varchar(x) in several places keeps its own.
    parameters: args.map((arg, index) =>
      patternAt(index).name === 'varchar' && arg.type.kind === 'varchar'
        ? arg.type
        : instantiate(patternAt(index), bindings),
    ),
    result: entry.result ? entry.result(args) : instantiate(result, bindings),
    cost,
  };
}

function emissionFor(node: Call, args: readonly Typed[], result: Type, environment: Environment): Emission {
  return {
    name: node.name,
    arguments: args,
    result,
    position: node.position,
    statement: environment.statement,
    constant: (index) => constantText(args[index]!, `argument ${index + 1} of ${node.name}`, node.position),
    refuse: (what) => {
      throw notVerified(what, node.position);
    },
    member: (json, path, make) => environment.documents?.member(json, path, make),
    fresh: () => environment.statement.nextAlias('e'),
  };
}

function checkPlace(node: Call, entry: AggregateEntry, environment: Environment): void {
  if (entry.kind === 'window' && !node.over)
    throw new SqlError(
      'NOT_SUPPORTED',
      `Window function ${node.name} requires an OVER clause`,
      node.position,
    );
  if (entry.kind === 'window' && !/^(?:first|last|nth)_value$/.test(node.name) && hasFrame(node, environment))
    throw new SqlError(
      'NOT_SUPPORTED',
      `Cannot specify window frame for ${node.name} function`,
      node.position,
    );
  if (node.over && !environment.allowsWindows)
    throw new SqlError(
      'NOT_SUPPORTED',
      `${environment.clause || 'The clause'} cannot contain aggregations, window functions or grouping operations: [${node.name}]`,
      node.position,
    );
  if (!node.over && !environment.allowsAggregates)
    throw new SqlError(
      'NOT_SUPPORTED',
      `${environment.clause || 'The clause'} cannot contain aggregations, window functions or grouping operations: [${node.name}]`,
      node.position,
    );
}

/** `name([DISTINCT] args [ORDER BY …] [IGNORE NULLS]) [FILTER …] [OVER …]`. */
function writerFor(node: Call, environment: Environment): AggregateWriter {
  const inner: Environment = { ...environment, allowsWindows: false };
  const order =
    node.orderBy.length === 0
      ? ''
      : ` ORDER BY ${node.orderBy.map((item) => sortSql(item, inner)).join(', ')}`;
  if (node.filter && node.over)
    throw new SqlError('NOT_SUPPORTED', 'FILTER is not yet supported for window functions', node.position);
  const filter = node.filter ? ` FILTER (WHERE ${translateCondition(node.filter, inner).sql})` : '';
  const over = node.over ? ` OVER (${windowSql(node.over, inner)})` : '';
  const nulls = node.nulls === 'ignore' ? ' IGNORE NULLS' : '';
  if (node.nulls === 'ignore' && !node.over)
    throw notVerified('IGNORE NULLS outside a window', node.position);
  return (name, args, options) => {
    const distinct = node.distinct || options?.distinct ? 'DISTINCT ' : '';
    return `${name}(${distinct}${args.join(', ')}${order}${nulls})${filter}${over}`;
  };
}

export const isAggregateCall = (node: Call) =>
  !node.over && functionsNamed(node.name).some((entry) => entry.kind === 'aggregate');
