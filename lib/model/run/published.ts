/**
 * What made the rows of each published table: its SQL, its contract, and the same of every table that it reads. A model whose
 * text is another now is made whole again, and with it everything that depends on it.
 */
import { createHash } from 'node:crypto';
import type { Contract } from '../contract/contract.ts';
import { rowRules } from '../contract/rules.ts';
import { studyPrefix } from '../layout.ts';
import { tokenize } from '../sql/tokens.ts';
import type { Model, Study } from '../study/study.ts';

/** What a model is made by; each is a hash. */
export interface Maker {
  readonly sql: string;
  /** Of what decides about rows: columns, keys, refusing rules, partitions. Descriptions and checks that only count do not. */
  readonly contract: string;
}

/** A published table: who made its rows, and what they were made from. */
export interface PublishedTable extends Maker {
  /** Of the maker and of the tables that it read, as they were then. */
  readonly all: string;
  readonly runId: string;
  /** Iceberg transforms by which the table is partitioned; absent of a table that was made before they were kept. */
  readonly partitioning?: readonly string[];
}

/** Name of the model → its table. */
export type Published = Readonly<Record<string, PublishedTable>>;

/** Why a table's rows are not those that its model gives now. */
export type Reason = 'sql' | 'contract' | 'upstream' | 'missing' | 'unknown';

export interface Change {
  readonly model: string;
  readonly reason: Reason;
  /** Of `upstream`: the changed models that it reads. */
  readonly reads?: readonly string[];
  /** The table is partitioned otherwise than its contract says, or by nobody knows what. */
  readonly repartitioned?: true;
}

/** Key of the record of what is published. */
export const publishedKey = (study: string): string => `${studyPrefix('index', study)}published.json`;

const hash = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

const ofContract = (contract: Contract) => {
  const { columns, primaryKey, materialization, partitioning, partitionColumn, identity, incremental } =
    contract;
  const { entity, versionsFrom, inferredFrom, accountsFor } = contract;
  return hash([
    columns.map(({ name, type, required }) => [name, type, required]),
    rowRules(contract).flatMap(({ name, severity, broken }) =>
      severity === 'refuse' ? [[name, broken]] : [],
    ),
    [primaryKey, materialization, partitioning, partitionColumn, identity, incremental],
    [entity, versionsFrom, inferredFrom, accountsFor],
  ]);
};

/** Comments, letter case outside of quotes and white space change nothing. */
const makerOf = ({ sql, contract }: Pick<Model, 'sql' | 'contract'>): Maker => ({
  sql: hash(tokenize(sql).map(({ kind, value }) => [kind, value])),
  contract: ofContract(contract),
});

const allOf = ({ sql, contract }: Maker, upstream: readonly (string | undefined)[]) =>
  hash([sql, contract, ...upstream.map((all) => all ?? null)]);

/**
 * What differs from what is published, each model after those that it reads.
 * @param exists whether the model's table or view is there
 */
export function changesSince(
  { models }: Pick<Study, 'models'>,
  published: Published,
  exists: (model: Model) => boolean,
): Change[] {
  const changes: Change[] = [];
  const now = new Map<string, string>();
  for (const model of models) {
    const maker = makerOf(model);
    const all = allOf(
      maker,
      model.dependsOn.toSorted().map((name) => now.get(name)),
    );
    now.set(model.name, all);
    const known = published[model.name];
    const changed = changes.filter(({ model: other }) => model.dependsOn.includes(other));
    const reason = reasonOf(maker, all, known, exists(model), changed.length > 0);
    if (reason)
      changes.push({
        model: model.name,
        reason,
        ...(reason === 'upstream' && { reads: changed.map(({ model: other }) => other) }),
        ...(isRepartitioned(model, known) && exists(model) && { repartitioned: true as const }),
      });
  }
  return changes;
}

const isRepartitioned = ({ contract }: Pick<Model, 'contract'>, known: PublishedTable | undefined) =>
  contract.materialization !== 'view' &&
  known?.contract !== ofContract(contract) &&
  known?.partitioning?.join() !== (contract.partitioning ?? []).join();

function reasonOf(
  maker: Maker,
  all: string,
  known: PublishedTable | undefined,
  exists: boolean,
  readsChanged: boolean,
): Reason | undefined {
  if (!known) return exists ? 'unknown' : undefined;
  if (!exists) return 'missing';
  if (known.sql !== maker.sql) return 'sql';
  if (known.contract !== maker.contract) return 'contract';
  return known.all !== all || readsChanged ? 'upstream' : undefined;
}

/**
 * The record after a run: tables that it made whole are of the models as they are now, all others stay what they were.
 * @param whole names of the models whose table the run made whole and published
 */
export function publishedAfter(
  { models }: Pick<Study, 'models'>,
  before: Published,
  { runId, whole }: { readonly runId: string; readonly whole: ReadonlySet<string> },
): Published {
  const after: Record<string, PublishedTable> = {};
  for (const model of models) {
    const { name, dependsOn } = model;
    const known = before[name];
    if (!whole.has(name)) {
      if (known) after[name] = known;
      continue;
    }
    const maker = makerOf(model);
    after[name] = {
      ...maker,
      all: allOf(
        maker,
        dependsOn.toSorted().map((other) => after[other]?.all),
      ),
      runId,
      partitioning: model.contract.partitioning ?? [],
    };
  }
  return after;
}
