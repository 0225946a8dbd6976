/**
 * Publishes what a run staged by MERGE, atomic per table and statement. Athena's MERGE knows no "not matched by source", so a
 * merge table's source is the staged rows, and the keys of the target's rows that are not among them, which are deleted.
 */

import { partitionsAStatement, partitionValue } from '../../contract/partitioning.ts';
import { parseType, queryType } from '../../contract/types.ts';
import { checkedStatement, nameList, quoteName } from '../../sql/write.ts';
import { anyPeriod, type Period } from '../keys/keySegment.ts';
import type { RunScope } from '../scope.ts';
import { appendIdentity, columnNames, isRemade, type ModelTable, stableOrder, targetName } from './names.ts';
import { stagedRows } from './stage.ts';
import { inPartitions, silverBounds } from './within.ts';

/**
 * The publishable rows as a sub-query; `where` may narrow them further, by columns of `g`.
 * @param doubledKeys rows share their key: one of each is taken
 */
function goodRows(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  { where, doubledKeys = false }: { where?: string | undefined; doubledKeys?: boolean } = {},
): string {
  const columns = columnNames(model);
  const staged = stagedRows(model, scope, attempt);
  const narrowed = where ? ` AND ${where}` : '';
  if (!doubledKeys)
    return `(SELECT ${nameList(columns, 'g')} FROM ${staged} AS g WHERE g."_rule" IS NULL${narrowed})`;
  const nth = `row_number() OVER (PARTITION BY ${nameList(model.contract.primaryKey, 'a')} ORDER BY ${stableOrder(model, 'a')})`;
  return (
    `(SELECT ${nameList(columns, 'g')} FROM (SELECT ${nameList(columns, 'a')}, ${nth} AS "_nth" ` +
    `FROM ${staged} AS a WHERE a."_rule" IS NULL) AS g WHERE g."_nth" = 1${narrowed})`
  );
}

const keysEqual = (names: readonly string[], a: string, b: string) =>
  names.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');

/** A silver table only takes new rows, unless it is rebuilt. */
const isInsertOnly = (model: ModelTable, scope: RunScope) =>
  model.contract.materialization === 'append' && !isRemade(model, scope);

/** The partitions that publishing writes to, as far as the plan knows them; undefined = a statement has to be asked. */
function plannedPartitions(model: ModelTable, scope: RunScope): readonly Period[] | undefined {
  if (model.contract.materialization !== 'append') return scope.models[model.name]?.partitions;
  if (isRemade(model, scope)) return undefined;
  const periods = (model.contract.accountsFor ?? []).flatMap(
    (source) => scope.sources[source]?.periods ?? [],
  );
  return periods.includes(anyPeriod) ? undefined : [...new Set(periods)];
}

/**
 * The statement whose rows (`value`) are the partitions that publishing will write to; undefined where the plan knows them,
 * and for a table that is not partitioned.
 */
export function partitionsSql(model: ModelTable, scope: RunScope, attempt: number): string | undefined {
  const partition = partitionValue(model.contract);
  if (!partition || plannedPartitions(model, scope)) return undefined;
  // Texts are made of the few values, not of every row's.
  const values = (from: string, qualifier: string) =>
    `SELECT CAST(p."value" AS varchar) AS "value" FROM (SELECT DISTINCT ${partition.expression(qualifier)} AS "value" FROM ${from}) AS p`;
  const staged = values(`${goodRows(model, scope, attempt)} AS s`, 's');
  return isInsertOnly(model, scope)
    ? staged
    : `${staged}\nUNION\n${values(`${targetName(model)} AS t`, 't')}`;
}

/**
 * Cuts the partitions into statements of at most 90, in their order, so that a second try cuts them alike. Undefined for a
 * table that one statement publishes whole.
 * @param asked what `partitionsSql` answered.
 */
export function publishChunks(
  model: ModelTable,
  scope: RunScope,
  asked?: readonly Period[],
): readonly (readonly Period[])[] | undefined {
  const perStatement = partitionValue(model.contract)?.perStatement;
  const partitions = perStatement && (plannedPartitions(model, scope) ?? asked);
  if (!partitions) return undefined;
  const all = partitions.toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
  if (isInsertOnly(model, scope) && all.length <= perStatement) return undefined;
  const chunks: Period[][] = [];
  for (let from = 0; from < all.length; from += perStatement)
    chunks.push(all.slice(from, from + perStatement));
  return chunks;
}

/**
 * The MERGE statements of a model, in order.
 * @param chunks from `publishChunks`.
 * @param doubledKeys rows of a table that is compared by its key share one: one of each is published
 * @throws RangeError for a partitioned table whose partitions were not asked for.
 */
