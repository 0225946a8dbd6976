/** What the models of a level need from a run: their stages and checks, then what is published. Composes, never runs. */

import type { TableOptimizerType } from '@aws-sdk/client-glue';
import { databaseOf } from '../../lib/model/layout.ts';
import {
  type AuditRow,
  assessAudit,
  auditRules,
  checkResults,
  hasDoubledKeys,
} from '../../lib/model/run/audit.ts';
import type { Period } from '../../lib/model/run/keys/keySegment.ts';
import type { RunPlan } from '../../lib/model/run/plan.ts';
import type { Outcome, Outcomes, Run } from '../../lib/model/run/protocol.ts';
import type { RunScope } from '../../lib/model/run/scope.ts';
import { periodOfText } from '../../lib/model/run/statements/within.ts';
import {
  auditSql,
  type CheckResult,
  compactSql,
  forgetSql,
  isStaged,
  partitionsSql,
  publishChunks,
  publishSql,
  type Refusing,
  refuseSql,
  replaceTableSql,
  sparkStage,
  stagedAt,
  stageSql,
  vacuumSql,
  viewSql,
} from '../../lib/model/run/statements.ts';
import type { Model, Study } from '../../lib/model/study/study.ts';
import type { ResultRow } from '../shared/athenaResults.ts';
import type { Catalog } from '../shared/catalog.ts';
import { numbered, type Texts } from '../shared/run.ts';
import { fullName, isOptimized, type Optimizers, type TableName } from './tableOptimizers.ts';

/** @throws Error naming the models that there are. */
export function modelOf(study: Pick<Study, 'name' | 'models'>, name: string): Model {
  const model = study.models.find((one) => one.name === name);
  if (model) return model;
  throw new Error(
    `The study ${study.name} has no model "${name}"; it has: ${study.models.map((one) => one.name).join(', ')}.`,
  );
}

/** Whether nothing that the model reads was held back in this run; if something was, the model is skipped. */
const upstreamPublished = ({ dependsOn }: Pick<Model, 'dependsOn'>, outcomes: Outcomes): boolean =>
  dependsOn.every((name) => (outcomes[name] ?? 'published') === 'published');

/** The level's models that are made, and those that are skipped because of one before them. */
export const sorted = (models: readonly Model[], outcomes: Outcomes) => ({
  made: models.filter((model) => upstreamPublished(model, outcomes)),
  skipped: models.filter((model) => !upstreamPublished(model, outcomes)),
});

const isView = ({ contract }: Model) => contract.materialization === 'view';

const auditText = 'audit';
const partitionsText = (model: string) => `partitions-${model}`;

/** The unpublished results of these models, their checks, and the partitions that publishing will write to. */
export function composeTexts(
  models: readonly Model[],
  scope: RunScope,
  attempt: number,
): { stage: Texts; audit: Texts } {
  const tables = models.filter((model) => !isView(model));
  const staged = tables.filter((model) => isStaged(model, scope));
  return {
    stage: Object.fromEntries(
      staged.map((model) => [`stage-${model.name}`, stageSql(model, scope, attempt)]),
    ),
    audit: {
      ...numbered(auditText, auditSql(tables, scope, attempt)),
      ...Object.fromEntries(
        tables.flatMap((model) => {
          const sql = partitionsSql(model, scope, attempt);
          return sql ? [[partitionsText(model.name), sql]] : [];
        }),
      ),
    },
  };
}

/** What the audit's statements answered, by the statement's name. */
export type Answers = ReadonlyMap<string, readonly ResultRow[]>;

/** A silver table that Spark publishes, and the stage that its rows are in. */
type SparkPublish = { readonly model: string } & ReturnType<typeof sparkStage>;

/** A rebuilt table is compared row by row, which is Athena's MERGE. */
const isSparks = (model: Model, scope: RunScope) =>
  model.contract.engine === 'glue-spark' && !scope.sources[model.derivedFrom ?? '']?.remade;

export interface Assessment {
  readonly outcomes: Outcomes;
  readonly checks: readonly CheckResult[];
  /** Rules that stop a model, as text for people. */
  readonly stops: readonly string[];
  readonly publish: Texts;
  /** What Spark publishes. */
  readonly spark: readonly SparkPublish[];
  /** A table takes several statements, which must keep their order. */
  readonly inOrder: boolean;
}

