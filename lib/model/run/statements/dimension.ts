/**
 * Tables of entities: the SELECT of a `history` or `latest` model gives one row per version that was delivered, and the rest
 * is generated here. A history has each version with the time in which it held; a latest table the newest one.
 *
 * The SELECT gives the entity's columns and the attributes, `valid_from` (since when the version holds; null = since its
 * delivery, and for the first one delivered since ever), and `_arrived_at`, `_shard`, `_sequence_number`, by which versions
 * are put in order; before them, of versions that hold since the same instant, counts `_order`, which the SELECT gives too
 * where the table of versions has it: the order that their source declares. The table has these generated columns, as far as its contract declares them: its key (the primary key, a
 * digest), `valid_from`, `valid_to`, `is_current` (history), `is_inferred`, true for an entity that other rows name and no
 * version was delivered of, and `first_seen_at`, the time of the entity's earliest version, null while it is inferred.
 */

import type { Contract } from '../../contract/contract.ts';
import { parseType, queryType } from '../../contract/types.ts';
import { databaseOf } from '../../layout.ts';
import { nameList, quoteName, quoteTable, quoteText } from '../../sql/write.ts';
import type { VersionColumn } from '../../study/study.ts';
import { firstSeen, namesOfEntity } from '../entities.ts';
import type { ModelScope } from '../scope.ts';
import { bindModel, type Relations } from './bind.ts';
import { type ModelTable, ORDER_COLUMN } from './names.ts';
import { arrivedWithin, inPeriods } from './within.ts';

/** What the SELECT gives besides the declared columns. */
export const versionColumns = (versions: readonly VersionColumn[] = []): readonly string[] => [
  'valid_from',
  ...declaredOrder(versions),
  '_arrived_at',
  '_shard',
  '_sequence_number',
];

/** The column that has the declared order of the versions, if there is one. */
const declaredOrder = (versions: readonly VersionColumn[] = []): readonly string[] =>
  versions.some(({ name }) => name === ORDER_COLUMN) ? [ORDER_COLUMN] : [];

/** The newest version first, of those in a table with these columns. */
const newestFirst = (names: readonly string[]) => names.map((name) => `${quoteName(name)} DESC`).join(', ');

/** Columns that the contract declares and the SELECT does not give. */
export const generatedColumns = ({ primaryKey }: Pick<Contract, 'primaryKey'>): string[] => [
  ...primaryKey,
  'valid_from',
  'valid_to',
  'is_current',
  'is_inferred',
  firstSeen,
];

const attributesOf = ({ columns, primaryKey, entity = [] }: Contract): string[] =>
  columns
    .map(({ name }) => name)
    .filter((name) => !entity.includes(name) && !generatedColumns({ primaryKey }).includes(name));

/** Since when the first version holds that does not say it itself. */
export const EVER = "TIMESTAMP '1900-01-01 00:00:00.000000'";

const equal = (names: readonly string[], a: string, b: string) =>
  names.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');

const digest = (parts: readonly string[]) => `lower(to_hex(md5(to_utf8(${parts.join(" || '|' || ")}))))`;

/** The table's rows, from what the SELECT gives. */
export function dimensionSql(model: ModelTable, scope: ModelScope): string {
  const { contract } = model;
  const versions = versionsOf(model, scope);
  const seen = contract.columns.some(({ name }) => name === firstSeen) ? firstSeenOf(contract, versions) : [];
  const order = declaredOrder(model.versions);
  const rows =
    contract.materialization === 'history' ? historyOf(contract, order) : latestOf(contract, order);
  const relations = versionRelations(model, scope, versions);
  return ['WITH members AS (', bindModel(model, scope, relations), '),', ...seen, ...rows].join('\n');
}

/** The rows `r` with the time at which their entity was first seen, where the contract asks for it. */
const fromEntities = (rows: string, { columns, entity = [] }: Contract) =>
  columns.some(({ name }) => name === firstSeen)
    ? {
        seen: `, f.${quoteName(firstSeen)}`,
        from: `FROM ${rows} AS r\nLEFT JOIN first_seen AS f ON ${equal(entity, 'f', 'r')}`,
      }
    : { seen: '', from: `FROM ${rows} AS r` };

