/** Names and places of a model's tables: where it is published, and where a run stages it. */

import { databaseOf, studyPrefix } from '../../layout.ts';
import { quoteName, quoteTable } from '../../sql/write.ts';
import type { Model } from '../../study/study.ts';
import type { RunScope } from '../scope.ts';

/** What the statements need of a model. */
export type ModelTable = Pick<
  Model,
  'name' | 'layer' | 'database' | 'table' | 'sql' | 'contract' | 'derivedFrom' | 'versions'
>;

/** The published table's prefix. No slash at its end: Athena fails to drop an Iceberg table whose location has one. */
export const tableLocation = (model: ModelTable, lake: string): string =>
  `s3://${lake}/${studyPrefix(model.layer, model.contract.study)}${model.table}`;

/** What a run keeps for a while: a model's unpublished result, or what is reckoned with it. */
export type Staged = Pick<ModelTable, 'name'>;

/** Name of the table that holds it: run and attempt keep every try apart. */
export const stageTable = (model: Staged, scope: RunScope, attempt: number): string =>
  `${model.name}__${scope.runId.toLowerCase().replace(/[^a-z0-9]+/g, '_')}__${attempt}`;

/** Prefix of everything that a run stages. */
export const stagePrefix = ({ study, runId }: Pick<RunScope, 'study' | 'runId'>): string =>
  `${studyPrefix('stage', study)}run=${runId}/`;

export const stageLocation = (model: Staged, scope: RunScope, attempt: number): string =>
  `s3://${scope.lake}/${stagePrefix(scope)}${model.name}/attempt=${attempt}`;

export const stageName = (model: Staged, scope: RunScope, attempt: number): string =>
  quoteTable(databaseOf(scope.study, 'stage'), stageTable(model, scope, attempt));

export const targetName = (model: ModelTable): string => quoteTable(model.database, model.table);

export const columnNames = (model: ModelTable): string[] =>
  model.contract.columns.map((column) => column.name);

/** Columns that identify one row of an append table. */
export const appendIdentity = (model: ModelTable): readonly string[] =>
  model.contract.identity ?? ['_event_source', '_event_id'];

/** Whether the run rebuilds the silver table, from all of bronze. */
export const isRemade = ({ contract }: ModelTable, { sources }: Pick<RunScope, 'sources'>): boolean =>
  (contract.accountsFor ?? []).some((source) => sources[source]?.remade);

/** Of a silver table whose source declares an order: sorts rows of one instant by it, then as they arrived. */
export const ORDER_COLUMN = '_order';

/** First one wins: the order in which rows of one identity compete. */
export const arrivalOrder = ['_arrived_at', '_stream', '_shard', '_sequence_number'] as const;

/** A column of the rows `alias` as text: arrays, maps and rows as their JSON, bytes in base64. */
export function textOf({ name, type }: ModelTable['contract']['columns'][number], alias: string): string {
  const value = `${alias}.${quoteName(name)}`;
  if (/^(array|map|struct)</.test(type)) return `json_format(CAST(${value} AS JSON))`;
  return type === 'binary' ? `to_base64(${value})` : `CAST(${value} AS varchar)`;
}

/**
 * The order by which one of several rows with the same key is taken: any will do, as long as every statement takes the same.
 */
export const stableOrder = (model: ModelTable, alias: string): string =>
  model.contract.columns.map((column) => textOf(column, alias)).join(', ');

/** Columns that the statements of a run add to a table's own while they stage and publish it. */
export const workingColumns: ReadonlySet<string> = new Set([
  '_arrival',
  '_copy',
  '_holder',
  '_known',
  '_nth',
  '_op',
  '_recency',
  '_rule',
  '_since',
  '_source',
  '_unfit',
  '_verdict',
  '_version',
]);
