/** Reads a type's text, in Athena's spelling or Trino's, into Iceberg's type. */
import { IcebergError, notSupported } from './errors.ts';
import type { Field, IcebergType } from './schema.ts';

/**
 * Reads a type in Athena's spelling (`struct<a:int>`, `array<string>`) or Trino's (`row(a integer)`, `varchar`).
 * Nested ids are 0 until `withFreshIds`. Throws NOT_SUPPORTED, in Trino's words, for types that Iceberg lacks.
 */
export function parseType(text: string): IcebergType {
  const reader = new TypeReader(text);
  const type = reader.type();
  reader.end();
  return type;
}

/** Types without parameters, by both spellings. */
const PLAIN: ReadonlyMap<string, string> = new Map([
  ...['boolean', 'date', 'double', 'float', 'uuid', 'binary', 'int', 'long', 'string', 'timestamptz'].map(
    (name) => [name, name] as const,
  ),
  ['integer', 'int'],
  ['bigint', 'long'],
  ['real', 'float'],
  ['varbinary', 'binary'],
]);

class TypeReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  type(): IcebergType {
    const kind = this.#word();
    const plain = PLAIN.get(kind);
    if (plain) return plain;
    switch (kind) {
      case 'varchar':
        this.#numbers();
        return 'string';
      case 'decimal':
      case 'numeric':
        return this.#decimal();
      case 'time':
        requireMicros('Time', this.#numbers()[0], 'time(6)');
        return 'time';
      case 'timestamp':
        return this.#timestamp();
      case 'array': {
        const element = this.#enclosed(() => this.type());
        return { type: 'list', 'element-id': 0, 'element-required': false, element };
      }
      case 'map':
        return this.#enclosed(() => {
          const key = this.type();
          if (!this.#take(',')) this.#fail(',');
          const value = this.type();
          return { type: 'map', 'key-id': 0, key, 'value-id': 0, 'value-required': false, value };
        });
      case 'struct':
      case 'row':
        return { type: 'struct', fields: this.#enclosed(() => this.#fields()) };
      default:
        throw notSupported(`Type not supported for Iceberg: ${this.#text.trim()}`);
    }
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#fail('the end of the type');
  }

  #decimal(): IcebergType {
    const [precision = 38, scale = 0] = this.#numbers();
    if (precision < 1 || precision > 38 || scale > precision)
      throw new IcebergError(
        'INVALID_ARGUMENTS',
        `Invalid DECIMAL(${precision},${scale}): precision is 1 to 38, scale 0 to precision`,
      );
    return `decimal(${precision}, ${scale})`;
  }

  #timestamp(): IcebergType {
    const [precision] = this.#numbers();
    if (this.#phrase('with', 'time', 'zone')) {
      requireMicros('Timestamp', precision, 'timestamp(6) with time zone');
      return 'timestamptz';
    }
    this.#phrase('without', 'time', 'zone');
    requireMicros('Timestamp', precision, 'timestamp(6)');
    return 'timestamp';
  }

  #fields(): Field[] {
    const fields: Field[] = [];
    do {
      const name = this.#name();
      this.#take(':');
      fields.push({ id: 0, name, required: false, type: this.type() });
    } while (this.#take(','));
    return fields;
  }

  /** What is within `<…>` or `(…)`. */
  #enclosed<T>(read: () => T): T {
    const close = this.#take('<') ? '>' : this.#take('(') ? ')' : this.#fail('< or (');
    const content = read();
    if (!this.#take(close)) this.#fail(close);
    return content;
  }

  #numbers(): number[] {
    if (!this.#take('(')) return [];
    const found: number[] = [];
    do {
      this.#space();
      found.push(Number(this.#match(/^\d+/) ?? this.#fail('a number')));
    } while (this.#take(','));
    if (!this.#take(')')) this.#fail(')');
    return found;
  }

  #word(): string {
    this.#space();
    return (this.#match(/^[A-Za-z_][A-Za-z0-9_]*/) ?? this.#fail('a name')).toLowerCase();
  }

  #name(): string {
    this.#space();
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== '`') return this.#match(/^[^\s:<>(),]+/) ?? this.#fail('a field name');
    const end = this.#text.indexOf(quote, this.#at + 1);
    if (end < 0) return this.#fail(`a closing ${quote}`);
    const quoted = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return quoted;
  }

  #phrase(...words: string[]): boolean {
    return this.#match(new RegExp(`^\\s*${words.join('\\s+')}\\b`, 'i')) !== undefined;
  }

  #take(symbol: string): boolean {
    this.#space();
    if (!this.#text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    const found = pattern.exec(this.#text.slice(this.#at))?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }

  #space(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at++;
  }

  #fail(expected: string): never {
    throw new IcebergError(
      'INVALID_ARGUMENTS',
      `Type '${this.#text}' is malformed at position ${this.#at + 1}: expected ${expected}`,
    );
  }
}

function requireMicros(kind: string, precision: number | undefined, name: string): void {
  if (precision !== undefined && precision !== 6)
    throw notSupported(`${kind} precision (${precision}) not supported for Iceberg. Use "${name}" instead.`);
}