export function publishSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  chunks?: readonly (readonly Period[])[],
  doubledKeys = false,
): string[] {
  const append = isInsertOnly(model, scope);
  if (!append && partitionValue(model.contract) && !chunks)
    throw new RangeError(
      `${model.name} is partitioned, and a statement writes to ${partitionsAStatement} partitions at most: ask partitionsSql, and give publishChunks of its rows`,
    );
  const compose = append ? appendSql : mergeSql;
  return (chunks ?? [undefined]).map((chunk) =>
    checkedStatement(`publish of ${model.name}`, compose(model, scope, attempt, { chunk, doubledKeys })),
  );
}

/** What one statement of a publish writes. */
interface Piece {
  readonly chunk: readonly Period[] | undefined;
  readonly doubledKeys: boolean;
}

/**
 * Insert-only on the event's identity. The target is looked at where it may hold an event of the run: a try before this one
 * may have brought it in, and an event sent again may carry any time.
 */
function appendSql(model: ModelTable, scope: RunScope, attempt: number, { chunk }: Piece): string {
  const columns = columnNames(model);
  const where = chunk && inPartitions(model.contract, 'g', chunk);
  const on = [keysEqual(appendIdentity(model), 't', 's'), ...silverBounds(model, scope, 't')];
  return [
    `MERGE INTO ${targetName(model)} AS t`,
    `USING ${goodRows(model, scope, attempt, { where })} AS s`,
    `ON ${on.join(' AND ')}`,
    `WHEN NOT MATCHED THEN INSERT (${nameList(columns)}) VALUES (${nameList(columns, 's')})`,
  ].join('\n');
}

/**
 * The keys of the target's rows that the staged ones leave out, as rows of the MERGE's source. Only the key is read of the
 * target here: what else changed, MERGE finds where it matches.
 */
function goneRows(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  { key, chunk }: { key: readonly string[]; chunk: readonly Period[] | undefined },
): string {
  const { contract } = model;
  const staged = stagedRows(model, scope, attempt);
  const { entity } = contract;
  const onlyEntities = entity && scope.models[model.name]?.onlyEntities;
  const columns = contract.columns.map(({ name, type }) =>
    key.includes(name)
      ? `b.${quoteName(name)}`
      : `CAST(NULL AS ${queryType(parseType(type))}) AS ${quoteName(name)}`,
  );
  const within = (qualifier: string) => (chunk ? [inPartitions(contract, qualifier, chunk)] : []);
  const good = ['k."_rule" IS NULL', ...within('k')].join(' AND ');
  return [
    `SELECT ${columns.join(', ')}, true AS "_is_gone"`,
    `  FROM ${targetName(model)} AS b`,
    ...(onlyEntities
      ? [
          `  INNER JOIN (SELECT DISTINCT ${nameList(entity, 'e')} FROM ${staged} AS e) AS e ON ${keysEqual(entity, 'e', 'b')}`,
        ]
      : []),
    `  LEFT JOIN (SELECT ${nameList(key, 'k')} FROM ${staged} AS k WHERE ${good}) AS s ON ${keysEqual(key, 's', 'b')}`,
    `  WHERE ${[`s.${quoteName(key[0] as string)} IS NULL`, ...within('b')].join(' AND ')}`,
  ].join('\n');
}

/** A row that comes out as it was is not written again: it stays the row of the run that brought it in. */
function mergeSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  { chunk, doubledKeys }: Piece,
): string {
  const columns = columnNames(model);
  const remade = isRemade(model, scope);
  const key = remade ? appendIdentity(model) : model.contract.primaryKey;
  const values = columns.filter((name) => !key.includes(name));
  const where = chunk && inPartitions(model.contract, 'g', chunk);
  const stage = goodRows(model, scope, attempt, { where, doubledKeys });
  const bounds = chunk ? ` AND ${inPartitions(model.contract, 't', chunk)}` : '';
  const changed = values
    .filter((name) => !(remade && name === '_run_id'))
    .map((name) => `s.${quoteName(name)} IS DISTINCT FROM t.${quoteName(name)}`);
  return [
    `MERGE INTO ${targetName(model)} AS t`,
    'USING (',
    `  SELECT ${nameList(columns, 's')}, false AS "_is_gone" FROM ${stage} AS s`,
    '  UNION ALL',
    `  ${goneRows(model, scope, attempt, { key, chunk })}`,
    ') AS s',
    `ON ${keysEqual(key, 't', 's')}${bounds}`,
    'WHEN MATCHED AND s."_is_gone" THEN DELETE',
    ...(changed.length
      ? [
          `WHEN MATCHED AND (${changed.join('\n    OR ')}) THEN UPDATE SET ${values.map((name) => `${quoteName(name)} = s.${quoteName(name)}`).join(', ')}`,
        ]
      : []),
    `WHEN NOT MATCHED AND NOT s."_is_gone" THEN INSERT (${nameList(columns)}) VALUES (${nameList(columns, 's')})`,
  ].join('\n');
}
