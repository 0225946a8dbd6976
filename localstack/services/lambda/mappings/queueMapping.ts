/** An event source mapping over a queue: messages are received in batches, deleted when their function took them, left to reappear otherwise. */
import type { MappingRecord } from '../types.ts';
import { failedItems } from './batch.ts';
import type { MappingParts, RunningMapping } from './streamMapping.ts';

interface Message {
  MessageId: string;
  ReceiptHandle: string;
  Body: string;
  MD5OfBody: string;
  Attributes?: Record<string, string>;
  MessageAttributes?: Record<string, { StringValue?: string; BinaryValue?: string; DataType: string }>;
}

/** Lambda begins with five pollers. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLERS = 5;
const MOST_RECEIVED = 10;
const LONG_POLL_SECONDS = 20;
const TROUBLE_MS = 1000;

export function startQueueMapping(mapping: MappingRecord, parts: MappingParts): RunningMapping {
  const { context } = parts;
  const principal = () => ({ roleArn: parts.fn()?.roleArn, service: 'lambda.amazonaws.com' });
  const sqs = (action: string, input: object) => context.call('sqs', action, input, principal());
  let stopped = false;
  let inFlight = 0;
  let waiting = 0;
  let endStop = () => {};
  const stopping = new Promise<void>((resolve) => {
    endStop = resolve;
  });

  const eventOf = (messages: readonly Message[]) => ({
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
      awsRegion: context.region,
    })),
  });

  async function work(QueueUrl: string, messages: readonly Message[]) {
    const invocation = await parts.invoke(Buffer.from(JSON.stringify(eventOf(messages))));
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
    for (let from = 0; from < taken.length; from += MOST_RECEIVED) {
      const Entries = taken
        .slice(from, from + MOST_RECEIVED)
        .map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs('DeleteMessageBatch', { QueueUrl, Entries });
    }
  }

  async function receive(QueueUrl: string, most: number, WaitTimeSeconds: number): Promise<Message[]> {
    const { Messages = [] } = await sqs('ReceiveMessage', {
      QueueUrl,
      MaxNumberOfMessages: Math.min(MOST_RECEIVED, most),
      WaitTimeSeconds,
      AttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    return Messages;
  }

  /** Messages until the batch is full, its window over, or the queue empty. */
  async function collect(QueueUrl: string): Promise<Message[]> {
    const batch = await receive(QueueUrl, mapping.batchSize, LONG_POLL_SECONDS);
    const windowEnd = context.clock.now() + mapping.batchingWindowSeconds * 1000;
    while (batch.length > 0 && batch.length < mapping.batchSize && !stopped) {
      const secondsLeft = Math.ceil((windowEnd - context.clock.now()) / 1000);
      const more = await receive(QueueUrl, mapping.batchSize - batch.length, Math.max(0, secondsLeft));
      if (more.length === 0) break;
      batch.push(...more);
    }
    return batch;
  }

  async function poll(QueueUrl: string) {
    while (!stopped) {
      try {
        waiting += 1;
        const received = await Promise.race([collect(QueueUrl), stopping]).finally(() => {
          waiting -= 1;
        });
        if (!received || received.length === 0) continue;
        inFlight += 1;
        await work(QueueUrl, received).finally(() => {
          inFlight -= 1;
        });
      } catch (error) {
        parts.result(`PROBLEM: ${(error as Error).message}`);
        await Promise.race([
          stopping,
          new Promise<void>((resolve) => setTimeout(resolve, TROUBLE_MS).unref()),
        ]);
      }
    }
  }

  async function run() {
    const QueueName = mapping.sourceArn.split(':').at(-1);
    const { QueueUrl } = await sqs('GetQueueUrl', { QueueName });
    await Promise.all(Array.from({ length: mapping.maximumConcurrency ?? POLLERS }, () => poll(QueueUrl)));
  }
  const running = run().catch((error: Error) => parts.result(`PROBLEM: ${error.message}`));

  return {
    status: () => ({
      uuid: mapping.uuid,
      functionName: mapping.functionName,
      sourceArn: mapping.sourceArn,
      idle: inFlight === 0 && waiting > 0,
      backlog: 0,
      inFlight,
    }),
    async stop() {
      stopped = true;
      endStop();
      await running;
    },
  };
}
