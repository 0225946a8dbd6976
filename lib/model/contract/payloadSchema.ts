/** The JSON Schema of a source's payload, which the validator compiles and OpenAPI publishes. */

import type { Column, Contract } from './contract.ts';
import { integerRanges } from './types.ts';

export type Schema = Record<string, unknown>;

const jsonTypes: Readonly<Record<string, string>> = { date: 'string', timestamp: 'string' };

/** The JSON Schema of one column's value. */
function columnSchema(column: Column): Schema {
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
      // As doubles, 2^63 - 1 and 2^63 are the same number: what fits exactly is asked afterwards.
      schema.minimum ??= Number(range[0]);
      schema.maximum ??= Number(range[1]);
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