function firstSeenOf({ entity = [] }: Contract, { delivered, table }: Versions): string[] {
  const rows = delivered ?? `FROM ${table} AS v WHERE false`;
  return [
    'first_seen AS (',
    `  SELECT ${nameList(entity, 'v')}, min(v."_event_time") AS ${quoteName(firstSeen)}`,
    `  ${rows}`,
    `  GROUP BY ${nameList(entity, 'v')}`,
    '),',
  ];
}

function latestOf(contract: Contract, order: readonly string[]): string[] {
  const entity = contract.entity as readonly string[];
  const names = [...entity, ...attributesOf(contract)];
  const given = nameList(names);
  const texts = entity.map((name) => `CAST(r.${quoteName(name)} AS varchar)`);
  const { seen, from } = fromEntities('ranked', contract);
  const newest = newestFirst([...order, '_arrived_at', '_shard', '_sequence_number']);
  return [
    'ranked AS (',
    `  SELECT ${given}, "_arrived_at",`,
    `    row_number() OVER (PARTITION BY ${nameList(entity)} ORDER BY coalesce("valid_from", "_arrived_at") DESC, ${newest}) AS "_recency"`,
    '  FROM members',
    ')',
    `SELECT ${digest(texts)} AS ${quoteName(contract.primaryKey[0] as string)}, ${nameList(names, 'r')}, r."_arrived_at" IS NULL AS "is_inferred"${seen}`,
    from,
    'WHERE r."_recency" = 1',
  ];
}

function historyOf(contract: Contract, order: readonly string[]): string[] {
  const entity = contract.entity as readonly string[];
  const attributes = attributesOf(contract);
  const given = nameList([...entity, ...attributes]);
  const per = `PARTITION BY ${nameList(entity)}`;
  const texts = [...entity, 'valid_from'].map((name) => `CAST(r.${quoteName(name)} AS varchar)`);
  const { seen, from } = fromEntities('periods', contract);
  const before = (name: string) => quoteName(`_before_${name}`);
  const declared = order.map((name) => `${quoteName(name)}, `).join('');
  return [
    'delivered AS (',
    `  SELECT ${given}, "valid_from", "_arrived_at", ${declared}`,
    `    row_number() OVER (${per} ORDER BY "_arrived_at", ${declared}"_shard", "_sequence_number") AS "_arrival"`,
    '  FROM members',
    '  WHERE "_arrived_at" IS NOT NULL',
    '),',
    'dated AS (',
    `  SELECT ${given}, "_arrival", ${declared}`,
    `    CASE WHEN "valid_from" IS NOT NULL THEN "valid_from" WHEN "_arrival" = 1 THEN ${EVER} ELSE "_arrived_at" END AS "_since"`,
    '  FROM delivered',
    '),',
    // Of versions that hold since the same instant the last one by the declared order counts, then the last one delivered.
    'ranked AS (',
    `  SELECT ${given}, "_since", row_number() OVER (${per}, "_since" ORDER BY ${newestFirst([...order, '_arrival'])}) AS "_recency"`,
    '  FROM dated',
    '),',
    'compared AS (',
    `  SELECT ${given}, "_since", row_number() OVER (${per} ORDER BY "_since") AS "_version"${attributes
      .map((name) => `,\n    lag(${quoteName(name)}) OVER (${per} ORDER BY "_since") AS ${before(name)}`)
      .join('')}`,
    '  FROM ranked',
    '  WHERE "_recency" = 1',
    '),',
    'changes AS (',
    `  SELECT ${given}, CASE WHEN "_version" = 1 THEN ${EVER} ELSE "_since" END AS "valid_from"`,
    '  FROM compared',
    `  WHERE ${['"_version" = 1', ...attributes.map((name) => `${quoteName(name)} IS DISTINCT FROM ${before(name)}`)].join('\n    OR ')}`,
    '),',
    'periods AS (',
    `  SELECT ${given}, "valid_from", lead("valid_from") OVER (${per} ORDER BY "valid_from") AS "valid_to", false AS "is_inferred"`,
    '  FROM changes',
    '  UNION ALL',
    `  SELECT ${given}, ${EVER} AS "valid_from", CAST(NULL AS timestamp(6)) AS "valid_to", true AS "is_inferred"`,
    '  FROM members',
    '  WHERE "_arrived_at" IS NULL',
    ')',
    `SELECT ${digest(texts)} AS ${quoteName(contract.primaryKey[0] as string)}, ${nameList([...entity, ...attributes, 'valid_from', 'valid_to'], 'r')}, r."valid_to" IS NULL AS "is_current", r."is_inferred"${seen}`,
    from,
  ];
}

