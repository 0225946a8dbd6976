/** SNS through the SDK: topics, and what subscribed queues and functions get. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import { eventually, testFunctions } from '../support/functions.ts';
import { localCloud } from '../support/localCloud.ts';

async function topic(t: TestContext) {
  const cloud = await localCloud(t);
  const client = new SNSClient(cloud.client);
  t.after(() => client.destroy());
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
    t.after(() => functions.lambda.destroy());
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

  it('refuses a topic that is not there, and filter policies by name', async (t) => {
    const { client, arn, queueArn, subscribe } = await topic(t);

    await assert.rejects(client.send(new PublishCommand({ TopicArn: `${arn}-absent`, Message: 'x' })), {
      name: 'NotFoundException',
      message: 'Topic does not exist',
    });
    await assert.rejects(subscribe('sqs', queueArn, { FilterPolicy: '{}' }), /FilterPolicy/);
  });
});
