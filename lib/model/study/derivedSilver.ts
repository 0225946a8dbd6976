/**
 * The silver table of a source, derived from the source's contract: its columns with their types, the lineage of each row,
 * and the rules that are not judged on arrival. A study writes a silver file only to add to this, or to replace it.
 */

import type { Column, Contract } from '../contract/contract.ts';
import { isJudgedOnArrival } from '../contract/contractFacts.ts';
import { partitioningProblems } from '../contract/partitioning.ts';
import type { Problem } from '../contract/problem.ts';
import { unfitRule } from '../contract/rules.ts';
import { databaseOf } from '../layout.ts';
import { ORDER_COLUMN } from '../run/statements/names.ts';
import { quoteText } from '../sql/write.ts';
import { instantSql, tableType, textSql, valueSql } from './payloadSql.ts';

/** Columns by which a row of silver knows its record, in the order in which a derived table has them. */
const lineage: readonly { name: string; type: string; sql: string; description: string }[] = [
  { name: '_stream', type: 'string', sql: 'stream', description: 'Stream that the record arrived by.' },
  { name: '_shard', type: 'string', sql: 'shard', description: 'Shard of that stream.' },
  {
    name: '_sequence_number',
    type: 'string',
    sql: 'sequence_number',
    description: 'Sequence number in that shard.',
  },
  {
    name: '_event_source',
    type: 'string',
    sql: 'event_source',
    description: 'CloudEvents source: with the event id, the identity of the event.',
  },
  { name: '_event_id', type: 'string', sql: 'event_id', description: 'CloudEvents id.' },
  {
    name: '_event_time',
    type: 'timestamp',
    sql: 'coalesce(event_time, arrived_at)',
    description: 'When it happened, UTC; the arrival time when the sender gave none.',
  },
  { name: '_arrived_at', type: 'timestamp', sql: 'arrived_at', description: 'When the record arrived, UTC.' },
  { name: '_run_id', type: 'string', sql: "'{run_id}'", description: 'Run that brought the row in.' },
];

/** `customerId` → `customer_id`: a payload's member may have any name, a column's is lower case. */
export const columnName = (member: string): string =>
  member
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9_]+/g, '_')
    .toLowerCase();

const columnOf = ({ name, type, logicalType, required, primaryKey, description }: Column): Column => ({
  name: columnName(name),
  logicalType,
  type: tableType(type),
  required,
  primaryKey,
  description,
  options: {},
});

const lineageColumn = ({ name, type, description }: (typeof lineage)[number]): Column => ({
  name,
  logicalType: type === 'timestamp' ? 'timestamp' : 'string',
  type,
  required: true,
  primaryKey: false,
  description,
  options: {},
});

/** Digits of the largest bigint, and more than any sequence number has. */
const BIGINT_DIGITS = 19;
const SEQUENCE_DIGITS = 60;

/**
 * Sorts the rows of one instant as text: by the columns that the source declares as its order, a missing one first, then
 * as they arrived. Absent where the source declares no order.
 */
function orderColumn(
  { order, columns }: Contract,
  cast: 'cast' | 'try_cast' = 'cast',
): DerivedColumn | undefined {
  if (!order) return undefined;
  const parts = order.map((name) => {
    const column = columns.find((one) => one.name === name)!;
    const text = `cast(${valueSql(column, cast)} as varchar)`;
    return `coalesce(${column.logicalType === 'integer' ? `lpad(${text}, ${BIGINT_DIGITS}, '0')` : text}, '')`;
  });
  // An arrival time is text of one length, so that it sorts as time does.
  const arrival = ['arrived_at', 'shard', `lpad(sequence_number, ${SEQUENCE_DIGITS}, '0')`];
  return { name: ORDER_COLUMN, sql: `concat_ws('/', ${[...parts, ...arrival].join(', ')})` };
}

const orderContract: Column = {
  name: ORDER_COLUMN,
  logicalType: 'string',
  type: 'string',
  required: true,
  primaryKey: false,
  description: "Sorts rows of one instant: by the source's declared order, then as they arrived.",
  options: {},
};

/** The contract of a source's derived silver table. Problems in it are the source's. */
export function derivedContract(source: Contract): Contract {
  return {
    study: source.study,
    name: source.name,
    kind: 'table',
    layer: 'silver',
    file: source.file,
    version: source.version,
    grain: source.grain,
    purpose: source.purpose,
    limitations: source.limitations,
    columns: [
      ...source.columns.map(columnOf),
      ...(source.order ? [orderContract] : []),
      ...lineage.map(lineageColumn),
    ],
    primaryKey: source.primaryKey.map(columnName),
    quality: source.quality
      .filter((rule) => !isJudgedOnArrival(rule))
      .map((rule) => (rule.column ? { ...rule, column: columnName(rule.column) } : rule)),
    freshness: source.freshness,
    accountsFor: [source.name],
    materialization: 'append',
    ...(source.partitioning && { partitioning: source.partitioning }),
    ...(source.engine && { engine: source.engine }),
    settings: {},
  };
}

