/** Lays JSON out over lines without reading its values, so that every digit stays as it was sent. */

export interface JsonPart {
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'plain';
  readonly text: string;
  /** Where a key or a value begins in the text that was laid out. */
  readonly start?: number;
}

/** Of a text, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]/gy;

/** The parts of a JSON text, indented; undefined for a text that is not JSON. */
export function layOut(text: string): readonly JsonPart[] | undefined {
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const tokens = tokensOf(text);
  const parts: JsonPart[] = [];
  let depth = 0;
  const line = () => parts.push({ kind: 'plain', text: `\n${'  '.repeat(depth)}` });
  for (const [at, { token, start }] of tokens.entries()) {
    const next = tokens[at + 1]?.token;
    if (token === '{' || token === '[') {
      parts.push({ kind: 'plain', text: token });
      depth++;
      if (next !== '}' && next !== ']') line();
    } else if (token === '}' || token === ']') {
      depth--;
      const before = tokens[at - 1]?.token;
      if (before !== '{' && before !== '[') line();
      parts.push({ kind: 'plain', text: token });
    } else if (token === ',') {
      parts.push({ kind: 'plain', text: ',' });
      line();
    } else if (token === ':') parts.push({ kind: 'plain', text: ': ' });
    else parts.push({ kind: kindOf(token, next), text: token, start });
  }
  return parts;
}

interface Token {
  readonly token: string;
  readonly start: number;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token) tokens.push({ token, start: at });
    at += token?.length ?? 1;
  }
  return tokens;
}

/**
 * Where the value of a JSON pointer is in a JSON text; of members of one name the last, as JSON.parse reads them.
 * Undefined where the text has no such value. https://www.rfc-editor.org/rfc/rfc6901
 */
export function spanOf(text: string, pointer: string): Span | undefined {
  const tokens = tokensOf(text);
  const wanted = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  /** Index after the value that begins at the token. */
  const after = (from: number): number => {
    let depth = 0;
    for (let at = from; at < tokens.length; at++) {
      const { token } = tokens[at]!;
      if (token === '{' || token === '[') depth++;
      else if (token === '}' || token === ']') depth--;
      if (depth === 0) return at + 1;
    }
    return tokens.length;
  };
  const memberOf = (from: number, name: string): number | undefined => {
    const isObject = tokens[from]?.token === '{';
    if (!isObject && tokens[from]?.token !== '[') return undefined;
    let found: number | undefined;
    for (let at = from + 1, index = 0; at < tokens.length && !/^[}\]]$/.test(tokens[at]!.token); index++) {
      const value = isObject ? at + 2 : at;
      const key = isObject ? (JSON.parse(tokens[at]!.token) as string) : String(index);
      if (key === name) found = value;
      at = after(value);
      if (tokens[at]?.token === ',') at++;
    }
    return found;
  };
  let at: number | undefined = 0;
  for (const name of wanted) {
    at = memberOf(at, name);
    if (at === undefined) return undefined;
  }
  const first = tokens[at];
  const last = tokens[after(at) - 1];
  return first && last && { start: first.start, end: last.start + last.token.length };
}

function kindOf(token: string, next: string | undefined): JsonPart['kind'] {
  if (token.startsWith('"')) return next === ':' ? 'key' : 'string';
  return /^[-\d]/.test(token) ? 'number' : 'word';
}

const STRING = /"(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]*/y;

/** Index after what the pattern matches at `from`; undefined where it does not match. */
function past(pattern: RegExp, text: string, from: number): number | undefined {
  pattern.lastIndex = from;
  return pattern.test(text) ? pattern.lastIndex : undefined;
}

/** Index after a text, a number or a word; `fault` is where it breaks off. */
function scalar(text: string, from: number): { readonly end: number } | { readonly fault: number } {
  const quote = past(STRING, text, from);
  if (quote !== undefined) return text[quote] === '"' ? { end: quote + 1 } : { fault: quote };
  const end = past(NUMBER, text, from) ?? past(WORD, text, from);
  if (end !== undefined) return { end };
  const rest = text.slice(from);
  return { fault: ['true', 'false', 'null', '-'].some((word) => word.startsWith(rest)) ? text.length : from };
}

/**
 * Where a text stops to be JSON: the index of the first character that cannot follow, or the text's length where it ends too
 * early. Undefined for JSON. (JSON.parse says so only in some of its messages.) https://www.rfc-editor.org/rfc/rfc8259
 */
export function jsonFault(text: string): number | undefined {
  const open: string[] = [];
  let state: 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'after' = 'value';
  for (let at = past(SPACE, text, 0)!; at < text.length; at = past(SPACE, text, at)!) {
    const character = text[at]!;
    if (state === 'colon') {
      if (character !== ':') return at;
      state = 'value';
      at++;
    } else if (state === 'after' || (state.startsWith('first') && character === open.at(-1))) {
      const closing = open.at(-1);
      if (character === closing) {
        open.pop();
        state = 'after';
      } else if (character === ',' && closing) state = closing === '}' ? 'key' : 'value';
      else return at;
      at++;
    } else if (state.endsWith('value') && (character === '{' || character === '[')) {
      open.push(character === '{' ? '}' : ']');
      state = character === '{' ? 'first key' : 'first value';
      at++;
    } else {
      if (state.endsWith('key') && character !== '"') return at;
      const read = scalar(text, at);
      if ('fault' in read) return read.fault;
      at = read.end;
      state = state.endsWith('key') ? 'colon' : 'after';
    }
  }
  return state === 'after' && open.length === 0 ? undefined : text.length;
}
