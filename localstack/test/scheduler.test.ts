/** EventBridge Scheduler through the SDK: what is called when, on the clock. */
import assert from 'node:assert/strict';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';

const ROLE = 'arn:aws:iam::000000000000:role/timers';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:';

async function scheduler(t: TestContext) {
  const clock = manualClock(Date.UTC(2025, 0, 1));
  const cloud = await localCloud(t, { clock });
  const client = new SchedulerClient(cloud.client);
  t.onTestFinished(() => client.destroy());
  await cloud.call('sqs', 'CreateQueue', { QueueName: 'due' });
  await cloud.call('sqs', 'CreateQueue', { QueueName: 'dead' });
  const input = (more: Partial<CreateScheduleCommandInput> = {}): CreateScheduleCommandInput => ({
    Name: 'hourly',
    ScheduleExpression: 'rate(1 hour)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: `${QUEUE}due`, RoleArn: ROLE, Input: '{"at":"<aws.scheduler.scheduled-time>"}' },
    ...more,
  });
  return { cloud, clock, client, input };
}

async function messages(cloud: TestCloud, name: string) {
  const { QueueUrl } = await cloud.call('sqs', 'GetQueueUrl', { QueueName: name });
  const answer = await cloud.call('sqs', 'ReceiveMessage', {
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageAttributeNames: ['All'],
  });
  return answer.Messages ?? [];
}

const bodies = async (cloud: TestCloud) =>
  (await messages(cloud, 'due')).map(({ Body }: { Body: string }) => JSON.parse(Body).at).sort();

describe('EventBridge Scheduler', () => {
  it('calls its target at every time that falls due while the clock moves', async (t) => {
    const { cloud, clock, client, input } = await scheduler(t);
    await client.send(new CreateScheduleCommand(input()));

    await clock.advance(3 * 3_600_000);

    assert.deepEqual(await bodies(cloud), [
      '2025-01-01T01:00:00Z',
      '2025-01-01T02:00:00Z',
      '2025-01-01T03:00:00Z',
    ]);
  });

  it('calls nothing while disabled, before its start, or after its end', async (t) => {
    const { cloud, clock, client, input } = await scheduler(t);
    const bounded = {
      StartDate: new Date('2025-01-01T02:30:00Z'),
      EndDate: new Date('2025-01-01T04:00:00Z'),
    };
    await client.send(new CreateScheduleCommand(input({ State: 'DISABLED' })));
    await client.send(new CreateScheduleCommand(input({ Name: 'bounded', ...bounded })));

    await clock.advance(6 * 3_600_000);

    assert.deepEqual(await bodies(cloud), ['2025-01-01T03:30:00Z']);
  });

  it('starts a state machine in its role', async (t) => {
    const { cloud, clock, client, input } = await scheduler(t);
    const { stateMachineArn } = await cloud.call('stepfunctions', 'CreateStateMachine', {
      name: 'pipeline',
      roleArn: ROLE,
      definition: JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }),
    });
    const Target = { Arn: stateMachineArn, RoleArn: ROLE, Input: '{"from":"clock"}' };
    await client.send(new CreateScheduleCommand(input({ Target })));

    await clock.advance(3_600_000);

    const { executions } = await cloud.call('stepfunctions', 'ListExecutions', { stateMachineArn });
    const execution = await cloud.call('stepfunctions', 'DescribeExecution', executions[0]);
    assert.equal(executions.length, 1);
    assert.equal(execution.input, '{"from":"clock"}');
  });

  it('tries again on the clock, then leaves a dead letter that tells why', async (t) => {
    const { cloud, clock, client, input } = await scheduler(t);
    const Target = {
      Arn: `${QUEUE}absent`,
      RoleArn: ROLE,
      Input: '{"attempt":"<aws.scheduler.attempt-number>"}',
      DeadLetterConfig: { Arn: `${QUEUE}dead` },
      RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 3600 },
    };
    await client.send(
      new CreateScheduleCommand(input({ Target, ScheduleExpression: 'at(2025-01-01T00:10:00)' })),
    );

    for (let minute = 0; minute < 20; minute++) await clock.advance(60_000);

    const [letter] = await messages(cloud, 'dead');
    assert.equal(letter.Body, '{"attempt":"3"}');
    assert.equal(letter.MessageAttributes.ERROR_CODE.StringValue, 'QueueDoesNotExist');
  });

  it('goes on after a restart', async (t) => {
    const { cloud, clock, client, input } = await scheduler(t);
    await client.send(new CreateScheduleCommand(input()));

    const restarted = await cloud.restarted();
    await clock.advance(3_600_000);

    assert.deepEqual(await bodies(restarted), ['2025-01-01T01:00:00Z']);
  });

  it('keeps, lists and changes schedules', async (t) => {
    const { client, input } = await scheduler(t);
    await client.send(new CreateScheduleCommand(input()));
    await client.send(new UpdateScheduleCommand(input({ State: 'DISABLED' })));

    const schedule = await client.send(new GetScheduleCommand({ Name: 'hourly' }));
    const { Schedules: schedules } = await client.send(new ListSchedulesCommand({ NamePrefix: 'hour' }));

    assert.deepEqual([schedule.State, schedule.GroupName], ['DISABLED', 'default']);
    assert.deepEqual(
      schedules!.map(({ Name }) => Name),
      ['hourly'],
    );
    await assert.rejects(client.send(new CreateScheduleCommand(input())), { name: 'ConflictException' });
  });

  it('refuses by name what it does not do', async (t) => {
    const { client, input } = await scheduler(t);
    const universal = { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:deleteQueue', RoleArn: ROLE, Input: '{}' };

    await assert.rejects(client.send(new CreateScheduleCommand(input({ Target: universal }))), /aws-sdk:sqs/);
    await assert.rejects(
      client.send(new CreateScheduleCommand(input({ ScheduleExpressionTimezone: 'Europe/Berlin' }))),
      /Europe\/Berlin/,
    );
  });
});
