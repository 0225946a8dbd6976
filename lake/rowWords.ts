/** Names a published row in words: by its key where that can be read, with the values that a record added to. Pure. */

import { isSelect, type Query, readSelects } from '../lib/model/sql/select.ts';
import { type LineageColumn, reached } from '../lib/model/study/lineage.ts';
import type { Model } from '../lib/model/study/study.ts';
import type { Layer } from './trace.ts';

/** A digest, and the id of a file's row. */
const DIGEST = /^[0-9a-f]{16,}(:\d+)?$/;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A value as it is written in a sentence: a month's first day by the month's name, a timestamp without zeros at its end. */
export function valueWords(column: string, value: string): string {
  const day = /^(\d{4})-(\d\d)-01$/.exec(value);
  if (day && /(^|_)month$/.test(column)) return `${MONTHS[Number(day[2]) - 1]} ${day[1]}`;
  return value.replace(
    /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(\d*?)0*$/,
    (_all, time: string, digits: string) => (digits ? `${time}.${digits}` : time),
  );
}

/** A number as it is stored, with separators of thousands; another text as it is. */
export const separated = (value: string): string =>
  value.replace(
    /^(-?)(\d+)(\.\d+)?$/,
    (_all, sign: string, whole: string, rest = '') =>
      `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${rest}`,
  );

type Row = Layer['rows'][number];

/** The row's key; of a key that is a digest, the first columns that say something. */
export function rowLabel({ contract }: Pick<Model, 'contract'>, { columns }: Layer, row: Row): string {
  const cell = (name: string) => row[columns.indexOf(name)] ?? '';
  const isReadable = (name: string) =>
    cell(name) !== '' && name !== 'event_source' && !DIGEST.test(cell(name));
  const key = contract.primaryKey.filter(isReadable);
  const others = columns.filter((name) => !name.startsWith('_') && isReadable(name));
  return (key.length > 0 ? key : others.slice(0, 3)).map((name) => valueWords(name, cell(name))).join(', ');
}

const NUMBER = /^(decimal|double|bigint|int|integer|real|float)/;
/** Columns that only look like quantities. */
const NAMED = /(^|_)(id|key|number|year)$/;

/** Columns of numbers that the source's columns go into, or that count: those computed first, money before counts. */
export function measuresOf(
  { contract, layer, table }: Pick<Model, 'contract' | 'layer' | 'table'>,
  lineage: ReadonlyMap<string, LineageColumn>,
  source: string,
): string[] {
  const weightOf = (name: string, type: string) => {
    const id = `${layer}.${table}.${name}`;
    const column = lineage.get(id);
    if (!column) return 0;
    const isOwn = [...reached(lineage, id, 'upstream')].some((one) => one.startsWith(`sources.${source}.`));
    const isCount = /^count\(/i.test(column.expression ?? '');
    if (!isOwn && !isCount) return 0;
    const isTotal = /^sum\(/i.test(column.expression ?? '');
    const isComputed = column.from.length > 1 || isTotal;
    return 1 + (type.startsWith('decimal') ? 2 : 0) + (isComputed ? 2 : 0) + (isTotal ? 1 : 0);
  };
  return contract.columns
    .filter(({ name, type }) => NUMBER.test(type) && !NAMED.test(name) && !contract.primaryKey.includes(name))
    .map(({ name, type }) => ({ name, weight: weightOf(name, type) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ name }) => name);
}

/** Columns of the source that a column of a table is made from. */
export const sourceColumns = (
  lineage: ReadonlyMap<string, LineageColumn>,
  source: string,
  ids: readonly string[],
): string[] => {
  const prefix = `sources.${source}.`;
  const found = ids.flatMap((id) => (lineage.has(id) ? [...reached(lineage, id, 'upstream')] : []));
  return [...new Set(found.flatMap((id) => (id.startsWith(prefix) ? [id.slice(prefix.length)] : [])))];
};

/** Whether the model's rows are groups: its last SELECT groups, or what that reads first does. */
export function isGrouped({ sql }: Pick<Model, 'sql'>): boolean {
  const groups = ({ ctes, selects }: Query): boolean => {
    const part = selects.at(-1)!;
    if (!isSelect(part)) return groups(part);
    if (part.grouped) return true;
    const [first] = part.relations;
    if (first?.query) return groups(first.query);
    const at = first?.database === undefined ? ctes.findIndex(({ name }) => name === first?.table) : -1;
    return at >= 0 && groups({ ...ctes[at]!.query, ctes: [...ctes.slice(0, at), ...ctes[at]!.query.ctes] });
  };
  return groups(readSelects(sql));
}
