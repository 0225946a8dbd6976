/**
 * Texts with wildcards, matched without a regular expression: `.*a.*a.*b` of a caller's would keep this thread for hours over a
 * text of thousands of letters. A segment that was found is never looked for again.
 */

/** Any text, an empty one too. */
export const ANY_TEXT = Symbol('any text');
/** Any one character. */
export const ANY_CHARACTER = Symbol('any character');

/** A character, or a wildcard. */
export type WildcardPart = string | typeof ANY_TEXT | typeof ANY_CHARACTER;

/** The parts of a text in which `*` is any text, and `\*` and `\\` are a star and a backslash. */
export const starParts = (pattern: string): WildcardPart[] =>
  [...pattern.matchAll(/\\([*\\])|[\s\S]/gu)].map(([part, escaped]) =>
    part === '*' ? ANY_TEXT : (escaped ?? part),
  );

/** A test of whole texts. Its time is at most the product of both lengths. */
export function wildcardTest(parts: readonly WildcardPart[]): (text: string) => boolean {
  const [first, ...others] = segmentsOf(parts);
  const last = others.pop();
  return (text) => {
    const characters = [...text];
    if (!isAt(characters, first!, 0)) return false;
    if (last === undefined) return characters.length === first!.length;
    let at = first!.length;
    for (const segment of others) {
      while (at + segment.length <= characters.length && !isAt(characters, segment, at)) at++;
      at += segment.length;
    }
    const end = characters.length - last.length;
    return at <= end && isAt(characters, last, end);
  };
}

type Segment = readonly (string | typeof ANY_CHARACTER)[];

/** What is between the wildcards of any length. */
function segmentsOf(parts: readonly WildcardPart[]): readonly Segment[] {
  const segments: (string | typeof ANY_CHARACTER)[][] = [[]];
  for (const part of parts) {
    if (part === ANY_TEXT) segments.push([]);
    else segments.at(-1)!.push(part);
  }
  return segments;
}

const isAt = (characters: readonly string[], segment: Segment, at: number): boolean =>
  at + segment.length <= characters.length &&
  segment.every((part, index) => part === ANY_CHARACTER || part === characters[at + index]);
