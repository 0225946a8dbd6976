/** A local cloud with a lake bucket, a workgroup and a database, for tests of Athena. */

import { AthenaClient, CreateWorkGroupCommand, type WorkGroupConfiguration } from '@aws-sdk/client-athena';
import { CreateDatabaseCommand, GlueClient } from '@aws-sdk/client-glue';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { TestContext } from 'vitest';
import type { CloudOptions } from '../../cloud.ts';
import { type AthenaAnswer, failureOf, run } from './athenaClient.ts';
import { localCloud, type TestCloud } from './localCloud.ts';

export interface AthenaCloud {
  readonly cloud: TestCloud;
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly s3: S3Client;
  /** Runs a statement that must succeed, in the database `shop`. */
  run(sql: string, parameters?: string[]): Promise<AthenaAnswer>;
  /** The reason of a statement that must fail. */
  failure(sql: string): Promise<string>;
  put(key: string, body: string | Buffer): Promise<void>;
  /** Keys of the lake bucket under a prefix. */
  keys(prefix: string): Promise<string[]>;
  text(uri: string): Promise<string>;
}

/** The bucket `lake`, the workgroup `test` with results in `s3://lake/results/`, the database `shop`. */
export async function athenaCloud(
  t: Pick<TestContext, 'onTestFinished'>,
  options: Partial<CloudOptions> & { workGroup?: WorkGroupConfiguration } = {},
): Promise<AthenaCloud> {
  const { workGroup, ...cloudOptions } = options;
  const cloud = await localCloud(t, cloudOptions);
  const athena = new AthenaClient(cloud.client);
  const glue = new GlueClient(cloud.client);
  const s3 = new S3Client({ ...cloud.client, forcePathStyle: true });
  t.onTestFinished(() => {
    for (const client of [athena, glue, s3]) client.destroy();
  });
  await s3.send(new CreateBucketCommand({ Bucket: 'lake' }));
  await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: 'shop' } }));
  await athena.send(
    new CreateWorkGroupCommand({
      Name: 'test',
      Configuration: { ResultConfiguration: { OutputLocation: 's3://lake/results/' }, ...workGroup },
    }),
  );
  const QueryExecutionContext = { Database: 'shop' };
  return {
    cloud,
    athena,
    glue,
    s3,
    run: (sql, ExecutionParameters) => run(athena, sql, { QueryExecutionContext, ExecutionParameters }),
    failure: (sql) => failureOf(athena, sql, { QueryExecutionContext }),
    async put(Key, Body) {
      await s3.send(new PutObjectCommand({ Bucket: 'lake', Key, Body }));
    },
    async keys(Prefix) {
      const { Contents } = await s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix }));
      return (Contents ?? []).map((object) => object.Key!);
    },
    async text(uri) {
      const [, Bucket, Key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(uri)!;
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return Body!.transformToString();
    },
  };
}
