/** The state of a lake: what is deployed, what has landed, and how its runs ended. */
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { paginateQuery } from '@aws-sdk/lib-dynamodb';
import { type LedgerRow, landedIndex, landedKeys } from '../lib/model/run/ledger.ts';
import { runIdOf } from '../lib/model/run/plan.ts';
import type { LakeContext } from './context.ts';
import { type DeployedStack, deployedStacks } from './deploy.ts';
import { type TableOptimizer, tableOptimizers } from './optimizers.ts';
import type { WorkOptions } from './progress.ts';

export interface Status {
  /** Where the lake is served; null for a local cloud that only this command runs. */
  readonly endpoint: string | null;
  readonly stacks: readonly DeployedStack[];
  readonly studies: readonly StudyStatus[];
}

export interface StudyStatus {
  readonly study: string;
  /** Bronze objects and lines that no run has accounted for yet. */
  readonly landed: { readonly objects: number; readonly records: number };
  /** Newest first. */
  readonly runs: readonly {
    /** As in the tables, the trace and the run's objects. */
    id: string;
    /** Name of the execution in Step Functions. */
    execution: string;
    status: string;
    startedAt: string;
    seconds: number | null;
  }[];
  /** Of the study's tables; empty where they are off. */
  readonly optimizers: readonly TableOptimizer[];
}

export async function status(lake: LakeContext, options: WorkOptions = {}): Promise<Status> {
  const { target, studies } = lake;
  const stacks = await deployedStacks(target, options);
  const deployed = studies.names.filter((study) =>
    stacks.some(({ name }) => name === target.names.studyStack(study, 'transform')),
  );
  const { localCloud } = target;
  return {
    endpoint: localCloud?.inThisProcess ? null : target.place,
    stacks,
    studies: await Promise.all(deployed.map((study) => studyStatus(lake, study, options))),
  };
}

async function studyStatus(lake: LakeContext, study: string, options: WorkOptions): Promise<StudyStatus> {
  const { clients, names } = lake.target;
  const rows = await landedRows(lake, study, options);
  const { executions = [] } = await clients.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: names.pipelineArn(study), maxResults: 10 }),
    { abortSignal: options.signal },
  );
  return {
    study,
    landed: { objects: rows.length, records: rows.reduce((sum, { records }) => sum + records, 0) },
    runs: executions.map(({ executionArn, name, status, startDate, stopDate }) => ({
      id: runIdOf({ executionArn: executionArn!, startedAt: startDate!.toISOString() }),
      execution: name!,
      status: status!,
      startedAt: startDate!.toISOString(),
      seconds: stopDate ? Math.round((stopDate.getTime() - startDate!.getTime()) / 100) / 10 : null,
    })),
    optimizers: await tableOptimizers(lake, study, options),
  };
}

/** Every ledger row that no run has accounted for. */
export async function landedRows(
  { target }: LakeContext,
  study: string,
  { signal }: WorkOptions,
): Promise<LedgerRow[]> {
  const pages = await Promise.all(
    landedKeys(study).map(async (key) => {
      const rows: LedgerRow[] = [];
      const query = {
        TableName: target.names.ledger,
        IndexName: landedIndex,
        KeyConditionExpression: 'landed_pk = :key',
        ExpressionAttributeValues: { ':key': key },
      };
      for await (const { Items = [] } of paginateQuery({ client: target.clients.dynamodb }, query, {
        abortSignal: signal,
      }))
        rows.push(...(Items as LedgerRow[]));
      return rows;
    }),
  );
  return pages.flat();
}
