/** Judges an action's input by what its service declares: AWS's constraints first, then what is refused here. */
import { AwsError, NotEmulatedError } from '../errors.ts';
import type { Service } from '../service.ts';
import type { Member, Members } from './declare.ts';

/** A constraint of AWS's model that an input does not satisfy. */
export interface Violation {
  /** Names in AWS's notation: `maxResults`, `entries.1.member.id`. */
  readonly path: string;
  /** The member's own name: `MaxResults`. */
  readonly name: string;
  readonly value: unknown;
  readonly member: Member;
  /** What the value must satisfy, in AWS's words: `Member must not be null`. */
  readonly constraint: string;
}

type Check = (input: Readonly<Record<string, unknown>>) => void;

/**
 * Makes the check of one action. It throws the service's own error for what AWS's model forbids
 * (`Service.violated`, by default AWS's usual validation error) and `NotEmulatedError` for what is refused here.
 * Members that AWS does not know either pass, as they do on AWS.
 */
export function inputCheck(
  service: Pick<Service, 'name' | 'violated'>,
  action: string,
  members: Members,
): Check {
  const whole: Member = { kind: 'structure', members };
  if (isFree(whole)) return () => {};
  return (input) => {
    if (fits(whole, input)) return;
    const found: Findings = { violations: [], refused: [] };
    judgeMembers(members, input, '', found);
    if (found.violations.length > 0)
      throw (service.violated ?? validationError('ValidationException'))(found.violations);
    const [refused] = found.refused;
    if (refused !== undefined) throw new NotEmulatedError(service.name, `${refused} of ${action}`);
  };
}

/** The error of AWS's services that check their model before anything else, with all that it found. */
export const validationError =
  (code: string) =>
  (violations: readonly Violation[]): AwsError =>
    new AwsError(
      code,
      `${violations.length} validation error${violations.length === 1 ? '' : 's'} detected: ${violations
        .map(
          ({ path, value, constraint }) =>
            `Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`,
        )
        .join('; ')}`,
    );

interface Findings {
  readonly violations: Violation[];
  /** What is not emulated, in words: `the parameter Layers`. */
  readonly refused: string[];
}

const free = new WeakMap<Member, boolean>();

/** Whether no value could break anything that is declared: then there is nothing to walk. */
function isFree(member: Member): boolean {
  const known = free.get(member) ?? judgeFree(member);
  free.set(member, known);
  return known;
}

function judgeFree(member: Member): boolean {
  const bounded = member.values ?? member.pattern ?? member.least ?? member.most;
  if (member.use === 'refused' || member.required || bounded !== undefined) return false;
  return (!member.each || isFree(member.each)) && Object.values(member.members ?? {}).every(isFree);
}

/** Whether nothing at all is wrong with a value; most are not, and this is many times quicker than saying what is. */
function fits(member: Member, value: unknown): boolean {
  if (value === undefined || value === null) return !member.required;
  if (member.use !== undefined) return member.use === 'noEffect' || isNeutral(value);
  if (brokenConstraint(member, value) !== undefined) return false;
  if (member.refusedValues?.includes(String(value))) return false;
  if (typeof value !== 'object') return true;
  const { members, each } = member;
  if (members) {
    for (const name in members)
      if (!fits(members[name] as Member, (value as Record<string, unknown>)[name])) return false;
    return true;
  }
  if (!each || isFree(each)) return true;
  return (Array.isArray(value) ? value : Object.values(value)).every((item) => fits(each, item));
}

function judgeMembers(members: Members, input: object, path: string, found: Findings): void {
  const given = input as Readonly<Record<string, unknown>>;
  for (const [name, member] of Object.entries(members)) judge(member, given[name], name, path, found);
}

