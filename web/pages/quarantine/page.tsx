/** Quarantine: what the rules refused, the records of one rule, and one record with its fault marked. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Gauge, Gauges } from '../../parts/figures.tsx';
import { Head } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { count, counted, percent } from '../../parts/text.ts';
import type { Quarantined, QuarantineGroup, QuarantineOverview } from './contract.ts';
import { Entries } from './entries.tsx';
import { findingOf, groupOf } from './finding.ts';
import { Refused } from './record.tsx';
import { Rules } from './rules.tsx';

const LEAD =
  'A record that a rule refuses never fails its batch. Bronze keeps it with its verdict, and quarantine has it with the rule, the path and its raw bytes.';

export default function QuarantinePage() {
  const { study } = place.value;
  const overview = useAnswer<QuarantineOverview>(`studies/${study}/quarantine`);
  return (
    <LoadedPage asked={overview} name="Quarantine" lines={8}>
      {(data) => (
        <>
          <Head title={findingOf(data)} lead={LEAD} />
          {data.groups.length === 0 ? (
            <Empty command={`npx headwaters run ${study} --seed 2 --malformed 1% --drift 0.5%`}>
              No record of the last {counted(data.days, 'day')} was refused. To see refused records, run with
              damaged and drifted ones.
            </Empty>
          ) : (
            <Refusals overview={data} />
          )}
        </>
      )}
    </LoadedPage>
  );
}

function Refusals({ overview }: { overview: QuarantineOverview }) {
  const { study, query } = place.value;
  const id = query.get('id') ?? undefined;
  const record = useAnswer<readonly Quarantined[]>(
    id && `studies/${study}/quarantine/record?id=${encodeURIComponent(id)}`,
  );
  const group = groupOf(overview.groups, query, record.data);
  // Without a choice, the newest of the rule is open.
  const opened = id ?? group?.example ?? undefined;
  return (
    <>
      <Figures overview={overview} />
      <section class="cols">
        <div class="c5">
          <Rules groups={overview.groups} chosen={group} />
        </div>
        <div class="c7">{group && <Entries group={group} chosen={opened} />}</div>
      </section>
      {opened && <Record id={opened} />}
      <section>
        <Command>{`npx headwaters quarantine list ${study}${group ? ` --rule ${group.rule}` : ''}`}</Command>
      </section>
    </>
  );
}

function Figures({ overview: { groups, inBronze, rawBytes, days } }: { overview: QuarantineOverview }) {
  const sum = (kind: QuarantineGroup['kind']) =>
    groups.reduce((total, group) => total + (group.kind === kind ? group.count : 0), 0);
  const [records, rows] = [sum('record'), sum('row')];
  return (
    <Gauges label="Quarantine in figures">
      <Gauge
        layer="bronze"
        label="Records refused"
        value={count(records)}
        source={<code>quarantine.records</code>}
      />
      <Gauge
        layer="bronze"
        label="Share"
        value={inBronze === 0 ? null : percent(records / inBronze)}
        source={`of ${counted(inBronze, 'record')} in bronze`}
      />
      <Gauge
        layer="bronze"
        label="Raw bytes kept"
        value={count(rawBytes)}
        unit="B"
        source={`in ${counted(days, 'day')}`}
      />
      <Gauge
        layer="silver"
        label="Rows refused by models"
        value={count(rows)}
        href={rows > 0 ? hrefOf({ query: { kind: 'row' } }) : undefined}
        source={<code>quarantine.refused</code>}
      />
    </Gauges>
  );
}

function Record({ id }: { id: string }) {
  const { study } = place.value;
  const found = useAnswer<readonly Quarantined[]>(
    `studies/${study}/quarantine/record?id=${encodeURIComponent(id)}`,
  );
  return (
    <Loaded asked={found} lines={10}>
      {(records) => (
        <>
          {records.map((refused, at) => (
            <Refused key={`${at}-${refused.values.rule}`} id={id} refused={refused} />
          ))}
        </>
      )}
    </Loaded>
  );
}
