/** Athena's types that a payload's value can become, by the logical type that a source declares. */

import type { LogicalType } from './contract.ts';
import { type AthenaType, ddlType } from './types.ts';

/** Physical types that a payload's value can become, by its logical type; `json` stands for the JSON text. */
const physicalKinds: Readonly<Record<LogicalType, readonly string[]>> = {
  string: ['string', 'varchar', 'binary'],
  integer: ['tinyint', 'smallint', 'int', 'bigint', 'decimal'],
  number: ['decimal', 'float', 'double'],
  boolean: ['boolean'],
  date: ['date'],
  timestamp: ['timestamp'],
  object: ['struct', 'map', 'string'],
  array: ['array', 'string'],
};

/** Why a payload's value of the logical type cannot become the physical one; undefined when it can. */
export function payloadTypeProblem(logicalType: LogicalType, type: AthenaType): string | undefined {
  const kind = type.kind === 'scalar' ? type.name : type.kind;
  const allowed = physicalKinds[logicalType] ?? [];
  if (!allowed.includes(kind))
    return `a ${logicalType} cannot become ${ddlType(type)}; allowed: ${allowed.join(', ')}`;
  if (logicalType === 'integer' && type.kind === 'scalar' && (type.parameters[1] ?? 0) > 0)
    return `an integer cannot become ${ddlType(type)}: declare logicalType number, or a scale of 0`;
  return type.kind === 'scalar' ? undefined : insideProblem(type);
}

/** Athena casts JSON to these inside arrays, maps and structs (`Cannot cast json to array(date)`). */
const insideTypes = [
  'string',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'decimal',
  'float',
  'double',
  'boolean',
];

function insideProblem(type: AthenaType): string | undefined {
  switch (type.kind) {
    case 'array':
      return insideProblem(type.element);
    case 'map':
      return type.key.kind === 'scalar' && type.key.name === 'string'
        ? insideProblem(type.value)
        : `the keys of ${ddlType(type)} must be string, as the names of JSON's members are`;
    case 'struct':
      return type.fields.map((field) => insideProblem(field.type)).find(Boolean);
    case 'scalar':
      return insideTypes.includes(type.name)
        ? undefined
        : `${ddlType(type)} cannot be inside an array, map or struct of a source: Athena does not cast JSON to it; use string`;
  }
}
