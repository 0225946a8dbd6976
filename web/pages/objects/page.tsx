/** Objects: buckets and folders as a tree, and a look into an object with line numbers and byte ranges. */
import { useEffect, useRef } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { Bar, Head, KeyValues, Panel, Tabs } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted } from '../../parts/text.ts';
import { type BucketName, buckets, type ObjectListing, type ObjectPreview } from './contract.ts';

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);

export default function ObjectsPage() {
  const { study, rest, query } = place.value;
  const bucket = (buckets.find((name) => name === rest[0]) ?? 'lake') as BucketName;
  const key = query.get('key') ?? undefined;
  const bronze = `bronze/study=${study}/`;
  // Without a choice, all of bronze: it is what the last runs read.
  const isBronze = bucket === 'lake' && key === undefined && !query.has('prefix');
  const prefix = query.get('prefix') ?? (key ? folderOf(key) : isBronze ? bronze : '');
  const asked = new URLSearchParams({
    prefix,
    ...(isBronze && { recursive: '1' }),
    ...(query.has('next') && { next: query.get('next')! }),
  });
  const listing = useAnswer<ObjectListing>(`studies/${study}/objects/${bucket}?${asked}`);
  return (
    <>
      <Head
        title={listing.data ? titleOf(listing.data, isBronze ? 'bronze' : undefined) : 'Objects'}
        lead="What the buckets hold. Bronze is gzipped NDJSON; tables are Parquet files with Iceberg's metadata next to them."
      />
      <Tabs
        label="Buckets"
        current={bucket}
        items={buckets.map((name) => ({ id: name, title: name, href: hrefOf({ rest: [name] }) }))}
      />
      <section class="cols">
        <div class={key ? 'c5' : 'c12'}>
          <Crumbs bucket={bucket} prefix={prefix} />
          <Loaded asked={listing} lines={8}>
            {(data) => <Listing listing={data} bucket={bucket} chosen={key} />}
          </Loaded>
        </div>
        {key && (
          <div class="c7">
            <Preview
              bucket={bucket}
              name={listing.data?.bucket}
              objectKey={key}
              line={Number(query.get('line') ?? 0)}
            />
          </div>
        )}
      </section>
    </>
  );
}

/** `6 objects hold bronze, 537 KB`, `2 folders in study=…`; `whole` names what is listed with all its folders. */
function titleOf({ bucket, prefix, objects, folders, next }: ObjectListing, whole: string | undefined) {
  const size = bytes(objects.reduce((sum, one) => sum + one.bytes, 0));
  const found = `${next ? 'The first ' : ''}${counted(objects.length, 'object')}`;
  if (whole && objects.length > 0) return `${found} of ${whole}, ${size}`;
  const place = whole ?? prefix.split('/').at(-2) ?? bucket;
  if (objects.length + folders.length === 0) return `Nothing is in ${place}`;
  if (objects.length === 0) return `${counted(folders.length, 'folder')} in ${place}`;
  return `${found} in ${place}, ${size}`;
}

function Crumbs({ bucket, prefix }: { bucket: BucketName; prefix: string }) {
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

/** Longer names are shortened in the middle; where an object ends says which records it holds. */
const LONGEST_NAME = 40;

function shortened(path: string): string {
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  return name.length <= LONGEST_NAME ? path : `${folder}${name.slice(0, 10)}…${name.slice(-24)}`;
}

interface Entry {
  readonly path: string;
  /** Absent for a folder. */
  readonly object: ObjectListing['objects'][number] | undefined;
}

function Listing({
  listing,
  bucket,
  chosen,
}: {
  listing: ObjectListing;
  bucket: BucketName;
  chosen: string | undefined;
}) {
  const { prefix, folders, objects, next } = listing;
  if (folders.length + objects.length === 0)
    return <Empty>{`No object is under ${prefix || 'this bucket'}.`}</Empty>;
  const below = (path: string) => path.slice(prefix.length);
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
            cell: (entry) => (
              <a
                class="mono id"
                title={entry.path}
                href={hrefOf({
                  rest: [bucket],
                  query: entry.object ? { key: entry.path } : { prefix: entry.path },
                })}
              >
                {shortened(below(entry.path))}
              </a>
            ),
          },
          {
            id: 'bytes',
            title: 'Bytes',
            right: true,
            cell: (entry) => (entry.object ? count(entry.object.bytes) : ''),
          },
          {
            id: 'written',
            title: 'Written',
            right: true,
            cell: (entry) => (entry.object ? <Age at={entry.object.writtenAt} /> : ''),
          },
        ]}
      />
      {next && (
        <p>
          <a
            href={hrefOf({
              rest: [bucket],
              query: { prefix: place.value.query.get('prefix') ?? undefined, next },
            })}
          >
            The next thousand
          </a>
        </p>
      )}
    </>
  );
}

function Preview({
  bucket,
  name,
  objectKey,
  line,
}: {
  bucket: BucketName;
  /** The bucket's name in S3. */
  name: string | undefined;
  objectKey: string;
  line: number;
}) {
  const preview = useAnswer<ObjectPreview>(
    `studies/${place.value.study}/objects/${bucket}/preview?key=${encodeURIComponent(objectKey)}`,
  );
  const marked = useRef<HTMLElement>(null);
  useEffect(() => marked.current?.scrollIntoView({ block: 'nearest' }), [preview.data]);
  return (
    <Panel title={objectKey.slice(objectKey.lastIndexOf('/') + 1)} label="Object">
      <Loaded asked={preview} lines={12}>
        {(data) => (
          <>
            <KeyValues
              entries={[
                ['Key', <code key="key">{data.key}</code>],
                [
                  'Bytes',
                  `${count(data.bytes)}${data.unpackedBytes === data.bytes ? '' : `, ${count(data.unpackedBytes)} unpacked`}`,
                ],
                ['Lines', data.kind === 'binary' ? 'binary: Parquet or Avro' : count(data.lineCount)],
              ]}
            />
            {data.kind === 'text' && (
              <div class="look" tabIndex={0} role="region" aria-label="Lines of the object">
                {data.lines.map(({ line: at, start, end, text }) => (
                  <p
                    key={at}
                    class={at === line ? 'chosen' : undefined}
                    ref={at === line ? (marked as never) : undefined}
                  >
                    <span class="ln" title={`bytes ${start} to ${end - 1}`}>
                      {at}
                    </span>
                    <code>{text}</code>
                  </p>
                ))}
              </div>
            )}
          </>
        )}
      </Loaded>
      <Bar title="Read it without the page" />
      {name && (
        <Command>{`aws --endpoint-url http://${location.host} s3 cp s3://${name}/${objectKey} -`}</Command>
      )}
    </Panel>
  );
}