/** A column and its expression over a line of bronze. */
export interface DerivedColumn {
  readonly name: string;
  readonly sql: string;
}

/** Columns that a source's payload gives, and by which its rows of one instant are sorted. */
export function payloadColumns(source: Contract, cast: 'cast' | 'try_cast' = 'cast'): DerivedColumn[] {
  const order = orderColumn(source, cast);
  return [
    ...source.columns.map((column) => ({ name: columnName(column.name), sql: valueSql(column, cast) })),
    ...(order ? [order] : []),
  ];
}

/**
 * The rule of the first member that its column does not take, else null: a source whose contract changed has records that
 * were judged by the contract before.
 */
export function unfitSql({ columns }: Pick<Contract, 'columns'>): string {
  const cases = columns.map(
    (column) =>
      `when ${textSql(column)} is not null and ${valueSql(column, 'try_cast')} is null then ${quoteText(unfitRule(columnName(column.name)))}`,
  );
  return `case ${cases.join(' ')} end`;
}

/** Columns that every line gives, whatever its source. */
export const lineageSql: readonly DerivedColumn[] = lineage.map(({ name, type, sql }) => ({
  name,
  sql: type === 'timestamp' ? instantSql(sql) : sql,
}));

/** The derived table's SELECT over bronze, in Athena's dialect. */
export function derivedSql(source: Contract): string {
  const columns = [...payloadColumns(source), ...lineageSql].map(({ name, sql }) => `${sql} as ${name}`);
  return [
    'select',
    columns.map((column) => `  ${column}`).join(',\n'),
    `from ${databaseOf(source.study, 'bronze')}.records`,
    `where source = ${quoteText(source.name)} and verdict = 'valid'`,
  ].join('\n');
}

/** A silver table that has the derived columns and more, each by an expression over those. */
export function extendedContract(derived: Contract, added: Contract): Contract {
  return {
    ...derived,
    file: added.file,
    version: added.version,
    grain: added.grain,
    purpose: added.purpose,
    limitations: added.limitations ?? derived.limitations,
    columns: [...derived.columns, ...added.columns],
    primaryKey: added.primaryKey.length > 0 ? added.primaryKey : derived.primaryKey,
    quality: [...derived.quality, ...added.quality],
    freshness: added.freshness ?? derived.freshness,
    ...(added.partitioning && { partitioning: added.partitioning }),
  };
}

/** The SELECT of an extended table. */
export function extendedSql(source: Contract, added: readonly Column[]): string {
  const columns = [
    ...derivedContract(source).columns.map(({ name }) => name),
    ...added.map(({ name, transformLogic }) => `${transformLogic} as ${name}`),
  ];
  return [
    'with derived as (',
    derivedSql(source).replace(/^/gm, '  '),
    ')',
    '',
    'select',
    columns.map((column) => `  ${column}`).join(',\n'),
    'from derived',
  ].join('\n');
}

const here = (file: string, message: string): Problem => ({ file, line: 1, column: 1, message });

/** What keeps a silver file without SQL from adding to a derived table. */
export function wrongAddition(addition: Contract, sources: readonly Contract[]): Problem[] {
  const { file, name } = addition;
  if (addition.extends !== name || !sources.some((source) => source.name === name))
    return [
      here(
        file,
        `has no SQL next to it: add ${name}.sql, or, to add columns to what is derived from a source, the property extends with that source's name, which is also the file's`,
      ),
    ];
  return [
    ...(addition.purpose ? [] : [here(file, 'adds to a derived table: say why in description.purpose')]),
    ...addition.columns
      .filter((column) => !column.transformLogic)
      .map((column) =>
        here(file, `column '${column.name}' is added to a derived table: give its SQL as transformLogic`),
      ),
  ];
}

/** What keeps a source from having a derived table, in words that name the source's file. */
export function derivationProblems(contract: Contract): Problem[] {
  const seen = new Set<string>();
  const doubled = contract.columns.filter(({ name }) => {
    const known = seen.has(name);
    seen.add(name);
    return known;
  });
  return [
    ...partitioningProblems(contract).map((problem) => here(contract.file, problem)),
    ...contract.columns
      .filter(({ name }) => !/^[a-z_][a-z0-9_]*$/.test(name))
      .map(({ name }) =>
        here(contract.file, `no column of silver can be named '${name}': write silver/${contract.name}.sql`),
      ),
    ...doubled.map(({ name }) =>
      here(
        contract.file,
        `two members would be silver's column '${name}': write silver/${contract.name}.sql`,
      ),
    ),
  ];
}
