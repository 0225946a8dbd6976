/**
 * What a run's records change: which models it has to make, which of their partitions, and which partitions of the tables
 * they read are needed for that. It follows from the keys of the records and from how the models' contracts declare
 * `incremental`; no table is asked.
 */
import type { Contract } from '../contract/contract.ts';
import { isDimension } from '../contract/contractFacts.ts';
import type { Incremental } from '../contract/incremental.ts';
import { type Cut, cutOf, fitsStatement } from '../contract/partitioning.ts';
import type { Model, Study } from '../study/study.ts';
import { entityCut, entityPartitions, namesOfEntity } from './entities.ts';
import {
  allPeriods,
  type KeyIndex,
  ownCount,
  ownPeriods,
  periodsOfOwn,
  periodsSharing,
} from './keys/keyIndex.ts';
import { columnsKind, eventKind } from './keys/keyKinds.ts';
import { anyPeriod, type Period } from './keys/keySegment.ts';

/** What a run makes of one model. */
export interface ModelPlan {
  /** Partitions that are recomputed; absent = the whole table. */
  readonly partitions?: readonly Period[];
  /**
   * With partitions: those whose rows of the table that `incremental` names are read. Each row that the SELECT gives is in one
   * of them; a row that is not shows that the SELECT puts rows elsewhere than `incremental` says.
   */
  readonly covers?: readonly Period[];
  /** `database.table` → the partitions of it that are read; a table that is not named is read whole. */
  readonly reads: Readonly<Record<string, PartitionRead>>;
  /** Of a table of entities: only those that the run's rows name are recomputed. */
  readonly onlyEntities?: true;
}

export interface PartitionRead {
  readonly cut: Cut;
  readonly periods: readonly Period[];
}

export interface Affected {
  /** Names of the models that the run makes, by the level of the study's graph. */
  readonly levels: readonly (readonly string[])[];
  readonly models: Readonly<Record<string, ModelPlan>>;
}

export interface AffectedOptions {
  readonly index: KeyIndex;
  /** Models whose table is to be made whole: it does not exist, or its model changed. */
  readonly whole: ReadonlySet<string>;
  /** Model → partitions that are rebuilt whatever the run brings. @default - none */
  readonly again?: ReadonlyMap<string, readonly Period[]>;
}

const whole: ModelPlan = { reads: {} };

const nameOf = ({ database, table }: Pick<Model, 'database' | 'table'>) => `${database}.${table}`;

export async function affectedBy(
  study: Pick<Study, 'models' | 'levels'>,
  options: AffectedOptions,
): Promise<Affected> {
  const models: Record<string, ModelPlan> = {};
  for (const model of study.models) {
    const plan = withAgain(await planOf(model, study, models, options), options.again?.get(model.name));
    if (plan) models[model.name] = plan;
  }
  return { levels: study.levels.map((level) => level.filter((name) => models[name])), models };
}

function withAgain(plan: ModelPlan | undefined, again: readonly Period[] | undefined): ModelPlan | undefined {
  if (!again || (plan && !plan.partitions)) return plan;
  return { partitions: distinct([...again, ...(plan?.partitions ?? [])]), reads: {} };
}

/** Undefined for a model that the run leaves as it is. */
async function planOf(
  model: Model,
  study: Pick<Study, 'models'>,
  made: Readonly<Record<string, ModelPlan>>,
  { index, whole: missing }: AffectedOptions,
): Promise<ModelPlan | undefined> {
  const { contract, name, dependsOn } = model;
  if (contract.accountsFor) {
    const brings = contract.accountsFor.some((source) => ownCount(index, eventKind(source)) > 0);
    return brings ? whole : undefined;
  }
  if (missing.has(name)) return whole;
  const changed = dependsOn.filter((other) => made[other]);
  if (changed.length === 0) return undefined;
  const { incremental } = contract;
  if (contract.materialization === 'view') return undefined;
  if (isDimension(contract)) return entitiesOf(study, contract, changed, index);
  if (!incremental) return whole;
  const from = study.models.find((other) => other.name === incremental.from) as Model;
  return from.layer === 'silver'
    ? fromSilver(study, contract, incremental, index)
    : fromPublished(study, from, made[from.name]);
}

/**
 * New versions, and rows that name an entity, change only that entity; whatever else the SELECT reads may change all. Where
 * the table is partitioned by when its entities were first seen, they are looked for where silver has versions of them.
 */
async function entitiesOf(
  study: Pick<Study, 'models'>,
  contract: Contract,
  changed: readonly string[],
  index: KeyIndex,
): Promise<ModelPlan> {
  const names = namesOfEntity(contract);
  if (!changed.every((name) => names.some(({ table }) => table === name))) return whole;
  const anywhere: ModelPlan = { reads: {}, onlyEntities: true };
  const cut = entityCut(contract);
  if (!cut) return anywhere;
  const kinds = names.map(({ table, columns }) => columnsKind(table, columns));
  const found = await Promise.all(kinds.map((kind) => periodsOfOwn(index, kind, kinds[0] as string)));
  const periods = distinct(found.flat());
  if (periods.includes(anyPeriod) || !fitsStatement(cut, periods)) return anywhere;
  const versions = study.models.find(({ name }) => name === contract.versionsFrom) as Model;
  const partitions = entityPartitions(periods);
  return {
    partitions,
    covers: partitions,
    reads: { [nameOf(versions)]: { cut: cutOf(versions.contract) as Cut, periods } },
    onlyEntities: true,
  };
}

