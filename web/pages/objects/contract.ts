/** What the objects page shows. */
import type { ObjectListing, ObjectPreview } from '../../../lake/objects.ts';

export type { ObjectListing, ObjectPreview };

export const buckets = ['lake', 'landing', 'athena', 'failures'] as const;
export type BucketName = (typeof buckets)[number];
