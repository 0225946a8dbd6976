/** Trino's values and columns, as the client protocol sends them, in the text and the description that Athena gives. */
import { type ColumnInfo, columnOf } from '../results/columns.ts';
import { doubleText, realText } from '../results/text.ts';
import type { TrinoColumn, TypeArgument, TypeSignature } from './client.ts';

/** Gives the text of a value that is not NULL. */
export type ProtocolText = (value: unknown) => string;

/** The length that stands for no length. */
const unbounded = 2_147_483_647;

const typeOf = (argument: TypeArgument | undefined): TypeSignature => {
  if (argument?.kind === 'TYPE') return argument.value;
  if (argument?.kind === 'NAMED_TYPE') return argument.value.typeSignature;
  throw new Error(`A type was expected in Trino's signature, and ${JSON.stringify(argument)} came.`);
};

const numberOf = (argument: TypeArgument | undefined): number | undefined =>
  argument?.kind === 'LONG' ? Number(argument.value) : undefined;

/** NULL inside another value. */
const orNull =
  (write: ProtocolText): ProtocolText =>
  (value) =>
    value === null ? 'null' : write(value);

/** `68 69`, of what the protocol sends in base64. */
const bytesText: ProtocolText = (value) =>
  Array.from(Buffer.from(String(value), 'base64'), (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** The protocol writes a map's keys as texts whatever their type; the types whose text is not Athena's are undone here. */
function keyText({ rawType }: TypeSignature): ProtocolText {
  if (rawType === 'double') return (key) => doubleText(Number(key));
  if (rawType === 'real') return (key) => realText(Math.fround(Number(key)));
  return String;
}

/**
 * Makes the writer for a type. Numbers are Java's, nested NULLs are `null`; what the protocol sends as text already
 * (decimals, dates, times, JSON, UUIDs, addresses, geometries) stays as it is.
 */
export function protocolText(type: TypeSignature): ProtocolText {
  switch (type.rawType) {
    case 'double':
      return (value) => doubleText(Number(value));
    case 'real':
      return (value) => realText(Math.fround(Number(value)));
    case 'varbinary':
      return bytesText;
    case 'array': {
      const element = orNull(protocolText(typeOf(type.arguments[0])));
      return (value) => `[${(value as unknown[]).map(element).join(', ')}]`;
    }
    case 'map': {
      const key = keyText(typeOf(type.arguments[0]));
      const mapped = orNull(protocolText(typeOf(type.arguments[1])));
      return (value) =>
        `{${[...(value as Map<string, unknown>)].map(([name, one]) => `${key(name)}=${mapped(one)}`).join(', ')}}`;
    }
    case 'row': {
      const fields = type.arguments.map((argument, index) => ({
        name: (argument.kind === 'NAMED_TYPE' && argument.value.fieldName?.name) || `field${index}`,
        write: orNull(protocolText(typeOf(argument))),
      }));
      return (value) =>
        `{${fields.map(({ name, write }, index) => `${name}=${write((value as unknown[])[index])}`).join(', ')}}`;
    }
    default:
      return String;
  }
}

/** The column as GetQueryResults describes it. */
export function shownColumn({ name, typeSignature }: TrinoColumn): ColumnInfo {
  const { rawType, arguments: given } = typeSignature;
  const first = numberOf(given[0]);
  switch (rawType) {
    case 'decimal':
      return columnOf(name, rawType, first, numberOf(given[1]));
    case 'varchar':
      return columnOf(name, rawType, first === unbounded ? undefined : first);
    case 'char':
      return columnOf(name, rawType, first);
    default:
      return columnOf(name, rawType);
  }
}
