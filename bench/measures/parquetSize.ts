/** How small the lake's tables are against what was sent. */
import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { localNames } from '../../lake/targets/localCloud.ts';
import { finishedCloud } from '../finishedRun.ts';
import { anyone, type Measure } from '../measure.ts';

const Bucket = localNames.bucket('lake');

export const parquetSize: Measure = {
  name: 'parquet-size',
  title: "Silver's Parquet against bronze's raw JSON",
  unit: '%',
  goal: '≤ 20',
  method:
    'Bytes of all Parquet files of the silver tables, over the bytes of all bronze lines before gzip, after one run of 10,000 events (small files flatter nobody: a larger run does better).',
  contestants: [{ name: 'headwaters', open: async () => ({ take: share, async close() {} }) }],
  rounds: 1,
  warmsUp: false,
};

async function share(): Promise<number> {
  const target = await finishedCloud();
  const s3 = new S3Client({ ...anyone, endpoint: target.endpoint, forcePathStyle: true });
  try {
    let raw = 0;
    for await (const { key } of objects(s3, 'bronze/', '.ndjson.gz')) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
      raw += gunzipSync(await Body!.transformToByteArray()).byteLength;
    }
    let parquet = 0;
    for await (const { size } of objects(s3, 'silver/', '.parquet')) parquet += size;
    return (parquet / raw) * 100;
  } finally {
    s3.destroy();
    await target.stop();
  }
}

async function* objects(client: S3Client, Prefix: string, suffix: string) {
  for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix }))
    for (const { Key, Size } of Contents) if (Key!.endsWith(suffix)) yield { key: Key!, size: Size! };
}