function judge(member: Member, value: unknown, name: string, parent: string, found: Findings): void {
  const path = `${parent}${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (value === undefined || value === null) {
    if (member.required)
      found.violations.push({ path, name, value: null, member, constraint: 'Member must not be null' });
    return;
  }
  if (member.use === 'refused') {
    if (!isNeutral(value)) found.refused.push(`the parameter ${name}`);
    return;
  }
  const constraint = brokenConstraint(member, value);
  if (constraint) found.violations.push({ path, name, value, member, constraint });
  else if (member.refusedValues?.includes(String(value)))
    found.refused.push(`the ${name} ${value} (it may be ${member.values?.join(', ')})`);
  if (typeof value !== 'object') return;
  if (member.members) judgeMembers(member.members, value, `${path}.`, found);
  else if (member.each) judgeEach(member.each, value, name, path, found);
}

function judgeEach(each: Member, value: object, name: string, path: string, found: Findings): void {
  if (isFree(each)) return;
  const entries = Array.isArray(value)
    ? value.map((item, index): [string, unknown] => [`${path}.${index + 1}.`, item])
    : Object.entries(value).map(([key, item]): [string, unknown] => [`${path}.${key}.`, item]);
  for (const [at, item] of entries) {
    if (each.members && typeof item === 'object' && item !== null)
      judgeMembers(each.members, item, `${at}member.`, found);
    else {
      const inner: Findings = { violations: [], refused: found.refused };
      judge(each, item, name, '', inner);
      for (const { constraint } of inner.violations)
        found.violations.push({
          path,
          name,
          value,
          member: each,
          constraint: `Member must satisfy constraint: [${constraint}]`,
        });
    }
  }
}

function brokenConstraint(member: Member, value: unknown): string | undefined {
  const { values, refusedValues = [], pattern, least, most } = member;
  if (values && !values.includes(String(value)) && !refusedValues.includes(String(value)))
    return `Member must satisfy enum value set: [${[...values, ...refusedValues].join(', ')}]`;
  if (pattern !== undefined && !patternOf(pattern).test(String(value)))
    return `Member must satisfy regular expression pattern: ${pattern}`;
  const isNumber = member.kind === 'integer' || member.kind === 'number';
  const measure = isNumber ? 'value' : 'length';
  const size = isNumber ? Number(value) : lengthOf(member, value);
  if (most !== undefined && size > most) return `Member must have ${measure} less than or equal to ${most}`;
  if (least !== undefined && size < least)
    return `Member must have ${measure} greater than or equal to ${least}`;
  return undefined;
}

const patterns = new Map<string, RegExp>();

/** How Java's patterns write the characters beyond the basic plane. */
const BEYOND_BASIC_PLANE = '\\uD800\\uDC00-\\uDBFF\\uDFFF';

/** A pattern of AWS's models, which are Java's, and must fit the whole text. */
function patternOf(pattern: string): RegExp {
  const known =
    patterns.get(pattern) ??
    (pattern.includes(BEYOND_BASIC_PLANE)
      ? new RegExp(`^(?:${pattern.replace(BEYOND_BASIC_PLANE, '\\u{10000}-\\u{10FFFF}')})$`, 'u')
      : new RegExp(`^(?:${pattern})$`));
  patterns.set(pattern, known);
  return known;
}

/** Characters, elements or bytes. A text has at most as many characters as UTF-16 units: they are counted when it matters. */
function lengthOf(member: Member, value: unknown): number {
  if (member.kind === 'blob')
    return typeof value === 'string' ? Buffer.byteLength(value, 'base64') : (value as Uint8Array).byteLength;
  if (typeof value === 'string') {
    const { least = 0, most = Number.POSITIVE_INFINITY } = member;
    return value.length <= most && (least <= 1 || value.length >= 2 * least)
      ? value.length
      : [...value].length;
  }
  return Array.isArray(value) ? value.length : Object.keys(value as object).length;
}

/** Whether a value asks for nothing, as `{ SubnetIds: [] }` does. */
function isNeutral(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isNeutral);
  return value === undefined || value === null || value === false || value === 0 || value === '';
}

/** A list of five hundred records is not written into a message whole. */
const LONGEST_SHOWN = 1000;

/** A value as AWS writes it into its messages. */
function shown(value: unknown): string {
  if (value === null) return 'null';
  const text = plain(value);
  return `'${typeof value === 'object' && text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text}'`;
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${name}=${plain(item)}`)
    .join(', ')}}`;
}