/** The silver table of an entity's versions, as a run reads it. */
interface Versions {
  readonly table: string;
  /** `FROM` and `WHERE` of the versions `v` of the entities that the run computes; undefined = it brings none. */
  readonly delivered: string | undefined;
  /** Condition on the partitions in which the run's entities are. */
  readonly within: (qualifier: string) => string;
  /** Condition on rows that the run brought. */
  readonly own: (qualifier: string) => string;
}

function versionsOf({ name, contract }: ModelTable, scope: ModelScope): Versions {
  const { entity = [], versionsFrom = '' } = contract;
  const silver = databaseOf(scope.study, 'silver');
  const table = quoteTable(silver, versionsFrom);
  const plan = scope.models[name];
  const read = plan?.reads[`${silver}.${versionsFrom}`];
  const within = (qualifier: string) =>
    read ? ` WHERE ${inPeriods(read.cut, qualifier, read.periods)}` : '';
  const own = (qualifier: string) =>
    plan?.onlyEntities
      ? ` WHERE ${qualifier}."_run_id" = ${quoteText(scope.runId)} AND ${arrivedWithin(qualifier, scope.arrived)}`
      : '';
  const ofRun = plan?.onlyEntities
    ? ` INNER JOIN (SELECT DISTINCT ${nameList(entity, 'n')} FROM ${table} AS n${own('n')}) AS k ON ${equal(entity, 'k', 'v')}`
    : '';
  const brings = !plan?.onlyEntities || scope.models[versionsFrom];
  return { table, own, within, delivered: brings && `FROM ${table} AS v${ofRun}${within('v')}` };
}

/**
 * What stands for the table of versions in the SELECT: the versions of the entities that the run recomputes, and for each
 * inferred one a row of which only the entity is known, so that the SELECT fills it as it fills what is missing elsewhere.
 */
function versionRelations(
  { contract, versions }: ModelTable,
  scope: ModelScope,
  { table, own, within, delivered }: Versions,
): Relations {
  const { entity = [], versionsFrom } = contract;
  const silver = databaseOf(scope.study, 'silver');
  const columns = versions as readonly VersionColumn[];
  const names = columns.map(({ name }) => name);
  const named = namesOfEntity(contract)
    .slice(1)
    .map(
      ({ table: from, columns: [column = ''] }) =>
        `SELECT r.${quoteName(column)} AS ${quoteName(entity[0] as string)} FROM ${quoteTable(silver, from)} AS r${own('r')}`,
    );
  const probe = quoteName(entity[0] as string);
  const inferred = named.length
    ? [
        `SELECT ${columns
          .map(({ name, type }) =>
            entity.includes(name)
              ? `i.${quoteName(name)}`
              : `CAST(NULL AS ${queryType(parseType(type))}) AS ${quoteName(name)}`,
          )
          .join(', ')}`,
        `FROM (SELECT DISTINCT ${probe} FROM (${named.join(' UNION ALL ')}) AS u WHERE ${probe} IS NOT NULL) AS i`,
        `LEFT JOIN (SELECT DISTINCT ${nameList(entity, 'd')} FROM ${table} AS d${within('d')}) AS k ON ${equal(entity, 'k', 'i')}`,
        `WHERE k.${probe} IS NULL`,
      ].join(' ')
    : undefined;
  const parts = [delivered && `SELECT ${nameList(names, 'v')} ${delivered}`, inferred].filter(
    (part) => part !== undefined,
  );
  return { [`${silver}.${versionsFrom}`]: `(${parts.join('\n  UNION ALL\n  ')})` };
}
