/** Objects in the lake's bucket: manifests, plans, statements, check results, keys. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';

export async function putObject(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
  body: string | Uint8Array,
): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/**
 * The bytes, or undefined when there is no such object. The caller may list the bucket, without which S3 denies a missing key.
 * @param range from one byte (included) to another (excluded). @default - the whole object
 */
export async function findBytes(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
  range?: readonly [from: number, to: number],
): Promise<Uint8Array | undefined> {
  try {
    const object = await s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(range && { Range: `bytes=${range[0]}-${range[1] - 1}` }),
      }),
    );
    return await object.Body!.transformToByteArray();
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}

/** The text, or undefined when there is none. */
export async function findText(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  key: string,
): Promise<string | undefined> {
  const bytes = await findBytes(s3, bucket, key);
  return bytes && Buffer.from(bytes).toString();
}

/** The text that an earlier step wrote. Throws an error that names the object when it is gone. */
export async function getText(s3: Pick<S3Client, 'send'>, bucket: string, key: string): Promise<string> {
  const text = await findText(s3, bucket, key);
  if (text !== undefined) return text;
  throw new Error(`s3://${bucket}/${key}, which an earlier step of this run wrote, is gone; run again.`);
}

export async function listKeys(s3: S3Client, bucket: string, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix }))
    keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
  return keys;
}

/** Keys that one call takes (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html). */
const KEYS_A_CALL = 1000;

/** @throws Error naming the first key that S3 did not remove. */
export async function removeObjects(
  s3: Pick<S3Client, 'send'>,
  bucket: string,
  keys: readonly string[],
): Promise<void> {
  for (let from = 0; from < keys.length; from += KEYS_A_CALL) {
    const Objects = keys.slice(from, from + KEYS_A_CALL).map((Key) => ({ Key }));
    const { Errors } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
    );
    const failed = Errors?.[0];
    if (failed) throw new Error(`S3 did not remove ${failed.Key}: ${failed.Code} ${failed.Message}`);
  }
}
