/** Locations of Iceberg files, `s3://bucket/key`, and the object store that they name. */
import type { ObjectStore } from '../core/objectStore.ts';
import { invalidMetadata } from './errors.ts';

export interface ObjectAddress {
  bucket: string;
  key: string;
}

/** Bucket and key of an s3, s3a or s3n location. Throws ICEBERG_INVALID_METADATA for another scheme. */
export function addressOf(location: string): ObjectAddress {
  const match = /^s3[an]?:\/\/([^/]+)\/(.*)$/s.exec(location);
  if (!match?.[2])
    throw invalidMetadata(`'${location}' is not an object's location: s3://bucket/key is needed`);
  return { bucket: match[1]!, key: match[2] };
}

/** One spelling for one object, whatever the scheme another engine wrote: what sets of paths are compared by. */
export const normalised = (location: string): string => location.replace(/^s3[an]:/, 's3:');

export const readObject = (store: ObjectStore, location: string): Promise<Buffer> => {
  const { bucket, key } = addressOf(location);
  return store.get(bucket, key);
};

export const writeObject = async (store: ObjectStore, location: string, body: Buffer): Promise<void> => {
  const { bucket, key } = addressOf(location);
  await store.put(bucket, key, body);
};

/** A readable local file with the object's bytes. */
export const localFile = (store: ObjectStore, location: string): Promise<string> => {
  const { bucket, key } = addressOf(location);
  return store.localPath(bucket, key);
};

export async function deleteObjects(store: ObjectStore, locations: readonly string[]): Promise<void> {
  const byBucket = Map.groupBy(locations.map(addressOf), (address) => address.bucket);
  for (const [bucket, addresses] of byBucket)
    await store.delete(
      bucket,
      addresses.map((address) => address.key),
    );
}
