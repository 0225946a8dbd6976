/** Step Functions through the SDK: control flow, failures, limits and the clock. */
import assert from 'node:assert/strict';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const ROLE = 'arn:aws:iam::000000000000:role/pipeline';

interface Machine {
  readonly StartAt: string;
  readonly States: object;
  readonly TimeoutSeconds?: number;
}

async function created(cloud: TestCloud, name: string, definition: Machine): Promise<SFNClient> {
  const client = new SFNClient(cloud.client);
  await client.send(
    new CreateStateMachineCommand({ name, definition: JSON.stringify(definition), roleArn: ROLE }),
  );
  return client;
}

const machineArn = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;

/** Starts an execution and waits for its end. */
async function executed(t: TestContext, cloud: TestCloud, definition: Machine, input: unknown = {}) {
  const client = await created(cloud, 'machine', definition);
  t.onTestFinished(() => client.destroy());
  const finished = new Promise<void>((resolve) => {
    cloud.context.events.on('states:finished', () => resolve());
  });
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn: machineArn('machine'), input: JSON.stringify(input) }),
  );
  await finished;
  const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
  const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  return { ...execution, events };
}

const flow = (events: readonly HistoryEvent[]) =>
  events.map(({ id, previousEventId, type }) => [id, previousEventId, type]);

const output = (execution: { output?: string }) => JSON.parse(execution.output!);

