/** Turns a source's contract into a function that judges one payload, compiled once by ajv and fast ever after. */

import { Ajv, type ErrorObject } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { Column, Contract } from './contract.ts';
import { isDate, isTimestamp } from './instant.ts';

export type Verdict =
  | { readonly valid: true }
  | {
      readonly valid: false;
      /** The JSON Schema keyword that broke: `required`, `type`, `pattern`, `minimum`, `enum`, `format`, … */
      readonly rule: string;
      /** JSON pointer (RFC 6901) into the payload. */
      readonly path: string;
      readonly message: string;
    };

export type Validator = (data: unknown) => Verdict;

const accepted: Verdict = { valid: true };

type Schema = Record<string, unknown>;

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The range of Athena's integer types; a payload outside of it could not be cast. */
const integerRanges: Readonly<Record<string, readonly [number, number]>> = {
  tinyint: [-(2 ** 7), 2 ** 7 - 1],
  smallint: [-(2 ** 15), 2 ** 15 - 1],
  int: [-(2 ** 31), 2 ** 31 - 1],
  // As doubles, 2^63 - 1 and 2^63 are the same number.
  bigint: [-(2 ** 63), 2 ** 63],
};

const jsonTypes: Readonly<Record<string, string>> = { date: 'string', timestamp: 'string' };

/** The JSON Schema of one column's value. */
export function columnSchema(column: Column): Schema {
  const type = jsonTypes[column.logicalType] ?? column.logicalType;
  const schema: Schema = { type: column.required ? type : [type, 'null'] };
  const { format, ...options } = column.options;
  if (column.logicalType === 'date' || column.logicalType === 'timestamp') {
    schema.format = column.logicalType === 'date' ? 'iso-date' : 'iso-timestamp';
    for (const [name, bound] of Object.entries(options))
      schema[
        name
          .replace(/^minimum/, 'formatMinimum')
          .replace(/^maximum/, 'formatMaximum')
          .replace(/^exclusiveM/, 'formatExclusiveM')
      ] = String(bound);
  } else {
    Object.assign(schema, options);
    if (column.logicalType === 'string' && typeof format === 'string') schema.format = format;
    const range = column.logicalType === 'integer' ? integerRanges[column.type] : undefined;
    if (range) {
      schema.minimum ??= range[0];
      schema.maximum ??= range[1];
    }
  }
  if (column.enum) schema.enum = column.required ? column.enum : [...column.enum, null];
  if (column.properties) Object.assign(schema, memberSchemas(column.properties));
  if (column.items) schema.items = columnSchema({ ...column.items, required: true });
  return schema;
}

/** Members that a contract does not name pass: drift is kept in bronze, never refused for being new. */
const memberSchemas = (columns: readonly Column[]): Schema => ({
  properties: Object.fromEntries(columns.map((column) => [column.name, columnSchema(column)])),
  required: columns.filter((column) => column.required).map((column) => column.name),
});

/** JSON Schema (draft 2020-12 vocabulary) of a source's payload. */
export const payloadSchema = (contract: Contract): Schema => ({
  type: 'object',
  ...memberSchemas(contract.columns),
});

/**
 * Compiles a contract. The verdict names the first rule broken: a missing member first, then members in the
 * contract's order.
 * @throws Error (ajv) when the contract holds a pattern or format that does not compile.
 */
export function compileValidator(contract: Contract): Validator {
  const ajv = new Ajv({ strict: true, strictTypes: false, multipleOfPrecision: 9, verbose: true });
  ajvFormats.default(ajv, { keywords: true });
  ajv.addFormat('iso-date', { type: 'string', validate: isDate, compare: compareText });
  ajv.addFormat('iso-timestamp', { type: 'string', validate: isTimestamp, compare: compareInstants });
  const check = ajv.compile(payloadSchema(contract));
  return (data) => {
    if (check(data)) return accepted;
    return explain(check.errors?.[0] as ErrorObject);
  };
}

const compareInstants = (a: string, b: string) => Date.parse(utc(a)) - Date.parse(utc(b));
const utc = (text: string) => (/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);

const shown = (value: unknown) => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

function explain(error: ErrorObject): Verdict {
  const rule = error.keyword.replace(/^formatExclusiveM/, 'exclusiveM').replace(/^formatM/, 'm');
  if (error.keyword === 'required') {
    const missing = String(error.params.missingProperty);
    const path = `${error.instancePath}/${missing.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return { valid: false, rule, path, message: `${path} is missing` };
  }
  const allowed =
    error.keyword === 'enum'
      ? `must be one of ${shown(error.params.allowedValues)}`
      : (error.message ?? `breaks ${rule}`);
  const path = error.instancePath;
  return { valid: false, rule, path, message: `${path || 'data'} is ${shown(error.data)}; it ${allowed}` };
}
