/** Finds a member's value in JSON text without reading it, because parsing and printing again would alter numbers. */

const quote = 34;
const backslash = 92;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const comma = 44;

const isSpace = (code: number) => code === 32 || code === 10 || code === 13 || code === 9;

/** Index of the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let before = end - 1;
    while (text.charCodeAt(before) === backslash) before--;
    // An even number of backslashes before the quote leaves it unescaped.
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
}

/** Index after the value that begins at `start`. */
function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === quote) return endOfString(text, start) + 1;
  let at = start;
  if (first !== openBrace && first !== openBracket) {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === comma || code === closeBrace || code === closeBracket || isSpace(code)) return at;
      at++;
    }
  }
  let depth = 0;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code === quote) at = endOfString(text, at);
    else if (code === openBrace || code === openBracket) depth++;
    else if (code === closeBrace || code === closeBracket) {
      depth--;
      if (depth === 0) return at + 1;
    }
    at++;
  }
}

/**
 * The text of a top-level member's value; of several members with this name the last one, as JSON.parse takes it.
 * @param text one JSON object that JSON.parse accepts (the scan relies on it).
 */
export function rawMember(text: string, name: string): string | undefined {
  const skipSpace = (from: number) => {
    let at = from;
    while (isSpace(text.charCodeAt(at))) at++;
    return at;
  };
  let found: string | undefined;
  let at = skipSpace(0) + 1;
  for (;;) {
    at = skipSpace(at);
    if (text.charCodeAt(at) !== quote) return found;
    const endOfKey = endOfString(text, at);
    const written = text.slice(at + 1, endOfKey);
    const key = written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
    const start = skipSpace(skipSpace(endOfKey + 1) + 1);
    const end = endOfValue(text, start);
    if (key === name) found = text.slice(start, end);
    at = skipSpace(end);
    if (text.charCodeAt(at) === comma) at++;
  }
}
