/** Defines an entry of the allow-list: a signature, and the DuckDB SQL that gives the same answer. */
import type { Position } from '../errors.ts';
import type { Member } from '../translate/documents.ts';
import type { StatementContext, Typed } from '../translate/scope.ts';
import type { Type } from '../types.ts';
import type { JsonPath } from './jsonPath.ts';
import { parseSignature, type Signature } from './signature.ts';

/** What an emission may ask about the call it stands for. */
export interface Emission {
  readonly name: string;
  /** The arguments, coerced to the signature. */
  readonly arguments: readonly Typed[];
  readonly result: Type;
  readonly position: Position;
  readonly statement: StatementContext;
  /** The text of an argument that must be a string literal. */
  constant(index: number): string;
  /** Refuses the call: this form of the function is not verified. */
  refuse(what: string): never;
  /** What is made of a member of a JSON document, once a row; undefined where each is read separately. */
  member(json: string, path: JsonPath, make: (member: Member) => string): string | undefined;
  /** A name that no other lambda of the statement has. */
  fresh(): string;
}

/** Writes one aggregate call, with its FILTER, ORDER BY, DISTINCT and OVER. */
export type AggregateWriter = (
  name: string,
  args: readonly string[],
  options?: { readonly distinct?: boolean },
) => string;

interface EntryBase {
  readonly signature: Signature;
  readonly text: string;
  /** Where the signature cannot say: decimals, zones. */
  readonly result?: (args: readonly Typed[]) => Type;
}
export interface ScalarEntry extends EntryBase {
  readonly kind: 'scalar';
  readonly emit: (args: readonly string[], call: Emission) => string;
}
export interface AggregateEntry extends EntryBase {
  readonly kind: 'aggregate' | 'window';
  readonly emit: (args: readonly string[], write: AggregateWriter, call: Emission) => string;
}
export type FunctionEntry = ScalarEntry | AggregateEntry;

export const scalar = (
  text: string,
  emit: ScalarEntry['emit'],
  result?: EntryBase['result'],
): ScalarEntry => ({
  kind: 'scalar',
  signature: parseSignature(text),
  text,
  emit,
  result,
});

/** A function that DuckDB has under `name` with the same meaning. */
export const same = (text: string, name: string): ScalarEntry =>
  scalar(text, (args) => `${name}(${args.join(', ')})`);

export const aggregate = (
  text: string,
  emit: AggregateEntry['emit'],
  result?: EntryBase['result'],
): AggregateEntry => ({
  kind: 'aggregate',
  signature: parseSignature(text),
  text,
  emit,
  result,
});

export const windowFunction = (text: string, emit: AggregateEntry['emit']): AggregateEntry => ({
  kind: 'window',
  signature: parseSignature(text),
  text,
  emit,
});

/** The SQL of a value that is needed several times: computed once, under a name of its own, unless it is one already. */
export const once = (name: string, sql: string, use: (value: string) => string) =>
  /^[\w."]+$/.test(sql)
    ? use(sql)
    : `list_extract(list_transform([${sql}], lambda ${name}: ${use(name)}), 1)`;

/** The SQL only where every argument is there: for emissions that would not give NULL for NULL by themselves. */
export const unlessNull = (args: readonly string[], sql: string) =>
  `CASE WHEN ${args.map((arg) => `${arg} IS NOT NULL`).join(' AND ')} THEN ${sql} END`;
