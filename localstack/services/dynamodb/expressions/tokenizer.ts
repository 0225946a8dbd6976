/** Cuts an expression into tokens, and walks them with AWS's syntax errors. */
import { validationError } from '../values.ts';

export type TokenKind = 'name' | 'placeholder' | 'value' | 'index' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TOKEN =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|(?<placeholder>#[A-Za-z0-9_]+)|(?<value>:[A-Za-z0-9_]+)|(?<index>\d+)|(?<symbol><=|>=|<>|[=<>()[\],.+-]))/y;
const MAX_EXPRESSION_BYTES = 4096;

function tokenize(text: string, label: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; ) {
    const match = TOKEN.exec(text);
    if (!match) {
      const start = text.length - text.slice(at).trimStart().length;
      if (start === text.length) break;
      const previous = tokens.at(-1);
      const near = text.slice(previous?.start ?? start, start + 2).trim();
      throw validationError(`Invalid ${label}: Syntax error; token: "${text[start]}", near: "${near}"`);
    }
    const [kind, word] = Object.entries(match.groups!).find(([, word]) => word !== undefined)!;
    tokens.push({
      kind: kind as TokenKind,
      text: word,
      start: TOKEN.lastIndex - word.length,
      end: TOKEN.lastIndex,
    });
    at = TOKEN.lastIndex;
  }
  tokens.push({ kind: 'end', text: '<EOF>', start: text.length, end: text.length });
  return tokens;
}

/** A place in an expression's tokens. */
export interface Cursor {
  readonly label: string;
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether the next token is this symbol or, in any case, this keyword. */
  at(text: string): boolean;
  /** Takes the next token if it is this symbol or keyword. */
  take(text: string): boolean;
  expect(text: string): void;
  /** A `ValidationException` that points at the next token. */
  syntaxError(): Error;
}

/** `label` is the parameter's name in messages, e.g. `FilterExpression`. */
export function cursorOf(text: string, label: string): Cursor {
  if (text.trim() === '') {
    throw validationError(`Invalid ${label}: The expression can not be empty;`);
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_EXPRESSION_BYTES) {
    throw validationError(
      `Invalid ${label}: Expression size has exceeded the maximum allowed size; expression size: ${bytes}`,
    );
  }
  const tokens = tokenize(text, label);
  let position = 0;
  const peek = (ahead = 0) => tokens[Math.min(position + ahead, tokens.length - 1)]!;
  const at = (wanted: string) => {
    const token = peek();
    if (token.kind === 'name') return token.text.toUpperCase() === wanted;
    return token.kind === 'symbol' && token.text === wanted;
  };
  const syntaxError = () => {
    const from = tokens[Math.max(0, position - 1)]!.start;
    const near = text.slice(from, peek(1).end).trim();
    return validationError(`Invalid ${label}: Syntax error; token: "${peek().text}", near: "${near}"`);
  };
  const next = () => {
    const token = peek();
    position = Math.min(position + 1, tokens.length - 1);
    return token;
  };
  const take = (wanted: string) => {
    if (!at(wanted)) return false;
    next();
    return true;
  };
  const expect = (wanted: string) => {
    if (!take(wanted)) throw syntaxError();
  };
  return { label, peek, next, at, take, expect, syntaxError };
}
