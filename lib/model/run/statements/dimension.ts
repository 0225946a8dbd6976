/**
 * Tables of entities: the SELECT of a `history` or `latest` model gives one row per version that was delivered, and the rest
 * is generated here. A history has each version with the time in which it held; a latest table the newest one.
 *
 * The SELECT gives the entity's columns and the attributes, `valid_from` (since when the version holds; null = since its
 * delivery, and for the first one delivered since ever), and `_arrived_at`, `_shard`, `_sequence_number`, by which versions
 * are put in order. The table has these generated columns, as far as its contract declares them: its key (the primary key, a
 * digest), `valid_from`, `valid_to`, `is_current` (history), and `is_inferred`, true for an entity that other rows name and
 * no version was delivered of.
 */

import type { Contract } from '../../contract/contract.ts';
import { parseType, queryType } from '../../contract/types.ts';
import { databaseOf } from '../../layout.ts';
import { nameList, quoteName, quoteTable, quoteText } from '../../sql/write.ts';
import type { VersionColumn } from '../../study/study.ts';
import type { ModelScope } from '../scope.ts';
import { bindModel, type Relations } from './bind.ts';
import type { ModelTable } from './names.ts';
import { arrivedWithin } from './within.ts';

/** What the SELECT gives besides the declared columns. */
export const versionColumns = ['valid_from', '_arrived_at', '_shard', '_sequence_number'] as const;

/** Columns that the contract declares and the SELECT does not give. */
export const generatedColumns = ({ primaryKey }: Pick<Contract, 'primaryKey'>): string[] => [
  ...primaryKey,
  'valid_from',
  'valid_to',
  'is_current',
  'is_inferred',
];

const attributesOf = ({ columns, primaryKey, entity = [] }: Contract): string[] =>
  columns
    .map(({ name }) => name)
    .filter((name) => !entity.includes(name) && !generatedColumns({ primaryKey }).includes(name));

const ever = "TIMESTAMP '1900-01-01 00:00:00.000000'";

const digest = (parts: readonly string[]) => `lower(to_hex(md5(to_utf8(${parts.join(" || '|' || ")}))))`;

/** The table's rows, from what the SELECT gives. */
export function dimensionSql(model: ModelTable, scope: ModelScope): string {
  const { contract } = model;
  const rows = contract.materialization === 'history' ? historyOf(contract) : latestOf(contract);
  return ['WITH members AS (', bindModel(model, scope, versionRelations(model, scope)), '),', ...rows].join(
    '\n',
  );
}

function latestOf(contract: Contract): string[] {
  const entity = contract.entity as readonly string[];
  const given = nameList([...entity, ...attributesOf(contract)]);
  const texts = entity.map((name) => `CAST(${quoteName(name)} AS varchar)`);
  return [
    'ranked AS (',
    `  SELECT ${given}, "_arrived_at",`,
    `    row_number() OVER (PARTITION BY ${nameList(entity)} ORDER BY coalesce("valid_from", "_arrived_at") DESC, "_arrived_at" DESC, "_shard" DESC, "_sequence_number" DESC) AS "_recency"`,
    '  FROM members',
    ')',
    `SELECT ${digest(texts)} AS ${quoteName(contract.primaryKey[0] as string)}, ${given}, "_arrived_at" IS NULL AS "is_inferred"`,
    'FROM ranked',
    'WHERE "_recency" = 1',
  ];
}

