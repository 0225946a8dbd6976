/** Finds the records in JSON text without reading it whole: their own texts, in order, from wherever a path says they are. */
import { limits, sizeText } from './limits.ts';
import { FileRefusedError } from './row.ts';

/** An object or array around the records. */
interface Container {
  readonly closes: '}' | ']';
  /** How many members of the path lead to it; undefined for the array of the records. */
  readonly depth: number | undefined;
  /** The member of the path was met in it. */
  isPassed: boolean;
}

/** A value whose end is looked for: a record, the name of a member, or what is passed over. */
interface Value {
  readonly kind: 'record' | 'name' | 'other';
  /** Index of its first character; -1 when that is passed over already. */
  start: number;
  /** The brackets that are to be closed, the innermost last. */
  closes: string;
  inString: boolean;
}

type Expected = 'value' | 'value or end' | 'name' | 'name or end' | 'colon' | 'comma or end' | 'nothing';

const isBlank = (character: string) =>
  character === ' ' || character === '\n' || character === '\r' || character === '\t';

/**
 * The texts of the records at `recordPath`: an array's elements, or the value itself; with an empty path those of the
 * document, or of objects one after the other. The text has one character per byte.
 * @throws FileRefusedError when the text around the records is not JSON, ends early, or has nothing at the path.
 */
export async function* jsonElements(
  pieces: AsyncIterable<Buffer>,
  recordPath: readonly string[],
): AsyncGenerator<string[]> {
  const scan = new JsonScan(recordPath);
  for await (const piece of pieces) yield scan.push(piece.toString('latin1'));
  yield scan.end();
}

/** The state between two pieces of the text. */
class JsonScan {
  readonly #path: readonly string[];
  readonly #open: Container[] = [];
  #text = '';
  #at = 0;
  /** Bytes of the file before #text. */
  #before = 0;
  #expected: Expected = 'value';
  #name = '';
  #value: Value | undefined;
  #records: string[] = [];
  #isFound = false;

  constructor(path: readonly string[]) {
    this.#path = path;
  }

