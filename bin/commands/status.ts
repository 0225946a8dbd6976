/** `headwaters status`: what is deployed in a world, what has landed, and how its runs ended. */
import { DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type LedgerRow, landedIndex, landedKeys } from '../../lib/model/ledger.ts';
import { listStudies } from '../../lib/model/study.ts';
import { physicalNames } from '../names.ts';
import { count, createTerminal, table } from '../terminal.ts';
import { openWorld, studiesDir, type World } from '../world.ts';

interface Status {
  readonly endpoint: string | null;
  readonly stacks: readonly { name: string; status: string }[];
  readonly studies: readonly StudyStatus[];
}

interface StudyStatus {
  readonly study: string;
  /** Bronze objects and lines that no run has accounted for yet. */
  readonly landed: { readonly objects: number; readonly records: number };
  /** Newest first. */
  readonly runs: readonly { name: string; status: string; startedAt: string; seconds: number | null }[];
}

export async function status(options: { state: string; json: boolean }): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const world = await openWorld({ stateDir: options.state, port: 0 });
  try {
    const found = await read(world);
    if (options.json) return terminal.line(JSON.stringify(found, undefined, 2));
    terminal.line(found.endpoint ? `Up at ${found.endpoint}` : 'Not up (headwaters up serves it)');
    if (found.stacks.length === 0) {
      terminal.line('Nothing is deployed yet. Run: npx headwaters run amazon --once');
      return;
    }
    terminal.line(
      `\n${table(
        ['stack', 'status'],
        found.stacks.map(({ name, status }) => [name, status]),
      )}`,
    );
    for (const { study, landed, runs } of found.studies) {
      terminal.line(
        `\n${study}: ${count(landed.records)} records in ${count(landed.objects)} objects wait for a run`,
      );
      if (runs.length > 0)
        terminal.line(
          table(
            ['run', 'status', 'started', 'seconds'],
            runs.map(({ name, status, startedAt, seconds }) => [name, status, startedAt, seconds]),
          ),
        );
    }
  } finally {
    await world.close();
  }
}

async function read(world: World): Promise<Status> {
  const { Stacks = [] } = await world.clients.cloudFormation.send(new DescribeStacksCommand({}));
  const stacks = Stacks.map(({ StackName, StackStatus }) => ({ name: StackName!, status: StackStatus! }));
  return {
    endpoint: world.embedded ? null : world.endpoint,
    stacks,
    studies:
      stacks.length === 0
        ? []
        : await Promise.all(listStudies(studiesDir).map((study) => readStudyStatus(world, study))),
  };
}

async function readStudyStatus(world: World, study: string): Promise<StudyStatus> {
  const rows = await landedRows(world, study);
  const { executions = [] } = await world.clients.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn: physicalNames.pipeline(study), maxResults: 10 }),
  );
  return {
    study,
    landed: { objects: rows.length, records: rows.reduce((sum, { records }) => sum + records, 0) },
    runs: executions.map(({ name, status, startDate, stopDate }) => ({
      name: name!,
      status: status!,
      startedAt: startDate!.toISOString(),
      seconds: stopDate ? Math.round((stopDate.getTime() - startDate!.getTime()) / 100) / 10 : null,
    })),
  };
}

/** Every ledger row that no run has accounted for. */
export async function landedRows(world: World, study: string): Promise<LedgerRow[]> {
  const pages = await Promise.all(
    landedKeys(study).map(async (key) => {
      const rows: LedgerRow[] = [];
      let ExclusiveStartKey: Record<string, unknown> | undefined;
      do {
        const page = await world.clients.dynamodb.send(
          new QueryCommand({
            TableName: physicalNames.ledger,
            IndexName: landedIndex,
            KeyConditionExpression: 'landed_pk = :key',
            ExpressionAttributeValues: { ':key': key },
            ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}),
          }),
        );
        rows.push(...((page.Items ?? []) as LedgerRow[]));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey);
      return rows;
    }),
  );
  return pages.flat();
}
