/** TypeScript types of a study's sources and tables, derived from the contracts. */

import type { Column, Contract } from './contract.ts';
import type { Study } from './study.ts';
import { type AthenaType, parseType } from './types.ts';

const pascal = (name: string) =>
  name
    .split('_')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('');

/** A TypeScript literal; texts in the single quotes that the project's formatter keeps. */
const literal = (value: unknown) =>
  typeof value === 'string'
    ? `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
    : JSON.stringify(value);

const member = (name: string) => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name));

/** A payload's value: JSON as it is sent. */
function payloadType(column: Column, indent: string): string {
  if (column.enum) return column.enum.map(literal).join(' | ');
  switch (column.logicalType) {
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return column.properties
        ? members(column.properties, `${indent}  `, indent)
        : 'Record<string, unknown>';
    case 'array':
      return column.items ? `(${payloadType(column.items, indent)})[]` : 'unknown[]';
    default:
      return 'string';
  }
}

function members(columns: readonly Column[], indent: string, outer: string): string {
  const lines = columns.map((column) => {
    const doc = column.description ? `${indent}/** ${column.description.replaceAll('*/', '* /')} */\n` : '';
    const type = payloadType(column, indent);
    return column.required
      ? `${doc}${indent}readonly ${member(column.name)}: ${type};`
      : `${doc}${indent}readonly ${member(column.name)}?: ${type} | null;`;
  });
  return `{\n${lines.join('\n')}\n${outer}}`;
}

/**
 * A row's value as Athena's result gives it in JSON: whole numbers beyond 2^53 and decimals are text, because a double
 * would lose their digits.
 */
function rowType(type: AthenaType): string {
  switch (type.kind) {
    case 'array':
      return `(${rowType(type.element)})[]`;
    case 'map':
      return `Record<string, ${rowType(type.value)}>`;
    case 'struct':
      return `{ ${type.fields.map((field) => `${field.name}: ${rowType(field.type)}`).join('; ')} }`;
    case 'scalar':
      if (type.name === 'boolean') return 'boolean';
      return ['tinyint', 'smallint', 'int', 'float', 'double'].includes(type.name) ? 'number' : 'string';
  }
}

function rowInterface(contract: Contract): string {
  const lines = contract.columns.map(
    (column) =>
      `  /** ${column.description.replaceAll('*/', '* /')} (${column.type}) */\n` +
      `  readonly ${column.name}: ${rowType(parseType(column.type))}${column.required ? '' : ' | null'};`,
  );
  return `/** ${contract.grain} */\nexport interface ${pascal(contract.layer)}${pascal(contract.name)} {\n${lines.join('\n')}\n}\n`;
}

/** One module: a payload interface per source, a row interface per table. */
export function typesOf(study: Study): string {
  const payloads = study.sources.map(
    (contract) =>
      `/** ${contract.grain} */\nexport interface ${pascal(contract.name)}Payload ${members(contract.columns, '  ', '')}\n`,
  );
  const rows = study.models.map((model) => rowInterface(model.contract));
  return [
    `/** Types of the study ${study.name}, derived from its contracts. */\n`,
    ...payloads,
    ...rows,
  ].join('\n');
}
