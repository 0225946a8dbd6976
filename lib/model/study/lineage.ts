/** Column lineage of a study, from a source's column to the answers: each column with the columns that its value is made from. */
import type { Contract } from '../contract/contract.ts';
import { databaseOf, type Zone } from '../layout.ts';
import { columnLineage, type OutputColumn } from '../sql/lineage.ts';
import { tokenize } from '../sql/tokens.ts';
import { columnName } from './derivedSilver.ts';
import type { Model, Study } from './study.ts';

export const lineageLayers = ['sources', 'silver', 'gold', 'marts', 'answers'] as const;
export type LineageLayer = (typeof lineageLayers)[number];

export interface LineageColumn {
  /** `gold.fact_sales.amount` */
  readonly id: string;
  readonly layer: LineageLayer;
  readonly table: string;
  readonly column: string;
  /** As the SQL writes it; absent for a column of a source. */
  readonly expression?: string;
  /** Ids of the columns that it is made from. */
  readonly from: readonly string[];
}

const idOf = (layer: LineageLayer, table: string, column: string) => `${layer}.${table}.${column}`;

/** Id → column, of every source, model and named query. */
export function studyLineage(study: Study): Map<string, LineageColumn> {
  const columns = new Map<string, LineageColumn>();
  const add = (
    layer: LineageLayer,
    table: string,
    column: string,
    from: readonly string[],
    expression?: string,
  ) => {
    const id = idOf(layer, table, column);
    columns.set(id, { id, layer, table, column, from, ...(expression && { expression }) });
  };
  for (const source of study.sources)
    for (const { name } of source.columns) add('sources', source.name, name, []);
  const layerOf = new Map<string, Model>(
    study.models.map((model) => [`${model.database}.${model.table}`, model]),
  );
  const columnsOf = (table: string) => layerOf.get(table)?.contract.columns.map(({ name }) => name);
  const idsOf = ({ sources }: OutputColumn) =>
    sources.map(({ table, column }) => idOf(layerOf.get(table)!.layer, layerOf.get(table)!.table, column));
  for (const model of study.models) {
    const { layer, table, contract } = model;
    if (isOfSource(study, model)) {
      for (const [name, from] of silverColumns(study, model)) add('silver', table, name, from);
      continue;
    }
    const outputs = new Map(columnLineage(model.sql, columnsOf).map((output) => [output.name, output]));
    for (const { name } of contract.columns) {
      const output = outputs.get(name);
      if (output) add(layer, table, name, idsOf(output), output.expression);
      else
        add(
          layer,
          table,
          name,
          keptColumns(contract).flatMap((one) => (outputs.has(one) ? idsOf(outputs.get(one)!) : [])),
        );
    }
  }
  for (const { name, sql } of study.queries)
    for (const output of columnLineage(sql, columnsOf))
      add('answers', name, output.name, idsOf(output), output.expression);
  return columns;
}

/** Whether a model is silver of a source: it reads bronze, and no other model. */
export const isOfSource = (
  study: Study,
  { layer, references }: Pick<Model, 'layer' | 'references'>,
): boolean =>
  layer === 'silver' &&
  !study.models.some(({ database, table }) => references.includes(`${database}.${table}`));

/** What a dimension's key, bounds and flags are made from when it is published: its entity, and when a version begins. */
const keptColumns = ({ entity = [], materialization }: Contract): readonly string[] =>
  materialization === 'history' ? [...entity, 'valid_from'] : entity;

/** A silver column comes from the source's column of its name, or from those that its expression names. */
function silverColumns(study: Study, { contract, derivedFrom }: Model): [string, string[]][] {
  const names = derivedFrom ? [derivedFrom] : (contract.accountsFor ?? []);
  const sources = study.sources.filter(({ name }) => names.includes(name));
  const own = (wanted: string) =>
    sources.flatMap((source) =>
      source.columns
        .filter(({ name }) => columnName(name) === wanted)
        .map(({ name }) => idOf('sources', source.name, name)),
    );
  return contract.columns.map(({ name, transformLogic }) => {
    const words = transformLogic === undefined ? [] : tokenize(transformLogic).map(({ value }) => value);
    return [name, [...new Set([...own(name), ...words.flatMap(own)])]];
  });
}

/** The ids from which, or to which, a column can be reached, itself included. */
export function reached(
  lineage: ReadonlyMap<string, LineageColumn>,
  id: string,
  direction: 'upstream' | 'downstream',
): Set<string> {
  const readers = new Map<string, string[]>();
  for (const column of lineage.values())
    for (const from of column.from) readers.set(from, [...(readers.get(from) ?? []), column.id]);
  const next = (one: string) =>
    direction === 'upstream' ? (lineage.get(one)?.from ?? []) : (readers.get(one) ?? []);
  const found = new Set([id]);
  for (const one of found) for (const other of next(one)) if (lineage.has(other)) found.add(other);
  return found;
}

/** The model of a table, or undefined. */
export const modelAt = (study: Study, zone: Zone, table: string): Model | undefined =>
  study.models.find((model) => model.database === databaseOf(study.name, zone) && model.table === table);
