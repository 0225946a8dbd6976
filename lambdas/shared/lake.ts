/** Small texts in the lake's bucket: manifests, plans, statements, check results. */
import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

type S3 = Pick<S3Client, 'send'>;

export async function putText(s3: S3, bucket: string, key: string, body: string): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

/** @throws NoSuchKey */
export async function getText(s3: S3, bucket: string, key: string): Promise<string> {
  const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return object.Body!.transformToString();
}

/** The text, or undefined when there is none. */
export async function findText(s3: S3, bucket: string, key: string): Promise<string | undefined> {
  try {
    return await getText(s3, bucket, key);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
