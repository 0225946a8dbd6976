/** Buckets, folders and objects, and a look into one. */
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import {
  type BucketName,
  buckets,
  type LakePartTotals,
  type ObjectListing,
  type ObjectPreview,
} from './contract.ts';

function bucketOf(name: string | undefined): BucketName {
  const found = buckets.find((one) => one === name);
  if (found) return found;
  throw new PageProblem(404, `There is no bucket ${name}.`, { detail: `There is: ${buckets.join(', ')}.` });
}

async function preview(
  { lake }: Backend,
  study: string,
  bucket: BucketName,
  key: string,
  line: number,
): Promise<ObjectPreview> {
  try {
    return await lake.preview(study, bucket, key, line);
  } catch (error) {
    if (error instanceof RangeError)
      throw new PageProblem(413, 'The object is too large to be shown.', { detail: error.message });
    if ((error as Error).name !== 'NoSuchKey') throw error;
    throw new PageProblem(404, `There is no object ${key}.`, {
      detail: 'It may have expired, or been compacted away.',
    });
  }
}

function lineOf(text: string | null): number {
  if (text === null) return 1;
  if (/^[1-9]\d{0,11}$/.test(text)) return Number(text);
  throw new PageProblem(422, `'${text}' is not a line.`, { detail: 'Lines are counted from 1.' });
}

export const objectRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/objects/:bucket',
    handle: ({ lake }, { params, query }): Promise<ObjectListing> =>
      lake.objects(params.study!, bucketOf(params.bucket), query.get('prefix') ?? '', {
        token: query.get('next') ?? undefined,
        recursive: query.has('recursive'),
      }),
  },
  {
    method: 'GET',
    path: 'studies/:study/parts',
    handle: ({ lake }, { params }): Promise<readonly LakePartTotals[]> => lake.lakeParts(params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/objects/:bucket/preview',
    handle: (backend, { params, query }) =>
      preview(
        backend,
        params.study!,
        bucketOf(params.bucket),
        query.get('key') ?? '',
        lineOf(query.get('line')),
      ),
  },
];
