/** Java's date patterns, as far as projected partitions use them: fixed-width numeric fields and literals. */
import { QueryFailure } from '../failures.ts';

type Field = 'y' | 'M' | 'd' | 'H' | 'm' | 's';

interface Part {
  readonly field?: Field;
  readonly width: number;
  readonly literal?: string;
}

export interface DateFormat {
  /** The finest field that the pattern shows. */
  readonly finest: Field;
  /** A regular expression, without groups, for texts of this shape; a pattern may hold slashes. */
  readonly shape: string;
  format(time: Date): string;
  /** The time at the start of what the text names, or undefined when the text does not fit the pattern. */
  parse(text: string): Date | undefined;
}

const fineness = 'yMdHms';

function parts(pattern: string): Part[] {
  const found: Part[] = [];
  let at = 0;
  while (at < pattern.length) {
    const character = pattern[at]!;
    if (character === "'") {
      const end = pattern.indexOf("'", at + 1);
      if (end < 0) throw unreadable(pattern, 'a quote is not closed');
      found.push({ width: 0, literal: end === at + 1 ? "'" : pattern.slice(at + 1, end) });
      at = end + 1;
    } else if (/[A-Za-z]/.test(character)) {
      let width = 1;
      while (pattern[at + width] === character) width++;
      const field = character === 'u' ? 'y' : character;
      if (!fineness.includes(field) || (field === 'M' && width > 2))
        throw unreadable(pattern, `'${character.repeat(width)}' is not one of yyyy, MM, dd, HH, mm, ss`);
      found.push({ field: field as Field, width });
      at += width;
    } else {
      found.push({ width: 0, literal: character });
      at++;
    }
  }
  return found;
}

const unreadable = (pattern: string, why: string) =>
  new QueryFailure('INVALID_TABLE_PROPERTY', `The date format '${pattern}' cannot be projected: ${why}.`);

const readField: Readonly<Record<Field, (time: Date) => number>> = {
  y: (time) => time.getUTCFullYear(),
  M: (time) => time.getUTCMonth() + 1,
  d: (time) => time.getUTCDate(),
  H: (time) => time.getUTCHours(),
  m: (time) => time.getUTCMinutes(),
  s: (time) => time.getUTCSeconds(),
};

/** @throws QueryFailure INVALID_TABLE_PROPERTY for a pattern with other fields. */
export function dateFormat(pattern: string): DateFormat {
  const all = parts(pattern);
  const fields = all.flatMap((part) => part.field ?? []);
  const finest = fields.toSorted((a, b) => fineness.indexOf(b) - fineness.indexOf(a))[0];
  if (!finest) throw unreadable(pattern, 'it has no date field');
  const expression = (field: (digits: string) => string) =>
    all
      .map((part) =>
        part.field
          ? field(part.width === 1 ? '\\d+' : `\\d{${part.width}}`)
          : part.literal!.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
      )
      .join('');
  const test = new RegExp(`^${expression((digits) => `(${digits})`)}$`);
  return {
    finest,
    shape: expression((digits) => digits),
    format: (time) =>
      all
        .map((part) =>
          part.field
            ? String(readField[part.field](time)).padStart(part.width, '0').slice(-Math.max(part.width, 4))
            : part.literal,
        )
        .join(''),
    parse(text) {
      const found = test.exec(text);
      if (!found) return undefined;
      const value: Record<Field, number> = { y: 1970, M: 1, d: 1, H: 0, m: 0, s: 0 };
      for (const [index, field] of fields.entries()) value[field] = Number(found[index + 1]);
      const time = new Date(Date.UTC(value.y, value.M - 1, value.d, value.H, value.m, value.s));
      return time.getUTCMonth() === value.M - 1 && time.getUTCDate() === value.d ? time : undefined;
    },
  };
}
