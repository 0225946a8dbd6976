/**
 * Iceberg partition transforms as contracts declare them, and the value by which a statement is cut into pieces: one
 * statement may write to at most 100 partitions
 * (https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html; Iceberg's writer has the same limit).
 */
import { quoteDdlName, quoteName } from '../sql/write.ts';
import type { Contract } from './contract.ts';

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
 * The value that tells a table's partitions apart; undefined when there are so few (none, or only buckets) that every
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

/** The column and the span of time that tell a table's partitions apart. */
export interface Cut {
  readonly column: string;
  readonly type: 'date' | 'timestamp';
  readonly unit: 'year' | 'month' | 'day' | 'hour';
}

const isUnit = (name: string): name is Cut['unit'] => ['year', 'month', 'day', 'hour'].includes(name);

/** How a table is cut by time; undefined when it is not, or by something else too. */
export function cutOf({
  partitioning = [],
  columns,
}: Pick<Contract, 'partitioning' | 'columns'>): Cut | undefined {
  const transforms = partitioning.map(parseTransform).filter(({ name }) => name !== 'bucket');
  const [transform] = transforms;
  if (transforms.length !== 1 || !transform || !isUnit(transform.name)) return undefined;
  const { name: unit, column } = transform;
  const type = columns.find(({ name }) => name === column)?.type;
  return type === 'date' || type === 'timestamp' ? { column, type, unit } : undefined;
}

/** The first instant after a partition that begins at this one: a day as `2024-12-01`, an hour as `2024-12-01 10:00:00`. */
function endOf(unit: Cut['unit'], start: string): string {
  const at = new Date(`${start.slice(0, 10)}T${start.slice(11, 19) || '00:00:00'}Z`);
  if (unit === 'year') at.setUTCFullYear(at.getUTCFullYear() + 1);
  else if (unit === 'month') at.setUTCMonth(at.getUTCMonth() + 1);
  else if (unit === 'day') at.setUTCDate(at.getUTCDate() + 1);
  else at.setUTCHours(at.getUTCHours() + 1);
  const iso = at.toISOString();
  return unit === 'hour' ? iso.slice(0, 19).replace('T', ' ') : iso.slice(0, 10);
}

/** A partition's first instant as `endOf` gives it: midnight may be given as the day. */
const startOf = (unit: Cut['unit'], text: string): string =>
  unit === 'hour' ? `${text.slice(0, 10)} ${text.slice(11, 19) || '00:00:00'}` : text.slice(0, 10);

/** The spans of time, from and to (exclusive), that partitions cover, given by their first instants; null covers none. */
export function spansOf(
  unit: Cut['unit'],
  partitions: readonly (string | null)[],
): (readonly [from: string, to: string])[] {
  const spans: [from: string, to: string][] = [];
  const starts = partitions.flatMap((one) => (one === null ? [] : startOf(unit, one)));
  for (const start of [...new Set(starts)].sort()) {
    const last = spans.at(-1);
    const end = endOf(unit, start);
    if (last?.[1] === start) last[1] = end;
    else spans.push([start, end]);
  }
  return spans;
}

/** More spans of time would make a statement longer than Athena takes: a back-fill may touch days all over decades. */
const mostSpans = 1_000;

/** Whether a statement can be bounded to these partitions. */
export const fitsStatement = ({ unit }: Cut, partitions: readonly (string | null)[]): boolean =>
  partitions.length <= mostSpans || spansOf(unit, partitions).length <= mostSpans;

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
      problems.push(`partitioning names '${transform.column}', which is not a column here`);
    else if (['year', 'month', 'day', 'hour'].includes(transform.name) && !/^(date|timestamp)$/.test(type))
      problems.push(`${transform.name}(${transform.column}) needs a date or timestamp, not ${type}`);
    else if (transform.name === 'truncate' && type !== 'string')
      problems.push(`truncate(${transform.argument}, ${transform.column}) needs a string, not ${type}`);
  }
  if (!contract.partitionColumn && transforms.filter(({ name }) => name !== 'bucket').length > 1)
    problems.push('with several partition transforms, declare partitionColumn: one value per partition');
  return problems;
}
