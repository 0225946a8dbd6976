/** Stream: what arrived, how far each consumer is behind, and every record that the shards still hold, decoded and judged. */
import { useMemo, useState } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import { ChartFrame } from '../../charts/chartFrame.tsx';
import type { DrawnChart } from '../../contract/rows.ts';
import { Command } from '../../parts/command.tsx';
import { Gauge, Gauges } from '../../parts/figures.tsx';
import { Json } from '../../parts/json.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, Head, KeyValues, Panel } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted, duration, percent, shortId, time } from '../../parts/text.ts';
import type { DecodedRecord, RecordsAnswer, StreamAnswer, StreamShard } from './contract.ts';

export default function StreamPage() {
  const { study } = place.value;
  const stream = useAnswer<StreamAnswer>(`studies/${study}/stream`);
  return (
    <LoadedPage asked={stream} name="Stream" lines={12}>
      {(answer) => (
        <>
          <Arrived stream={answer} />
          <section class="cols">
            <div class="c7">
              <Consumers stream={answer} />
            </div>
            <div class="c5">
              <Sources stream={answer} />
            </div>
          </section>
          <Shards stream={answer} />
          <Commands stream={answer} />
        </>
      )}
    </LoadedPage>
  );
}

const sum = <Item,>(items: readonly Item[], of: (item: Item) => number) =>
  items.reduce((total, item) => total + of(item), 0);

function Arrived({ stream }: { stream: StreamAnswer }) {
  const { at, minutes, shards, consumers, retentionHours, mode } = stream;
  const records = sum(minutes, (minute) => minute.records);
  const behind = sum(shards, (shard) => shard.behindBronze);
  const names = shortNames(consumers.map(({ name }) => name));
  return (
    <>
      <Head
        title={
          records === 0
            ? behind > 0
              ? `${counted(behind, 'record')} wait for the bronze writer`
              : 'The stream is empty'
            : `The stream took ${counted(records, 'record')} in ${counted(minutes.length, 'minute')}`
        }
        lead={
          <>
            Kinesis stream <code>{stream.name}</code>, {counted(shards.length, 'shard')},{' '}
            {mode.toLowerCase().replace('_', '-')}. It keeps a record for {count(retentionHours)} hours;{' '}
            {counted(consumers.length, 'function')} read it, each at its own pace
            {consumers.every((consumer) => consumer.behind === 0) && ', and have read to its end'}.
          </>
        }
      >
        <a class="btn" href={`${hrefOf({ page: 'home' })}#run`}>
          Send more
        </a>
      </Head>
      <Gauges label="Figures of the stream">
        <Gauge
          layer="ingestion"
          label="Records"
          value={count(records)}
          source="CloudWatch, IncomingRecords"
          at={at}
        />
        <Gauge
          layer="ingestion"
          label="Data"
          value={bytes(sum(minutes, (minute) => minute.bytes))}
          source="CloudWatch, IncomingBytes"
          at={at}
        />
        <Gauge
          layer="ingestion"
          label="Throttled"
          value={count(sum(minutes, (minute) => minute.throttled))}
          unit="requests"
          source="over a shard's limit"
          at={at}
        />
        {consumers.map(({ name, behind, iteratorAgeMs }, index) =>
          behind === undefined ? null : (
            <Gauge
              key={name}
              layer={/bronze/.test(name) ? 'bronze' : 'serving'}
              label={`${names[index]} lag`}
              value={count(behind)}
              unit="records"
              source={
                iteratorAgeMs === undefined
                  ? 'read from the shards'
                  : `oldest waited ${duration(iteratorAgeMs)}`
              }
              at={at}
            />
          ),
        )}
      </Gauges>
    </>
  );
}

