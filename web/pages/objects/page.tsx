/** Objects: what the lake's bucket holds part by part, the objects of one, and a look into an object by line or by column. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Bar, Head, Tabs } from '../../parts/page.tsx';
import { Loaded, LoadedPage } from '../../parts/states.tsx';
import { bytes, counted } from '../../parts/text.ts';
import { type BucketName, buckets, type LakePartTotals, type ObjectListing } from './contract.ts';
import { Crumbs, Listing } from './listing.tsx';
import { Parts } from './parts.tsx';
import { Preview } from './preview.tsx';

const folderOf = (key: string) => key.slice(0, key.lastIndexOf('/') + 1);

export default function ObjectsPage() {
  const { study, rest } = place.value;
  const bucket = (buckets.find((name) => name === rest[0]) ?? 'lake') as BucketName;
  const parts = useAnswer<readonly LakePartTotals[]>(`studies/${study}/parts`);
  return (
    <LoadedPage asked={parts} name="Objects" lines={10}>
      {(list) => <Browser study={study!} bucket={bucket} parts={list} />}
    </LoadedPage>
  );
}

interface BrowserProps {
  readonly study: string;
  readonly bucket: BucketName;
  readonly parts: readonly LakePartTotals[];
}

function Browser({ study, bucket, parts }: BrowserProps) {
  const { query } = place.value;
  const key = query.get('key') ?? undefined;
  const bronze = `bronze/study=${study}/`;
  // Without a choice, all of bronze: it is what the last runs read.
  const isBronze = bucket === 'lake' && key === undefined && (query.get('prefix') ?? bronze) === bronze;
  const prefix = query.get('prefix') ?? (key ? folderOf(key) : isBronze ? bronze : '');
  const asked = new URLSearchParams({
    prefix,
    ...(isBronze && { recursive: '1' }),
    ...(query.has('next') && { next: query.get('next')! }),
  });
  const listing = useAnswer<ObjectListing>(`studies/${study}/objects/${bucket}?${asked}`);
  const total = (of: (part: LakePartTotals) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  const list = (
    <>
      <Bar title={titleOf(prefix, bucket)}>{listing.data && sizeOf(listing.data)}</Bar>
      <Crumbs bucket={bucket} prefix={prefix} />
      <Loaded asked={listing} lines={8}>
        {(data) => <Listing listing={data} bucket={bucket} chosen={key} />}
      </Loaded>
    </>
  );
  return (
    <>
      <Head
        title={
          parts.length === 0
            ? 'No object is in the lake yet'
            : `${counted(
                total(({ objects }) => objects),
                'object',
              )} hold the lake, ${bytes(total((part) => part.bytes))} in all`
        }
        lead="Bronze is gzipped NDJSON; tables are Parquet files with Iceberg's metadata next to them. A Parquet file is looked into by its footer, never as a whole."
      />
      <Tabs
        label="Buckets"
        current={bucket}
        items={buckets.map((name) => ({ id: name, title: name, href: hrefOf({ rest: [name] }) }))}
      />
      <section class="cols">
        {bucket === 'lake' && (
          <div class="c5">
            <Parts parts={parts} prefix={prefix} />
          </div>
        )}
        <div class={bucket === 'lake' ? 'c7' : 'c12'}>
          {list}
          {key && (
            <Preview
              key={key}
              bucket={bucket}
              name={listing.data?.bucket}
              objectKey={key}
              line={Number(query.get('line') ?? 1)}
            />
          )}
        </div>
      </section>
      {listing.data && (
        <section>
          <Bar title="Read it without the page" />
          <Command>{`aws --endpoint-url http://${location.host} s3 ls s3://${listing.data.bucket}/${prefix} --recursive`}</Command>
        </section>
      )}
    </>
  );
}

/** `Bronze`, `Gold: fact_sales`, `landing` */
function titleOf(prefix: string, bucket: BucketName): string {
  const [part, , ...folders] = prefix.split('/').filter(Boolean);
  if (part === undefined) return bucket;
  const last = folders.at(-1);
  return `${part[0]!.toUpperCase()}${part.slice(1)}${last ? `: ${last}` : ''}`;
}

function sizeOf({ objects, folders, next }: ObjectListing): string {
  const size = bytes(objects.reduce((sum, one) => sum + one.bytes, 0));
  return [
    ...(folders.length > 0 ? [counted(folders.length, 'folder')] : []),
    ...(objects.length > 0
      ? [`${next ? 'the first ' : ''}${counted(objects.length, 'object')}, ${size}`]
      : []),
  ].join(' · ');
}
