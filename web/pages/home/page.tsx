/** Home: what the last run found, its books, the study's figures, and a form that starts another run. */
import { useState } from 'preact/hooks';
import { ProblemError, useAnswer } from '../../app/backend.ts';
import { JobProgress } from '../../app/jobStrip.tsx';
import { job, startJob } from '../../app/jobs.ts';
import { hrefOf, place } from '../../app/location.ts';
import { useOverview } from '../../app/overview.ts';
import { ChartFrame, ChartRoom } from '../../charts/chartFrame.tsx';
import type { Problem } from '../../contract/problem.ts';
import { Command } from '../../parts/command.tsx';
import { Age, Gauge, Gauges } from '../../parts/figures.tsx';
import { LayerMark, Verdict } from '../../parts/marks.tsx';
import { Bar, Head } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage, ProblemNote } from '../../parts/states.tsx';
import { GaugeRoom, StudyGauges } from '../../parts/studyFigures.tsx';
import { StudyMark } from '../../parts/studyState.tsx';
import { Table } from '../../parts/table.tsx';
import { count, counted, shortRun } from '../../parts/text.ts';
import type { Home, HomeFigures, HomeStep } from './contract.ts';

export default function HomePage() {
  const { study } = place.value;
  const home = useAnswer<Home>(`studies/${study}/home`);
  const ran = home.data?.run?.sheet !== undefined;
  const figures = useAnswer<HomeFigures>(ran ? `studies/${study}/home/figures` : undefined);
  return (
    <LoadedPage asked={home} name="Home" lines={10}>
      {(data) => (
        <>
          <Finding home={data} />
          {data.run?.sheet && <HomeGauges figures={figures.data} announced={data.announced.figures} />}
          {figures.problem && <ProblemNote problem={figures.problem} />}
          {data.run?.sheet && <BalanceSection sheet={data.run.sheet} />}
          {data.run && (
            <section class="cols">
              <div class="c6">
                {figures.data?.chart && <ChartFrame drawn={figures.data.chart} />}
                {!figures.data && !figures.problem && data.announced.chart && <ChartRoom />}
              </div>
              <div class="c6">
                <RunSteps run={data.run} />
              </div>
            </section>
          )}
          {data.run && <WaysIn />}
          <section class="cols" id="run">
            <div class="c7">
              <StartRun home={data} />
            </div>
            <div class="c5">
              <Studies />
            </div>
          </section>
        </>
      )}
    </LoadedPage>
  );
}