function Consumers({ stream: { consumers, at } }: { stream: StreamAnswer }) {
  return (
    <>
      <Bar title="Consumers">event source mappings</Bar>
      <Table
        caption="Consumers of the stream"
        rows={consumers}
        keyOf={({ name }) => name}
        columns={[
          { id: 'name', title: 'Function', heads: true, cell: ({ name }) => <code>{name}</code> },
          {
            id: 'state',
            title: 'State',
            cell: ({ state, lastResult }) => (
              <Verdict tone={state === 'Enabled' && !/^PROBLEM/.test(lastResult) ? 'ok' : 'warn'}>
                {state === 'Enabled' ? lastResult || 'Enabled' : state}
              </Verdict>
            ),
          },
          { id: 'batch', title: 'Batch', right: true, cell: ({ batchSize }) => count(batchSize) },
          {
            id: 'window',
            title: 'Window',
            right: true,
            cell: ({ windowSeconds, tumblingWindowSeconds }) =>
              `${windowSeconds} s${tumblingWindowSeconds ? `, tumbling ${tumblingWindowSeconds} s` : ''}`,
          },
          {
            id: 'behind',
            title: 'Behind',
            right: true,
            cell: ({ behind }) => (behind === undefined ? '' : count(behind)),
          },
          {
            id: 'age',
            title: 'Iterator age',
            right: true,
            cell: ({ iteratorAgeMs }) =>
              iteratorAgeMs === undefined ? <span class="muted">nothing read</span> : duration(iteratorAgeMs),
          },
        ]}
      />
      <LagChart consumers={consumers} at={at} />
      <p class="small muted">
        Behind is how many records the function has yet to take, of those that it reads; iterator age is the
        longest that a record waited in the last hour. A larger window writes fewer, larger objects and waits
        longer; the functions read the same records and do not slow each other.
      </p>
    </>
  );
}

/** Names without the words that all begin with: `headwaters-shop-cdc` and `headwaters-shop-loader` → `cdc`, `loader`. */
function shortNames(names: readonly string[]): string[] {
  const words = names.map((name) => name.split('-'));
  const shared = words[0]?.findIndex((word, at) => words.some((one) => one[at] !== word)) ?? 0;
  return names.length < 2 || shared < 1 ? [...names] : words.map((one) => one.slice(shared).join('-'));
}

/** How long records waited for each consumer, minute by minute, as CloudWatch has it. */
function LagChart({ consumers, at }: Pick<StreamAnswer, 'consumers' | 'at'>) {
  const names = shortNames(consumers.map(({ name }) => name));
  const minutes = consumers.flatMap(({ ages }, index) =>
    ages.map(({ at: minute, milliseconds }) => ({ name: names[index]!, minute, milliseconds })),
  );
  const drawn = useMemo((): DrawnChart | undefined => {
    const [longest] = minutes.toSorted((a, b) => b.milliseconds - a.milliseconds);
    if (!longest) return undefined;
    return {
      title: `${longest.name} let a record wait ${duration(longest.milliseconds)}, the longest of the hour`,
      chart: {
        name: 'iterator-age',
        title: '',
        rows: { query: 'IteratorAge' },
        mark: 'line',
        x: { column: 'minute' },
        y: [{ column: 'seconds', title: 'Iterator age', unit: 's' }],
        series: 'function',
      },
      data: {
        columns: ['minute', 'function', 'seconds'],
        types: ['timestamp', 'varchar', 'double'],
        rows: minutes
          .toSorted((a, b) => (a.minute < b.minute ? -1 : 1))
          .map(({ name, minute, milliseconds }) => [
            minute.slice(0, 16).replace('T', ' '),
            name,
            String(milliseconds / 1000),
          ]),
        source: 'CloudWatch, IteratorAge, maximum of each minute',
        at,
        scannedBytes: 0,
        queryExecutionId: '',
      },
    };
  }, [JSON.stringify(minutes)]);
  return drawn ? (
    <div class="lag">
      <ChartFrame drawn={drawn} />
    </div>
  ) : null;
}

function Sources({ stream: { sources } }: { stream: StreamAnswer }) {
  const total = sum(sources, ({ records }) => records);
  return (
    <>
      <Bar title="By source">
        <a href={hrefOf({ page: 'runs' })}>books of the last run</a>, files included
      </Bar>
      {sources.length === 0 ? (
        <p class="muted">No run has counted the records yet.</p>
      ) : (
        <Table
          caption="Records by source"
          rows={sources}
          keyOf={({ source }) => source}
          columns={[
            {
              id: 'source',
              title: 'Source',
              heads: true,
              cell: ({ source }) => (
                <a href={hrefOf({ page: 'tables', rest: ['silver', source] })}>{source}</a>
              ),
            },
            { id: 'records', title: 'Records', right: true, cell: ({ records }) => count(records) },
            {
              id: 'refused',
              title: 'Quarantined',
              right: true,
              cell: ({ quarantined }) => count(quarantined),
            },
            { id: 'share', title: 'Share', right: true, cell: ({ records }) => percent(records / total, 1) },
          ]}
        />
      )}
    </>
  );
}

