/** Step Functions' tasks: what functions, queries, tables, topics and other machines give, and how their failures look. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { testFunctions } from './support/functions.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const ROLE = 'arn:aws:iam::000000000000:role/pipeline';

async function executed(cloud: TestCloud, states: Record<string, object>, input: unknown = {}) {
  const { stateMachineArn } = await cloud.call('stepfunctions', 'CreateStateMachine', {
    name: 'machine',
    roleArn: ROLE,
    definition: JSON.stringify({ StartAt: Object.keys(states)[0], States: states }),
  });
  const ended = Promise.withResolvers<void>();
  cloud.context.events.on('states:finished', (detail) => {
    if ((detail as { executionArn: string }).executionArn.includes(':machine:')) ended.resolve();
  });
  const { executionArn } = await cloud.call('stepfunctions', 'StartExecution', {
    stateMachineArn,
    input: JSON.stringify(input),
  });
  await ended.promise;
  const execution = await cloud.call('stepfunctions', 'DescribeExecution', { executionArn });
  const { events } = await cloud.call('stepfunctions', 'GetExecutionHistory', { executionArn });
  return {
    ...execution,
    types: events.map(({ type }: { type: string }) => type),
    result: execution.output && JSON.parse(execution.output),
  };
}

const task = (Resource: string, Parameters: object, more: object = {}) => ({
  Type: 'Task',
  Resource,
  Parameters,
  End: true,
  ...more,
});

async function withFunction(t: TestContext, body: string) {
  const cloud = await localCloud(t);
  const functions = testFunctions(cloud);
  t.onTestFinished(() => functions.lambda.destroy());
  const arn = await functions.create('worker', body);
  return { cloud, arn };
}

describe('tasks on functions', () => {
  // Recorded on AWS: LocalStack, services/test_lambda_task_service, test_invoke (without its HTTP headers).
  it('give payload, status and version through lambda:invoke', async (t) => {
    const { cloud } = await withFunction(t, 'return { twice: event.n * 2 };');

    const execution = await executed(
      cloud,
      { Work: task('arn:aws:states:::lambda:invoke', { FunctionName: 'worker', 'Payload.$': '$' }) },
      { n: 21 },
    );

    assert.deepEqual(execution.result, {
      ExecutedVersion: '$LATEST',
      Payload: { twice: 42 },
      StatusCode: 200,
    });
    assert.deepEqual(execution.types, [
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  // Recorded on AWS: LocalStack, error_handling/test_task_lambda.
  it('fail by the name that the function gave its error, with its report as cause', async (t) => {
    const { cloud, arn } = await withFunction(
      t,
      "const e = new Error('bad batch'); e.name = 'PoisonError'; throw e;",
    );

    const execution = await executed(cloud, {
      Work: {
        Type: 'Task',
        Resource: arn,
        Catch: [{ ErrorEquals: ['PoisonError'], Next: 'Caught' }],
        End: true,
      },
      Caught: { Type: 'Pass', End: true },
    });

    assert.equal(execution.result.Error, 'PoisonError');
    assert.equal(JSON.parse(execution.result.Cause).errorMessage, 'bad batch');
    assert.ok(execution.types.includes('LambdaFunctionFailed'));
  });

  it('fail as Lambda.ResourceNotFoundException without the function', async (t) => {
    const cloud = await localCloud(t);

    const execution = await executed(cloud, {
      Work: task('arn:aws:states:::lambda:invoke', { FunctionName: 'absent' }),
    });

    assert.equal(execution.error, 'Lambda.ResourceNotFoundException');
  });

  // Recorded on AWS: LocalStack, error_handling/test_states_errors (catch_state_all_data_limit_exceeded).
  it('fail when the answer is over 256 KiB, which States.ALL catches', async (t) => {
    const { cloud } = await withFunction(t, "return 'x'.repeat(262145);");

    const execution = await executed(cloud, {
      Work: task(
        'arn:aws:states:::lambda:invoke',
        { FunctionName: 'worker' },
        { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }] },
      ),
      Caught: { Type: 'Pass', End: true },
    });

    assert.deepEqual(execution.result, {
      Error: 'States.DataLimitExceeded',
      Cause:
        "The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.",
    });
  });
});

describe('tasks on services', () => {
  it('read and write tables, publish, and send', async (t) => {
    const cloud = await localCloud(t);
    await cloud.call('dynamodb', 'CreateTable', {
      TableName: 'runs',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    });
    const { QueueUrl } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'inbox' });

    const execution = await executed(
      cloud,
      {
        Put: {
          ...task('arn:aws:states:::dynamodb:putItem', {
            TableName: 'runs',
            Item: { id: { 'S.$': '$.run' } },
          }),
          End: undefined,
          ResultPath: null,
          Next: 'Send',
        },
        Send: {
          ...task('arn:aws:states:::sqs:sendMessage', { QueueUrl, MessageBody: { 'run.$': '$.run' } }),
          End: undefined,
          ResultPath: null,
          Next: 'Get',
        },
        Get: task('arn:aws:states:::aws-sdk:dynamodb:getItem', {
          TableName: 'runs',
          Key: { id: { 'S.$': '$.run' } },
        }),
      },
      { run: 'r-1' },
    );

    const { Messages: sent } = await cloud.call('sqs', 'ReceiveMessage', { QueueUrl });
    assert.deepEqual(execution.result, { Item: { id: { S: 'r-1' } } });
    assert.equal(sent[0].Body, '{"run":"r-1"}');
  });

  // Recorded on AWS: LocalStack, error_handling/test_aws_sdk (DynamoDb.ResourceNotFoundException, S3.NoSuchBucketException).
  it('name the errors of SDK integrations as the SDK for Java does', async (t) => {
    const cloud = await localCloud(t);

    const execution = await executed(cloud, {
      Get: task('arn:aws:states:::aws-sdk:dynamodb:getItem', {
        TableName: 'absent',
        Key: { id: { S: '1' } },
      }),
    });

    assert.equal(execution.error, 'DynamoDb.ResourceNotFoundException');
    assert.match(execution.cause, /^Requested resource not found \(Service: DynamoDb, Status Code: 400/);
  });

  it('wait for another machine, and give its parsed output with .sync:2', async (t) => {
    const cloud = await localCloud(t);
    const { stateMachineArn } = await cloud.call('stepfunctions', 'CreateStateMachine', {
      name: 'inner',
      roleArn: ROLE,
      definition: JSON.stringify({
        StartAt: 'Done',
        States: { Done: { Type: 'Pass', Parameters: { 'n.$': 'States.MathAdd($.n, 1)' }, End: true } },
      }),
    });

    const execution = await executed(
      cloud,
      {
        Nested: task(
          'arn:aws:states:::states:startExecution.sync:2',
          { StateMachineArn: stateMachineArn, 'Input.$': '$' },
          { ResultSelector: { 'status.$': '$.Status', 'output.$': '$.Output' } },
        ),
      },
      { n: 1 },
    );

    assert.deepEqual(execution.result, { status: 'SUCCEEDED', output: { n: 2 } });
  });

  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_TaskFailedEventDetails.html
  it('cut the cause of a failed query at 32,768 characters; the query itself has the reason', async (t) => {
    const cloud = await localCloud(t);
    const athena = cloud.context.services().find(({ name }) => name === 'athena')!;
    const Query = `SELECT '${'語'.repeat(40_000)}'`;
    Object.assign(athena.actions, {
      StartQueryExecution: () => ({ QueryExecutionId: 'q-1' }),
      GetQueryExecution: () => ({
        QueryExecution: { Query, Status: { State: 'FAILED', StateChangeReason: 'SlowDown' } },
      }),
    });
    const named = (name: string) => `arn:aws:states:::athena:${name}`;

    const { result } = await executed(cloud, {
      Run: task(
        named('startQueryExecution.sync'),
        { QueryString: Query },
        { Catch: [{ ErrorEquals: ['States.TaskFailed'], ResultPath: '$.failure', Next: 'Ask' }], End: true },
      ),
      Ask: task(
        named('getQueryExecution'),
        { QueryExecutionId: 'q-1' },
        { ResultSelector: { 'status.$': '$.QueryExecution.Status' }, ResultPath: '$.query' },
      ),
    });

    const { failure, query } = result as {
      failure: { Error: string; Cause: string };
      query: { status: { StateChangeReason: string } };
    };
    assert.equal(failure.Error, 'States.TaskFailed');
    assert.equal(failure.Cause.length, 32_768);
    assert.ok(!failure.Cause.includes('SlowDown'));
    assert.equal(query.status.StateChangeReason, 'SlowDown');
  });

  it('time out on the clock and stop the query that they waited for', async (t) => {
    const clock = manualClock();
    const cloud = await localCloud(t, { clock });
    const athena = cloud.context.services().find(({ name }) => name === 'athena')!;
    const stopped: string[] = [];
    Object.assign(athena.actions, {
      StartQueryExecution: () => ({ QueryExecutionId: 'q-1' }),
      GetQueryExecution: () => ({
        QueryExecution: { QueryExecutionId: 'q-1', Status: { State: 'RUNNING' } },
      }),
      StopQueryExecution: ({ QueryExecutionId }: { QueryExecutionId: string }) => {
        stopped.push(QueryExecutionId);
        return {};
      },
    });
    let ended = false;

    const running = executed(cloud, {
      Query: task(
        'arn:aws:states:::athena:startQueryExecution.sync',
        { QueryString: 'SELECT 1' },
        { TimeoutSeconds: 30 },
      ),
    }).finally(() => {
      ended = true;
    });
    while (!ended) await clock.advance(1_000);

    assert.equal((await running).error, 'States.Timeout');
    assert.deepEqual(stopped, ['q-1']);
  });
});