function Finding({ home }: { home: Home }) {
  const { run, study, state } = home;
  const { study: name } = place.value;
  if (!run)
    return (
      <>
        <Head
          title={
            state === 'not-deployed' ? `${study.title} is not deployed yet` : `${study.title} has not run yet`
          }
          lead={study.description}
        />
        <Empty command={`npx headwaters run ${name}`}>
          A run brings data from the sources to gold and balances its books. Start one below, or from the
          command line.
        </Empty>
      </>
    );
  const inTime = run.seconds === undefined ? '' : ` in ${run.seconds.toFixed(1)} seconds`;
  const title =
    run.verdict === 'Balanced'
      ? `${counted(run.records, 'record')} reached gold${inTime}`
      : run.verdict === 'OutOfBalance'
        ? `The books of run ${shortRun(run.id)} do not balance`
        : `Run ${shortRun(run.id)} did not reach gold`;
  return (
    <Head
      title={title}
      lead={
        run.verdict === 'Balanced'
          ? `The ${study.title} study ran on this machine. Every record is accounted for${
              run.truth
                ? `, and gold equals the simulator's truth in ${run.truth.equal} of ${run.truth.of} answers`
                : ''
            }.`
          : (run.summary ??
            'The run broke before its books were closed. What was published before stays as it was.')
      }
    >
      <a class="btn go" href="#run">
        Start another run
      </a>
    </Head>
  );
}

const ways = [
  {
    page: 'walk',
    title: 'Walk the architecture',
    text: 'From the sources to the marts: what each part does, why, and what the run left in it.',
  },
  {
    page: 'follow',
    title: 'Follow one record',
    text: 'Shard, object, byte range, ledger, statements, and the rows of gold that hold it.',
  },
  {
    page: 'sql',
    title: 'Ask gold a question',
    text: 'The named queries of the study, or SQL of your own, with what it scans before it runs.',
  },
] as const;

const WaysIn = () => (
  <section>
    <h2 class="vh">Where to go next</h2>
    <ul class="ways">
      {ways.map(({ page, title, text }) => (
        <li key={page}>
          <a href={hrefOf({ page })}>{title}</a>
          <p class="muted">{text}</p>
        </li>
      ))}
    </ul>
  </section>
);

function HomeGauges({
  figures,
  announced,
}: {
  figures: HomeFigures | undefined;
  announced: Home['announced']['figures'];
}) {
  if (!figures)
    return (
      <Gauges label="Figures of the study" busy>
        {announced.map((figure) => (
          <GaugeRoom key={figure.name} {...figure} />
        ))}
        <GaugeRoom name="checks" label="Checks passed" source="quarantine.checks" />
      </Gauges>
    );
  return (
    <StudyGauges figures={figures.figures} label="Figures of the study">
      {figures.checks && (
        <Gauge
          layer="silver"
          label="Checks passed"
          value={count(figures.checks.passed)}
          href={hrefOf({ page: 'tables', rest: ['quarantine', 'checks'] })}
          unit={`of ${count(figures.checks.of)}`}
          source={
            <a class="num" href={hrefOf({ page: 'tables', rest: ['quarantine', 'checks'] })}>
              checks
            </a>
          }
          at={figures.checks.at}
        />
      )}
    </StudyGauges>
  );
}

type Sheet = NonNullable<NonNullable<Home['run']>['sheet']>;

function BalanceSection({ sheet }: { sheet: Sheet }) {
  const { total, lines, lost, balanced } = sheet;
  const off = total.unaccounted + lost;
  return (
    <section>
      <div class="bar">
        <h2>Balance sheet</h2>
        {balanced ? (
          <Verdict tone="ok">Balanced</Verdict>
        ) : (
          <Verdict tone="bad">Out of balance by {count(off)}</Verdict>
        )}
      </div>
      <ul class="identity">
        <Term value={total.inBronze} href={hrefOf({ page: 'objects' })}>
          <LayerMark layer="bronze">in bronze</LayerMark>
        </Term>
        <Sign>=</Sign>
        <Term value={total.silver} href={hrefOf({ page: 'tables' })}>
          <LayerMark layer="silver">new in silver</LayerMark>
        </Term>
        <Sign>+</Sign>
        <Term value={total.duplicates} href={hrefOf({ page: 'runs' })}>
          duplicates
        </Term>
        <Sign>+</Sign>
        <Term value={total.quarantined} href={hrefOf({ page: 'quarantine' })}>
          quarantined
        </Term>
        <Sign>+</Sign>
        <Term value={total.unaccounted} href={hrefOf({ page: 'runs' })}>
          unaccounted
        </Term>
      </ul>
      <details class="by-source">
        <summary>By source</summary>
        <Table
          caption="Balance sheet by source"
          keyOf={({ source }) => source}
          rows={lines}
          total={total}
          columns={[
            { id: 'source', title: 'Source', heads: true, cell: ({ source }) => source },
            {
              id: 'acknowledged',
              title: 'Acknowledged',
              right: true,
              cell: ({ acknowledged }) =>
                acknowledged ? count(acknowledged) : <span class="muted">file</span>,
            },
            { id: 'bronze', title: 'In bronze', right: true, cell: ({ inBronze }) => count(inBronze) },
            { id: 'silver', title: 'New in silver', right: true, cell: ({ silver }) => count(silver) },
            {
              id: 'duplicates',
              title: 'Duplicates',
              right: true,
              cell: ({ duplicates }) => count(duplicates),
            },
            {
              id: 'quarantined',
              title: 'Quarantined',
              right: true,
              cell: ({ quarantined }) => count(quarantined),
            },
            {
              id: 'unaccounted',
              title: 'Unaccounted',
              right: true,
              cell: ({ unaccounted }) => count(unaccounted),
            },
          ]}
        />
      </details>
    </section>
  );
}

const Term = ({
  value,
  href,
  children,
}: {
  value: number;
  href: string;
  children: preact.ComponentChildren;
}) => (
  <li>
    <a class="num" href={href}>
      {count(value)}
    </a>
    <span>{children}</span>
  </li>
);
const Sign = ({ children }: { children: string }) => <li class="op">{children}</li>;

/** Which layer a step of the run works in, by its title's first word. */
const layerOfStep = (title: string) =>
  /^(Landing|Streaming)/.test(title)
    ? 'ingestion'
    : /^Waiting/.test(title)
      ? 'bronze'
      : /^Running/.test(title)
        ? 'gold'
        : /^Asking/.test(title)
          ? 'serving'
          : undefined;

function RunSteps({ run }: { run: NonNullable<Home['run']> }) {
  const total = run.steps.reduce(
    (most, { startedAfter, seconds }) => Math.max(most, startedAfter + seconds),
    0,
  );
  return (
    <>
      <Bar title="The run, step by step">
        <a href={hrefOf({ page: 'runs', rest: [run.id] })}>{run.id}</a>
      </Bar>
      {run.steps.length === 0 ? (
        <Empty>This run was started by a schedule; its states and times are on its page.</Empty>
      ) : (
        <ol class="gantt" aria-label="Steps of the run">
          {run.steps.map((step) => (
            <StepRow key={`${step.title}-${step.startedAfter}`} step={step} total={total} />
          ))}
        </ol>
      )}
    </>
  );
}

function StepRow({ step, total }: { step: HomeStep; total: number }) {
  const layer = layerOfStep(step.title);
  const scale = (seconds: number) => (total === 0 ? 0 : (seconds / total) * 100);
  return (
    <li>
      <Verdict tone={step.failed ? 'bad' : 'ok'}>
        <span>
          {step.title}
          {step.detail && <span class="muted">: {step.detail}</span>}
        </span>
      </Verdict>
      <svg
        class={`b${layer ? ` k-${layer}` : ''}`}
        viewBox="0 0 100 8"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <rect x={scale(step.startedAfter)} y="0" width={Math.max(0.6, scale(step.seconds))} height="8" />
      </svg>
      <span class="s">{step.seconds.toFixed(1)} s</span>
    </li>
  );
}

interface FormField {
  readonly id: 'events' | 'seed' | 'duplicates' | 'malformed' | 'late';
  readonly label: string;
  readonly share: boolean;
}

const fields: readonly FormField[] = [
  { id: 'events', label: 'Events', share: false },
  { id: 'seed', label: 'Seed', share: false },
  { id: 'duplicates', label: 'Duplicates', share: true },
  { id: 'malformed', label: 'Malformed', share: true },
  { id: 'late', label: 'Late', share: true },
];

type Texts = Record<FormField['id'], string>;

/** `1 %`, `1%` or `1` → 0.01; NaN for what is not a number. */
const readNumber = (text: string, share: boolean) => {
  const number = Number(text.replaceAll(',', '').replace('%', '').trim());
  return share ? number / 100 : number;
};

function StartRun({ home }: { home: Home }) {
  const { study } = place.value;
  const [texts, setTexts] = useState<Texts>({
    events: '10000',
    seed: '2',
    duplicates: '1 %',
    malformed: '1 %',
    late: '2 %',
  });
  const [problem, setProblem] = useState<Problem>();
  const running = job.value?.state === 'running' ? job.value : undefined;
  const ended =
    job.value && job.value.state !== 'running' && job.value.study === study ? job.value : undefined;
  const command = [
    `npx headwaters run ${study}`,
    ...fields
      .filter(({ id, share }) => !share || readNumber(texts[id], true) > 0)
      .map(
        ({ id, share }) =>
          `--${id} ${share ? `${texts[id].replace(/[\s%]/g, '')}%` : texts[id].replaceAll(',', '')}`,
      ),
  ].join(' ');
  const start = async (event: Event) => {
    event.preventDefault();
    setProblem(undefined);
    try {
      await startJob(
        study!,
        'runs',
        // What is not a number is sent as it was written: the answer quotes it.
        Object.fromEntries(
          fields.map(({ id, share }) => {
            const number = readNumber(texts[id], share);
            return [id, Number.isNaN(number) ? texts[id] : number];
          }),
        ),
      );
    } catch (error) {
      setProblem(error instanceof ProblemError ? error.problem : { title: String(error), status: 0 });
    }
  };
  return (
    <>
      <Bar title="Start a run">{home.study.title}, on this machine</Bar>
      {home.study.hasSimulation ? (
        <form onSubmit={start}>
          <div class="form">
            {fields.map(({ id, label }) => (
              <label key={id} class="field">
                {label}
                <input
                  value={texts[id]}
                  inputMode="decimal"
                  onInput={(event) => setTexts({ ...texts, [id]: event.currentTarget.value })}
                />
              </label>
            ))}
          </div>
          <div class="row" style={{ alignItems: 'center' }}>
            <button class="btn go" type="submit" disabled={running !== undefined}>
              {running ? 'Running' : 'Run'}
            </button>
            <Command>{command}</Command>
          </div>
        </form>
      ) : (
        <Empty command={`npx headwaters run ${study} --input <folder>`}>
          The study has no simulation; it takes data from files.
        </Empty>
      )}
      {problem && <ProblemNote problem={problem} />}
      {running && running.study === study && <JobProgress state={running} />}
      {ended && (
        <p class={`note ${ended.state === 'done' ? 'ok' : 'bad'}`} role="status">
          {ended.state === 'done'
            ? `The run is done: ${counted(home.run?.records ?? 0, 'record')} are accounted for.`
            : ended.state === 'stopped'
              ? 'The run was stopped. The next one takes up where it stopped.'
              : ended.message}
        </p>
      )}
    </>
  );
}

function Studies() {
  const overview = useOverview();
  return (
    <>
      <Bar title="Studies" />
      <Loaded asked={overview}>
        {({ studies }) => (
          <Table
            caption="Studies and their state"
            class="studies"
            keyOf={({ name }) => name}
            rows={studies}
            columns={[
              {
                id: 'study',
                title: 'Study',
                heads: true,
                cell: ({ name, title }) => <a href={hrefOf({ study: name, page: 'home' })}>{title}</a>,
              },
              { id: 'state', title: 'State', cell: (study) => <StudyMark study={study} /> },
              {
                id: 'last',
                title: 'Last run',
                cell: ({ name, lastRun }) =>
                  lastRun ? (
                    <Age at={lastRun.endedAt} />
                  ) : (
                    <a href={`${hrefOf({ study: name, page: 'home' })}#run`}>Run</a>
                  ),
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}
