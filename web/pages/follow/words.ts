/** How the way of a record is summed up, and how a choice is read. */
import { counted, decimal, duration, shortId, time } from '../../parts/text.ts';
import type { Cell, CellOrigin, FollowedRecord } from './contract.ts';

const CELL = /^(?:[a-z0-9_]+\.)??([a-z0-9_]+)[.,\s]\s*([a-z0-9_]+)[,\s]\s*(.*=.*)$/i;

/** `[zone.]table.column key=value, key=value`; undefined for what is not a cell. */
export function readCell(text: string): Omit<Cell, 'zone'> | undefined {
  const [, table, column, keys] = CELL.exec(text.trim()) ?? [];
  if (table === undefined || column === undefined || keys === undefined) return undefined;
  // A value ends before the next `, name=`: it may hold commas and spaces itself.
  const parts = keys.split(/,\s*(?=[a-z0-9_]+=)/i).map((part) => part.split(/=(.*)/s));
  if (parts.some(([name, value]) => !/^[a-z0-9_]+$/i.test(name!.trim()) || value === undefined))
    return undefined;
  return {
    table,
    column,
    key: Object.fromEntries(parts.map(([name, value]) => [name!.trim(), value!.trim()])),
  };
}

/** As `readCell` reads it. */
export const cellText = ({ table, column, key }: Omit<Cell, 'zone'>): string =>
  `${table}.${column} ${Object.entries(key)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')}`;

const between = (from: string, to: string) => Date.parse(to) - Date.parse(from);

/** The finding: how long it took, or where it ended. */
export function titleOf({ copy, times, record, hops }: FollowedRecord): string {
  const from = record.stream === 'landing' ? 'file' : 'shard';
  switch (copy.fate) {
    case 'kept':
      return times.goldAt
        ? `From the ${from} to gold in ${duration(between(times.arrivedAt, times.goldAt))}`
        : hops.some(({ layer }) => layer === 'gold')
          ? `From the ${from} to gold`
          : `From the ${from} to silver: nothing in gold is made from it`;
    case 'refused':
      return copy.of ? `Refused by the rule ${copy.of}` : 'Refused';
    case 'duplicate':
      return 'A duplicate: another record with its id was kept';
    case 'redelivered':
      return 'The same record, delivered again';
    case 'waiting':
      if (hops.at(-1)?.end === 'refused') return 'In bronze, its row refused';
      return times.runStartedAt ? 'In bronze: no table of silver holds it' : 'In bronze, waiting for a run';
  }
}

/** Which record it is, and how much of its time it waited. */
export function leadOf({ eventId, source, times, record }: FollowedRecord): string {
  const { arrivedAt, writtenAt, runStartedAt, goldAt } = times;
  const name = eventId === undefined ? 'A record whose id cannot be read' : `Event ${shortId(eventId, 14)}`;
  const of = source === undefined ? '' : ` of ${source}`;
  const begin = `${name}${of} arrived at ${time(arrivedAt)} on ${arrivedAt.slice(0, 10)}.`;
  if (!writtenAt) return begin;
  const batch = between(arrivedAt, writtenAt);
  const batchWords =
    record.stream === 'landing'
      ? `Its file was read in ${duration(batch)}`
      : `It waited ${duration(batch)} for its batch to be written`;
  if (!runStartedAt) return `${begin} ${batchWords}.`;
  const run = between(writtenAt, runStartedAt);
  const runWords = run < 0 ? '' : `, then ${duration(run)} for the run to begin`;
  const made = goldAt ? `; the run needed ${duration(between(runStartedAt, goldAt))} to publish it` : '';
  return `${begin} ${batchWords}${runWords}${made}.`;
}

/** The finding of a cell: `7,384.79 is made from 169 records`. */
export const cellTitle = ({ value, records }: CellOrigin): string =>
  `${value === null || value === undefined ? 'NULL' : decimal(value)} is made from ${counted(records.length, 'record')}`;

const AGGREGATES: Readonly<Record<string, string>> = {
  sum: 'sum',
  avg: 'average',
  min: 'smallest',
  max: 'largest',
  count: 'count',
};

/** `is the sum over 85 rows of fact_sales, which come from 169 records` */
export function originWords({ expression = '', behind, records }: CellOrigin): string {
  const kind = AGGREGATES[/^(\w+)\s*\(/.exec(expression)?.[1]?.toLowerCase() ?? ''];
  const from = counted(records.length, 'record');
  if (!behind || behind.total === 0) return `is made from ${from}`;
  const rows = `${counted(behind.total, 'row')} of ${behind.table}`;
  const come = behind.total === 1 ? 'which comes' : 'which come';
  return `is ${kind ? `the ${kind} over` : 'made from'} ${rows}, ${come} from ${from}`;
}

/** Dollars of a million, to the millionth. */
export const price = (value: number): string => value.toFixed(6);
