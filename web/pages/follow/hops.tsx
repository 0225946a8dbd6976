/** The rail: every hop with its time, what happened there, and the few facts that matter. */
import { LayerMark, Verdict } from '../../parts/marks.tsx';
import { Bar, KeyValues } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { count, time } from '../../parts/text.ts';
import type { Fact, FollowedRecord, JourneyHop, Said } from './contract.ts';
import { hrefOfReference } from './links.ts';

const NUMBERS = [
  'No',
  'One',
  'Two',
  'Three',
  'Four',
  'Five',
  'Six',
  'Seven',
  'Eight',
  'Nine',
  'Ten',
  'Eleven',
  'Twelve',
];
const LAYERS = {
  ingestion: 'Ingestion',
  bronze: 'Bronze',
  silver: 'Silver',
  gold: 'Gold',
  serving: 'Serving',
} as const;

export function Hops({ followed: { hops, times } }: { followed: FollowedRecord }) {
  const main = hops.filter(({ aside }) => !aside).length;
  return (
    <section aria-labelledby="hops">
      <Bar id="hops" title={`${NUMBERS[main] ?? count(main)} ${main === 1 ? 'hop' : 'hops'}`}>
        {times.arrivedAt.slice(0, 10)}, UTC
      </Bar>
      <ol class="hops">
        {hops.map((hop) => (
          <Hop key={hop.id} hop={hop} />
        ))}
      </ol>
    </section>
  );
}

function Hop({ hop }: { hop: JourneyHop }) {
  const { layer, at, place, title, end, facts, rows, aside } = hop;
  return (
    <li class={`hop k-${layer}${aside ? ' aside' : ''}`}>
      <span class="at">{at && <time dateTime={at}>{time(at).replace('.000', '')}</time>}</span>
      <span class="rail" aria-hidden="true" />
      <div>
        <div class="to">
          <LayerMark layer={layer}>{LAYERS[layer]}</LayerMark>
          <span class="small">
            <Text said={place} />
          </span>
        </div>
        <h3>{end ? <Verdict {...ends[end]}>{title}</Verdict> : title}</h3>
        {facts.length > 0 && (
          <KeyValues entries={facts.map((fact) => [fact.name, <Values key={fact.name} fact={fact} />])} />
        )}
        {rows && <FullRows rows={rows} />}
      </div>
    </li>
  );
}

const ends = {
  duplicate: { tone: 'warn', sign: 'copy' },
  refused: { tone: 'bad' },
  waiting: { tone: 'idle' },
} as const;

const Values = ({ fact }: { fact: Fact }) => (
  <>
    {fact.said.map((said, at) => (
      <>
        {at > 0 && ', '}
        <Text key={said.text} said={said} />
      </>
    ))}
  </>
);

function Text({ said: { text, code, full, to } }: { said: Said }) {
  const shown = code ? <code title={full}>{text}</code> : text;
  return to ? <a href={hrefOfReference(to)}>{shown}</a> : shown;
}

function FullRows({ rows: { place, columns, rows, total } }: { rows: NonNullable<JourneyHop['rows']> }) {
  const [row] = rows;
  const all = total ?? rows.length;
  return (
    <details class="whole">
      <summary>{all === 1 ? 'The whole row' : `${count(rows.length)} of the ${count(all)} rows`}</summary>
      {rows.length === 1 && all === 1 ? (
        <KeyValues entries={columns.map((name, at) => [name, <Cell key={name} value={row![at]} />])} />
      ) : (
        <Table
          caption={`Rows of ${place}`}
          rows={rows}
          columns={columns.map((name, at) => ({
            id: name,
            title: name,
            cell: (one: (typeof rows)[number]) => <Cell value={one[at]} />,
          }))}
        />
      )}
    </details>
  );
}

const Cell = ({ value }: { value: string | null | undefined }) =>
  value === null || value === undefined ? <span class="muted">NULL</span> : value;
