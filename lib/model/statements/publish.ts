/**
 * Publishes a stage by MERGE, atomic per table and statement. Athena's MERGE knows no "not matched by source", so a merge
 * table's source is the stage full-outer-joined with the target, each row with an operation: delete, update, insert.
 */

import { type PartitionValue, partitionValue } from '../partitioning.ts';
import type { RunScope } from '../plan.ts';
import { canRefuse } from '../rules.ts';
import { checkedStatement, nameList, quoteName } from '../sql/write.ts';
import { appendIdentity, columnNames, type ModelTable, stageName, targetName } from './names.ts';
import { isOneOf, type TouchedValues } from './stage.ts';

/** Partitions that one statement writes to. */
export interface PublishChunk {
  /** Partitions whose rows the stage holds anew: a row that it lacks is deleted. */
  readonly recomputed: TouchedValues;
  /** Partitions that rows have left: only rows whose key the stage holds elsewhere are deleted. */
  readonly left: TouchedValues;
}

/** The stage's publishable rows as a sub-query; `where` may narrow them further, by columns of `g`. */
function stagedRows(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  columns: readonly string[],
  where?: string,
): string {
  const conditions = [...(canRefuse(model.contract) ? ['g."_rule" IS NULL'] : []), ...(where ? [where] : [])];
  return (
    `(SELECT ${nameList(columns, 'g')} FROM ${stageName(model, scope, attempt)} AS g` +
    `${conditions.length ? ` WHERE ${conditions.join(' AND ')}` : ''})`
  );
}

const keysEqual = (names: readonly string[], a: string, b: string) =>
  names.map((name) => `${a}.${quoteName(name)} = ${b}.${quoteName(name)}`).join(' AND ');

/**
 * The statement whose rows (`value`, `kind`) are the partitions that publishing will write to; undefined for a table
 * without partitions. `kind` is `recomputed` or `left`.
 * @param touched as for `stageSql`.
 */
export function partitionsSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  touched?: TouchedValues,
): string | undefined {
  const partition = partitionValue(model.contract);
  if (!partition) return undefined;
  // Texts are made of the few values, not of every row's.
  const values = (kind: string, from: string, qualifier: string) =>
    `SELECT CAST(p."value" AS varchar) AS "value", '${kind}' AS "kind" FROM (SELECT DISTINCT ${partition.expression(qualifier)} AS "value" FROM ${from}) AS p`;
  const { primaryKey } = model.contract;
  const staged = `${stagedRows(model, scope, attempt, columnNames(model))} AS s`;
  if (model.contract.materialization === 'append') return values('recomputed', staged, 's');
  if (!touched)
    return `${values('recomputed', staged, 's')}\nUNION\n${values('recomputed', `${targetName(model)} AS t`, 't')}`;
  return (
    `${values('recomputed', staged, 's')}\nUNION\n` +
    values(
      'left',
      `${targetName(model)} AS t INNER JOIN ${staged} ON ${keysEqual(primaryKey, 't', 's')} ` +
        `WHERE ${partition.expression('t')} IS DISTINCT FROM ${partition.expression('s')}`,
      't',
    )
  );
}

/**
 * Cuts what `partitionsSql` answered, and the touched values, into statements of at most 90 partitions, in the order of
 * the values, so that a second try cuts them alike.
 */
export function publishChunks(
  model: ModelTable,
  rows: readonly { readonly value: string | null; readonly kind: string }[],
  touched: TouchedValues = [],
): PublishChunk[] {
  const partition = partitionValue(model.contract);
  if (!partition) return [];
  const recomputed = new Set<string | null>([
    ...touched,
    ...rows.filter((row) => row.kind === 'recomputed').map((row) => row.value),
  ]);
  const left = new Set(rows.map((row) => row.value).filter((value) => !recomputed.has(value)));
  const all = [...recomputed, ...left].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));
  const chunks: PublishChunk[] = [];
  for (let from = 0; from < all.length; from += partition.perStatement) {
    const values = all.slice(from, from + partition.perStatement);
    chunks.push({
      recomputed: values.filter((value) => recomputed.has(value)),
      left: values.filter((value) => left.has(value)),
    });
  }
  return chunks;
}

/**
 * The MERGE statements of a model, in order.
 * @param chunks from `publishChunks`; leave out for a table without partitions.
 */
