/**
 * Iceberg partition transforms as contracts declare them, and the value by which a statement is cut into pieces: one
 * statement may write to at most 100 partitions
 * (https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html; Iceberg's writer has the same limit).
 */

import type { Contract } from './contract.ts';
import { quoteDdlName, quoteName } from './sql/write.ts';

export interface Transform {
  readonly name: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate';
  readonly column: string;
  /** Of bucket and truncate. */
  readonly argument?: number;
}

/** Partitions that one statement may touch; ten less than the limit, for rows that arrive in between. */
export const partitionsAStatement = 90;

/**
 * Reads `month(order_date)`, `bucket(16, customer_id)`, `country`.
 * @throws RangeError naming what is allowed.
 */
export function parseTransform(text: string): Transform {
  const match =
    /^\s*(?:(year|month|day|hour)\s*\(\s*(\w+)\s*\)|(bucket|truncate)\s*\(\s*(\d+)\s*,\s*(\w+)\s*\)|(\w+))\s*$/.exec(
      text,
    );
  if (!match)
    throw new RangeError(
      `unknown partition transform '${text}'; allowed: column, year(column), month(column), day(column), hour(column), bucket(n, column), truncate(n, column)`,
    );
  const [, unit, unitColumn, sized, size, sizedColumn, column] = match;
  if (unit) return { name: unit as Transform['name'], column: unitColumn as string };
  if (sized)
    return { name: sized as Transform['name'], column: sizedColumn as string, argument: Number(size) };
  return { name: 'identity', column: column as string };
}

/** The transform as DDL writes it. */
export function transformDdl(transform: Transform): string {
  const column = quoteDdlName(transform.column);
  if (transform.name === 'identity') return column;
  return transform.argument === undefined
    ? `${transform.name}(${column})`
    : `${transform.name}(${transform.argument}, ${column})`;
}

/** How a table's rows are cut by partition. */
export interface PartitionValue {
  /** SQL of the value, its column behind `qualifier`. */
  readonly expression: (qualifier: string) => string;
  /** Type of the value, as the column's. */
  readonly type: string;
  /** Values that one statement may take. */
  readonly perStatement: number;
}

/**
 * The value that tells a table's partitions apart; undefined when there are so few (none, or buckets alone) that every
 * statement may touch them all.
 */
export function partitionValue(contract: Contract): PartitionValue | undefined {
  const transforms = (contract.partitioning ?? []).map(parseTransform);
  const buckets = transforms
    .filter((transform) => transform.name === 'bucket')
    .reduce((product, transform) => product * (transform.argument ?? 1), 1);
  const perStatement = Math.max(1, Math.floor(partitionsAStatement / buckets));
  const typeOf = (name: string) => contract.columns.find((column) => column.name === name)?.type ?? 'string';
  const declared = contract.partitionColumn;
  if (declared)
    return {
      expression: (qualifier) => `${qualifier}.${quoteName(declared)}`,
      type: typeOf(declared),
      perStatement,
    };
  const transform = transforms.find(({ name }) => name !== 'bucket');
  if (!transform) return undefined;
  const column = (qualifier: string) => `${qualifier}.${quoteName(transform.column)}`;
  const type = typeOf(transform.column);
  switch (transform.name) {
    case 'truncate':
      return {
        expression: (qualifier) => `substr(${column(qualifier)}, 1, ${transform.argument})`,
        type,
        perStatement,
      };
    case 'identity':
      return { expression: column, type, perStatement };
    default:
      return {
        expression: (qualifier) => `date_trunc('${transform.name}', ${column(qualifier)})`,
        type,
        perStatement,
      };
  }
}

/** What is wrong with a contract's partitioning, in words. */
export function partitioningProblems(contract: Contract): string[] {
  const problems: string[] = [];
  const columns = new Map(contract.columns.map((column) => [column.name, column.type]));
  const transforms: Transform[] = [];
  for (const text of contract.partitioning ?? []) {
    try {
      transforms.push(parseTransform(text));
    } catch (error) {
      problems.push((error as RangeError).message);
    }
  }
  for (const transform of transforms) {
    const type = columns.get(transform.column);
    if (type === undefined)
      problems.push(`partitioning names '${transform.column}', which is no column here`);
    else if (['year', 'month', 'day', 'hour'].includes(transform.name) && !/^(date|timestamp)$/.test(type))
      problems.push(`${transform.name}(${transform.column}) needs a date or timestamp, not ${type}`);
    else if (transform.name === 'truncate' && type !== 'string')
      problems.push(`truncate(${transform.argument}, ${transform.column}) needs a string, not ${type}`);
  }
  if (!contract.partitionColumn && transforms.filter(({ name }) => name !== 'bucket').length > 1)
    problems.push('with several partition transforms, declare partitionColumn: one value per partition');
  return problems;
}
