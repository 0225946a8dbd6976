/** Gives values that arrive as text (query protocol, paths, query strings, headers) the types that an action declares. */
import { AwsError } from '../errors.ts';
import type { Kind, Member } from './declare.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const number = (text: string) => (NUMBER.test(text) ? Number(text) : undefined);

/** How each type that is not a text reads one; undefined for a text that is not of the type. */
const READERS: Partial<Record<Kind, { expected: string; read(text: string): unknown }>> = {
  integer: { expected: 'a number', read: number },
  number: { expected: 'a number', read: number },
  flag: { expected: 'true or false', read: (text) => ({ true: true, false: false })[text.toLowerCase()] },
  time: { expected: 'a time in ISO 8601', read: epochSeconds },
};

function epochSeconds(text: string): number | undefined {
  const milliseconds = NUMBER.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

/**
 * The value of a member that was sent as text: a number, a boolean, epoch seconds, or the text as it is.
 * Throws `MalformedInput` for a text that is not of the member's type.
 */
export function fromText(member: Member | undefined, name: string, text: string): unknown {
  const reader = member && READERS[member.kind];
  if (!reader) return text;
  const value = reader.read(text);
  if (value === undefined)
    throw new AwsError('MalformedInput', `${name} is ${text}; it must be ${reader.expected}.`);
  return value;
}
