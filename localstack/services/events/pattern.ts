/** Event patterns: which events a rule takes. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import { starParts, wildcardTest } from '../../core/wildcards.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Pattern = { readonly [name: string]: readonly Json[] | Pattern };

const isObject = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const invalid = (reason: string) =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);

const MATCHERS = ['prefix', 'suffix', 'exists', 'anything-but', 'numeric', 'equals-ignore-case', 'wildcard'];

/** Parses and checks a pattern; throws `InvalidEventPatternException`, or `NotEmulatedError` for `$or` and `cidr`. */
export function parsePattern(text: string): Pattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (cause) {
    throw invalid((cause as Error).message);
  }
  if (!isObject(pattern)) throw invalid('Filter is not an object');
  checkPattern(pattern as Pattern);
  return pattern as Pattern;
}

function checkPattern(pattern: Pattern): void {
  for (const [name, wanted] of Object.entries(pattern)) {
    if (name === '$or') throw new NotEmulatedError('EventBridge', 'the pattern $or');
    if (Array.isArray(wanted)) {
      for (const matcher of wanted.filter(isObject)) {
        const [kind] = Object.keys(matcher);
        if (!kind || !MATCHERS.includes(kind))
          throw new NotEmulatedError('EventBridge', `the pattern ${kind}`);
      }
    } else if (isObject(wanted)) checkPattern(wanted as Pattern);
    else throw invalid(`"${name}" must be an object or an array`);
  }
}

/** Whether every field of the pattern is met. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
export function patternTakes(pattern: Pattern, event: Readonly<Record<string, Json>>): boolean {
  return Object.entries(pattern).every(([name, wanted]) => {
    const value = event[name];
    if (!Array.isArray(wanted)) {
      return patternTakes(wanted as Pattern, isObject(value) ? value : {});
    }
    // A field that holds several values is met when any of them is.
    const values: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
    return wanted.some((matcher) => values.some((candidate) => takes(matcher, candidate)));
  });
}

function takes(matcher: Json, value: Json | undefined): boolean {
  if (!isObject(matcher)) return value === matcher;
  const [kind, operand] = Object.entries(matcher)[0]!;
  if (kind === 'exists') return (value !== undefined) === operand;
  if (value === undefined) return false;
  switch (kind) {
    case 'prefix':
      return typeof value === 'string' && value.startsWith(operand as string);
    case 'suffix':
      return typeof value === 'string' && value.endsWith(operand as string);
    case 'equals-ignore-case':
      return typeof value === 'string' && value.toLowerCase() === (operand as string).toLowerCase();
    case 'wildcard':
      return typeof value === 'string' && wildcardTest(starParts(operand as string))(value);
    case 'anything-but': {
      const others = Array.isArray(operand) ? (operand as readonly Json[]) : [operand!];
      return !others.some((other) => takes(other, value));
    }
    default:
      return typeof value === 'number' && numeric(operand as readonly (string | number)[], value);
  }
}

function numeric(rules: readonly (string | number)[], value: number): boolean {
  for (let at = 0; at < rules.length; at += 2) {
    const [operator, operand] = [rules[at], rules[at + 1] as number];
    const holds =
      operator === '='
        ? value === operand
        : operator === '<'
          ? value < operand
          : operator === '<='
            ? value <= operand
            : operator === '>'
              ? value > operand
              : operator === '>=' && value >= operand;
    if (!holds) return false;
  }
  return true;
}
