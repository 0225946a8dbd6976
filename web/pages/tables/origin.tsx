/** A cell and the records that it was made from, each with the way to follow it. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Bar, KeyValues } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, counted, shortId } from '../../parts/text.ts';
import type { CellOrigin } from './contract.ts';

/** The address of a cell's origin: its column, and its row by the key. */
export const hrefOfOrigin = (
  zone: string,
  name: string,
  column: string,
  key: Readonly<Record<string, string>>,
): string =>
  hrefOf({
    rest: [zone, name],
    query: {
      view: 'origin',
      column,
      ...Object.fromEntries(Object.entries(key).map(([one, value]) => [`key.${one}`, value])),
    },
  });

export function Origin({ zone, name }: { zone: string; name: string }) {
  const { study, query } = place.value;
  const asked = useAnswer<CellOrigin>(`studies/${study}/tables/${zone}/${name}/origin?${query}`);
  const key = [...query]
    .filter(([one]) => one.startsWith('key.'))
    .map(([one, value]) => [one.slice(4), value] as const);
  return (
    <>
      <KeyValues
        entries={[
          ['Column', <code key="c">{query.get('column')}</code>],
          ...key.map(([one, value]) => [one, <code key={one}>{value}</code>] as const),
        ]}
      />
      <Loaded asked={asked} lines={6}>
        {({ records, through, sql, scannedBytes }) => (
          <>
            <Bar title={`Made from ${counted(records.length, 'record')}`}>
              through {through.map((one) => `silver.${one}`).join(', ') || 'no table of silver'}
            </Bar>
            {records.length === 0 ? (
              <Empty>
                No record is behind this cell: the row was inferred, or the value is made without any, as a
                calendar is.
              </Empty>
            ) : (
              <Table
                caption="Records that the cell was made from"
                rows={records}
                keyOf={({ silver, shard, sequenceNumber }) => `${silver}/${shard}/${sequenceNumber}`}
                columns={[
                  {
                    id: 'event',
                    title: 'Event',
                    heads: true,
                    cell: ({ eventId }) => (
                      <a class="mono" href={hrefOf({ page: 'follow', rest: [], query: { id: eventId } })}>
                        {eventId}
                      </a>
                    ),
                  },
                  { id: 'silver', title: 'Silver', cell: ({ silver }) => silver },
                  { id: 'stream', title: 'Stream', cell: ({ stream }) => stream },
                  { id: 'shard', title: 'Shard', cell: ({ shard }) => <code>{shortId(shard, 10)}</code> },
                  {
                    id: 'sequence',
                    title: 'Sequence number',
                    cell: ({ sequenceNumber }) => (
                      <code title={sequenceNumber}>{shortId(sequenceNumber, 8)}</code>
                    ),
                  },
                ]}
              />
            )}
            <details>
              <summary>The statement that traced it back, {bytes(scannedBytes)} scanned</summary>
              <pre class="code">{sql}</pre>
            </details>
          </>
        )}
      </Loaded>
    </>
  );
}
