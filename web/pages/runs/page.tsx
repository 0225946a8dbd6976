/** Runs: their books, and of one run the graph of its models, when each part worked, and what it did to a model's table. */

import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, Head } from '../../parts/page.tsx';
import { Empty, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { count, duration, shortRun, time } from '../../parts/text.ts';
import type { RunEntry, RunView } from './contract.ts';
import { findingOf, leadOf, took } from './finding.ts';
import { outcomeOf } from './outcome.ts';
import { RunBody } from './run.tsx';

export default function RunsPage() {
  const { study, rest } = place.value;
  const runs = useAnswer<readonly RunEntry[]>(`studies/${study}/runs`);
  return (
    <LoadedPage asked={runs} name="Runs" lines={8}>
      {(list) => {
        const id = rest[0] ?? list[0]?.id;
        return id === undefined ? <None /> : <Chosen key={id} id={id} list={list} />;
      }}
    </LoadedPage>
  );
}

function None() {
  return (
    <>
      <Head
        title="Nothing has run yet"
        lead="A run takes the objects that no run has accounted for, recomputes what they touch, and closes its books."
      />
      <Empty command={`npx headwaters run ${place.value.study}`}>
        A run brings data from bronze to gold.
      </Empty>
    </>
  );
}

function Chosen({ id, list }: { id: string; list: readonly RunEntry[] }) {
  const { study } = place.value;
  const asked = useAnswer<RunView>(`studies/${study}/runs/${encodeURIComponent(id)}`);
  return (
    <LoadedPage asked={asked} name={`Run ${shortRun(id)}`} lines={12}>
      {(run) => (
        <>
          <Head title={findingOf(run)} lead={leadOf(run)}>
            <a class="btn" href={`${hrefOf({ page: 'home', rest: [] })}#run`}>
              Run again
            </a>
          </Head>
          <Runs list={list} chosen={id} />
          <RunBody run={run} />
          <section>
            <Bar title="Read it without the page" />
            <div class="row">
              <Command>npx headwaters status</Command>
              <Command>{`npx headwaters query "select * from ${study}_quarantine.checks where run_id = '${id}' and not passed"`}</Command>
            </div>
          </section>
        </>
      )}
    </LoadedPage>
  );
}

/** Runs that are listed; older ones are found by their id. */
const LISTED = 10;

function Runs({ list, chosen }: { list: readonly RunEntry[]; chosen: string }) {
  const shown = list.filter(({ id }, index) => index < LISTED || id === chosen);
  const figure =
    (of: (total: NonNullable<RunEntry['account']>['sheet']['total']) => number) => (run: RunEntry) =>
      run.account ? count(of(run.account.sheet.total)) : '';
  return (
    <>
      <Table
        caption="Runs, newest first"
        rows={shown}
        keyOf={({ id }) => id}
        rowProps={({ id }) => (id === chosen ? { 'aria-current': 'true' } : {})}
        columns={[
          {
            id: 'run',
            title: 'Run',
            heads: true,
            cell: ({ id }) => <a href={hrefOf({ rest: [id] })}>{id}</a>,
          },
          { id: 'verdict', title: 'State', cell: (run) => <VerdictOf run={run} /> },
          { id: 'started', title: 'Started', cell: (run) => startOf(run) },
          { id: 'records', title: 'Records', right: true, cell: figure(({ inBronze }) => inBronze) },
          { id: 'silver', title: 'New in silver', right: true, cell: figure(({ silver }) => silver) },
          {
            id: 'duplicates',
            title: 'Duplicates',
            right: true,
            cell: figure(({ duplicates }) => duplicates),
          },
          {
            id: 'refused',
            title: 'Quarantined',
            right: true,
            cell: figure(({ quarantined }) => quarantined),
          },
          {
            id: 'took',
            title: 'Took',
            right: true,
            cell: (run) => (took(run) === undefined ? '' : duration(took(run)!)),
          },
          { id: 'ended', title: 'Ended', right: true, cell: ({ endedAt }) => <Age at={endedAt} /> },
        ]}
      />
      {list.length > shown.length && (
        <p class="small muted">
          The newest {shown.length} of {count(list.length)} runs.
        </p>
      )}
    </>
  );
}

const startOf = ({ executions }: RunEntry): string => {
  const starts = executions.map(({ startedAt }) => startedAt).sort();
  return starts[0] ? time(starts[0]) : '';
};

function VerdictOf({ run }: { run: RunEntry }) {
  switch (outcomeOf(run)) {
    case 'Balanced':
      return <Verdict tone="ok">Balanced</Verdict>;
    case 'OutOfBalance':
      return <Verdict tone="bad">Out of balance</Verdict>;
    case 'AuditStopped':
      return <Verdict tone="bad">Stopped by an audit</Verdict>;
    case 'running':
      return (
        <Verdict tone="warn" sign="run">
          Running
        </Verdict>
      );
    default:
      return <Verdict tone="bad">Broke before its books</Verdict>;
  }
}
