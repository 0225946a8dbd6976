/** Records a second that one client puts into a stream, 500 a request. */
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { anyone, type Measure, type Target } from '../measure.ts';
import { endpoints } from '../targets.ts';

const RECORDS = 50_000;
const BATCH = 500;
/** A typical event of the Amazon study. */
const DATA = Buffer.from(JSON.stringify({ filler: 'x'.repeat(330) }));

export const kinesisPut: Measure = {
  name: 'kinesis-put',
  title: 'PutRecords, 500 a batch, one client, 347-byte records',
  unit: 'records/s',
  goal: '≥ 100,000',
  rounds: 5,
  method: "50,000 records through AWS's SDK over HTTP/1.1, four requests in flight, four shards.",
  contestants: endpoints(put),
};

async function put({ endpoint }: Target, round: number): Promise<number> {
  // HTTP/1.1 on both sides: MiniStack's HTTP/2 breaks off now and then.
  const kinesis = new KinesisClient({ ...anyone, endpoint, requestHandler: new NodeHttpHandler() });
  const StreamName = `bench-${round}`;
  await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 4 }));
  while (
    (await kinesis.send(new DescribeStreamSummaryCommand({ StreamName }))).StreamDescriptionSummary
      ?.StreamStatus !== 'ACTIVE'
  );
  const startedAt = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < RECORDS) {
      const first = next;
      next += BATCH;
      const { FailedRecordCount } = await kinesis.send(
        new PutRecordsCommand({
          StreamName,
          Records: Array.from({ length: BATCH }, (_, i) => ({
            Data: DATA,
            PartitionKey: `key-${first + i}`,
          })),
        }),
      );
      if (FailedRecordCount) throw new Error(`${FailedRecordCount} records were refused`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, sender));
  kinesis.destroy();
  return RECORDS / ((performance.now() - startedAt) / 1000);
}
