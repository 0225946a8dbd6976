/** Buckets, folders and objects, and a look into one. */
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import { type BucketName, buckets, type ObjectListing, type ObjectPreview } from './contract.ts';

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
): Promise<ObjectPreview> {
  try {
    return await lake.preview(study, bucket, key);
  } catch (error) {
    if (error instanceof RangeError)
      throw new PageProblem(413, 'The object is too large to be shown.', { detail: error.message });
    if ((error as Error).name !== 'NoSuchKey') throw error;
    throw new PageProblem(404, `There is no object ${key}.`, {
      detail: 'It may have expired, or been compacted away.',
    });
  }
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
    path: 'studies/:study/objects/:bucket/preview',
    handle: (backend, { params, query }) =>
      preview(backend, params.study!, bucketOf(params.bucket), query.get('key') ?? ''),
  },
];
