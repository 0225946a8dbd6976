/** Rows of XML files: the elements at the contract's record path, or the root's children; attributes and children become columns. */
import { SaxesParser } from 'saxes';
import { limits, sizeText } from './limits.ts';
import { FileRefusedError, type FileShape, type RawRow, type RowReader } from './row.ts';
import { openText } from './text.ts';

type Members = Record<string, unknown>;

interface OpenElement {
  readonly name: string;
  text: string;
  readonly members: Members;
}

export const readXml: RowReader = async function* (path, shape) {
  const file = await openXml(path, shape);
  const reading = new XmlReading(shape.recordPath?.split(/[./]/).filter(Boolean));
  for await (const text of file.texts()) yield reading.push(text);
  yield reading.end();
};

/** The encoding is what is declared by the contract, else by the file itself (https://www.w3.org/TR/xml/#charencoding). */
async function openXml(path: string, shape: FileShape) {
  const file = await openText(path, shape, '');
  if (shape.encoding) return file;
  const declaration = /^<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/.exec(
    file.start.toString('latin1', 0, 200),
  );
  // A declaration that can be read as ASCII is not in UTF-16, whatever it says.
  if (!declaration || /^utf-?16/i.test(declaration[1]!)) return file;
  return openText(path, { ...shape, encoding: declaration[1]! }, '');
}

class XmlReading {
  readonly #recordPath: readonly string[] | undefined;
  readonly #parser = new SaxesParser();
  readonly #names: string[] = [];
  /** The record and its open elements inside; empty outside of records, where nothing is kept. */
  #record: OpenElement[] = [];
  #finished: RawRow[] = [];
  #text = '';
  /** Characters of the file before #text. */
  #before = 0;
  #start = 0;

  constructor(recordPath: readonly string[] | undefined) {
    this.#recordPath = recordPath;
    this.#parser.on('error', (error) => {
      throw new FileRefusedError(`not XML, or truncated: ${error.message}`, { cause: error });
    });
    this.#parser.on('opentag', ({ name, attributes }) =>
      this.#open(name, attributes as Record<string, string>),
    );
    this.#parser.on('text', (text) => this.#addText(text));
    this.#parser.on('cdata', (text) => this.#addText(text));
    this.#parser.on('closetag', () => this.#close());
  }

  push(text: string): RawRow[] {
    this.#text += text;
    this.#parser.write(text);
    // The tag that opens a record may have begun.
    const kept = this.#record.length > 0 ? this.#start - this.#before : this.#text.lastIndexOf('<');
    if (kept >= 0 && this.#text.length - kept > limits.recordBytes)
      throw new FileRefusedError(
        `what ends in line ${this.#parser.line} has more than ${sizeText(limits.recordBytes)}: <${this.#record[0]?.name ?? ''}`,
      );
    const dropped = kept < 0 ? this.#text.length : kept;
    this.#text = this.#text.slice(dropped);
    this.#before += dropped;
    return this.#finished.splice(0);
  }

  end(): RawRow[] {
    this.#parser.close();
    return this.#finished.splice(0);
  }

  /** A record path of one name finds it anywhere; a longer one is matched at its end. */
  #isRecord(): boolean {
    const path = this.#recordPath;
    const depth = this.#names.length;
    return path ? path.every((name, at) => this.#names[depth - path.length + at] === name) : depth === 2;
  }

  #open(name: string, attributes: Record<string, string>): void {
    this.#names.push(name);
    if (this.#names.length > limits.depth)
      throw new FileRefusedError(`<${name}> is nested more than ${limits.depth} deep`);
    if (this.#record.length === 0) {
      if (!this.#isRecord()) return;
      this.#start = this.#before + this.#text.lastIndexOf('<', this.#parser.position - this.#before - 1);
    }
    this.#record.push({ name, text: '', members: Object.assign(Object.create(null), attributes) });
  }

  #addText(text: string): void {
    const element = this.#record.at(-1);
    if (element) element.text += text;
  }

  #close(): void {
    this.#names.pop();
    const element = this.#record.pop();
    if (!element) return;
    const parent = this.#record.at(-1);
    if (parent) addMember(parent.members, element.name, contentOf(element));
    else this.#finish(contentOf(element));
  }

  #finish(value: Members | string): void {
    const members = typeof value === 'string' ? { [TEXT]: value } : value;
    const text = this.#text.slice(this.#start - this.#before, this.#parser.position - this.#before);
    const raw = () => Buffer.from(text);
    const bytes = Buffer.byteLength(text);
    if (bytes <= limits.rowBytes) this.#finished.push({ row: members, raw });
    else {
      const message = `the row has ${sizeText(bytes)}; allowed are ${sizeText(limits.rowBytes)}`;
      this.#finished.push({ refusal: { rule: 'limit', path: '', message }, raw });
    }
  }
}

/** The member that holds the text of an element which has attributes or children too. */
const TEXT = '#text';

/** An element with attributes or children is an object, another one its text. */
function contentOf({ members, text }: OpenElement): Members | string {
  const isObject = Object.keys(members).length > 0;
  if (isObject && text.trim() !== '') addMember(members, TEXT, text.trim());
  return isObject ? members : text;
}

/** An element that comes again becomes an array. */
function addMember(members: Members, name: string, value: unknown): void {
  const before = members[name];
  if (before === undefined) members[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else members[name] = [before, value];
}
