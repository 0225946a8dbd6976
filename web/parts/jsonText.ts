/** Lays JSON out over lines without reading its values, so that every digit stays as it was sent. */

export interface JsonPart {
  readonly kind: 'key' | 'string' | 'number' | 'word' | 'plain';
  readonly text: string;
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
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (token === '{' || token === '[') {
      parts.push({ kind: 'plain', text: token });
      depth++;
      if (next !== '}' && next !== ']') line();
    } else if (token === '}' || token === ']') {
      depth--;
      if (tokens[at - 1] !== '{' && tokens[at - 1] !== '[') line();
      parts.push({ kind: 'plain', text: token });
    } else if (token === ',') {
      parts.push({ kind: 'plain', text: ',' });
      line();
    } else if (token === ':') parts.push({ kind: 'plain', text: ': ' });
    else parts.push({ kind: kindOf(token, next), text: token });
  }
  return parts;
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length; ) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token) tokens.push(token);
    at += token?.length ?? 1;
  }
  return tokens;
}

function kindOf(token: string, next: string | undefined): JsonPart['kind'] {
  if (token.startsWith('"')) return next === ':' ? 'key' : 'string';
  return /^[-\d]/.test(token) ? 'number' : 'word';
}
