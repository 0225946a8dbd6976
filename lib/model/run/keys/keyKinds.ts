/**
 * Which keys of a source's records are kept for the runs that follow: the identity of the event, the primary key, and the
 * columns by which tables further on find what a record changes. And the partition of silver that each record is in.
 */
import type { Column, Contract } from '../../contract/contract.ts';
import { type Cut, cutOf, parseTransform } from '../../contract/partitioning.ts';
import type { Model, Study } from '../../study/study.ts';
import { entityCut, namesOfEntity } from '../entities.ts';
import { hashBytes, keyHash } from './keyHash.ts';
import { anyPeriod, type KeyCollector, type Period } from './keySegment.ts';

export const eventKind = (table: string): string => `${table}@event`;
export const primaryKind = (table: string): string => `${table}@key`;
export const columnsKind = (table: string, columns: readonly string[]): string =>
  `${table}.${columns.join('+')}`;

interface Kind {
  readonly kind: string;
  /** The payload's members in the key's order; each gives its value as text, equal values alike. */
  readonly members: readonly ((data: KeyedRecord['data']) => string | undefined)[];
}

/** How a source's records are indexed. */
export interface SourceKeys {
  /** Silver's table; the kinds are named by it. */
  readonly table: string;
  readonly periodOf: (record: KeyedRecord) => Period;
  readonly kinds: readonly Kind[];
}

export interface KeyedRecord {
  readonly eventSource: string;
  readonly eventId: string;
  /** ISO 8601; absent = the arrival counts. */
  readonly eventTime?: string | undefined;
  /** ISO 8601. */
  readonly arrivedAt: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The part of a study that indexing needs. */
export type IndexedStudy = Pick<Study, 'sources' | 'models'>;

/** Column of a derived silver table → the payload's member that it is cast from. */
export const memberOf = (source: Contract, table: Contract, column: string): Column | undefined =>
  source.columns[table.columns.findIndex(({ name }) => name === column)];

/** Reads a member as text. Instants are compared in milliseconds, because silver's are cut to them and may be written in many ways. */
function textReader({ name, logicalType }: Column): Kind['members'][number] {
  return (data) => {
    const value = data[name];
    if (value === undefined || value === null) return undefined;
    return logicalType === 'timestamp' ? String(instantOf(String(value))) : String(value);
  };
}

const hasZone = /(?:Z|[+-]\d\d:\d\d)$/;

/** Milliseconds since the epoch; without a zone the text is in UTC. */
const instantOf = (text: string): number => Date.parse(hasZone.test(text) ? text : `${text}Z`);

/** The silver table of a source, if it is derived: only then is each column known to be a member of the payload. */
const derivedTable = ({ models }: Pick<Study, 'models'>, source: string): Model | undefined =>
  models.find(({ derivedFrom }) => derivedFrom === source);

/** Column lists by which tables are joined to the silver table `name`, or it to them, or by which it names entities. */
function joinedBy({ models }: Pick<Study, 'models'>, name: string): string[][] {
  const lists = models.flatMap(({ contract }) => {
    const { incremental } = contract;
    if (entityCut(contract))
      return namesOfEntity(contract).flatMap(({ table, columns }) => (table === name ? [[...columns]] : []));
    if (!incremental) return [];
    const { from, by, with: joins } = incremental;
    return [
      ...(from === name && by ? [[...by]] : []),
      ...joins.flatMap(({ table, on, to }) => [
        ...(table === name ? [on.map(([own]) => own)] : []),
        ...(to === name ? [on.map(([, other]) => other)] : []),
      ]),
    ];
  });
  return [...new Map(lists.map((columns) => [columns.join('+'), columns])).values()];
}

/** Source → its keys. A source whose silver table is written by hand keeps the identity of its events only. */
export function sourceKeys(study: IndexedStudy): Map<string, SourceKeys> {
  return new Map(
    study.sources.map((source) => {
      const table = derivedTable(study, source.name);
      if (!table) return [source.name, { table: source.name, periodOf: () => anyPeriod, kinds: [] }];
      const members = (columns: readonly string[]) =>
        columns.flatMap((column) => {
          const member = memberOf(source, table.contract, column);
          return member ? [textReader(member)] : [];
        });
      const { primaryKey } = table.contract;
      return [
        source.name,
        {
          table: table.name,
          periodOf: periodReader(source, table.contract),
          kinds: [
            ...(primaryKey.length > 0
              ? [{ kind: primaryKind(table.name), members: members(primaryKey) }]
              : []),
            ...joinedBy(study, table.name).map((columns) => ({
              kind: columnsKind(table.name, columns),
              members: members(columns),
            })),
          ],
        },
      ];
    }),
  );
}

/** Tells two layouts of keys apart: a hash's bytes, which keys are kept of which source, and the partitions that they are in. */
export const keyLayout = (study: IndexedStudy): string =>
  JSON.stringify([
    hashBytes,
    ...[...sourceKeys(study)].map(([source, { table, kinds }]) => [
      source,
      table,
      kinds.map(({ kind }) => kind),
      derivedTable(study, source)?.contract.partitioning ?? null,
    ]),
  ]);

/** Adds the keys of one valid record. A key with a missing value joins nothing, and is left out. */
export function addKeys(keys: SourceKeys, record: KeyedRecord, collector: KeyCollector): void {
  const period = keys.periodOf(record);
  collector.add(eventKind(keys.table), period, keyHash([record.eventSource, record.eventId]));
  for (const { kind, members } of keys.kinds) {
    const values = members.flatMap((read) => read(record.data) ?? []);
    if (values.length === members.length) collector.add(kind, period, keyHash(values));
  }
}

/** Characters of an ISO instant that tell its partition, and what completes them to the partition's first instant. */
const units: Readonly<Record<Cut['unit'], readonly [length: number, complete: (prefix: string) => string]>> =
  {
    year: [4, (prefix) => `${prefix}-01-01`],
    month: [7, (prefix) => `${prefix}-01`],
    day: [10, (prefix) => prefix],
    hour: [13, (prefix) => `${prefix.replace('T', ' ')}:00:00`],
  };

function periodReader(source: Contract, table: Contract): SourceKeys['periodOf'] {
  if ((table.partitioning ?? []).every((text) => parseTransform(text).name === 'bucket')) return () => '';
  const cut = cutOf(table);
  const read = cut && valueReader(source, table, cut.column);
  if (!cut || !read) return () => anyPeriod;
  const [length, complete] = units[cut.unit];
  return (record) => {
    const text = read(record);
    return text === undefined ? null : complete(inUtc(text).slice(0, length));
  };
}

function valueReader(
  source: Contract,
  table: Contract,
  column: string,
): ((record: KeyedRecord) => string | undefined) | undefined {
  if (column === '_arrived_at') return ({ arrivedAt }) => arrivedAt;
  if (column === '_event_time') return ({ eventTime, arrivedAt }) => eventTime ?? arrivedAt;
  const member = memberOf(source, table, column);
  if (!member) return undefined;
  return ({ data }) => {
    const value = data[member.name];
    return value === undefined || value === null ? undefined : String(value);
  };
}

/** The day or instant, which contracts have checked, in UTC. */
const inUtc = (text: string): string =>
  text.endsWith('Z') || !hasZone.test(text) ? text : new Date(instantOf(text)).toISOString();