/** What the checks say: refuse rows and publish the rest, or stop. A stopped model's stage stays for inspection. */
export function assess(
  models: readonly Model[],
  scope: RunScope & Partial<Pick<RunPlan, 'rebuild' | 'whole'>>,
  run: Pick<Run, 'attempt' | 'startedAt'>,
  answers: Answers,
): Assessment {
  const rows = [...answers]
    .filter(([name]) => name.startsWith(auditText))
    .flatMap(([, found]) => found as unknown as AuditRow[]);
  const byModel = Map.groupBy(rows, ({ model }) => model);
  const outcomes: Record<string, Outcome> = {};
  const checks: CheckResult[] = [];
  const stops: string[] = [];
  const spark: SparkPublish[] = [];
  const publish: Record<string, string> = {};
  const refusing: Refusing[] = [];
  let inOrder = false;
  for (const model of models) {
    outcomes[model.name] = 'published';
    if (isView(model)) {
      publish[`view-${model.name}`] = viewSql(model);
      continue;
    }
    const judged = assessAudit(auditRules(model.contract), byModel.get(model.name) ?? []);
    checks.push(...checkResults(model, judged));
    if (judged.stop.length > 0) {
      outcomes[model.name] = 'stopped';
      for (const { rule, failed, total, description } of judged.stop)
        stops.push(
          `${model.name}: ${rule} counted ${failed} of ${total} (${description}). The rows are in ${stagedAt(model, scope, run.attempt)}`,
        );
      continue;
    }
    const doubledKeys = hasDoubledKeys(model.contract, judged);
    if (judged.refused > 0 || doubledKeys) refusing.push({ model, doubledKeys });
    if (isSparks(model, scope)) {
      spark.push({ model: model.name, ...sparkStage(model, scope, run.attempt) });
      continue;
    }
    const chunks = chunksOf(model, scope, answers);
    const statements = [
      ...(isRepartitioned(model, scope) ? replaceTableSql(model, scope.lake) : []),
      ...publishSql(model, scope, run.attempt, chunks, doubledKeys),
    ];
    inOrder ||= statements.length > 1;
    Object.assign(publish, numbered(`publish-${model.name}`, statements));
  }
  const refuse = numbered('refuse', refuseSql(refusing, scope, run.attempt, run.startedAt));
  const again = models.filter(
    ({ name }) =>
      outcomes[name] === 'published' && scope.rebuild?.models.includes(name) && scope.whole?.includes(name),
  );
  const forget: Texts =
    again.length > 0
      ? {
          forget: forgetSql(
            scope.study,
            again.map(({ name }) => name),
          ),
        }
      : {};
  inOrder ||= again.length > 0;
  return { outcomes, checks, stops, spark, publish: { ...forget, ...refuse, ...publish }, inOrder };
}

/** Athena cannot change the partitions of a table, so that a rebuilt one with others takes its place. */
const isRepartitioned = ({ name }: Model, { rebuild, whole }: Partial<Pick<RunPlan, 'rebuild' | 'whole'>>) =>
  whole?.includes(name) &&
  rebuild?.changes.some(({ model, repartitioned }) => model === name && repartitioned);

function chunksOf(
  model: Model,
  scope: RunScope,
  answers: Answers,
): readonly (readonly Period[])[] | undefined {
  const asked = answers.get(partitionsText(model.name));
  return publishChunks(
    model,
    scope,
    asked?.map(({ value }) => periodOfText(value ?? null)),
  );
}

/** The Iceberg tables that runs publish, as far as they exist. */
export function publishedTables(study: Pick<Study, 'name' | 'models'>, catalog: Catalog): TableName[] {
  const quarantine = databaseOf(study.name, 'quarantine');
  const system = ['refused', 'checks'].map((table) => ({ database: quarantine, table }));
  const models = study.models.filter((model) => !isView(model));
  return [...models, ...system]
    .map(({ database, table }) => ({ database, table }))
    .filter((table) => catalog.has(fullName(table)));
}

/** OPTIMIZE and VACUUM for every table, as far as its optimizers do not do the same. */
export function maintenanceTexts(tables: readonly TableName[], optimizers: Optimizers): Texts {
  const texts: Record<string, string> = {};
  for (const table of tables) {
    const isDone = (type: TableOptimizerType) => isOptimized(optimizers, table, type);
    if (!isDone('compaction')) texts[`${fullName(table)} optimize`] = compactSql(table);
    if (!isDone('retention') || !isDone('orphan_file_deletion'))
      texts[`${fullName(table)} vacuum`] = vacuumSql(table);
  }
  return texts;
}

/** The lake's lifecycle drops a stage's files after this many days. */
const STAGE_DAYS = 3;

/** Stage tables that a stopped or failed run left behind and whose files are gone by now. */
export const staleStages = (stages: Catalog, nowMs: number): string[] =>
  [...stages]
    .filter(([, { createdMs }]) => createdMs < nowMs - STAGE_DAYS * 86_400_000)
    .map(([name]) => name.slice(name.indexOf('.') + 1));