export function publishSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  chunks?: readonly PublishChunk[],
): string[] {
  const partition = partitionValue(model.contract);
  if (partition && !chunks)
    throw new RangeError(
      `${model.name} is partitioned: ask partitionsSql first and give publishChunks of its rows`,
    );
  const compose = model.contract.materialization === 'append' ? appendSql : mergeSql;
  const pieces = partition && chunks ? chunks : [undefined];
  return pieces.map((chunk) =>
    checkedStatement(`publish of ${model.name}`, compose(model, scope, attempt, partition, chunk)),
  );
}

/**
 * Insert-only on the event's identity. The target is not bounded by partition: an event sent again may carry another
 * time, and it would be inserted twice if it were only looked for where its new time puts it.
 *
 * A record that is already in silver under its own identity gets the run's id: it was brought in by a run that did not
 * finish, and what is made from silver asks for the rows of this run.
 */
function appendSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  partition: PartitionValue | undefined,
  chunk: PublishChunk | undefined,
): string {
  const columns = columnNames(model);
  const record = ['_stream', '_shard', '_sequence_number'];
  const within = partition && chunk && isOneOf(partition.expression('g'), chunk.recomputed, partition.type);
  return [
    `MERGE INTO ${targetName(model)} AS t`,
    `USING ${stagedRows(model, scope, attempt, columns, within)} AS s`,
    `ON ${keysEqual(appendIdentity(model), 't', 's')}`,
    `WHEN MATCHED AND ${keysEqual(record, 't', 's')} AND t."_run_id" <> s."_run_id" THEN UPDATE SET "_run_id" = s."_run_id"`,
    `WHEN NOT MATCHED THEN INSERT (${nameList(columns)}) VALUES (${nameList(columns, 's')})`,
  ].join('\n');
}

function mergeSql(
  model: ModelTable,
  scope: RunScope,
  attempt: number,
  partition: PartitionValue | undefined,
  chunk: PublishChunk | undefined,
): string {
  const columns = columnNames(model);
  const key = model.contract.primaryKey;
  const values = columns.filter((name) => !key.includes(name));
  const probe = quoteName(key[0] as string);
  const within = (qualifier: string, list: TouchedValues) =>
    partition ? isOneOf(partition.expression(qualifier), list, partition.type) : 'true';
  const stage = stagedRows(model, scope, attempt, columns, chunk && within('g', chunk.recomputed));
  const target = `SELECT ${nameList(columns, 'b')} FROM ${targetName(model)} AS b`;
  const recomputed = chunk ? `${target} WHERE ${within('b', chunk.recomputed)}` : target;
  const left = chunk?.left.length
    ? [
        `${target} INNER JOIN ${stagedRows(model, scope, attempt, key)} AS k ON ${keysEqual(key, 'b', 'k')} WHERE ${within('b', chunk.left)}`,
      ]
    : [];
  const present = `(${[recomputed, ...left].join('\n    UNION ALL\n    ')})`;
  const bounds = chunk ? ` AND ${within('t', [...chunk.recomputed, ...chunk.left])}` : '';
  const changed = [
    `s.${probe} IS NULL`,
    `p.${probe} IS NULL`,
    ...values.map((name) => `s.${quoteName(name)} IS DISTINCT FROM p.${quoteName(name)}`),
  ];
  return [
    `MERGE INTO ${targetName(model)} AS t`,
    'USING (',
    `  SELECT CASE WHEN s.${probe} IS NULL THEN 'D' WHEN p.${probe} IS NULL THEN 'I' ELSE 'U' END AS "_op",`,
    `    ${[...key.map((name) => `coalesce(s.${quoteName(name)}, p.${quoteName(name)}) AS ${quoteName(name)}`), ...values.map((name) => `s.${quoteName(name)} AS ${quoteName(name)}`)].join(', ')}`,
    `  FROM ${stage} AS s`,
    `  FULL OUTER JOIN ${present} AS p ON ${keysEqual(key, 's', 'p')}`,
    `  WHERE ${changed.join('\n    OR ')}`,
    ') AS s',
    `ON ${keysEqual(key, 't', 's')}${bounds}`,
    `WHEN MATCHED AND s."_op" = 'D' THEN DELETE`,
    ...(values.length
      ? [
          `WHEN MATCHED AND s."_op" = 'U' THEN UPDATE SET ${values.map((name) => `${quoteName(name)} = s.${quoteName(name)}`).join(', ')}`,
        ]
      : []),
    `WHEN NOT MATCHED AND s."_op" = 'I' THEN INSERT (${nameList(columns)}) VALUES (${nameList(columns, 's')})`,
  ].join('\n');
}
