/** Runs: their books, and of one run its states by real times and every statement with what it scanned. */
import { useState } from 'preact/hooks';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Age, Gauge, Gauges } from '../../parts/figures.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Bar, Head } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted, dollars, duration, shortRun, time } from '../../parts/text.ts';
import type { RunDetail, RunEntry } from './contract.ts';
import { outcomeOf } from './outcome.ts';

/** Athena's price for a scanned terabyte, and the least that it bills for a statement (https://aws.amazon.com/athena/pricing/). */
const DOLLARS_PER_TB = 5;
const LEAST_BYTES = 10_000_000;

export default function RunsPage() {
  const { rest } = place.value;
  return rest[0] ? <One id={rest[0]} /> : <All />;
}

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

function All() {
  const { study } = place.value;
  const runs = useAnswer<readonly RunEntry[]>(`studies/${study}/runs`);
  return (
    <LoadedPage asked={runs} name="Runs" lines={8}>
      {(list) => (
        <>
          <Head
            title={
              list.length === 0
                ? 'Nothing has run yet'
                : `${counted(list.length, 'run')}, ${count(list.filter((run) => run.account?.verdict === 'Balanced').length)} balanced`
            }
            lead="A run takes the objects that no run has accounted for, recomputes what they touch, and closes its books."
          />
          {list.length === 0 ? (
            <Empty command={`npx headwaters run ${study}`}>A run brings data from bronze to gold.</Empty>
          ) : (
            <Table
              caption="Runs, newest first"
              rows={list}
              keyOf={({ id }) => id}
              columns={[
                {
                  id: 'run',
                  title: 'Run',
                  heads: true,
                  cell: ({ id }) => <a href={hrefOf({ rest: [id] })}>{id}</a>,
                },
                { id: 'verdict', title: 'Books', cell: (run) => <VerdictOf run={run} /> },
                {
                  id: 'records',
                  title: 'Records',
                  right: true,
                  cell: ({ account }) => (account ? count(account.sheet.total.inBronze) : ''),
                },
                {
                  id: 'silver',
                  title: 'New in silver',
                  right: true,
                  cell: ({ account }) => (account ? count(account.sheet.total.silver) : ''),
                },
                {
                  id: 'duplicates',
                  title: 'Duplicates',
                  right: true,
                  cell: ({ account }) => (account ? count(account.sheet.total.duplicates) : ''),
                },
                {
                  id: 'refused',
                  title: 'Quarantined',
                  right: true,
                  cell: ({ account }) => (account ? count(account.sheet.total.quarantined) : ''),
                },
                { id: 'ended', title: 'Ended', right: true, cell: ({ endedAt }) => <Age at={endedAt} /> },
              ]}
            />
          )}
          {list[0] && <Newest id={list[0].id} />}
        </>
      )}
    </LoadedPage>
  );
}

const useRun = (id: string) =>
  useAnswer<RunDetail>(`studies/${place.value.study}/runs/${encodeURIComponent(id)}`);

function Newest({ id }: { id: string }) {
  return (
    <Loaded asked={useRun(id)} lines={6}>
      {(run) => (
        <>
          <Books run={run} title={`The newest run, ${shortRun(id)}`} />
          {run.states.length === 0 ? <NoHistory /> : <RunGauges run={run} />}
          <p>
            <a href={hrefOf({ rest: [id] })}>Its statements and states</a>
          </p>
        </>
      )}
    </Loaded>
  );
}

function One({ id }: { id: string }) {
  return (
    <LoadedPage asked={useRun(id)} name={`Run ${shortRun(id)}`} lines={12}>
      {(data) => (
        <>
          <Head
            title={`Run ${shortRun(data.id)}: ${data.account ? counted(data.account.sheet.total.inBronze, 'record') : 'its books were never closed'}`}
            lead={data.account && booksOf(data.account.sheet.total)}
          >
            <a class="btn" href={hrefOf({ rest: [] })}>
              All runs
            </a>
          </Head>
          <Detail run={data} />
        </>
      )}
    </LoadedPage>
  );
}

type Total = NonNullable<RunDetail['account']>['sheet']['total'];

const booksOf = ({ silver, duplicates, quarantined, unaccounted }: Total) =>
  `${count(silver)} are new in silver, ${count(duplicates)} are duplicates, ${count(quarantined)} are in quarantine, ${count(unaccounted)} are unaccounted for.`;

