/** State shared by S3's actions, and the one place where an object comes into being or goes. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import type { Blobs } from './blobs.ts';
import { noSuchBucket } from './failures.ts';
import type { Notifications } from './notifications.ts';
import type { BucketRow, ObjectIndex, ObjectMeta, ObjectRow } from './store.ts';

export interface S3 {
  readonly context: CloudContext;
  readonly index: ObjectIndex;
  readonly blobs: Blobs;
  readonly notifications: Notifications;
}

export interface NewObject {
  readonly key: string;
  readonly blob: string;
  readonly size: number;
  readonly etag: string;
  readonly meta: ObjectMeta;
}

/** The bucket, or `NoSuchBucket`. */
export function requireBucket(s3: S3, name: unknown): BucketRow {
  if (typeof name !== 'string' || name === '')
    throw new AwsError('InvalidBucketName', 'The specified bucket is not valid.', {
      fields: { BucketName: name },
    });
  const bucket = s3.index.bucket(name);
  if (!bucket) throw noSuchBucket(name);
  return bucket;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const LONGEST_KEY_BYTES = 1024;

export function requireKey(key: unknown): string {
  if (typeof key !== 'string' || key === '')
    throw new AwsError('InvalidRequest', 'An object key must have at least one character.');
  if (Buffer.byteLength(key) > LONGEST_KEY_BYTES)
    throw new AwsError('KeyTooLongError', 'Your key is too long', {
      fields: { Size: Buffer.byteLength(key), MaxSizeAllowed: LONGEST_KEY_BYTES },
    });
  return key;
}

type Versioning = 'Enabled' | 'Suspended' | 'Off';

const versioningOf = (bucket: BucketRow): Versioning =>
  ((bucket.config.versioning as { Status?: Versioning } | undefined)?.Status ?? 'Off') as Versioning;

const newVersionId = () => randomBytes(24).toString('base64url');

/**
 * Makes `object` the current one under its key, if its bucket is still there. `check` sees the current object and may throw: nothing comes between
 * it and the change. Notices of the event are kept in the same commit and delivered after it.
 */
export function putCurrent(
  s3: S3,
  bucketName: string,
  object: NewObject,
  eventName: string,
  check: (current: ObjectRow | undefined) => void = () => {},
): ObjectRow {
  const { index, blobs, context, notifications } = s3;
  let row: ObjectRow;
  let replaced: ObjectRow[];
  try {
    [row, replaced] = index.transaction(() => {
      const bucket = requireBucket(s3, bucketName);
      const current = index.object(bucketName, object.key);
      check(current);
      const gone = setAside(s3, bucket, object.key, current);
      const made: ObjectRow = {
        ...object,
        bucket: bucketName,
        version: versioningOf(bucket) === 'Enabled' ? newVersionId() : 'null',
        seq: index.nextSeq(),
        modifiedMs: context.clock.now(),
        deleteMarker: false,
      };
      index.putObject(made);
      notifications.keep(bucket, made, eventName);
      return [made, gone];
    });
  } catch (error) {
    blobs.remove(object.blob);
    throw error;
  }
  for (const old of replaced) blobs.remove(old.blob);
  notifications.deliver();
  context.events.emit(`s3:${eventName.split(':')[0]}`, { bucket: bucketName, key: object.key });
  return row;
}

/** Moves the current object among the versions, as far as the bucket keeps any; gives what is to be removed. */
function setAside(s3: S3, bucket: BucketRow, key: string, current: ObjectRow | undefined): ObjectRow[] {
  const { index } = s3;
  const versioning = versioningOf(bucket);
  const gone: ObjectRow[] = [];
  if (current && (versioning === 'Enabled' || current.version !== 'null')) index.putVersion(current);
  else if (current) gone.push(current);
  if (versioning === 'Suspended') {
    const oldNull = index.version(bucket.name, key, 'null');
    if (oldNull) {
      index.deleteVersion(oldNull);
      gone.push(oldNull);
    }
  }
  return gone;
}

export interface Deleted {
  readonly versionId?: string;
  /** A marker was made, or a marker was what was deleted. */
  readonly deleteMarker?: boolean;
}

/** Deletes the current object: for good, or behind a delete marker where the bucket keeps versions. */
export function deleteCurrent(
  s3: S3,
  bucket: BucketRow,
  key: string,
  eventPrefix: 'ObjectRemoved' | 'LifecycleExpiration' = 'ObjectRemoved',
  check: (current: ObjectRow | undefined) => void = () => {},
): Deleted {
  const { index, context, notifications } = s3;
  const versioning = versioningOf(bucket);
  let gone: ObjectRow[] = [];
  let marker: ObjectRow | undefined;
  index.transaction(() => {
    const current = index.object(bucket.name, key);
    check(current);
    if (versioning === 'Off') {
      if (!current) return;
      gone = [current];
      index.deleteObject(bucket.name, key);
      notifications.keep(bucket, { ...current, seq: index.nextSeq() }, `${eventPrefix}:Delete`);
      return;
    }
    gone = setAside(s3, bucket, key, current);
    if (current) index.deleteObject(bucket.name, key);
    marker = {
      bucket: bucket.name,
      key,
      version: versioning === 'Enabled' ? newVersionId() : 'null',
      seq: index.nextSeq(),
      size: 0,
      etag: '',
      blob: '',
      modifiedMs: context.clock.now(),
      deleteMarker: true,
      meta: { contentType: '' },
    };
    index.putVersion(marker);
    notifications.keep(bucket, marker, `${eventPrefix}:DeleteMarkerCreated`);
  });
  removeBlobs(s3, gone);
  notifications.deliver();
  return marker ? { versionId: marker.version, deleteMarker: true } : {};
}

/** Deletes one version for good; what is newest after it becomes current again, unless it is a delete marker. */
export function deleteVersion(
  s3: S3,
  bucket: BucketRow,
  key: string,
  version: string,
  check: (row: ObjectRow | undefined) => void = () => {},
): Deleted {
  const { index, notifications } = s3;
  let gone: ObjectRow | undefined;
  index.transaction(() => {
    const current = index.object(bucket.name, key);
    const isCurrent = current?.version === version;
    gone = isCurrent ? current : index.version(bucket.name, key, version);
    check(gone);
    if (!gone) return;
    if (isCurrent) index.deleteObject(bucket.name, key);
    else index.deleteVersion(gone);
    notifications.keep(bucket, { ...gone, seq: index.nextSeq() }, 'ObjectRemoved:Delete');
    const newest = index.object(bucket.name, key) ? undefined : index.newestVersion(bucket.name, key);
    if (newest && !newest.deleteMarker) {
      index.deleteVersion(newest);
      index.putObject(newest);
    }
  });
  if (gone) removeBlobs(s3, [gone]);
  notifications.deliver();
  return { versionId: version, ...(gone?.deleteMarker ? { deleteMarker: true } : {}) };
}

function removeBlobs(s3: S3, rows: readonly ObjectRow[]): void {
  for (const row of rows) if (row.blob) s3.blobs.remove(row.blob);
}