describe('Step Functions', () => {
  it('runs passes, choices and intrinsic functions to an output', async (t) => {
    const cloud = await localCloud(t);
    const definition = {
      StartAt: 'Name',
      States: {
        Name: {
          Type: 'Pass',
          Parameters: {
            'token.$': "States.Format('{}-{}', $.name, $.tries)",
            'tries.$': 'States.MathAdd($.tries, 1)',
            'failures.$': '$.results[?(@.failed == true)].name',
            'state.$': '$$.State.Name',
          },
          ResultPath: '$.named',
          Next: 'Enough?',
        },
        'Enough?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.named.tries', NumericGreaterThanEquals: 3, Next: 'Enough' }],
          Default: 'Again',
        },
        Enough: { Type: 'Succeed', OutputPath: '$.named' },
        Again: { Type: 'Fail', Error: 'TooFew' },
      },
    };

    const execution = await executed(t, cloud, definition, {
      name: 'stage',
      tries: 2,
      results: [
        { name: 'a', failed: true },
        { name: 'b', failed: false },
      ],
    });

    assert.equal(execution.status, 'SUCCEEDED');
    assert.deepEqual(output(execution), { token: 'stage-2', tries: 3, failures: ['a'], state: 'Name' });
  });

  // Recorded on AWS: LocalStack, stepfunctions/v2/scenarios/test_base_scenarios, test_parallel_state_catch.
  it('tells the history of a caught branch as AWS does', async (t) => {
    const cloud = await localCloud(t);
    const definition = {
      StartAt: 'ParallelState',
      States: {
        ParallelState: {
          Type: 'Parallel',
          Branches: [
            {
              StartAt: 'Branch1',
              States: { Branch1: { Type: 'Fail', Error: 'FailureType', Cause: 'Cause description' } },
            },
          ],
          Catch: [{ ErrorEquals: ['FailureType'], Next: 'FinalCaught' }],
          Next: 'Final',
        },
        FinalCaught: { Type: 'Pass', End: true },
        Final: { Type: 'Pass', End: true },
      },
    };

    const execution = await executed(t, cloud, definition);

    assert.deepEqual(output(execution), { Error: 'FailureType', Cause: 'Cause description' });
    assert.deepEqual(flow(execution.events), [
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'ParallelStateEntered'],
      [3, 2, 'ParallelStateStarted'],
      [4, 3, 'FailStateEntered'],
      [5, 4, 'ParallelStateFailed'],
      [6, 5, 'ParallelStateExited'],
      [7, 6, 'PassStateEntered'],
      [8, 7, 'PassStateExited'],
      [9, 8, 'ExecutionSucceeded'],
    ]);
  });

  // Recorded on AWS: LocalStack, stepfunctions/v2/scenarios/test_base_scenarios, test_map_state_catch.
  it('tells the history of a failed iteration as AWS does', async (t) => {
    const cloud = await localCloud(t);
    const definition = {
      StartAt: 'MapState',
      States: {
        MapState: {
          Type: 'Map',
          ItemsPath: '$.arr',
          ItemProcessor: {
            StartAt: 'HandleItemFail',
            States: { HandleItemFail: { Type: 'Fail', Error: 'ItemError', Cause: 'ItemCause' } },
          },
          Catch: [{ ErrorEquals: ['ItemError'], Next: 'FinalCaught' }],
          End: true,
        },
        FinalCaught: { Type: 'Pass', End: true },
      },
    };

    const execution = await executed(t, cloud, definition, { arr: [1] });

    assert.deepEqual(flow(execution.events), [
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapIterationStarted'],
      [5, 4, 'FailStateEntered'],
      [6, 5, 'MapIterationFailed'],
      [7, 5, 'MapStateFailed'],
      [8, 7, 'MapStateExited'],
      [9, 8, 'PassStateEntered'],
      [10, 9, 'PassStateExited'],
      [11, 10, 'ExecutionSucceeded'],
    ]);
  });

  it('keeps the order of a map whatever order its iterations end in', async (t) => {
    const clock = manualClock();
    const cloud = await localCloud(t, { clock });
    const definition = {
      StartAt: 'Each',
      States: {
        Each: {
          Type: 'Map',
          ItemsPath: '$.waits',
          ItemSelector: { 'seconds.$': '$$.Map.Item.Value', 'index.$': '$$.Map.Item.Index' },
          ItemProcessor: {
            StartAt: 'Wait',
            States: { Wait: { Type: 'Wait', SecondsPath: '$.seconds', OutputPath: '$.index', End: true } },
          },
          End: true,
        },
      },
    };

    const running = executed(t, cloud, definition, { waits: [300, 100, 200] });
    const moving = until(running, () => clock.advance(100_000));
    const execution = await running;
    await moving;

    assert.deepEqual(output(execution), [0, 1, 2]);
  });

  it('waits between retries on the clock of the cloud, longer each time up to the limit', async (t) => {
    const clock = manualClock();
    const cloud = await localCloud(t, { clock });
    const definition = {
      StartAt: 'Missing table',
      States: {
        'Missing table': {
          Type: 'Task',
          Resource: 'arn:aws:states:::dynamodb:getItem',
          Parameters: { TableName: 'absent', Key: { id: { S: '1' } } },
          Retry: [
            {
              ErrorEquals: ['DynamoDB.ResourceNotFoundException'],
              IntervalSeconds: 10,
              BackoffRate: 3,
              MaxAttempts: 3,
              MaxDelaySeconds: 60,
            },
          ],
          End: true,
        },
      },
    };

    const running = executed(t, cloud, definition);
    const moving = until(running, () => clock.advance(1_000));
    const execution = await running;
    await moving;

    const starts = execution.events
      .filter(({ type }) => type === 'TaskStarted')
      .map(({ timestamp }) => timestamp!.getTime());
    const pauses = starts.slice(1).map((start, index) => (start - starts[index]!) / 1000);
    assert.equal(execution.status, 'FAILED');
    // Error and cause recorded on AWS: LocalStack, error_handling/test_task_service_dynamodb.
    assert.equal(execution.error, 'DynamoDB.ResourceNotFoundException');
    assert.match(
      execution.cause!,
      /^Requested resource not found \(Service: AmazonDynamoDBv2; Status Code: 400;/,
    );
    assert.deepEqual(pauses, [10, 30, 60]);
  });

  it('fails a state whose path leads nowhere, and lets no Catch of States.ALL hide it', async (t) => {
    const cloud = await localCloud(t);
    const definition = {
      StartAt: 'Guard',
      States: {
        Guard: {
          Type: 'Parallel',
          Branches: [
            { StartAt: 'Read', States: { Read: { Type: 'Pass', InputPath: '$.no.such.path', End: true } } },
          ],
          Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Hidden' }],
          End: true,
        },
        Hidden: { Type: 'Pass', End: true },
      },
    };

    const execution = await executed(t, cloud, definition);

    // Wording recorded on AWS: LocalStack, scenarios/test_base_scenarios, test_catch_states_runtime.
    assert.equal(execution.error, 'States.Runtime');
    assert.equal(
      execution.cause,
      "An error occurred while executing the state 'Read' (entered at the event id #4). " +
        "Invalid path '$.no.such.path' : Missing property in path $['no']",
    );
  });

  it('fails a state that gives more than 256 KiB', async (t) => {
    const cloud = await localCloud(t);
    const definition = {
      StartAt: 'Double',
      States: {
        Double: { Type: 'Pass', Parameters: { 'a.$': '$.text', 'b.$': '$.text' }, End: true },
      },
    };

    const execution = await executed(t, cloud, definition, { text: 'x'.repeat(140_000) });

    assert.equal(execution.status, 'FAILED');
    assert.equal(execution.error, 'States.DataLimitExceeded');
  });

  it('times an execution out on the clock', async (t) => {
    const clock = manualClock();
    const cloud = await localCloud(t, { clock });
    const definition = {
      StartAt: 'Wait',
      TimeoutSeconds: 60,
      States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
    };

    const running = executed(t, cloud, definition);
    const moving = until(running, () => clock.advance(30_000));
    const execution = await running;
    await moving;

    assert.equal(execution.status, 'TIMED_OUT');
  });

  it('ends a stopped execution as ABORTED with the reason that was given', async (t) => {
    const cloud = await localCloud(t);
    const client = await created(cloud, 'machine', {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
    });
    t.onTestFinished(() => client.destroy());
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: machineArn('machine') }),
    );

    await client.send(new StopExecutionCommand({ executionArn, error: 'Replaced', cause: 'a newer run' }));

    const execution = await client.send(new DescribeExecutionCommand({ executionArn }));
    assert.deepEqual(
      [execution.status, execution.error, execution.cause],
      ['ABORTED', 'Replaced', 'a newer run'],
    );
  });

  it('closes an execution that the cloud was stopped under, and never as succeeded', async (t) => {
    const cloud = await localCloud(t);
    const client = await created(cloud, 'machine', {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
    });
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: machineArn('machine') }),
    );
    client.destroy();

    const restarted = await cloud.restarted();

    const execution = await restarted.call('stepfunctions', 'DescribeExecution', { executionArn });
    assert.equal(execution.status, 'ABORTED');
    assert.match(execution.cause, /stopped while this execution ran/);
  });

  it('gives the same execution for the same name and input, and refuses the name for another', async (t) => {
    const cloud = await localCloud(t);
    const client = await created(cloud, 'machine', {
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 3600, End: true } },
    });
    t.onTestFinished(() => client.destroy());
    const start = (input: string) =>
      client.send(
        new StartExecutionCommand({ stateMachineArn: machineArn('machine'), name: 'run-1', input }),
      );

    const first = await start('{"day":1}');
    const second = await start('{"day":1}');

    assert.equal(second.executionArn, first.executionArn);
    await assert.rejects(start('{"day":2}'), { name: 'ExecutionAlreadyExists' });
  });

  it('refuses at creation what it could not run', async (t) => {
    const cloud = await localCloud(t);
    const one = (state: object) => ({ StartAt: 'One', States: { One: state } });
    const refusals: [Machine & { QueryLanguage?: string }, RegExp][] = [
      [{ ...one({ Type: 'Succeed' }), QueryLanguage: 'JSONata' }, /query language JSONata/],
      [one({ Type: 'Task', Resource: 'arn:aws:states:::ecs:runTask.sync', End: true }), /ecs:runTask/],
      [
        one({ Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken', End: true }),
        /callbacks/,
      ],
      [one({ Type: 'Pass', Next: 'Two' }), /Missing 'Next' target: Two/],
      [one({ Type: 'Pass', Parameters: { 'x.$': 'States.Nonsense()' }, End: true }), /States.Nonsense/],
      [one({ Type: 'Pass', Assign: { x: 1 }, End: true }), /Assign/],
    ];

    for (const [definition, message] of refusals) {
      await assert.rejects(created(cloud, 'refused', definition), message);
    }
  });
});

/** Moves the clock until a promise has settled; the machine under test may need several turns in between. */
async function until(promise: Promise<unknown>, move: () => Promise<void>): Promise<void> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  promise.then(settle, settle);
  while (!settled) await move();
}
