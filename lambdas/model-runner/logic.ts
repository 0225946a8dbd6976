/** What a model needs from a run, step by step: its table, its stage and audit, its publishing. Composes, never runs. */
import { type AuditRow, assessAudit, auditRules, checkResults } from '../../lib/model/audit.ts';
import { databaseOf } from '../../lib/model/databases.ts';
import type { RunScope } from '../../lib/model/plan.ts';
import {
  auditSql,
  type CheckResult,
  compactSql,
  createTableSql,
  dropStageSql,
  evolveSql,
  partitionsSql,
  publishChunks,
  publishSql,
  refuseSql,
  stageSql,
  type TouchedValues,
  touchedSql,
  vacuumSql,
} from '../../lib/model/statements.ts';
import type { Model, Study } from '../../lib/model/study.ts';
import type { ResultRow } from '../shared/athenaResults.ts';
import type { FindColumns } from '../shared/catalog.ts';
import { numbered, type Outcomes, type Run, type Texts } from '../shared/run.ts';

/** @throws Error naming the models that there are. */
export function modelOf(study: Pick<Study, 'name' | 'models'>, name: string): Model {
  const model = study.models.find((one) => one.name === name);
  if (model) return model;
  throw new Error(
    `The study ${study.name} has no model "${name}"; it has: ${study.models.map((one) => one.name).join(', ')}.`,
  );
}

/** Whether everything that the model reads was published in this run; if not, the model is skipped. */
export function upstreamPublished(model: Pick<Model, 'dependsOn'>, outcomes: Outcomes): boolean {
  const held = new Set(
    Object.values(outcomes)
      .flat()
      .filter(({ outcome }) => outcome !== 'published')
      .map(({ model: name }) => name),
  );
  return !model.dependsOn.some((name) => held.has(name));
}

/** The table as the contract has it, and the question which partitions the run touches. */
export async function prepareTexts(model: Model, scope: RunScope, findColumns: FindColumns): Promise<Texts> {
  const existing = await findColumns(model.database, model.table);
  const table = existing ? evolveSql(model, existing) : [createTableSql(model, scope.lake)];
  const touched = touchedSql(model, scope);
  return { ...numbered('table', table), ...(touched && { touched }) };
}

export interface StageStep {
  /** Partitions that are recomputed; absent = the whole table. */
  readonly touched?: TouchedValues;
  /** False when the run touches no partition of the model. */
  readonly anything: boolean;
  readonly texts: Texts;
}

/** The unpublished result, its checks, and the partitions that publishing will write to. */
export function stageTexts(
  model: Model,
  scope: RunScope,
  attempt: number,
  touchedRows: readonly ResultRow[] | undefined,
): StageStep {
  const touched = touchedRows?.map(({ value }) => value ?? null);
  if (touched?.length === 0) return { touched, anything: false, texts: {} };
  const partitions = partitionsSql(model, scope, attempt, touched);
  return {
    ...(touched && { touched }),
    anything: true,
    texts: {
      stage: stageSql(model, scope, attempt, touched),
      audit: auditSql(model, scope, attempt),
      ...(partitions && { partitions }),
    },
  };
}

export interface Assessment {
  readonly stopped: boolean;
  /** Rules that stop the model, as text for people. */
  readonly stops: readonly string[];
  readonly checks: readonly CheckResult[];
  readonly texts: Texts;
}

/** What the checks say: refuse rows and publish the rest, or stop. A stopped model's stage stays for inspection. */
export function assess(
  model: Model,
  scope: RunScope,
  run: Run,
  stage: Pick<StageStep, 'touched'>,
  answers: { readonly audit: readonly ResultRow[]; readonly partitions?: readonly ResultRow[] },
): Assessment {
  const judged = assessAudit(auditRules(model.contract), answers.audit as unknown as AuditRow[]);
  const checks = checkResults(model, judged);
  if (judged.stop.length > 0) {
    const stops = judged.stop.map(
      ({ rule, failed, total, description }) =>
        `${model.name}: ${rule} counted ${failed} of ${total} (${description})`,
    );
    return { stopped: true, stops, checks, texts: {} };
  }
  const refuse = refuseSql(model, scope, run.attempt, run.startedAt);
  const chunks =
    answers.partitions &&
    publishChunks(
      model,
      answers.partitions.map(({ value, kind }) => ({ value: value ?? null, kind: kind ?? '' })),
      stage.touched,
    );
  return {
    stopped: false,
    stops: [],
    checks,
    texts: {
      ...(refuse && { refuse }),
      ...numbered('publish', publishSql(model, scope, run.attempt, chunks)),
      drop: dropStageSql(model, scope, run.attempt),
    },
  };
}

/** OPTIMIZE and VACUUM for every table that exists. */
export async function maintenanceTexts(
  study: Pick<Study, 'name' | 'models'>,
  findColumns: FindColumns,
): Promise<Texts> {
  const system = ['rows', 'checks'].map((table) => ({
    database: databaseOf(study.name, 'quarantine'),
    table,
  }));
  const texts: Record<string, string> = {};
  for (const { database, table } of [...study.models, ...system]) {
    if (!(await findColumns(database, table))) continue;
    texts[`${database}.${table} optimize`] = compactSql({ database, table });
    texts[`${database}.${table} vacuum`] = vacuumSql({ database, table });
  }
  return texts;
}

/** The lake's lifecycle drops a stage's files after this many days. */
const STAGE_DAYS = 3;

/** Stage tables that a stopped or failed run left behind and whose files are gone by now. */
export const staleStages = (
  stages: readonly { readonly name: string; readonly createdMs: number }[],
  nowMs: number,
): string[] =>
  stages.filter(({ createdMs }) => createdMs < nowMs - STAGE_DAYS * 86_400_000).map(({ name }) => name);
