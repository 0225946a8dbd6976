/** TypeScript types of what a study's sources send, derived from their contracts, for code that makes such events. */

import type { Column } from '../contract/contract.ts';
import type { Study } from './study.ts';

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

/** One module: a type for each source's payload, and the source's name to it. */
export function payloadTypes(study: Pick<Study, 'name' | 'sources'>): string {
  const payloads = study.sources.map(
    (contract) =>
      `/** ${contract.grain} */\nexport type ${pascal(contract.name)}Payload = ${members(contract.columns, '  ', '')};\n`,
  );
  const names = study.sources.map(({ name }) => `  readonly ${member(name)}: ${pascal(name)}Payload;`);
  return [
    `/** Payloads of the study ${study.name}'s sources, derived from its contracts by \`npm run derive\`. */\n`,
    ...payloads,
    `/** Source → payload. */\nexport type Payloads = {\n${names.join('\n')}\n};\n`,
  ].join('\n');
}
