/** Reads a request to a declared endpoint into typed values, and writes the statement that answers it: values are bound, never spliced. */
import { isDate, readInstant } from '../../contract/instant.ts';
import { databaseOf } from '../../layout.ts';
import { readQuery } from '../../sql/query.ts';
import { literal, nameList, quoteName, quoteTable } from '../../sql/write.ts';
import type { Study } from '../study.ts';
import type { Endpoint, Parameter, ParameterType } from './design.ts';
import { type Fault, RequestProblem } from './problem.ts';

/** Names that every endpoint takes besides its own parameters. */
const pagingParameters = ['pageSize', 'cursor'] as const;

/** Rows that a page can have at most: as many as GetQueryResults gives at once. */
export const MAX_PAGE_SIZE = 1000;

/** Athena's limit for one of ExecutionParameters, in characters. */
const MAX_VALUE_LENGTH = 1024;

export interface QueryRequest {
  /** In the order of the declaration; those that were not given are left out. */
  readonly values: readonly { readonly parameter: Parameter; readonly literal: string }[];
  readonly pageSize: number;
  readonly cursor?: string;
}

interface Reading {
  /** The literal, or undefined for a text that is not a value of the type. */
  readonly literalOf: (text: string) => string | undefined;
  /** What is allowed, for messages. */
  readonly allowed: string;
}

const readings: Readonly<Record<ParameterType, Reading>> = {
  string: { literalOf: (text) => literal('string', text), allowed: 'a text' },
  integer: {
    literalOf: (text) => (/^-?\d{1,18}$/.test(text) ? literal('bigint', text) : undefined),
    allowed: 'a whole number of at most 18 digits, e.g. 42',
  },
  decimal: {
    literalOf: (text) => (/^-?\d{1,20}(\.\d{1,18})?$/.test(text) ? literal('decimal', text) : undefined),
    allowed: 'a decimal number, e.g. 12.50',
  },
  date: {
    literalOf: (text) => (isDate(text) ? literal('date', text) : undefined),
    allowed: 'a day of the calendar, YYYY-MM-DD, e.g. 2026-11-30',
  },
  timestamp: {
    literalOf: utcLiteral,
    allowed: 'a time, e.g. 2026-11-30T12:00:00Z',
  },
  boolean: {
    literalOf: (text) => (/^(true|false)$/.test(text) ? text : undefined),
    allowed: 'true or false',
  },
};

/** `2026-11-30T13:00:00+01:00` → `TIMESTAMP '2026-11-30 12:00:00.000000'`; a year of more than four digits has no literal. */
function utcLiteral(text: string): string | undefined {
  const instant = readInstant(text);
  if (!instant) return undefined;
  const [day, time] = new Date(instant.seconds * 1000).toISOString().split('T') as [string, string];
  const micros = String(Math.floor(instant.nanos / 1000)).padStart(6, '0');
  return isDate(day) ? literal('timestamp', `${day} ${time.slice(0, 8)}.${micros}`) : undefined;
}

/**
 * Reads the query string of a request.
 * @throws RequestProblem naming every parameter that is unknown, missing, given twice or of another type.
 */
export function readQueryRequest(endpoint: Endpoint, queryString: string): QueryRequest {
  const given = new URLSearchParams(queryString);
  const faults: Fault[] = [];
  const known = [...endpoint.parameters.map(({ name }) => name), ...pagingParameters];
  for (const name of new Set(given.keys())) {
    if (!known.includes(name))
      faults.push({ name, detail: `is not a parameter; allowed: ${known.join(', ')}` });
    else if (given.getAll(name).length > 1) faults.push({ name, detail: 'is given more than once' });
  }
  const values = endpoint.parameters.flatMap((parameter) => {
    const text = given.get(parameter.name);
    if (text === null) {
      if (parameter.required)
        faults.push({
          name: parameter.name,
          detail: `is missing; it is ${readings[parameter.type].allowed}`,
        });
      return [];
    }
    const read = readValue(parameter, text);
    if ('detail' in read) faults.push(read);
    return 'literal' in read ? [{ parameter, literal: read.literal }] : [];
  });
  const pageSize = readPageSize(given.get('pageSize'), endpoint.pageSize, faults);
  if (faults.length > 0) throw faulty(faults);
  const cursor = given.get('cursor');
  return { values, pageSize, ...(cursor !== null && { cursor }) };
}

export const faulty = (faults: readonly Fault[]) =>
  new RequestProblem(
    'invalid-parameter',
    faults
      .map(({ name, value, detail }) => `${name}${value === undefined ? '' : ` '${value}'`} ${detail}`)
      .join('; '),
    { errors: faults },
  );

function readValue({ name, type }: Parameter, text: string): Fault | { readonly literal: string } {
  const { literalOf, allowed } = readings[type];
  const read = literalOf(text);
  if (read === undefined) return { name, value: text.slice(0, 100), detail: `is not ${allowed}` };
  if (read.length > MAX_VALUE_LENGTH)
    return { name, value: `${text.slice(0, 100)}…`, detail: `is longer than ${MAX_VALUE_LENGTH} characters` };
  return { literal: read };
}

/** The page size of a request; a fault is added for one that is not a whole number from 1 to 1000. */
export function readPageSize(text: string | null, otherwise: number, faults: Fault[]): number {
  if (text === null) return otherwise;
  const size = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (size < 1 || size > MAX_PAGE_SIZE)
    faults.push({
      name: 'pageSize',
      value: text.slice(0, 100),
      detail: `is not a whole number from 1 to ${MAX_PAGE_SIZE}`,
    });
  return size;
}

export interface BoundStatement {
  /** One SELECT with a `?` for each parameter. */
  readonly sql: string;
  /** Literals for Athena's ExecutionParameters, in the order of the question marks. */
  readonly parameters: readonly string[];
}

/** The statement that answers a request: rows in the order of the question, or of the table's primary key. */
export function statementOf(
  study: Study,
  endpoint: Endpoint,
  { values }: Pick<QueryRequest, 'values'>,
): BoundStatement {
  const where = values
    .map(({ parameter: { column, operator } }) => `${quoteName(column)} ${operator} ?`)
    .join('\n  AND ');
  const parameters = values.map((value) => value.literal);
  const { rows } = endpoint;
  const condition = where && `\nWHERE ${where}`;
  if ('query' in rows) {
    const { sql } = study.queries.find(({ name }) => name === rows.query)!;
    if (!where) return { sql, parameters };
    const columns = nameList(readQuery(sql).projection.flatMap(({ name }) => name ?? []));
    return {
      sql: `SELECT ${columns}\nFROM (\n${sql}\n) AS answer${condition}\nORDER BY ${columns}`,
      parameters,
    };
  }
  const [layer, table] = rows.table.split('.') as ['silver' | 'gold' | 'marts', string];
  const { contract } = study.models.find((model) => model.layer === layer && model.table === table)!;
  const key = contract.columns.filter(({ primaryKey }) => primaryKey);
  const names = (columns: typeof contract.columns) => nameList(columns.map(({ name }) => name));
  return {
    sql: `SELECT ${names(contract.columns)}\nFROM ${quoteTable(databaseOf(study.name, layer), table)}${condition}\nORDER BY ${names(key.length > 0 ? key : contract.columns)}`,
    parameters,
  };
}
