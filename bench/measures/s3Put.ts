/** Objects a second of 1 KB that one client puts, one after the other. */
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { anyone, type Measure, type Target } from '../measure.ts';
import { endpoints } from '../targets.ts';

const OBJECTS = 1_000;
const BODY = Buffer.alloc(1024, 'x');

export const s3Put: Measure = {
  name: 's3-put',
  title: 'S3 PutObject of 1 KB, one client, one at a time',
  unit: 'objects/s',
  goal: '≥ 1,500',
  rounds: 5,
  method: "1,000 objects through AWS's SDK, one after the other.",
  contestants: endpoints(put),
};

async function put({ endpoint }: Target, round: number): Promise<number> {
  const s3 = new S3Client({ ...anyone, endpoint, forcePathStyle: true });
  const Bucket = `bench-${round}`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  const startedAt = performance.now();
  for (let i = 0; i < OBJECTS; i++)
    await s3.send(new PutObjectCommand({ Bucket, Key: `object-${i}`, Body: BODY }));
  s3.destroy();
  return OBJECTS / ((performance.now() - startedAt) / 1000);
}