function Shards({ stream }: { stream: StreamAnswer }) {
  const { query } = place.value;
  const shard = stream.shards.find(({ id }) => id === query.get('shard')) ?? stream.shards[0];
  if (!shard) return null;
  return (
    <section>
      <Bar title={`${shard.id}, record by record`}>
        {shard.isOpen ? 'open' : 'closed'}, kept for {count(stream.retentionHours)} h
      </Bar>
      {stream.shards.length > 1 && (
        <label class="field shard-choice">
          Shard
          <select
            value={shard.id}
            onChange={(event) =>
              setQuery({
                shard: event.currentTarget.value,
                at: undefined,
                after: undefined,
                record: undefined,
              })
            }
          >
            {stream.shards.map(({ id, behindBronze }) => (
              <option key={id} value={id}>
                {`${id}, ${counted(behindBronze, 'record')} behind`}
              </option>
            ))}
          </select>
        </label>
      )}
      {shard.oldestAt ? (
        <Records key={shard.id} shard={shard} />
      ) : (
        <Empty command={`npx headwaters feed ${place.value.study} --events 1000`}>
          The shard holds no record. Send some, or start a run.
        </Empty>
      )}
    </section>
  );
}

function Records({ shard }: { shard: StreamShard }) {
  const { study, query } = place.value;
  const at = query.get('at');
  const after = query.get('after');
  const position = after ? `&after=${after}` : at ? `&at=${encodeURIComponent(at)}` : '';
  const page = useAnswer<RecordsAnswer>(`studies/${study}/stream/records?shard=${shard.id}${position}`);
  const [key, setKey] = useState('');
  const [verdict, setVerdict] = useState('all');
  return (
    <>
      <Position shard={shard} first={page.data?.records[0]?.arrived_at} />
      <div class="row filters">
        <label class="field">
          Partition key or event id
          <input value={key} class="mono" onInput={(event) => setKey(event.currentTarget.value)} />
        </label>
        <label class="field">
          Verdict
          <select value={verdict} onChange={(event) => setVerdict(event.currentTarget.value)}>
            {['all', 'valid', 'refused'].map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <span class="small muted">Filters go over the page that is shown.</span>
      </div>
      <Loaded asked={page} lines={10}>
        {({ records, behindMs }) => {
          const chosen = records.find((one) => one.sequence_number === query.get('record')) ?? records[0];
          const shown = records.filter(
            (one) =>
              (verdict === 'all' || one.verdict === verdict) &&
              (one.partition_key?.includes(key) || one.event_id?.includes(key) || key === ''),
          );
          return (
            <div class="cols">
              <div class="c8">
                <RecordTable records={shown} chosen={chosen} />
                <Pager records={records} behindMs={behindMs} />
              </div>
              <div class="c4">{chosen && <Decoded record={chosen} />}</div>
            </div>
          );
        }}
      </Loaded>
    </>
  );
}

/** Where in the shard's time the page begins; the arrow keys move it. */
function Position({ shard, first }: { shard: StreamShard; first: string | undefined }) {
  const from = Date.parse(shard.oldestAt!);
  const to = Math.max(from + 1, Date.parse(shard.newestAt ?? shard.oldestAt!));
  const now = first ? Date.parse(first) : from;
  return (
    <label class="field position">
      <span>
        Arrived at <span class="mono">{first ? time(first) : 'loading'}</span>
      </span>
      <input
        type="range"
        min={from}
        max={to}
        step={1}
        value={now}
        onChange={(event) =>
          setQuery({
            at: new Date(Number(event.currentTarget.value)).toISOString(),
            after: undefined,
            record: undefined,
          })
        }
      />
      <span class="ends">
        <span>oldest {time(shard.oldestAt!)}</span>
        <span>newest {time(shard.newestAt ?? shard.oldestAt!)}</span>
      </span>
    </label>
  );
}

function RecordTable({
  records,
  chosen,
}: {
  records: readonly DecodedRecord[];
  chosen: DecodedRecord | undefined;
}) {
  const { query } = place.value;
  if (records.length === 0) return <p class="muted">No record of this page is as the filters ask.</p>;
  return (
    <Table
      caption="Records of the shard"
      class="records"
      rows={records}
      keyOf={({ sequence_number }) => sequence_number}
      rowProps={(one) => (one === chosen ? { 'aria-current': 'true' } : {})}
      columns={[
        {
          id: 'sequence',
          title: 'Sequence',
          heads: true,
          cell: ({ sequence_number }) => (
            <a
              class="mono"
              title={sequence_number}
              href={hrefOf({ query: { ...Object.fromEntries(query), record: sequence_number } })}
            >
              …{sequence_number.slice(-6)}
            </a>
          ),
        },
        { id: 'source', title: 'Source', cell: ({ source }) => source ?? 'unknown' },
        { id: 'key', title: 'Partition key', cell: ({ partition_key }) => <code>{partition_key}</code> },
        { id: 'id', title: 'Event id', cell: ({ event_id }) => <code>{event_id ?? 'none'}</code> },
        { id: 'bytes', title: 'Data, B', right: true, cell: (one) => count(one.bytes) },
        {
          id: 'verdict',
          title: 'Verdict',
          cell: ({ verdict, rule }) =>
            verdict === 'valid' ? <Verdict tone="ok">valid</Verdict> : <Verdict tone="bad">{rule}</Verdict>,
        },
      ]}
    />
  );
}

function Pager({ records, behindMs }: { records: readonly DecodedRecord[]; behindMs: number }) {
  const { query } = place.value;
  const last = records.at(-1);
  const keep = Object.fromEntries([...query].filter(([name]) => name === 'shard'));
  return (
    <p class="row small">
      <a href={hrefOf({ query: keep })}>Oldest</a>
      {last && behindMs > 0 && (
        <a href={hrefOf({ query: { ...keep, after: last.sequence_number } })}>
          Next {counted(records.length, 'record')}
        </a>
      )}
      <span class="muted">
        {behindMs === 0
          ? 'This is the end of the shard.'
          : `The page ends ${duration(behindMs)} behind the tip of the shard.`}
      </span>
    </p>
  );
}

function Decoded({ record }: { record: DecodedRecord }) {
  const { event_id: id } = record;
  const { study } = place.value;
  return (
    <Panel
      label="Decoded record"
      title={`Record …${record.sequence_number.slice(-6)}`}
      aside={id && <a href={hrefOf({ page: 'follow', query: { id } })}>Follow it to gold</a>}
    >
      <KeyValues
        entries={[
          ['Arrived', time(record.arrived_at)],
          ['Partition key', <code key="k">{record.partition_key}</code>],
          [
            'Sequence number',
            <code key="s" title={record.sequence_number}>
              {shortId(record.sequence_number, 9)}
            </code>,
          ],
          ['Type', <code key="t">{record.event_type ?? 'not a CloudEvent'}</code>],
          ...(record.event_time ? [['Happened', record.event_time] as const] : []),
          [
            'Verdict',
            record.verdict === 'valid' ? (
              <Verdict key="v" tone="ok">
                valid by {record.source}
              </Verdict>
            ) : (
              <span key="v">
                <Verdict tone="bad">{record.rule}</Verdict> {record.rule_path} {record.rule_detail}
              </span>
            ),
          ],
        ]}
      />
      {record.data !== undefined && <Json label="Data of the record">{record.data}</Json>}
      {record.data === undefined && record.raw_base64 && (
        <>
          <p class="small muted">Not JSON; its bytes in base64:</p>
          <pre class="json">{record.raw_base64}</pre>
        </>
      )}
      {id && (
        <p>
          <Command>{`npx headwaters trace ${id} --study ${study}`}</Command>
        </p>
      )}
    </Panel>
  );
}

function Commands({ stream }: { stream: StreamAnswer }) {
  const shard = stream.shards[0]?.id;
  return (
    <section>
      <Bar title="Read it without the page" />
      <p>
        <Command>
          {`aws kinesis get-shard-iterator --stream-name ${stream.name} --shard-id ${shard} --shard-iterator-type TRIM_HORIZON`}
        </Command>
      </p>
    </section>
  );
}
