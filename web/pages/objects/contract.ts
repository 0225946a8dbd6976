/** What the objects page shows. */
import type { LakePartTotals, ObjectListing, ObjectPreview, PreviewLine } from '../../../lake/objects.ts';
import type { ParquetFooter } from '../../../lake/parquetFooter.ts';

export type { LakePartTotals, ObjectListing, ObjectPreview, ParquetFooter, PreviewLine };

export const buckets = ['lake', 'landing', 'athena', 'failures'] as const;
export type BucketName = (typeof buckets)[number];
