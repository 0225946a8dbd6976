/** The parts of the lake's bucket: what each holds of the study, and how much. */
import { hrefOf } from '../../app/location.ts';
import { type Layer, LayerMark } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { Table } from '../../parts/table.tsx';
import { count } from '../../parts/text.ts';
import type { LakePartTotals } from './contract.ts';

interface Meaning {
  readonly holds: string;
  readonly layer?: Layer;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  acknowledged: { holds: 'sequence numbers that producers were given', layer: 'ingestion' },
  bronze: { holds: 'exact copies of records, gzipped NDJSON', layer: 'bronze' },
  silver: { holds: 'Iceberg: data and metadata of typed rows', layer: 'silver' },
  gold: { holds: 'Iceberg: facts and dimensions', layer: 'gold' },
  marts: { holds: 'Iceberg: what pages and the API read', layer: 'serving' },
  quarantine: { holds: 'refused records, refused rows and checks' },
  stage: { holds: 'Iceberg: rows of a run before their audit' },
  runs: { holds: 'plans, statements, checks and balance sheets' },
  published: { holds: 'which run and which models the tables are of' },
  delivered: { holds: 'files as they were delivered' },
  feeds: { holds: 'what was sent, so that it is not sent again' },
  reports: { holds: 'what the command line and this page reported' },
  index: { holds: 'keys of silver, to find repeated events' },
  keys: { holds: 'keys of silver, to find repeated events' },
};

export function Parts({ parts, prefix }: { parts: readonly LakePartTotals[]; prefix: string }) {
  const sum = (of: (part: LakePartTotals) => number) => parts.reduce((total, part) => total + of(part), 0);
  return (
    <>
      <Bar title="Prefixes">of this study</Bar>
      <Table
        caption="Prefixes of the lake's bucket"
        rows={parts}
        keyOf={({ part }) => part}
        rowProps={({ part }) => (prefix.startsWith(`${part}/`) ? { 'aria-current': 'true' } : {})}
        total={{
          part: 'Total',
          prefix: '',
          objects: sum(({ objects }) => objects),
          bytes: sum((part) => part.bytes),
        }}
        columns={[
          {
            id: 'prefix',
            title: 'Prefix',
            heads: true,
            cell: ({ part, prefix: of }) => (of === '' ? part : <Part part={part} prefix={of} />),
          },
          { id: 'objects', title: 'Objects', right: true, cell: ({ objects }) => count(objects) },
          { id: 'bytes', title: 'Bytes', right: true, cell: (part) => count(part.bytes) },
        ]}
      />
    </>
  );
}

function Part({ part, prefix }: { part: string; prefix: string }) {
  const { holds, layer } = MEANINGS[part] ?? {};
  const link = (
    <a class="mono" href={hrefOf({ rest: ['lake'], query: { prefix } })}>
      {part}/
    </a>
  );
  return (
    <>
      {layer ? <LayerMark layer={layer}>{link}</LayerMark> : link}
      {holds && (
        <>
          <br />
          <span class="small muted part-holds">{holds}</span>
        </>
      )}
    </>
  );
}