function historyOf(contract: Contract): string[] {
  const entity = contract.entity as readonly string[];
  const attributes = attributesOf(contract);
  const given = nameList([...entity, ...attributes]);
  const per = `PARTITION BY ${nameList(entity)}`;
  const texts = [...entity, 'valid_from'].map((name) => `CAST(${quoteName(name)} AS varchar)`);
  const before = (name: string) => quoteName(`_before_${name}`);
  return [
    'delivered AS (',
    `  SELECT ${given}, "valid_from", "_arrived_at",`,
    `    row_number() OVER (${per} ORDER BY "_arrived_at", "_shard", "_sequence_number") AS "_arrival"`,
    '  FROM members',
    '  WHERE "_arrived_at" IS NOT NULL',
    '),',
    'dated AS (',
    `  SELECT ${given}, "_arrival",`,
    `    CASE WHEN "valid_from" IS NOT NULL THEN "valid_from" WHEN "_arrival" = 1 THEN ${ever} ELSE "_arrived_at" END AS "_since"`,
    '  FROM delivered',
    '),',
    // Of versions that hold since the same instant the last one delivered counts.
    'ranked AS (',
    `  SELECT ${given}, "_since", row_number() OVER (${per}, "_since" ORDER BY "_arrival" DESC) AS "_recency"`,
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
    `  SELECT ${given}, CASE WHEN "_version" = 1 THEN ${ever} ELSE "_since" END AS "valid_from"`,
    '  FROM compared',
    `  WHERE ${['"_version" = 1', ...attributes.map((name) => `${quoteName(name)} IS DISTINCT FROM ${before(name)}`)].join('\n    OR ')}`,
    '),',
    'periods AS (',
    `  SELECT ${given}, "valid_from", lead("valid_from") OVER (${per} ORDER BY "valid_from") AS "valid_to", false AS "is_inferred"`,
    '  FROM changes',
    '  UNION ALL',
    `  SELECT ${given}, ${ever} AS "valid_from", CAST(NULL AS timestamp(6)) AS "valid_to", true AS "is_inferred"`,
    '  FROM members',
    '  WHERE "_arrived_at" IS NULL',
    ')',
    `SELECT ${digest(texts)} AS ${quoteName(contract.primaryKey[0] as string)}, ${given}, "valid_from", "valid_to", "valid_to" IS NULL AS "is_current", "is_inferred"`,
    'FROM periods',
  ];
}

/** `orders.customer_id` → its table and column. */
function readReference(text: string): { table: string; column: string } {
  const [table = '', column = ''] = text.split('.');
  return { table, column };
}

/**
 * What stands for the table of versions in the SELECT: the versions of the entities that the run recomputes, and for each
 * inferred one a row of which only the entity is known, so that the SELECT fills it as it fills what is missing elsewhere.
 */
function versionRelations(model: ModelTable, scope: ModelScope): Relations {
  const { contract } = model;
  const entity = contract.entity as readonly string[];
  const table = contract.versionsFrom as string;
  const silver = databaseOf(scope.study, 'silver');
  const columns = model.versions as readonly VersionColumn[];
  const names = columns.map(({ name }) => name);
  const versions = quoteTable(silver, table);
  const only = scope.models[model.name]?.onlyEntities;
  const own = (qualifier: string) =>
    only
      ? ` WHERE ${qualifier}."_run_id" = ${quoteText(scope.runId)} AND ${arrivedWithin(qualifier, scope.arrived)}`
      : '';
  const equal = (a: string, b: string) =>
    entity.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');
  const ofRun = `INNER JOIN (SELECT DISTINCT ${nameList(entity, 'n')} FROM ${versions} AS n${own('n')}) AS k ON ${equal('k', 'v')}`;
  const delivered =
    only && !scope.models[table]
      ? undefined
      : `SELECT ${nameList(names, 'v')} FROM ${versions} AS v${only ? ` ${ofRun}` : ''}`;
  const named = (contract.inferredFrom ?? [])
    .map(readReference)
    .map(
      ({ table: from, column }) =>
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
        `LEFT JOIN (SELECT DISTINCT ${nameList(entity, 'd')} FROM ${versions} AS d) AS k ON ${equal('k', 'i')}`,
        `WHERE k.${probe} IS NULL`,
      ].join(' ')
    : undefined;
  const parts = [delivered, inferred].filter((part) => part !== undefined);
  return { [`${silver}.${table}`]: `(${parts.join('\n  UNION ALL\n  ')})` };
}