const NoHistory = () => (
  <p class="note">
    Step Functions no longer has the history of this run, so its states and statements are not shown. It keeps
    a history for 90 days.
  </p>
);

const scannedBy = ({ statements }: RunDetail) => statements.reduce((sum, one) => sum + one.scannedBytes, 0);

function RunGauges({ run }: { run: RunDetail }) {
  const billed = run.statements.reduce(
    (sum, one) => sum + (one.scannedBytes === 0 ? 0 : Math.max(LEAST_BYTES, one.scannedBytes)),
    0,
  );
  return (
    <Gauges label="Figures of the run">
      <Gauge layer="gold" label="Statements" value={count(run.statements.length)} source="Athena" />
      <Gauge layer="bronze" label="Scanned" value={bytes(scannedBy(run))} source="by all statements" />
      <Gauge
        layer="serving"
        label="Athena would bill"
        value={dollars((billed / 1e12) * DOLLARS_PER_TB)}
        source="10 MB at least for each scan"
      />
      <Gauge layer="ingestion" label="States" value={count(run.states.length)} source="Step Functions" />
    </Gauges>
  );
}

function Detail({ run }: { run: RunDetail }) {
  if (run.states.length === 0)
    return (
      <>
        <Books run={run} title="Books" />
        <NoHistory />
      </>
    );
  return (
    <>
      <RunGauges run={run} />
      <Books run={run} title="Books" />
      <section>
        <Bar title="Statements">{`${bytes(scannedBy(run))} scanned`}</Bar>
        <Statements run={run} />
      </section>
      <section>
        <details>
          <summary>States with their times</summary>
          <Table
            caption="States"
            rows={run.states}
            columns={[
              { id: 'name', title: 'State', heads: true, cell: ({ name }) => name },
              { id: 'entered', title: 'Entered', cell: ({ enteredAt }) => time(enteredAt) },
              {
                id: 'took',
                title: 'Took',
                right: true,
                cell: ({ enteredAt, exitedAt }) =>
                  exitedAt ? duration(Date.parse(exitedAt) - Date.parse(enteredAt)) : '',
              },
            ]}
          />
        </details>
      </section>
    </>
  );
}

const Books = ({ run, title }: { run: RunDetail; title: string }) => (
  <section>
    <Bar title={title}>
      <VerdictOf run={run} />
    </Bar>
    {run.executions.map(({ arn, status, startedAt, endedAt }) => (
      <p key={arn} class="small">
        <span class="mono">{arn.slice(arn.lastIndexOf(':') + 1)}</span> {status.toLowerCase()},{' '}
        {time(startedAt)}
        {endedAt && ` to ${time(endedAt)}, ${duration(Date.parse(endedAt) - Date.parse(startedAt))}`}
      </p>
    ))}
  </section>
);

/** What a statement does, by its first line. */
const firstLine = (sql: string) => sql.trim().split('\n')[0]!.slice(0, 96);

function Statements({ run }: { run: RunDetail }) {
  const [open, setOpen] = useState<string>();
  const began = Math.min(...run.statements.map(({ submittedAt }) => Date.parse(submittedAt)));
  const span = Math.max(
    1,
    ...run.statements.map(({ submittedAt, milliseconds }) => Date.parse(submittedAt) + milliseconds - began),
  );
  return (
    <Table
      caption="Statements in their order"
      rows={run.statements}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'sql',
          title: 'Statement',
          heads: true,
          cell: ({ id, sql }) => (
            <>
              <button
                class="link mono run-statement"
                type="button"
                aria-expanded={id === open}
                onClick={() => setOpen(id === open ? undefined : id)}
              >
                {firstLine(sql)}
              </button>
              {id === open && <pre class="code run-sql">{sql}</pre>}
            </>
          ),
        },
        {
          id: 'bar',
          title: 'When',
          cell: ({ submittedAt, milliseconds }) => (
            <svg class="when k-gold" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              <rect
                x={((Date.parse(submittedAt) - began) / span) * 100}
                y="0"
                width={Math.max(0.8, (milliseconds / span) * 100)}
                height="8"
              />
            </svg>
          ),
        },
        { id: 'took', title: 'Took', right: true, cell: ({ milliseconds }) => duration(milliseconds) },
        { id: 'scanned', title: 'Scanned', right: true, cell: ({ scannedBytes }) => bytes(scannedBytes) },
      ]}
    />
  );
}
