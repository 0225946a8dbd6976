/** What one rule refused, the newest first, a page at a time. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Bar } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { count, counted, time } from '../../parts/text.ts';
import { PAGE, type QuarantineGroup, type RefusedEntry, type RefusedPage } from './contract.ts';
import { groupQuery, RuleName } from './rules.tsx';

interface EntriesProps {
  readonly group: QuarantineGroup;
  /** Id of the record that is open. */
  readonly chosen: string | undefined;
}

export function Entries({ group, chosen }: EntriesProps) {
  const { study, query } = place.value;
  const { kind, of, rule, path } = group;
  const offset = query.get('from') ?? '0';
  const asked = new URLSearchParams({
    kind,
    rule,
    offset,
    ...(of !== null && { of }),
    ...(path !== null && { path }),
  });
  const page = useAnswer<RefusedPage>(`studies/${study}/quarantine/records?${asked}`);
  return (
    <>
      <Bar
        title={
          <>
            {counted(group.count, kind)}: <RuleName group={group} />
          </>
        }
      >
        the newest first
      </Bar>
      <Loaded asked={page} lines={8}>
        {(data) => (
          <>
            <Table
              caption="Refused by the rule"
              class="refusals"
              flat
              rows={data.entries}
              keyOf={({ id }, at) => id ?? at}
              rowProps={({ id }) => (id !== null && id === chosen ? { 'aria-current': 'true' } : {})}
              columns={[
                {
                  id: 'position',
                  title: 'Position',
                  heads: true,
                  cell: (entry) => <Position entry={entry} group={group} />,
                },
                {
                  id: 'at',
                  title: kind === 'record' ? 'Arrived' : 'Refused',
                  cell: ({ at }) => <At text={at} />,
                },
                ...(data.entries.some(({ eventId }) => eventId !== null) ? [EVENT] : []),
                {
                  id: 'found',
                  title: 'What the rule found',
                  prose: true,
                  cell: ({ detail }) => <span class="small">{detail}</span>,
                },
              ]}
            />
            <Pager page={data} of={group.count} />
          </>
        )}
      </Loaded>
    </>
  );
}

const EVENT: Column<RefusedEntry> = {
  id: 'event',
  title: 'Event id',
  cell: ({ eventId }) => eventId && <code class="small">{eventId}</code>,
};

const DIGITS = 6;

function Position({ entry: { id, eventId }, group }: { entry: RefusedEntry; group: QuarantineGroup }) {
  const opened = id ?? eventId;
  if (opened === null) return <span class="muted">of no single record</span>;
  const sequence = opened.slice(opened.lastIndexOf('/') + 1);
  const { query } = place.value;
  return (
    <a
      class="num nowrap"
      title={opened}
      href={hrefOf({ query: { ...groupQuery(group), from: query.get('from') ?? undefined, id: opened } })}
    >
      {sequence.length > DIGITS ? `…${sequence.slice(-DIGITS)}` : sequence}
    </a>
  );
}

/** Athena writes a timestamp with a blank and without a zone: it is UTC. */
function At({ text }: { text: string }) {
  const iso = text.includes('T') ? text : `${text.replace(' ', 'T')}Z`;
  return (
    <time class="nowrap" dateTime={iso} title={iso}>
      {time(iso)}
    </time>
  );
}

function Pager({ page: { entries, offset }, of }: { page: RefusedPage; of: number }) {
  if (of <= PAGE) return null;
  const to = (from: number) => {
    const query = Object.fromEntries(place.value.query);
    return hrefOf({ query: { ...query, from: from > 0 ? from : undefined } });
  };
  return (
    <p class="row pager">
      <span class="small muted">
        {entries.length === 0
          ? `There is no more after ${count(of)}`
          : `${count(offset + 1)} to ${count(offset + entries.length)} of ${count(of)}`}
      </span>
      {offset > 0 && <a href={to(Math.max(0, offset - PAGE))}>Newer</a>}
      {offset + entries.length < of && entries.length > 0 && <a href={to(offset + PAGE)}>Older</a>}
    </p>
  );
}
