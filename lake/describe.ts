/** Describes the studies there are, and any table of one: its SQL, its contract, what it reads and what reads it. */
import type { Column, QualityRule } from '../lib/model/contract/contract.ts';
import { databaseOf } from '../lib/model/layout.ts';
import type { Study } from '../lib/model/study/study.ts';
import { UsageError } from './errors.ts';
import type { Studies } from './studies.ts';

export interface StudyDescription {
  readonly name: string;
  readonly title: string;
  readonly folder: string;
  readonly sources: number;
  readonly models: number;
  readonly questions: number;
}

export const describeStudies = (studies: Studies): StudyDescription[] =>
  studies.names.map((name) => {
    const { title, sources, models, queries } = studies.find(name);
    return {
      name,
      title,
      folder: studies.folderOf(name),
      sources: sources.length,
      models: models.length,
      questions: queries.length,
    };
  });

export interface TableDescription {
  /** `shop_gold.fact_sales`; of a source, its name. */
  readonly table: string;
  readonly layer: 'sources' | 'silver' | 'gold' | 'marts';
  readonly grain: string;
  readonly purpose: string;
  /** Path of the contract, from the study's folder. */
  readonly contract: string;
  /** The source whose contract the table is derived from; absent where its SQL is written. */
  readonly derivedFrom?: string;
  /** One SELECT in Athena's dialect; absent for a source. */
  readonly sql?: string;
  readonly columns: readonly Pick<Column, 'name' | 'type' | 'required' | 'primaryKey' | 'description'>[];
  readonly rules: readonly Pick<QualityRule, 'name' | 'severity' | 'description'>[];
  /** `database.table` */
  readonly reads: readonly string[];
  /** `layer.table`, those that read it directly. */
  readonly readBy: readonly string[];
  /** Questions that name it. */
  readonly askedBy: readonly string[];
}

const LAYERS = ['sources', 'silver', 'gold', 'marts'];

/** `shop.gold.fact_sales` or `shop_gold.fact_sales`. Throws `UsageError` naming what there is. */
export function describeTable(studies: Studies, reference: string): TableDescription {
  const [study, layer, table] = partsOf(studies, reference);
  return layer === 'sources' ? describeSource(study, table) : describeModel(study, layer, table);
}

function partsOf(studies: Studies, reference: string): [Study, string, string] {
  const parts = reference.split('.');
  if (parts.length === 3) return [studies.find(parts[0]!), parts[1]!, parts[2]!];
  const [database = '', table = ''] = parts;
  for (const name of parts.length === 2 ? studies.names : [])
    for (const layer of ['silver', 'gold', 'marts'] as const)
      if (databaseOf(name, layer) === database) return [studies.find(name), layer, table];
  throw new UsageError(
    `'${reference}' is not a table; write <study>.<layer>.<table>, layers: ${LAYERS.join(', ')}; studies: ${studies.names.join(', ')}.`,
  );
}

function describeSource(study: Study, name: string): TableDescription {
  const contract = study.sources.find((source) => source.name === name);
  if (!contract)
    throw unknown(
      study,
      'sources',
      name,
      study.sources.map((source) => source.name),
    );
  const readers = study.models.filter(
    (model) => model.derivedFrom === name || model.contract.accountsFor?.includes(name),
  );
  return {
    table: name,
    layer: 'sources',
    ...fromContract(study, contract),
    reads: [],
    readBy: readers.map(({ layer, table }) => `${layer}.${table}`),
    askedBy: [],
  };
}

function describeModel(study: Study, layer: string, name: string): TableDescription {
  const own = study.models.filter((model) => model.layer === layer);
  const model = own.find(({ table }) => table === name);
  if (!model)
    throw unknown(
      study,
      layer,
      name,
      own.map(({ table }) => table),
    );
  const table = `${model.database}.${model.table}`;
  return {
    table,
    layer: model.layer,
    ...fromContract(study, model.contract),
    ...(model.derivedFrom && { derivedFrom: model.derivedFrom }),
    sql: model.sql,
    reads: model.references,
    readBy: study.models
      .filter(({ references }) => references.includes(table))
      .map((reader) => `${reader.layer}.${reader.table}`),
    askedBy: study.queries.filter(({ sql }) => sql.includes(table)).map((question) => question.name),
  };
}

const unknown = (study: Study, layer: string, name: string, known: readonly string[]) =>
  new UsageError(
    LAYERS.includes(layer)
      ? `${study.name} has no ${layer}.${name}; ${layer} has: ${known.join(', ') || 'nothing'}.`
      : `'${layer}' is not a layer; layers: ${LAYERS.join(', ')}.`,
  );

const fromContract = (study: Study, contract: Study['sources'][number]) => ({
  grain: contract.grain,
  purpose: contract.purpose,
  contract: contract.file.slice(study.name.length + 1),
  columns: contract.columns.map(({ name, type, required, primaryKey, description }) => ({
    name,
    type,
    required,
    primaryKey,
    description,
  })),
  rules: contract.quality.map(({ name, severity, description }) => ({ name, severity, description })),
});