/**
 * A table whose partitions are those of another table follows what the run makes of that one. Its rows are made from that
 * table's, and so from the entities that those were joined to.
 */
function fromPublished(
  { models }: Pick<Study, 'models'>,
  from: Model,
  plan: ModelPlan | undefined,
): ModelPlan | undefined {
  if (!plan?.partitions) return plan;
  const { partitions } = plan;
  const entities = models.filter(({ contract }) => entityCut(contract)).map(nameOf);
  return {
    partitions,
    covers: partitions,
    reads: {
      ...Object.fromEntries(Object.entries(plan.reads).filter(([table]) => entities.includes(table))),
      [nameOf(from)]: { cut: cutOf(from.contract) as Cut, periods: partitions },
    },
  };
}

async function fromSilver(
  study: Pick<Study, 'models'>,
  contract: Contract,
  incremental: Incremental,
  index: KeyIndex,
): Promise<ModelPlan | undefined> {
  const partitions = await touchedPartitions(incremental, index);
  if (partitions.length === 0) return undefined;
  if (partitions.includes(anyPeriod) || !fitsStatement(cutOf(contract) as Cut, partitions)) return whole;
  const every = allPeriods(index, eventKind(incremental.from));
  if (partitions.length === every.length) return { partitions, covers: partitions, reads: {} };
  const reads: Record<string, PartitionRead> = {};
  const read = await readPartitions(incremental, index, partitions);
  const covers = read.get(incremental.from) as readonly Period[];
  if (!fitsStatement(cutOf(contract) as Cut, covers)) return whole;
  for (const [table, periods] of read) {
    const model = study.models.find(({ name }) => name === table) as Model;
    const cut = cutOf(model.contract);
    if (cut && !periods.includes(anyPeriod) && fitsStatement(cut, periods))
      reads[nameOf(model)] = { cut, periods };
  }
  return { partitions, covers, reads: { ...reads, ...entityReads(study, incremental, read) } };
}

/** Of the tables of entities whose versions the rows are joined to: the partitions that hold those entities. */
function entityReads(
  { models }: Pick<Study, 'models'>,
  { with: joins }: Incremental,
  read: ReadonlyMap<string, readonly Period[]>,
): Record<string, PartitionRead> {
  const reads: Record<string, PartitionRead> = {};
  for (const model of models) {
    const cut = entityCut(model.contract);
    const { versionsFrom = '', entity = [] } = model.contract;
    const versions = read.get(versionsFrom);
    if (!cut || !versions || versions.includes(anyPeriod)) continue;
    const byEntity = joins
      .filter(({ table }) => table === versionsFrom)
      .every(({ on }) => on.length === entity.length && on.every(([own]) => entity.includes(own)));
    const periods = entityPartitions(versions);
    if (byEntity && fitsStatement(cut, periods)) reads[nameOf(model)] = { cut, periods };
  }
  return reads;
}

/** The kinds of key by which a table and the table that it is joined to find each other. */
const joinKinds = ({ table, on, to }: Incremental['with'][number]) => ({
  own: columnsKind(
    table,
    on.map(([own]) => own),
  ),
  other: columnsKind(
    to,
    on.map(([, other]) => other),
  ),
});

const distinct = (periods: readonly Period[]): Period[] =>
  [...new Set(periods)].sort((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1));

/**
 * Partitions with a row that the run's records change: those of its own rows of `from`; of other rows that share the key
 * `by` with them; and of rows that a joined table's new rows lead to.
 */
async function touchedPartitions({ from, by, with: joins }: Incremental, index: KeyIndex): Promise<Period[]> {
  const byKind = by && columnsKind(from, by);
  const reached: Period[] = [];
  for (const join of joins) {
    if (ownCount(index, eventKind(join.table)) === 0) continue;
    const { own, other } = joinKinds(join);
    let periods = await periodsOfOwn(index, own, other);
    for (let table = join.to; table !== from; ) {
      const next = joins.find((one) => one.table === table) as Incremental['with'][number];
      const kinds = joinKinds(next);
      periods = await periodsSharing(index, kinds.own, periods, kinds.other);
      table = next.to;
    }
    reached.push(...periods);
  }
  return distinct([
    ...ownPeriods(index, eventKind(from)),
    ...(byKind ? await periodsOfOwn(index, byKind, byKind) : []),
    ...reached,
    ...(byKind && reached.length > 0 ? await periodsSharing(index, byKind, reached, byKind) : []),
  ]);
}

/** Table → the partitions of it that hold what the rows of these partitions are made from. */
async function readPartitions(
  { from, by, with: joins }: Incremental,
  index: KeyIndex,
  partitions: readonly Period[],
): Promise<Map<string, readonly Period[]>> {
  const byKind = by && columnsKind(from, by);
  const rows = byKind
    ? distinct([...partitions, ...(await periodsSharing(index, byKind, partitions, byKind))])
    : partitions;
  const reads = new Map<string, readonly Period[]>([[from, rows]]);
  for (const join of joins) {
    const { own, other } = joinKinds(join);
    const parent = reads.get(join.to) as readonly Period[];
    const found = await periodsSharing(index, other, parent, own);
    reads.set(join.table, distinct([...(reads.get(join.table) ?? []), ...found]));
  }
  return reads;
}
