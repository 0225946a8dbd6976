/** Names and places of a model's tables: where it is published, and where a run stages it. */

import { databaseOf } from '../databases.ts';
import type { RunScope } from '../plan.ts';
import { quoteTable } from '../sql/write.ts';
import type { Model } from '../study.ts';

/** What the statements need of a model. */
export type ModelTable = Pick<Model, 'name' | 'layer' | 'database' | 'table' | 'sql' | 'contract'>;

/** The published table's prefix. No slash at its end: Athena fails to drop an Iceberg table whose location has one. */
export const tableLocation = (model: ModelTable, lake: string): string =>
  `s3://${lake}/${model.layer}/study=${model.contract.study}/${model.table}`;

/** What a run keeps for a while: a model's unpublished result, or what is reckoned with it. */
export type Staged = Pick<ModelTable, 'name'>;

/** Name of the table that holds it: run and attempt keep every try apart. */
export const stageTable = (model: Staged, scope: RunScope, attempt: number): string =>
  `${model.name}__${scope.runId.toLowerCase().replace(/[^a-z0-9]+/g, '_')}__${attempt}`;

export const stageLocation = (model: Staged, scope: RunScope, attempt: number): string =>
  `s3://${scope.lake}/stage/study=${scope.study}/run=${scope.runId}/${model.name}/attempt=${attempt}`;

export const stageName = (model: Staged, scope: RunScope, attempt: number): string =>
  quoteTable(databaseOf(scope.study, 'stage'), stageTable(model, scope, attempt));

export const targetName = (model: ModelTable): string => quoteTable(model.database, model.table);

export const columnNames = (model: ModelTable): string[] =>
  model.contract.columns.map((column) => column.name);

/** Columns that identify one row of an append table. */
export const appendIdentity = (model: ModelTable): readonly string[] =>
  model.contract.identity ?? ['_event_source', '_event_id'];

/** First one wins: the order in which rows of one identity compete. */
export const arrivalOrder = ['_arrived_at', '_stream', '_shard', '_sequence_number'] as const;