  push(piece: string): string[] {
    this.#text += piece;
    while (this.#at < this.#text.length) {
      if (this.#value) this.#goOnIn(this.#value);
      else this.#step(this.#text[this.#at]!);
    }
    // After an escape at its end, the scan goes on beyond the text.
    const start =
      this.#value && this.#value.kind !== 'other' ? this.#value.start : Math.min(this.#at, this.#text.length);
    if (this.#at - start > limits.recordBytes)
      throw this.#fault(`a record has more than ${sizeText(limits.recordBytes)}`);
    this.#text = this.#text.slice(start);
    this.#at -= start;
    this.#before += start;
    if (this.#value) this.#value.start = this.#value.kind === 'other' ? -1 : 0;
    return this.#records.splice(0);
  }

  end(): string[] {
    const value = this.#value;
    // A number has no end of its own.
    if (value && !value.inString && value.closes === '') this.#endValue(value, this.#text.length);
    if (this.#value || this.#open.length > 0)
      throw new FileRefusedError(
        `the JSON ends early: ${this.#value?.inString ? 'a text' : 'an object or array'} is not closed; the file is truncated`,
      );
    if (!this.#isFound)
      throw new FileRefusedError(
        this.#path.length > 0
          ? `the document has nothing at "${this.#path.join('.')}"`
          : 'there is no JSON in the file',
      );
    return this.#records.splice(0);
  }

  #fault(what: string): FileRefusedError {
    return new FileRefusedError(`not JSON: ${what} (byte ${this.#before + this.#at + 1})`);
  }

  #step(character: string): void {
    const inner = this.#open.at(-1);
    if (isBlank(character)) this.#at++;
    else if (this.#expected.endsWith('or end') && character === inner?.closes) this.#close();
    else if (this.#expected.startsWith('value')) this.#beginValue(character, inner);
    else if (this.#expected.startsWith('name') && character === '"') this.#begin('name');
    else if (this.#expected === 'colon' && character === ':') this.#go('value');
    else if (this.#expected === 'comma or end' && character === ',')
      this.#go(inner?.closes === '}' ? 'name' : 'value');
    else if (this.#expected === 'nothing')
      throw this.#fault('the file goes on after the end of the document');
    else throw this.#fault(`${JSON.stringify(character)} is where a ${this.#expected} must be`);
  }

  #go(expected: Expected): void {
    this.#at++;
    this.#expected = expected;
  }

  #close(): void {
    this.#open.pop();
    this.#go(this.#open.length > 0 ? 'comma or end' : 'nothing');
  }

  #begin(kind: Value['kind']): void {
    this.#value = { kind, start: this.#at, closes: '', inString: false };
  }

  #beginValue(character: string, inner: Container | undefined): void {
    if (inner && inner.depth === undefined) this.#begin('record');
    else if (inner && this.#name !== this.#path[inner.depth!]) this.#begin('other');
    else {
      if (inner?.isPassed) throw this.#fault(`an object has two members "${this.#name}"`);
      if (inner) inner.isPassed = true;
      this.#beginOnPath(character, inner ? inner.depth! + 1 : 0);
    }
  }

  #beginOnPath(character: string, depth: number): void {
    if (depth < this.#path.length) {
      if (character !== '{')
        throw new FileRefusedError(
          `the document has no object at "${this.#path.slice(0, depth).join('.')}", so nothing at "${this.#path.join('.')}"`,
        );
      this.#open.push({ closes: '}', depth, isPassed: false });
      this.#go('name or end');
      return;
    }
    this.#isFound = true;
    if (character === '[') {
      this.#open.push({ closes: ']', depth: undefined, isPassed: false });
      this.#go('value or end');
    } else this.#begin('record');
  }

  /** Looks for the value's end; stops at the end of the text when it is not there. */
  #goOnIn(value: Value): void {
    const text = this.#text;
    let at = this.#at;
    let end: number | undefined;
    for (; at < text.length && end === undefined; at++) {
      const character = text[at]!;
      if (value.inString) {
        // The escaped character may be in the next piece, where the scan then begins after it.
        if (character === '\\') at++;
        else if (character === '"') {
          value.inString = false;
          if (value.closes === '') end = at + 1;
        }
      } else if (character === '"') value.inString = true;
      else if (character === '{' || character === '[') this.#deeper(value, character, at);
      else if (character === '}' || character === ']') end = this.#shallower(value, character, at);
      else if (value.closes === '' && (character === ',' || isBlank(character))) end = at;
    }
    this.#at = at;
    if (end !== undefined) this.#endValue(value, end);
  }

  #deeper(value: Value, character: string, at: number): void {
    value.closes += character === '{' ? '}' : ']';
    this.#at = at;
    if (value.closes.length > limits.depth)
      throw this.#fault(`a value is nested more than ${limits.depth} deep`);
  }

  /** The value's end, if the bracket closes it, or what is around it. */
  #shallower(value: Value, character: string, at: number): number | undefined {
    if (value.closes === '') return at;
    this.#at = at;
    if (!value.closes.endsWith(character)) throw this.#fault(`${character} closes what it did not open`);
    value.closes = value.closes.slice(0, -1);
    return value.closes === '' ? at + 1 : undefined;
  }

  #endValue(value: Value, end: number): void {
    const text = this.#text.slice(value.start, end);
    if (end === value.start) throw this.#fault('a value is missing');
    if (value.kind === 'record' && text.length > limits.recordBytes)
      throw this.#fault(`a record has more than ${sizeText(limits.recordBytes)}`);
    this.#value = undefined;
    this.#at = end;
    if (value.kind === 'name') {
      this.#name = nameOf(text) ?? '';
      this.#expected = 'colon';
      return;
    }
    if (value.kind === 'record') this.#records.push(text);
    if (this.#open.length > 0) this.#expected = 'comma or end';
    // Objects may follow each other; nothing may follow what a path was looked for in.
    else this.#expected = this.#path.length === 0 ? 'value' : 'nothing';
  }
}

/** Undefined when it is not a text of JSON. */
function nameOf(latin1: string): string | undefined {
  try {
    return JSON.parse(Buffer.from(latin1, 'latin1').toString()) as string;
  } catch {
    return undefined;
  }
}
