/** An event source mapping over a queue: messages are received in batches, deleted when their function took them, left to reappear otherwise. */
import type { MappingRecord } from '../types.ts';
import { failedItems } from './batch.ts';
import type { MappingParts, RunningMapping } from './mapping.ts';

interface Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, { StringValue?: string; BinaryValue?: string; DataType: string }>;
}

/** Lambda begins with five batches at once. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const DEFAULT_CONCURRENCY = 5;
const MOST_RECEIVED = 10;
const LONG_POLL_SECONDS = 20;
const TROUBLE_MS = 1000;
const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const queueEvent = (messages: readonly Message[], mapping: MappingRecord, awsRegion: string) => ({
  Records: messages.map((message) => ({
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
        name,
        {
          stringValue: value.StringValue,
          binaryValue: value.BinaryValue,
          stringListValues: [],
          binaryListValues: [],
          dataType: value.DataType,
        },
      ]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: mapping.sourceArn,
    awsRegion,
  })),
});

/** The mapping's queue, called as the function's role. */
function queueOf(mapping: MappingRecord, { context, fn }: MappingParts) {
  const principal = () => ({ roleArn: fn()?.roleArn, service: 'lambda.amazonaws.com' });
  const sqs = (action: string, input: object) => context.call('sqs', action, input, principal());
  const url = async (): Promise<string> => {
    const QueueName = mapping.sourceArn.split(':').at(-1);
    return (await sqs('GetQueueUrl', { QueueName })).QueueUrl;
  };
  return {
    url,
    async receive(QueueUrl: string, most: number, WaitTimeSeconds: number): Promise<Message[]> {
      const { Messages = [] } = await sqs('ReceiveMessage', {
        QueueUrl,
        MaxNumberOfMessages: Math.min(MOST_RECEIVED, most),
        WaitTimeSeconds,
        AttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      });
      return Messages;
    },
    async remove(QueueUrl: string, messages: readonly Message[]): Promise<void> {
      for (let from = 0; from < messages.length; from += MOST_RECEIVED) {
        const Entries = messages
          .slice(from, from + MOST_RECEIVED)
          .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await sqs('DeleteMessageBatch', { QueueUrl, Entries });
      }
    },
    /** Messages that wait, are taken, or will come. */
    async backlog(): Promise<number> {
      const { Attributes } = await sqs('GetQueueAttributes', {
        QueueUrl: await url(),
        AttributeNames: COUNTS,
      });
      return COUNTS.reduce((sum, name) => sum + Number(Attributes?.[name] ?? 0), 0);
    },
  };
}

export function startQueueMapping(mapping: MappingRecord, parts: MappingParts): RunningMapping {
  const { context } = parts;
  const queue = queueOf(mapping, parts);
  let stopped = false;
  const working = new Set<Promise<void>>();
  const { promise: stopping, resolve: endStop } = Promise.withResolvers<void>();

  async function work(QueueUrl: string, messages: readonly Message[]) {
    const invocation = await parts.invoke(
      Buffer.from(JSON.stringify(queueEvent(messages, mapping, context.region))),
    );
    if (invocation.functionError) {
      parts.result('PROBLEM: Function call failed');
      return;
    }
    parts.result('OK');
    const failed = mapping.reportBatchItemFailures ? failedItems(invocation.payload) : [];
    const known = new Set(messages.map(({ MessageId }) => MessageId));
    // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html: an id that is not the batch's fails it all.
    if (failed === undefined || failed.some((identifier) => !known.has(identifier))) return;
    const taken = messages.filter(({ MessageId }) => !failed.includes(MessageId));
    await queue.remove(QueueUrl, taken);
  }

  /** Messages until the batch is full, its window over, or the queue empty. */
  async function collect(QueueUrl: string): Promise<Message[]> {
    const batch = await queue.receive(QueueUrl, mapping.batchSize, LONG_POLL_SECONDS);
    const windowEnd = context.clock.now() + mapping.batchingWindowSeconds * 1000;
    while (batch.length > 0 && batch.length < mapping.batchSize && !stopped) {
      const secondsLeft = Math.ceil((windowEnd - context.clock.now()) / 1000);
      const more = await queue.receive(QueueUrl, mapping.batchSize - batch.length, Math.max(0, secondsLeft));
      if (more.length === 0) break;
      batch.push(...more);
    }
    return batch;
  }

  /** One reader for all: batches are worked off at the same time, up to the concurrency. */
  async function run() {
    const QueueUrl = await queue.url();
    while (!stopped) {
      if (working.size >= (mapping.maximumConcurrency ?? DEFAULT_CONCURRENCY)) {
        await Promise.race([...working, stopping]);
        continue;
      }
      try {
        const messages = await Promise.race([collect(QueueUrl), stopping]);
        if (!messages || messages.length === 0) continue;
        const worked = work(QueueUrl, messages)
          .catch((error: Error) => parts.result(`PROBLEM: ${error.message}`))
          .finally(() => working.delete(worked));
        working.add(worked);
      } catch (error) {
        parts.result(`PROBLEM: ${(error as Error).message}`);
        await Promise.race([
          stopping,
          new Promise<void>((resolve) => setTimeout(resolve, TROUBLE_MS).unref()),
        ]);
      }
    }
    await Promise.all(working);
  }
  const running = run().catch((error: Error) => parts.result(`PROBLEM: ${error.message}`));

  return {
    async status() {
      const backlog = await queue.backlog();
      return {
        uuid: mapping.uuid,
        functionName: mapping.functionName,
        sourceArn: mapping.sourceArn,
        idle: working.size === 0 && backlog === 0,
        backlog,
        inFlight: working.size,
      };
    },
    async stop() {
      stopped = true;
      endStop();
      await running;
    },
  };
}
