/** Folders and objects under a prefix, a thousand at a time. */
import { hrefOf, place } from '../../app/location.ts';
import { Age } from '../../parts/figures.tsx';
import { bronzeName } from '../../parts/objectName.ts';
import { Empty } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count } from '../../parts/text.ts';
import type { BucketName, ObjectListing } from './contract.ts';

export function Crumbs({ bucket, prefix }: { bucket: BucketName; prefix: string }) {
  const parts = prefix.split('/').filter(Boolean);
  return (
    <nav class="crumbs mono small" aria-label="Folder">
      <a href={hrefOf({ rest: [bucket], query: { prefix: '/' } }).replace('prefix=%2F', 'prefix=')}>
        {bucket}
      </a>
      {parts.map((part, at) => (
        <span key={`${at}-${part}`}>
          {' / '}
          <a href={hrefOf({ rest: [bucket], query: { prefix: `${parts.slice(0, at + 1).join('/')}/` } })}>
            {part}
          </a>
        </span>
      ))}
    </nav>
  );
}

/** Longer names are shortened in the middle. */
const LONGEST_NAME = 40;

function shortened(path: string): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1);
  const name = path.slice(folder.length);
  return name.length <= LONGEST_NAME ? path : `${folder}${name.slice(0, 10)}…${name.slice(-24)}`;
}

interface Entry {
  readonly path: string;
  /** Absent for a folder. */
  readonly object: ObjectListing['objects'][number] | undefined;
}

interface ListingProps {
  readonly listing: ObjectListing;
  readonly bucket: BucketName;
  readonly chosen: string | undefined;
}

export function Listing({ listing, bucket, chosen }: ListingProps) {
  const { prefix, folders, objects, next } = listing;
  if (folders.length + objects.length === 0)
    return <Empty>{`No object is under ${prefix || 'this bucket'}.`}</Empty>;
  const nameOf = (path: string) => bronzeName(path) ?? shortened(path.slice(prefix.length));
  return (
    <>
      <Table
        caption={`Under ${prefix}`}
        class="listing"
        rows={[
          ...folders.map((path): Entry => ({ path, object: undefined })),
          ...objects.map((object): Entry => ({ path: object.key, object })),
        ]}
        keyOf={({ path }) => path}
        rowProps={({ path }) => (path === chosen ? { 'aria-current': 'true' } : {})}
        columns={[
          {
            id: 'name',
            title: 'Name',
            heads: true,
            cell: ({ path, object }) => (
              <a
                class="mono id"
                title={path}
                href={hrefOf({
                  rest: [bucket],
                  query: object ? { key: path, prefix: chosenPrefix() } : { prefix: path },
                })}
              >
                {nameOf(path)}
              </a>
            ),
          },
          {
            id: 'bytes',
            title: 'Bytes',
            right: true,
            cell: ({ object }) => (object ? count(object.bytes) : ''),
          },
          {
            id: 'written',
            title: 'Written',
            right: true,
            cell: ({ object }) => (object ? <Age at={object.writtenAt} /> : ''),
          },
        ]}
      />
      {next && (
        <p>
          <a href={hrefOf({ rest: [bucket], query: { prefix: chosenPrefix(), next } })}>The next thousand</a>
        </p>
      )}
    </>
  );
}

const chosenPrefix = () => place.value.query.get('prefix') ?? undefined;
