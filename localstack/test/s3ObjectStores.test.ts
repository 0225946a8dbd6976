/** Both object stores keep the same promises, so that engines need not know which S3 they work with. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { type Cloud, startCloud } from '../cloud.ts';
import { embeddedObjectStore, type ObjectStore } from '../core/objectStore.ts';
import { remoteObjectStore } from '../core/remoteObjectStore.ts';
import { cutTo, flipBit } from './support/stateFiles.ts';

let stateDir: string;
let cloud: Cloud;
let remote: ReturnType<typeof remoteObjectStore>;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'headwaters-stores-'));
  cloud = await startCloud({ stateDir, port: 0 });
  remote = remoteObjectStore({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterAll(async () => {
  remote.close();
  await cloud.stop();
  await rm(stateDir, { recursive: true });
});

test('a download of the remote store that was changed, cut or removed since is made again', async () => {
  await cloud.call('s3', 'CreateBucket', { Bucket: 'downloads' });
  await remote.put('downloads', 'a.parquet', Buffer.from('PAR1 and rows'));
  const path = await remote.localPath('downloads', 'a.parquet');

  for (const harm of [() => flipBit(path, 5), () => cutTo(path, 4), () => rmSync(path)]) {
    harm();

    assert.equal(await remote.localPath('downloads', 'a.parquet'), path);
    assert.equal(readFileSync(path, 'utf8'), 'PAR1 and rows');
  }
});

const stores: Record<string, () => ObjectStore> = {
  embedded: () => embeddedObjectStore(cloud.context),
  remote: () => remote,
};

for (const [name, make] of Object.entries(stores)) {
  test(`the ${name} store puts, lists in byte order, reads, offers files and deletes`, async () => {
    const store = make();
    const bucket = `${name}-objects`;
    await cloud.call('s3', 'CreateBucket', { Bucket: bucket });

    const finished = store.tempFile('.parquet');
    writeFileSync(finished, 'PAR1');
    const put = await store.put(bucket, 't/data/é.json', Buffer.from('{}'));
    const moved = await store.putFile(bucket, 't/data/a.parquet', finished);
    const listed = await Array.fromAsync(store.list(bucket, 't/data/'));
    const path = await store.localPath(bucket, 't/data/a.parquet');
    const again = await store.localPath(bucket, 't/data/a.parquet');

    assert.deepEqual(
      listed.map(({ key, size, etag }) => ({ key, size, etag })),
      [
        { key: 't/data/a.parquet', size: 4, etag: moved.etag },
        { key: 't/data/é.json', size: 2, etag: put.etag },
      ],
    );
    assert.equal(put.etag, '99914b932bd37a50b983c5e7c90ae93b');
    assert.ok(listed[0]?.lastModified instanceof Date);
    assert.equal(existsSync(finished), false);
    assert.deepEqual(await store.get(bucket, 't/data/é.json'), Buffer.from('{}'));
    assert.match(path, /\.parquet$/);
    assert.equal(path, again);
    assert.equal(readFileSync(path, 'utf8'), 'PAR1');
    await store.delete(bucket, ['t/data/a.parquet', 't/data/é.json', 'never/was']);
    assert.deepEqual(await Array.fromAsync(store.list(bucket, '')), []);
  });

  test(`the ${name} store creates an object only once when asked, and names what is missing`, async () => {
    const store = make();
    const bucket = `${name}-conditions`;
    await cloud.call('s3', 'CreateBucket', { Bucket: bucket });
    await store.put(bucket, 'v1.metadata.json', Buffer.from('first'), { ifNoneMatch: '*' });

    const second = store.put(bucket, 'v1.metadata.json', Buffer.from('second'), { ifNoneMatch: '*' });

    await assert.rejects(second, { name: 'AwsError', code: 'PreconditionFailed' });
    await assert.rejects(store.get(bucket, 'none'), { name: 'AwsError', code: 'NoSuchKey' });
    await assert.rejects(store.localPath(bucket, 'none'), { name: 'AwsError', code: 'NoSuchKey' });
    await assert.rejects(store.get('no-bucket-here', 'none'), { code: 'NoSuchBucket' });
  });
}
