/** SQS through the SDK: visibility, dead letters, batches and long polls on the clock. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { manualClock } from '../../localstack/core/clock.ts';
import { localCloud } from '../support/localCloud.ts';

async function queue(t: TestContext, attributes: Record<string, string> = {}) {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const client = new SQSClient(cloud.client);
  t.after(() => client.destroy());
  const create = async (QueueName: string, Attributes: Record<string, string> = {}) =>
    (await client.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl!;
  const arnOf = (name: string) => `arn:aws:sqs:us-east-1:000000000000:${name}`;
  const url = await create('letters', attributes);
  const send = (MessageBody: string, more: object = {}) =>
    client.send(new SendMessageCommand({ QueueUrl: url, MessageBody, ...more }));
  const receive = async (more: Partial<ReceiveMessageCommandInput> = {}) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, ...more })))
      .Messages ?? [];
  return { cloud, clock, client, url, create, arnOf, send, receive };
}

const bodies = (messages: readonly { Body?: string }[]) => messages.map(({ Body }) => Body);

describe('SQS', () => {
  it('hides a message while it is worked on and shows it again when the time is up', async (t) => {
    const { clock, send, receive } = await queue(t, { VisibilityTimeout: '60' });
    await send('one');

    const first = await receive();
    const hidden = await receive();
    await clock.advance(60_000);
    const second = await receive({ MessageSystemAttributeNames: ['ApproximateReceiveCount'] });

    assert.deepEqual([bodies(first), hidden, bodies(second)], [['one'], [], ['one']]);
    assert.equal(second[0]!.Attributes!.ApproximateReceiveCount, '2');
  });

  it('forgets a deleted message, but not for an old receipt', async (t) => {
    const { client, clock, url, send, receive } = await queue(t);
    await send('one');
    const [first] = await receive();
    await clock.advance(30_000);
    const [second] = await receive();
    const remove = (ReceiptHandle: string | undefined) =>
      client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));

    await remove(first!.ReceiptHandle);
    await clock.advance(30_000);
    const still = await receive();
    await remove(still[0]!.ReceiptHandle);
    await clock.advance(30_000);

    assert.notEqual(second!.ReceiptHandle, first!.ReceiptHandle);
    assert.deepEqual(bodies(still), ['one']);
    assert.deepEqual(await receive(), []);
  });

  it('moves a message that was received too often to the dead letters', async (t) => {
    const { cloud, clock, client, create, arnOf, url, send, receive } = await queue(t);
    const dead = await create('dead');
    await cloud.call('sqs', 'SetQueueAttributes', {
      QueueUrl: url,
      Attributes: {
        RedrivePolicy: JSON.stringify({ deadLetterTargetArn: arnOf('dead'), maxReceiveCount: 2 }),
      },
    });
    const { MessageId: id } = await send('poison');

    const received: number[] = [];
    for (let round = 0; round < 3; round++) {
      received.push((await receive()).length);
      await clock.advance(30_000);
    }

    const { Messages: letters } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: dead, MessageSystemAttributeNames: ['All'] }),
    );
    assert.deepEqual(received, [1, 1, 0]);
    assert.equal(letters![0]!.MessageId, id);
    assert.equal(letters![0]!.Attributes!.DeadLetterQueueSourceArn, arnOf('letters'));
  });

  it('gives a delayed message no sooner than its delay, and a released one at once', async (t) => {
    const { client, clock, url, send, receive } = await queue(t);
    await send('later', { DelaySeconds: 10 });

    const early = await receive();
    await clock.advance(10_000);
    const [message] = await receive();
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: message!.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );

    assert.deepEqual(early, []);
    assert.deepEqual(bodies(await receive()), ['later']);
  });

  it('answers a long poll when a message comes', async (t) => {
    const { send, receive } = await queue(t);

    const waiting = receive({ WaitTimeSeconds: 20 });
    await send('here');

    assert.deepEqual(bodies(await waiting), ['here']);
  });

  it('ends an empty long poll on the clock', async (t) => {
    const { clock, receive } = await queue(t);
    let ended = false;

    const waiting = receive({ WaitTimeSeconds: 20 }).finally(() => {
      ended = true;
    });
    while (!ended) await clock.advance(1_000);

    assert.deepEqual(await waiting, []);
  });

  it('keeps attributes with the digests that the SDK checks', async (t) => {
    const { send, receive } = await queue(t);
    const MessageAttributes = {
      verdict: { DataType: 'String', StringValue: 'Balanced' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2, 255]) },
      count: { DataType: 'Number', StringValue: '3' },
    };

    const sent = await send('with attributes', { MessageAttributes });
    const [message] = await receive({ MessageAttributeNames: ['All'] });

    assert.equal(sent.MD5OfMessageAttributes, message!.MD5OfMessageAttributes);
    assert.deepEqual(message!.MessageAttributes, MessageAttributes);
  });

  it('answers for each entry of a batch', async (t) => {
    const { client, url, receive } = await queue(t);

    await client.send(
      new SendMessageBatchCommand({
        QueueUrl: url,
        Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: Id })),
      }),
    );
    const [first] = await receive({ MaxNumberOfMessages: 1 });
    const removal = await client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'good', ReceiptHandle: first!.ReceiptHandle },
          { Id: 'bad', ReceiptHandle: 'nonsense' },
        ],
      }),
    );

    assert.deepEqual(removal.Successful, [{ Id: 'good' }]);
    assert.deepEqual(
      removal.Failed!.map(({ Id, Code }) => [Id, Code]),
      [['bad', 'ReceiptHandleIsInvalid']],
    );
  });

  it('counts visible, delayed and hidden messages', async (t) => {
    const { client, url, send, receive } = await queue(t);
    for (const text of ['a', 'b', 'c']) await send(text);
    await send('d', { DelaySeconds: 5 });
    await receive({ MaxNumberOfMessages: 1 });

    const { Attributes: attributes } = await client.send(
      new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }),
    );

    assert.deepEqual(
      [
        attributes!.ApproximateNumberOfMessages,
        attributes!.ApproximateNumberOfMessagesNotVisible,
        attributes!.ApproximateNumberOfMessagesDelayed,
      ],
      ['2', '1', '1'],
    );
  });

  it('refuses unknown queues and FIFO queues by name', async (t) => {
    const { client, create } = await queue(t);

    await assert.rejects(client.send(new GetQueueUrlCommand({ QueueName: 'absent' })), {
      name: 'QueueDoesNotExist',
      message: 'The specified queue does not exist.',
    });
    await assert.rejects(create('strict.fifo', { FifoQueue: 'true' }), /FIFO queues/);
  });
});
