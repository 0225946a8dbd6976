/** An event of S3 as it goes to EventBridge's default bus: every event of the bucket, in another shape than notifications have. */
import { randomBytes } from 'node:crypto';
import type { CloudContext } from '../../core/service.ts';
import type { ObjectRow } from './store.ts';

/** What the API was called that caused the event. */
const REASONS: Readonly<Record<string, string>> = {
  'ObjectCreated:Put': 'PutObject',
  'ObjectCreated:Post': 'POST Object',
  'ObjectCreated:Copy': 'CopyObject',
  'ObjectCreated:CompleteMultipartUpload': 'CompleteMultipartUpload',
  'ObjectRemoved:Delete': 'DeleteObject',
  'ObjectRemoved:DeleteMarkerCreated': 'DeleteObject',
  'LifecycleExpiration:Delete': 'Lifecycle Expiration',
  'LifecycleExpiration:DeleteMarkerCreated': 'Lifecycle Expiration',
};

/**
 * The event as an entry of PutEvents.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
export function busEntry(context: CloudContext, object: ObjectRow, eventName: string) {
  const created = eventName.startsWith('ObjectCreated');
  const markerCreated = eventName.endsWith(':DeleteMarkerCreated');
  const detail = {
    version: '0',
    bucket: { name: object.bucket },
    object: {
      key: object.key,
      ...(created && { size: object.size, etag: object.etag }),
      ...(object.version !== 'null' && { 'version-id': object.version }),
      sequencer: object.seq.toString(16).toUpperCase().padStart(16, '0'),
    },
    'request-id': randomBytes(8).toString('hex').toUpperCase(),
    requester: context.accountId,
    'source-ip-address': '127.0.0.1',
    reason: REASONS[eventName] ?? eventName,
    ...(!created && { 'deletion-type': markerCreated ? 'Delete Marker Created' : 'Permanently Deleted' }),
  };
  return {
    Source: 'aws.s3',
    DetailType: created ? 'Object Created' : 'Object Deleted',
    Resources: [`arn:aws:s3:::${object.bucket}`],
    Time: context.clock.now() / 1000,
    Detail: JSON.stringify(detail),
  };
}
