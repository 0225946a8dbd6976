/** SQS through the SDK: visibility, dead letters, batches and long polls on the clock. */
import assert from 'node:assert/strict';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { describe, it, type TestContext } from 'vitest';
import { manualClock } from '../core/clock.ts';
import { localCloud } from './support/localCloud.ts';

async function queue(t: TestContext, attributes: Record<string, string> = {}) {
  const clock = manualClock();
  const cloud = await localCloud(t, { clock });
  const client = new SQSClient(cloud.client);
  t.onTestFinished(() => client.destroy());
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

  it('gives X-Ray’s header back to whoever receives the message, with its digest', async (t) => {
    // LocalStack's recorded answer: test_sqs.py::test_aws_trace_header_propagation.
    const { send, receive } = await queue(t);
    const header = 'Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1';
    const AWSTraceHeader = { DataType: 'String', StringValue: header };

    const sent = await send('traced', { MessageSystemAttributes: { AWSTraceHeader } });
    const [message] = await receive({ MessageSystemAttributeNames: ['AWSTraceHeader'] });

    assert.match(sent.MD5OfMessageSystemAttributes ?? '', /^[0-9a-f]{32}$/);
    assert.deepEqual(message!.Attributes, { AWSTraceHeader: header });
    await assert.rejects(send('x', { MessageSystemAttributes: { Other: AWSTraceHeader } }), /Other/);
  });

  it('takes the characters of XML only, and attributes that have a value of their type', async (t) => {
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    const { send, receive } = await queue(t);
    const attribute = (DataType: string, StringValue: string) => ({
      MessageAttributes: { ErrorDetails: { DataType, StringValue } },
    });

    for (const body of ['\u0000', 'a\u000b', '\uFFFE'])
      await assert.rejects(send(body), { name: 'InvalidMessageContents' }, JSON.stringify(body));
    // LocalStack's recorded answer: test_sqs.py::test_send_message_with_empty_string_attribute.
    await assert.rejects(send('x', attribute('String', '')), {
      message: "Message (user) attribute 'ErrorDetails' must contain a non-empty value of type 'String'.",
    });
    await assert.rejects(send('x', attribute('Text', 'y')), /set of supported type prefixes/);
    await send('\t\n\r😀');

    assert.deepEqual(bodies(await receive()), ['\t\n\r😀']);
  });

  it('lists queues page by page, for a caller that says how many it wants', async (t) => {
    const { client, create } = await queue(t);
    for (const name of ['a', 'b', 'c']) await create(name);
    const names = (urls: string[] = []) => urls.map((url) => url.split('/').at(-1));

    const first = await client.send(new ListQueuesCommand({ MaxResults: 3 }));
    const second = await client.send(new ListQueuesCommand({ MaxResults: 3, NextToken: first.NextToken }));
    const all = await client.send(new ListQueuesCommand({}));

    assert.deepEqual([names(first.QueueUrls), names(second.QueueUrls)], [['a', 'b', 'c'], ['letters']]);
    assert.deepEqual([second.NextToken, all.NextToken, all.QueueUrls?.length], [undefined, undefined, 4]);
    await assert.rejects(client.send(new ListQueuesCommand({ MaxResults: 1001 })), {
      message:
        'Value 1001 for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.',
    });
  });

  it('says what is wrong in the service’s own words, with the query protocol’s code for its clients', async (t) => {
    // LocalStack's recorded answers: tests/aws/services/sqs/test_sqs.snapshot.json.
    const { cloud, url, receive, client } = await queue(t);
    const entry = (Id: string) => ({ Id, MessageBody: 'x' });
    const batch = (...ids: string[]) =>
      client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries: ids.map(entry) }));
    const ask = async (action: string, input: object) => {
      const answer = await fetch(cloud.endpoint, {
        method: 'POST',
        headers: { 'x-amz-target': `AmazonSQS.${action}`, 'content-type': 'application/x-amz-json-1.0' },
        body: JSON.stringify(input),
      });
      const { __type, message } = (await answer.json()) as { __type: string; message: string };
      return [__type, answer.headers.get('x-amzn-query-error'), message];
    };

    await assert.rejects(receive({ MaxNumberOfMessages: 11 }), {
      message:
        'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
    });
    await assert.rejects(receive({ WaitTimeSeconds: 21 }), {
      message:
        'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
    });
    await assert.rejects(batch('a', 'a'), { message: 'Id a repeated.' });
    await assert.rejects(batch('a b'), /A batch entry id can only contain alphanumeric characters/);
    assert.deepEqual(await ask('GetQueueUrl', { QueueName: 'absent' }), [
      'QueueDoesNotExist',
      'AWS.SimpleQueueService.NonExistentQueue;Sender',
      'The specified queue does not exist.',
    ]);
    assert.deepEqual(await ask('SendMessage', { QueueUrl: url }), [
      'MissingRequiredParameterException',
      'MissingParameter;Sender',
      'The request must contain the parameter MessageBody.',
    ]);
    assert.deepEqual(await ask('GetQueueAttributes', { QueueUrl: url, AttributeNames: ['Odd'] }), [
      'InvalidAttributeName',
      'InvalidAttributeName;Sender',
      'Unknown Attribute Odd.',
    ]);
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
