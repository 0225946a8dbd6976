/** SNS through the SDK: topics, and what subscribed queues and functions get. */
import assert from 'node:assert/strict';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  ListTopicsCommand,
  type MessageAttributeValue,
  PublishBatchCommand,
  PublishCommand,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns';
import { describe, it, type TestContext } from 'vitest';
import { eventually, testFunctions } from './support/functions.ts';
import { localCloud } from './support/localCloud.ts';

async function topic(t: TestContext) {
  const cloud = await localCloud(t);
  const client = new SNSClient(cloud.client);
  t.onTestFinished(() => client.destroy());
  const { TopicArn: arn } = await client.send(new CreateTopicCommand({ Name: 'notifications' }));
  const { QueueUrl: url } = await cloud.call('sqs', 'CreateQueue', { QueueName: 'inbox' });
  const queueArn = 'arn:aws:sqs:us-east-1:000000000000:inbox';
  const subscribe = (Protocol: string, Endpoint: string, Attributes: Record<string, string> = {}) =>
    client.send(new SubscribeCommand({ TopicArn: arn, Protocol, Endpoint, Attributes }));
  const inbox = async () => {
    const input = { QueueUrl: url, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
    return (await cloud.call('sqs', 'ReceiveMessage', input)).Messages ?? [];
  };
  return { cloud, client, arn: arn!, queueArn, subscribe, inbox };
}

const attributes = { verdict: { DataType: 'String', StringValue: 'Balanced' } };

describe('SNS', () => {
  // https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
  it('hands a queue the notification with topic, subject and attributes', async (t) => {
    const { client, arn, queueArn, subscribe, inbox } = await topic(t);
    await subscribe('sqs', queueArn);

    const { MessageId: id } = await client.send(
      new PublishCommand({
        TopicArn: arn,
        Subject: 'Run ended',
        Message: 'balanced',
        MessageAttributes: attributes,
      }),
    );

    const [message] = await inbox();
    const { Timestamp: _, ...notification } = JSON.parse(message.Body);
    assert.deepEqual(notification, {
      Type: 'Notification',
      MessageId: id,
      TopicArn: arn,
      Subject: 'Run ended',
      Message: 'balanced',
      MessageAttributes: { verdict: { Type: 'String', Value: 'Balanced' } },
    });
  });

  it('hands a queue the bare message if it asked for that', async (t) => {
    const { client, arn, queueArn, subscribe, inbox } = await topic(t);
    await subscribe('sqs', queueArn, { RawMessageDelivery: 'true' });

    await client.send(new PublishCommand({ TopicArn: arn, Message: 'raw', MessageAttributes: attributes }));

    const [message] = await inbox();
    assert.equal(message.Body, 'raw');
    assert.deepEqual(message.MessageAttributes, attributes);
  });

  it('gives each protocol its own text of a structured message', async (t) => {
    const { client, arn, queueArn, subscribe, inbox } = await topic(t);
    await subscribe('sqs', queueArn, { RawMessageDelivery: 'true' });

    await client.send(
      new PublishCommand({
        TopicArn: arn,
        MessageStructure: 'json',
        Message: JSON.stringify({ default: 'for all', sqs: 'for queues' }),
      }),
    );

    assert.equal((await inbox())[0].Body, 'for queues');
  });

  it('invokes a function with the record that Lambda gets', async (t) => {
    const { cloud, client, arn, subscribe } = await topic(t);
    const functions = testFunctions(cloud);
    t.onTestFinished(() => functions.lambda.destroy());
    const functionArn = await functions.create('listener', 'note(event)');
    await subscribe('lambda', functionArn);

    await client.send(new PublishCommand({ TopicArn: arn, Subject: 'Hi', Message: 'hello' }));

    await eventually(() => functions.notes('listener').length === 1);
    const [{ Records: records }] = functions.notes('listener');
    assert.equal(records[0].EventSource, 'aws:sns');
    assert.deepEqual([records[0].Sns.Subject, records[0].Sns.Message], ['Hi', 'hello']);
  });

  it('keeps an e-mail subscription unconfirmed', async (t) => {
    const { client, arn, subscribe } = await topic(t);

    await subscribe('email', 'someone@example.org');

    const { Subscriptions: subscriptions } = await client.send(
      new ListSubscriptionsByTopicCommand({ TopicArn: arn }),
    );
    const { Attributes: counted } = await client.send(new GetTopicAttributesCommand({ TopicArn: arn }));
    assert.equal(subscriptions![0]!.SubscriptionArn, 'PendingConfirmation');
    assert.equal(counted!.SubscriptionsPending, '1');
  });

  it('refuses FIFO topics, whatever their name, and subscriptions whose messages nobody would get', async (t) => {
    const { client, subscribe } = await topic(t);
    const create = (Name: string) =>
      client.send(new CreateTopicCommand({ Name, Attributes: { FifoTopic: 'true' } }));

    await assert.rejects(create('orders'), {
      name: 'InvalidParameterException',
      message: /must end with \.fifo/,
    });
    await assert.rejects(create('orders.fifo'), { name: 'NotImplementedException' });
    for (const protocol of ['http', 'https', 'sms', 'firehose', 'application'])
      await assert.rejects(subscribe(protocol, 'http://example.org/'), {
        name: 'NotImplementedException',
        message: new RegExp(`${protocol} subscriptions of SNS`),
      });
  });

  it('says what is wrong with a batch, an attribute or an address in the service’s own words', async (t) => {
    // LocalStack's recorded answers: tests/aws/services/sns/test_sns.snapshot.json.
    const { client, arn, subscribe, queueArn } = await topic(t);
    const batch = (...ids: string[]) =>
      client.send(
        new PublishBatchCommand({
          TopicArn: arn,
          PublishBatchRequestEntries: ids.map((Id) => ({ Id, Message: 'x' })),
        }),
      );
    const attribute = (name: string, value: MessageAttributeValue) =>
      client.send(new PublishCommand({ TopicArn: arn, Message: 'x', MessageAttributes: { [name]: value } }));
    await subscribe('sqs', queueArn);
    const failures: [() => Promise<unknown>, string][] = [
      [() => batch('a', 'a'), 'Two or more batch entries in the request have the same Id.'],
      [
        () => batch('a b'),
        'The Id of a batch entry in the batch request contains an impermissible character: a b',
      ],
      [() => batch(), "The batch request doesn't contain any entries."],
      [
        () => attribute('attr1', { DataType: 'String', StringValue: '' }),
        "The message attribute 'attr1' must contain non-empty message attribute value for message attribute type 'String'.",
      ],
      [
        () => attribute('attr^1', { DataType: 'String', StringValue: 'x' }),
        "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include alphanumeric characters, hyphens, underscores, or dots.",
      ],
      [
        () => attribute('attr1', { StringValue: 'x' } as MessageAttributeValue),
        "1 validation error detected: Value null at 'messageAttributes.attr1.member.dataType' failed to satisfy constraint: Member must not be null",
      ],
      [() => subscribe('sqs', 'http://queue'), 'Invalid parameter: SQS endpoint ARN'],
      [
        () => subscribe('sqs', `${queueArn}2`, { RawMessageDelivery: 'yes' }),
        'Invalid parameter: Attributes Reason: RawMessageDelivery: Invalid value [yes]. Must be true or false.',
      ],
      [
        () => subscribe('sqs', queueArn, { RawMessageDelivery: 'true' }),
        'Invalid parameter: Attributes Reason: Subscription already exists with different attributes',
      ],
      [
        () => client.send(new UnsubscribeCommand({ SubscriptionArn: 'a' })),
        'Invalid parameter: SubscriptionArn Reason: An ARN must have at least 6 elements, not 1',
      ],
      [
        () => client.send(new PublishCommand({ TopicArn: arn, Message: 'x', Subject: '' })),
        'Invalid parameter: Subject',
      ],
    ];

    for (const [act, message] of failures) await assert.rejects(act, { message }, message);
  });

  it('lists topics a hundred at a time', async (t) => {
    // https://docs.aws.amazon.com/sns/latest/api/API_ListTopics.html
    const { cloud, client } = await topic(t);
    for (let index = 0; index < 100; index++)
      await cloud.call('sns', 'CreateTopic', { Name: `t${String(index).padStart(3, '0')}` });

    const first = await client.send(new ListTopicsCommand({}));
    const second = await client.send(new ListTopicsCommand({ NextToken: first.NextToken }));

    assert.deepEqual([first.Topics?.length, second.Topics?.length, second.NextToken], [100, 1, undefined]);
  });

  it('changes how a subscription delivers', async (t) => {
    const { client, arn, subscribe, queueArn, inbox } = await topic(t);
    const { SubscriptionArn } = await subscribe('sqs', queueArn);

    await client.send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn,
        AttributeName: 'RawMessageDelivery',
        AttributeValue: 'true',
      }),
    );
    await client.send(new PublishCommand({ TargetArn: arn, Message: 'raw' }));

    assert.equal((await inbox())[0].Body, 'raw');
  });

  it('refuses a topic that is not there, and filter policies by name', async (t) => {
    const { client, arn, queueArn, subscribe } = await topic(t);

    await assert.rejects(client.send(new PublishCommand({ TopicArn: `${arn}-absent`, Message: 'x' })), {
      name: 'NotFoundException',
      message: 'Topic does not exist',
    });
    await assert.rejects(subscribe('sqs', queueArn, { FilterPolicy: '{}' }), /FilterPolicy/);
  });
});
