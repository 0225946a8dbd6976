/** Metric math: arithmetic and comparison over series, and the functions that alarms commonly use. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import type { Series } from './statistics.ts';

/** A number, a series, or a list of series (`[m1, m2]`, `METRICS()`). */
export type MathValue = number | Series | readonly Series[];

export interface MathScope {
  /** The series with an id; throws when there is none. */
  series(id: string): MathValue;
  /** All metrics (not expressions) of the query, for METRICS(). */
  metrics(): readonly Series[];
  /** Every period's start between the query's start and end. */
  readonly periods: readonly number[];
}

const TOKEN =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z]\w*)|("[^"]*"|'[^']*')|(<=|>=|==|!=|&&|\|\||[-+*/^()[\],<>]))/y;

const isSeries = (value: MathValue): value is Series => value instanceof Map;

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export function evaluateMath(expression: string, scope: MathScope): MathValue {
  const tokens = tokenize(expression);
  let at = 0;
  const peek = () => tokens[at];
  const accept = (...texts: string[]) => (texts.includes(peek() ?? '') ? tokens[at++] : undefined);
  const fail = (what: string): never => {
    throw new AwsError('ValidationException', `Error in expression '${expression}': ${what}`);
  };
  const expect = (text: string) => accept(text) ?? fail(`expected ${text} before ${peek() ?? 'its end'}`);

  const level = (operators: string[], next: () => MathValue) => (): MathValue => {
    let left = next();
    for (let operator = accept(...operators); operator; operator = accept(...operators)) {
      left = combine(operator, left, next(), fail);
    }
    return left;
  };

  function primary(): MathValue {
    if (accept('(')) {
      const value = or();
      expect(')');
      return value;
    }
    if (accept('-')) return combine('-', 0, power(), fail);
    if (accept('[')) {
      const list: Series[] = [];
      do {
        const value = or();
        list.push(isSeries(value) ? value : fail('a list holds series'));
      } while (accept(','));
      expect(']');
      return list;
    }
    const token = tokens[at++] ?? fail('it ends too early');
    if (/^\d/.test(token)) return Number(token);
    if (!/^[A-Za-z]/.test(token)) return fail(`unexpected ${token}`);
    if (!accept('(')) return scope.series(token);
    const parameters: MathValue[] = [];
    if (!accept(')')) {
      do parameters.push(or());
      while (accept(','));
      expect(')');
    }
    return applyFunction(token.toUpperCase(), parameters, scope, fail);
  }

  const power = level(['^'], primary);
  const product = level(['*', '/'], power);
  const sum = level(['+', '-'], product);
  const comparison = level(['<', '>', '<=', '>=', '==', '!='], sum);
  const and = level(['&&', 'AND'], comparison);
  const or = level(['||', 'OR'], and);

  const value = or();
  return at === tokens.length ? value : fail(`unexpected ${peek()}`);
}

function tokenize(expression: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < expression.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(expression);
    if (!match) {
      throw new AwsError(
        'ValidationException',
        `Error in expression '${expression}' at ${expression.slice(from)}`,
      );
    }
    if (match[3]) throw new NotEmulatedError('CloudWatch', `text in metric math (${match[3]})`);
    tokens.push(match[0].trim());
  }
  return tokens;
}

const operations: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '^': (a, b) => a ** b,
  '<': (a, b) => Number(a < b),
  '>': (a, b) => Number(a > b),
  '<=': (a, b) => Number(a <= b),
  '>=': (a, b) => Number(a >= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
  '&&': (a, b) => Number(a !== 0 && b !== 0),
  AND: (a, b) => Number(a !== 0 && b !== 0),
  '||': (a, b) => Number(a !== 0 || b !== 0),
  OR: (a, b) => Number(a !== 0 || b !== 0),
};

/** Two series meet where both have data; a result that is not a number (a division by zero) counts as missing data. */
function combine(
  operator: string,
  left: MathValue,
  right: MathValue,
  fail: (what: string) => never,
): MathValue {
  const operate = operations[operator] ?? fail(`unknown operator ${operator}`);
  if (Array.isArray(left) || Array.isArray(right)) return fail(`${operator} does not take a list`);
  if (typeof left === 'number' && typeof right === 'number') return operate(left, right);
  const valueAt = (value: MathValue, time: number) =>
    typeof value === 'number' ? value : (value as Series).get(time);
  const times = [...(isSeries(left) ? left : (right as Series)).keys()];
  return new Map(
    times.flatMap((time) => {
      const [a, b] = [valueAt(left, time), valueAt(right, time)];
      if (a === undefined || b === undefined) return [];
      const result = operate(a, b);
      return Number.isFinite(result) ? [[time, result] as const] : [];
    }),
  );
}

const reductions: Record<string, (values: readonly number[]) => number> = {
  SUM: (values) => values.reduce((total, value) => total + value, 0),
  AVG: (values) => values.reduce((total, value) => total + value, 0) / values.length,
  MIN: (values) => Math.min(...values),
  MAX: (values) => Math.max(...values),
};

const perPoint: Record<string, (value: number) => number> = {
  ABS: Math.abs,
  CEIL: Math.ceil,
  FLOOR: Math.floor,
};

function applyFunction(
  name: string,
  parameters: readonly MathValue[],
  scope: MathScope,
  fail: (what: string) => never,
): MathValue {
  const [first, second, third] = parameters;
  if (name === 'METRICS' && parameters.length === 0) return scope.metrics();
  if (name in reductions && parameters.length === 1) {
    const reduce = reductions[name] as (values: readonly number[]) => number;
    if (typeof first === 'number') return first;
    // Over one series: a number for all of it; over a list: a series of each period's.
    if (isSeries(first as MathValue)) return reduce([...(first as Series).values()]);
    const list = first as readonly Series[];
    const times = [...new Set(list.flatMap((series) => [...series.keys()]))].sort((a, b) => a - b);
    return new Map(
      times.map((time) => [
        time,
        reduce(list.map((series) => series.get(time)).filter((value) => value !== undefined)),
      ]),
    );
  }
  if (name in perPoint && parameters.length === 1) {
    const change = perPoint[name] as (value: number) => number;
    if (typeof first === 'number') return change(first);
    return new Map([...(first as Series)].map(([time, value]) => [time, change(value)]));
  }
  if (name === 'FILL' && isSeries(first as MathValue) && typeof second === 'number') {
    return new Map(scope.periods.map((time) => [time, (first as Series).get(time) ?? second]));
  }
  if (name === 'IF' && first !== undefined && second !== undefined) {
    const at = (value: MathValue | undefined, time: number) =>
      typeof value === 'number' ? value : (value as Series | undefined)?.get(time);
    const times = isSeries(first) ? [...first.keys()] : scope.periods;
    return new Map(
      times.flatMap((time) => {
        const chosen = at(at(first, time) ? second : third, time);
        return chosen === undefined ? [] : [[time, chosen] as const];
      }),
    );
  }
  if (['FILL', 'IF', 'METRICS', ...Object.keys(reductions), ...Object.keys(perPoint)].includes(name)) {
    return fail(`${name} does not take these parameters`);
  }
  throw new NotEmulatedError('CloudWatch', `the metric math function ${name}`);
}
