/** EventBridge through the SDK: patterns, schedules and targets. */
import assert from 'node:assert/strict';
import {
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud } from './support/localCloud.ts';

async function bus(t: TestContext) {
  const clock = manualClock(Date.UTC(2025, 0, 1));
  const cloud = await localCloud(t, { clock });
  const client = new EventBridgeClient(cloud.client);
  t.onTestFinished(() => client.destroy());
  const { QueueUrl } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'caught' });
  const rule = async (settings: object, target: object = {}) => {
    await client.send(new PutRuleCommand({ Name: 'rule', ...settings }));
    const Arn = 'arn:aws:sqs:us-east-1:000000000000:caught';
    await client.send(new PutTargetsCommand({ Rule: 'rule', Targets: [{ Id: 'queue', Arn, ...target }] }));
  };
  const caught = async () => {
    const { Messages = [] } = await cloud.call('sqs', 'ReceiveMessage', {
      QueueUrl,
      MaxNumberOfMessages: 10,
    });
    return Messages.map(({ Body }: { Body: string }) => JSON.parse(Body));
  };
  return { cloud, clock, client, rule, caught };
}

describe('EventBridge', () => {
  it('delivers to a rule what its pattern takes, and nothing else', async (t) => {
    const { client, rule, caught } = await bus(t);
    const pattern = {
      source: ['headwaters'],
      detail: {
        verdict: [{ 'anything-but': ['Balanced'] }],
        study: [{ prefix: 'ama' }],
        unaccounted: [{ numeric: ['>', 0, '<=', 100] }],
        replayed: [{ exists: false }],
      },
    };
    await rule({ EventPattern: JSON.stringify(pattern) }, { InputPath: '$.detail' });
    const good = { verdict: 'OutOfBalance', study: 'amazon', unaccounted: 3 };
    const details = [
      good,
      { ...good, verdict: 'Balanced' },
      { ...good, study: 'uber' },
      { ...good, unaccounted: 0 },
      { ...good, replayed: true },
    ];

    const { FailedEntryCount: failed } = await client.send(
      new PutEventsCommand({
        Entries: details.map((detail) => ({
          Source: 'headwaters',
          DetailType: 'Run ended',
          Detail: JSON.stringify(detail),
        })),
      }),
    );

    assert.equal(failed, 0);
    assert.deepEqual(await caught(), [good]);
  });

  it('answers for each entry, a malformed one included', async (t) => {
    const { client } = await bus(t);

    const { Entries: entries, FailedEntryCount: failed } = await client.send(
      new PutEventsCommand({
        Entries: [
          { Source: 'a', DetailType: 'b', Detail: '{}' },
          { Source: 'a', DetailType: 'b', Detail: '{' },
        ],
      }),
    );

    assert.equal(failed, 1);
    assert.ok(entries![0]!.EventId);
    assert.equal(entries![1]!.ErrorCode, 'MalformedDetail');
  });

  it('makes a scheduled event when the clock says so', async (t) => {
    const { clock, rule, caught } = await bus(t);
    await rule({ ScheduleExpression: 'cron(0 6 * * ? *)' });

    await clock.advance(6 * 3_600_000);

    const [event] = await caught();
    assert.deepEqual(
      [event.source, event['detail-type'], event.time],
      ['aws.events', 'Scheduled Event', '2025-01-01T06:00:00Z'],
    );
  });

  it('outlives a schedule whose target and dead-letter queue are both gone, and fires the next time', async (t) => {
    const { cloud, clock, rule, caught } = await bus(t);
    const gone = 'arn:aws:sqs:us-east-1:000000000000:gone';
    await rule({ ScheduleExpression: 'rate(1 minute)' }, { Arn: gone, DeadLetterConfig: { Arn: gone } });
    await clock.advance(61_000);

    await cloud.call('events', 'PutTargets', {
      Rule: 'rule',
      Targets: [{ Id: 'queue', Arn: gone.replace('gone', 'caught') }],
    });
    await clock.advance(60_000);

    assert.deepEqual(
      (await caught()).map(({ source }: { source: string }) => source),
      ['aws.events'],
    );
  });

  it('refuses by name what it does not do', async (t) => {
    const { client, rule } = await bus(t);
    const put = (EventPattern: object) =>
      client.send(new PutRuleCommand({ Name: 'other', EventPattern: JSON.stringify(EventPattern) }));

    await assert.rejects(put({ $or: [{ source: ['a'] }] }), /\$or/);
    await assert.rejects(put({ source: 'a' }), { name: 'InvalidEventPatternException' });
    await assert.rejects(
      rule({ EventPattern: '{"source":["a"]}' }, { InputTransformer: { InputTemplate: '"x"' } }),
      /InputTransformer/,
    );
  });
});
