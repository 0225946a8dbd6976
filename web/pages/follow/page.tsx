/** Follow a record: every hop of one event from the stream to gold, with its place, its bytes, and the command. */
import { useState } from 'preact/hooks';
import { type Asked, useAnswer } from '../../app/backend.ts';
import { go, hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { LayerMark, layerOf, Verdict } from '../../parts/marks.tsx';
import { Bar, Head, KeyValues } from '../../parts/page.tsx';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted, shortId } from '../../parts/text.ts';
import type { Followed, Hop, Recent } from './contract.ts';

export default function FollowPage() {
  const { study, query } = place.value;
  const recent = useAnswer<readonly Recent[]>(`studies/${study}/recent`);
  // Without a choice, a valid record of the source that sends most is followed.
  const id = query.get('id') ?? recent.data?.find(({ verdict }) => verdict === 'valid')?.eventId ?? '';
  const followed = useAnswer<Followed>(
    id ? `studies/${study}/follow?id=${encodeURIComponent(id)}` : undefined,
  );
  return (
    <>
      <Head
        title={
          followed.data ? `One event in ${counted(followed.data.hops.length, 'place')}` : 'Follow a record'
        }
        lead="Every place that holds the event, from the object in bronze to the rows in gold, as the lake has it now."
      />
      <Choose key={id} id={id} />
      {id && (
        <>
          <p class="follow-command">
            <Command>{`npx headwaters trace ${id} --study ${study}`}</Command>
          </p>
          <Loaded asked={followed} lines={10}>
            {({ hops }) => (
              <ol class="hops">
                {hops.map((hop) => (
                  <HopItem key={`${hop.layer}-${hop.place}`} hop={hop} />
                ))}
              </ol>
            )}
          </Loaded>
        </>
      )}
      <RecentRecords recent={recent} />
    </>
  );
}

function Choose({ id }: { id: string }) {
  const [typed, setTyped] = useState(id);
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        go(hrefOf({ query: { id: typed.trim() } }));
      }}
    >
      <label class="field follow-field">
        Event id
        <input value={typed} onInput={(event) => setTyped(event.currentTarget.value)} class="mono" />
      </label>
      <button class="btn go" type="submit">
        Follow
      </button>
    </form>
  );
}

const layerOfHop = (layer: string) => (layer === 'ledger' || layer === 'run' ? 'bronze' : layerOf(layer));

function HopItem({ hop }: { hop: Hop }) {
  return (
    <li class={`k-${layerOfHop(hop.layer)}`}>
      <Bar title={<LayerMark layer={layerOfHop(hop.layer)}>{hop.layer}</LayerMark>}>
        <span class="mono">{hop.place}</span>
      </Bar>
      {hop.places?.map(({ object, line, start, end, text }) => (
        <figure key={`${object}-${start}`} class="bytes">
          <figcaption class="small muted">
            <a href={hrefOf({ page: 'objects', query: { key: object, line } })}>{object}</a>, line{' '}
            {count(line)}, bytes {count(start)} to {count(end - 1)} of the unpacked object
          </figcaption>
          <pre>{text}</pre>
        </figure>
      ))}
      <HopRows hop={hop} />
    </li>
  );
}

/** One row is a list of names and values, so that long values wrap; several are a table. */
function HopRows({ hop }: { hop: Hop }) {
  const [row, ...others] = hop.rows;
  if (row && others.length === 0)
    return (
      <div class="hop-row">
        <KeyValues
          entries={hop.columns.map((name, at) => [name, <HopCell key={name} name={name} value={row[at]} />])}
        />
      </div>
    );
  return (
    <Table
      caption={`${hop.layer}: ${hop.place}`}
      rows={hop.rows}
      columns={hop.columns.map((name, at) => ({
        id: name,
        title: name,
        cell: (one: Hop['rows'][number]) => <HopCell name={name} value={one[at]} />,
      }))}
    />
  );
}

function HopCell({ name, value }: { name: string; value: string | null | undefined }) {
  if (value === null || value === undefined) return <span class="muted">NULL</span>;
  if (name !== 'object') return <>{value}</>;
  const key = value.replace(/^s3:\/\/[^/]+\//, '');
  return (
    <a class="mono id" href={hrefOf({ page: 'objects', query: { key } })}>
      {key}
    </a>
  );
}

function RecentRecords({ recent }: { recent: Asked<readonly Recent[]> }) {
  return (
    <section>
      <Bar title="Records to choose from">two of each source and verdict</Bar>
      <Loaded asked={recent}>
        {(records) =>
          records.length === 0 ? (
            <Empty command={`npx headwaters run ${place.value.study}`}>
              No record has arrived in the last 30 days. A run sends some.
            </Empty>
          ) : (
            <Table
              caption="Records to choose from"
              rows={records}
              keyOf={({ eventId, source }) => `${source}/${eventId}`}
              columns={[
                {
                  id: 'id',
                  title: 'Event',
                  heads: true,
                  cell: ({ eventId }) => (
                    <a class="mono id" href={hrefOf({ query: { id: eventId } })} title={eventId}>
                      {shortId(eventId, 16)}
                    </a>
                  ),
                },
                { id: 'source', title: 'Source', cell: ({ source }) => source },
                {
                  id: 'verdict',
                  title: 'Verdict',
                  cell: ({ verdict }) => (
                    <Verdict tone={verdict === 'valid' ? 'ok' : 'bad'}>{verdict}</Verdict>
                  ),
                },
                { id: 'arrived', title: 'Arrived', cell: ({ arrivedAt }) => <Age at={arrivedAt} /> },
              ]}
            />
          )
        }
      </Loaded>
    </section>
  );
}
