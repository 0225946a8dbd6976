/** A look into an object: lines with their byte ranges, the columns of a Parquet file, JSON laid out. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import { Bound, ColumnName } from '../../parts/columnCells.tsx';
import { Command } from '../../parts/command.tsx';
import { Json } from '../../parts/json.tsx';
import { bronzeName } from '../../parts/objectName.ts';
import { KeyValues, Panel } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted } from '../../parts/text.ts';
import type { BucketName, ObjectPreview, ParquetFooter, PreviewLine } from './contract.ts';

interface PreviewProps {
  readonly bucket: BucketName;
  /** The bucket's name in S3. */
  readonly name: string | undefined;
  readonly objectKey: string;
  /** From 1. */
  readonly line: number;
}

export function Preview({ bucket, name, objectKey, line }: PreviewProps) {
  const asked = useAnswer<ObjectPreview>(
    `studies/${place.value.study}/objects/${bucket}/preview?key=${encodeURIComponent(objectKey)}&line=${line}`,
  );
  return (
    <div class="object-preview">
      <Panel title={bronzeName(objectKey) ?? objectKey.slice(objectKey.lastIndexOf('/') + 1)} label="Object">
        <Loaded asked={asked} lines={12}>
          {(data) => <Inside preview={data} line={line} />}
        </Loaded>
        {name && (
          <p class="object-command">
            <Command>{`aws --endpoint-url http://${location.host} s3 cp "s3://${name}/${objectKey}" -`}</Command>
          </p>
        )}
      </Panel>
    </div>
  );
}

function Inside({ preview, line }: { preview: ObjectPreview; line: number }) {
  const sizes = (text: ComponentChildren) => (
    <KeyValues
      entries={[
        [
          'Key',
          <code key="key" class="wraps">
            {preview.key}
          </code>,
        ],
        ['Bytes', text],
      ]}
    />
  );
  const unpacked = (of: number) =>
    `${count(preview.bytes)}${of === preview.bytes ? '' : `, ${count(of)} unpacked`}`;
  switch (preview.kind) {
    case 'parquet':
      return (
        <>
          {sizes(
            `${count(preview.bytes)}, of which ${count(Math.min(preview.readBytes, preview.bytes))} were read for this`,
          )}
          <Columns footer={preview.footer} />
        </>
      );
    case 'binary':
      return (
        <>
          {sizes(unpacked(preview.unpackedBytes))}
          <p class="note">
            {preview.key.endsWith('.avro')
              ? 'An Avro file of Iceberg: a manifest, or the list of a snapshot’s manifests. What it lists is on the Files tab of the table.'
              : 'The object is binary, so it is not shown.'}
          </p>
        </>
      );
    case 'text':
      return (
        <>
          {sizes(unpacked(preview.unpackedBytes))}
          <Text preview={preview} line={line} />
        </>
      );
  }
}

function Columns({ footer: { rows, rowGroups, columns } }: { footer: ParquetFooter }) {
  return (
    <>
      <h3 class="part">
        {counted(rows, 'row')} in {counted(rowGroups, 'row group')}, {counted(columns.length, 'column')}
      </h3>
      <Table
        caption="Columns of the Parquet file"
        flat
        rows={columns}
        keyOf={({ name }) => name}
        columns={[
          {
            id: 'name',
            title: 'Column',
            heads: true,
            cell: (column) => <ColumnName {...column} />,
          },
          {
            id: 'nulls',
            title: 'NULL',
            right: true,
            cell: ({ nulls }) => (nulls === undefined ? '' : count(nulls)),
          },
          { id: 'bytes', title: 'Bytes', right: true, cell: (column) => count(column.bytes) },
          { id: 'from', title: 'From', cell: ({ from }) => <Bound>{from}</Bound> },
          { id: 'to', title: 'To', cell: ({ to }) => <Bound>{to}</Bound> },
        ]}
      />
    </>
  );
}

type TextPreview = ObjectPreview & { readonly kind: 'text' };

function Text({ preview, line }: { preview: TextPreview; line: number }) {
  const { key, lines, lineCount } = preview;
  if (key.endsWith('.json'))
    return <Json label="JSON of the object">{lines.map(({ text }) => text).join('\n')}</Json>;
  if (/\.ndjson(\.gz)?$/.test(key)) return <Records preview={preview} line={line} />;
  return (
    <>
      <pre class="code object-text" tabIndex={0}>
        {lines.map(({ text }) => text).join('\n')}
      </pre>
      {lineCount > lines.length && (
        <p class="small muted">
          {counted(lines.length, 'line')} of {count(lineCount)}
        </p>
      )}
    </>
  );
}

/** One JSON document a line: the chosen one laid out, and those around it. */
function Records({
  preview: { lines, lineCount, unpackedBytes },
  line,
}: {
  preview: TextPreview;
  line: number;
}) {
  const [given, setGiven] = useState(String(line));
  const chosen = lines.find((one) => one.line === Math.min(line, lineCount)) ?? lines[0];
  if (!chosen) return <p class="note">The object has no line.</p>;
  const event = eventOf(chosen.text);
  const open = (to: string) =>
    setQuery({ line: /^[1-9]\d*$/.test(to) ? Math.min(Number(to), lineCount) : 1 });
  return (
    <>
      <h3 class="part">
        Line {count(chosen.line)} of {count(lineCount)}
        <span class="small muted">
          bytes {count(chosen.start)} to {count(chosen.end - 1)} of {bytes(unpackedBytes)}
        </span>
      </h3>
      <Json label={`Line ${chosen.line}`}>{chosen.text}</Json>
      <form
        class="row object-line"
        onSubmit={(submitted) => {
          submitted.preventDefault();
          open(given);
        }}
      >
        <label class="field">
          Line
          <input
            class="mono"
            inputMode="numeric"
            value={given}
            onInput={(typed) => setGiven(typed.currentTarget.value)}
          />
        </label>
        <button class="btn" type="submit">
          Open
        </button>
        {event && (
          <a class="btn" href={hrefOf({ page: 'follow', rest: [], query: { id: event } })}>
            Follow this record
          </a>
        )}
      </form>
      <Lines lines={lines} chosen={chosen.line} onOpen={open} />
    </>
  );
}

/** The id by which a record is followed. */
function eventOf(text: string): string | undefined {
  try {
    const { event_id: id } = JSON.parse(text) as { readonly event_id?: unknown };
    return typeof id === 'string' && id !== '' ? id : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

interface LinesProps {
  readonly lines: readonly PreviewLine[];
  readonly chosen: number;
  readonly onOpen: (line: string) => void;
}

const Lines = ({ lines, chosen, onOpen }: LinesProps) => (
  <div class="look" tabIndex={0} role="region" aria-label="Lines of the object">
    {lines.map(({ line, start, end, text }) => (
      <p key={line} class={line === chosen ? 'chosen' : undefined}>
        <button
          class="link ln"
          type="button"
          title={`bytes ${start} to ${end - 1}`}
          onClick={() => onOpen(String(line))}
        >
          {line}
        </button>
        <code>{text}</code>
      </p>
    ))}
  </div>
);
