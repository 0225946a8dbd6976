/** The pipeline's composer: each step of a model asks it for the statements that the state machine then runs. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { DeleteTableCommand, GlueClient, paginateGetTables } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import { databaseOf } from '../../lib/model/databases.ts';
import type { TouchedValues } from '../../lib/model/statements.ts';
import { readResults } from '../shared/athenaResults.ts';
import { findColumns } from '../shared/catalog.ts';
import { deployedStudy, environment } from '../shared/environment.ts';
import { getText, putText } from '../shared/lake.ts';
import { attemptOf, checksKey, type Outcomes, type Run, scopeOf, type Texts } from '../shared/run.ts';
import { type FinishedQuery, queryOf, type Statement, statementsOf } from '../shared/statement.ts';
import {
  assess,
  maintenanceTexts,
  modelOf,
  prepareTexts,
  stageTexts,
  staleStages,
  upstreamPublished,
} from './logic.ts';

const study = deployedStudy();
const lake = environment('LAKE_BUCKET');
const athena = new AthenaClient({});
const glue = new GlueClient({});
const s3 = new S3Client({});

interface OfModel {
  readonly model: string;
  readonly run: Run;
}
interface PrepareStep extends OfModel {
  readonly step: 'prepare';
  readonly outcomes: Outcomes;
}
interface StageStep extends OfModel {
  readonly step: 'stage';
  readonly queries: readonly FinishedQuery[];
}
interface AssessStep extends OfModel {
  readonly step: 'assess';
  readonly touched: TouchedValues | null;
  readonly queries: readonly FinishedQuery[];
}
interface FetchStep {
  readonly step: 'fetch';
  readonly statement: { readonly name: string; readonly token: string; readonly key: string };
}
interface MaintainStep {
  readonly step: 'maintain';
  readonly execution: string;
}
type Step = PrepareStep | StageStep | AssessStep | FetchStep | MaintainStep;

const columnsOf = (database: string, table: string) => findColumns(glue, database, table);

const travelling = (run: Pick<Run, 'runId' | 'attempt'>, owner: string, texts: Texts): Promise<Statement[]> =>
  statementsOf({ ...attemptOf(study.name, run), owner }, texts, (key, body) => putText(s3, lake, key, body));

const answer = (queries: readonly FinishedQuery[], name: string) =>
  readResults(athena, queryOf(queries, name));

const steps = {
  async prepare({ model: name, run, outcomes }: PrepareStep) {
    const model = modelOf(study, name);
    if (!upstreamPublished(model, outcomes)) return { skipped: true, statements: [] };
    const texts = await prepareTexts(model, scopeOf(study.name, lake, run), columnsOf);
    return { skipped: false, statements: await travelling(run, name, texts) };
  },

  async stage({ model: name, run, queries }: StageStep) {
    const model = modelOf(study, name);
    const touched = model.contract.touched ? await answer(queries, 'touched') : undefined;
    const stage = stageTexts(model, scopeOf(study.name, lake, run), run.attempt, touched);
    return {
      touched: stage.touched ?? null,
      anything: stage.anything,
      statements: await travelling(run, name, stage.texts),
    };
  },

  async assess({ model: name, run, touched, queries }: AssessStep) {
    const model = modelOf(study, name);
    const audit = await answer(queries, 'audit');
    const partitions = queries.some((query) => query.name === 'partitions')
      ? await answer(queries, 'partitions')
      : undefined;
    const assessment = assess(
      model,
      scopeOf(study.name, lake, run),
      run,
      { ...(touched && { touched }) },
      { audit, ...(partitions && { partitions }) },
    );
    const { checks, stops, stopped } = assessment;
    await putText(s3, lake, checksKey(study.name, run, name), JSON.stringify({ checks, stops }));
    return { stopped, statements: await travelling(run, name, assessment.texts) };
  },

  async fetch({ statement: { name, token, key } }: FetchStep) {
    return { name, token, sql: await getText(s3, lake, key) };
  },

  async maintain({ execution }: MaintainStep) {
    const database = databaseOf(study.name, 'stage');
    const stages: { name: string; createdMs: number }[] = [];
    for await (const page of paginateGetTables({ client: glue }, { DatabaseName: database })) {
      for (const { Name, CreateTime } of page.TableList ?? []) {
        stages.push({ name: Name!, createdMs: CreateTime?.getTime() ?? 0 });
      }
    }
    for (const table of staleStages(stages, Date.now())) {
      await glue.send(new DeleteTableCommand({ DatabaseName: database, Name: table }));
    }
    const texts = await maintenanceTexts(study, columnsOf);
    const run = { runId: execution.slice(execution.lastIndexOf(':') + 1), attempt: 1 };
    return { statements: await travelling(run, 'maintenance', texts) };
  },
};

export function handler(event: Step): Promise<unknown> {
  switch (event.step) {
    case 'prepare':
      return steps.prepare(event);
    case 'stage':
      return steps.stage(event);
    case 'assess':
      return steps.assess(event);
    case 'fetch':
      return steps.fetch(event);
    case 'maintain':
      return steps.maintain(event);
    default:
      throw new Error(`Unknown step ${JSON.stringify((event as { step?: unknown }).step)}.`);
  }
}
