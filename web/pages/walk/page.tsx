/** Walk: the last run as ribbons, each layer with what it is, why, and what to open, and one prediction for each. */
import { useMemo, useState } from 'preact/hooks';
import type { Flow } from '../../../lake/flow.ts';
import type { Prediction } from '../../../lib/model/study/about/design.ts';
import { ask, useAnswer } from '../../app/backend.ts';
import { startJob } from '../../app/jobs.ts';
import { hrefOf, place } from '../../app/location.ts';
import { Age } from '../../parts/figures.tsx';
import { LayerMark, Verdict } from '../../parts/marks.tsx';
import { bronzeName } from '../../parts/objectName.ts';
import { Bar, Head, KeyValues, Panel, Tabs } from '../../parts/page.tsx';
import { Predict } from '../../parts/predict.tsx';
import { Empty, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted, shortId, time } from '../../parts/text.ts';
import type { Seen, Walk } from './contract.ts';
import { layerTexts } from './layers.tsx';
import { type LayerName, layOut } from './layout.ts';
import { RiverMap } from './map.tsx';

const layerNames: readonly LayerName[] = ['ingestion', 'bronze', 'silver', 'gold', 'serving'];
const titles = {
  ingestion: 'Ingestion',
  bronze: 'Bronze',
  silver: 'Silver',
  gold: 'Gold',
  serving: 'Serving',
} as const;

export default function WalkPage() {
  const { study } = place.value;
  const walk = useAnswer<Walk>(`studies/${study}/walk`);
  return (
    <LoadedPage asked={walk} name="Walk" lines={12}>
      {(data) => (data.flow ? <Walked walk={data} flow={data.flow} /> : <NotRun title={data.title} />)}
    </LoadedPage>
  );
}

const NotRun = ({ title }: { title: string }) => (
  <>
    <Head title={`Nothing has flowed through ${title} yet`} />
    <Empty command={`npx headwaters run ${place.value.study}`}>
      The diagram is drawn from a run. Start one here or from the command line.
    </Empty>
  </>
);

/** Which layer moves during a step of the run. */
const layerOfStep = (title: string): LayerName | undefined =>
  /^(Landing|Streaming)/.test(title)
    ? 'ingestion'
    : /^Waiting/.test(title)
      ? 'bronze'
      : /^Running/.test(title)
        ? 'silver'
        : undefined;

/** The replay takes 5 seconds at most, whatever the run took. */
const REPLAY_MS = 5000;

function Walked({ walk, flow }: { walk: Walk; flow: Flow }) {
  const river = useMemo(() => layOut(flow), [flow]);
  const [flowing, setFlowing] = useState<LayerName>();
  const [said, setSaid] = useState('');
  const replay = () => {
    const end = Math.max(...walk.steps.map(({ startedAfter, seconds }) => startedAfter + seconds));
    const scale = REPLAY_MS / (end * 1000);
    for (const step of walk.steps)
      setTimeout(
        () => {
          setFlowing(layerOfStep(step.title));
          setSaid(`${step.title}: ${step.detail}, ${step.seconds.toFixed(1)} s`);
        },
        step.startedAfter * 1000 * scale,
      );
    setTimeout(() => setFlowing(undefined), REPLAY_MS);
  };
  const chosen = (place.value.rest[0] as LayerName | undefined) ?? 'bronze';
  const layer = layerNames.includes(chosen) ? chosen : 'bronze';
  return (
    <>
      <Head
        title={`Walk the ${walk.title} lakehouse`}
        lead="Line width shows how much flowed in the last run: records up to silver, rows after it."
      >
        {walk.steps.length > 0 && (
          <button class="btn" type="button" onClick={replay}>
            Replay the run{walk.seconds ? `, ${walk.seconds.toFixed(1)} s` : ''}
          </button>
        )}
        <a class="btn go" href={`${hrefOf({ page: 'home' })}#run`}>
          Run again
        </a>
      </Head>
      <div class="mapbox">
        <RiverMap
          river={river}
          title={`How the run flowed through the ${walk.title} study`}
          flowing={flowing}
        />
        <Upright flow={flow} />
      </div>
      <p class="small muted" role="status">
        {said}
      </p>
      <div class="row map-foot">
        <details>
          <summary>The same figures as a table</summary>
          <FlowTable flow={flow} />
        </details>
        <span class="small muted">
          Drawn from {counted(flow.stacks, 'deployed stack')}, {counted(flow.resources, 'resource')}. Dotted:
          no record took this path.
        </span>
      </div>
      <section class="cols">
        <div class="c7">
          <Tabs
            label="Layers"
            current={layer}
            items={layerNames.map((name) => ({
              id: name,
              title: titles[name],
              href: hrefOf({ rest: [name] }),
            }))}
          />
          <LayerStory layer={layer} flow={flow} />
        </div>
        <div class="c5">
          <OpenIn layer={layer} flow={flow} />
        </div>
      </section>
      {walk.predictions.map((prediction, index) =>
        prediction.layer === layer ? (
          <section key={prediction.question}>
            <PredictLayer prediction={prediction} index={index} />
          </section>
        ) : null,
      )}
      <section>
        <Bar title="As the company publishes it, and here">
          <a href={hrefOf({ page: 'company' })}>All parts, with sources</a>
        </Bar>
        <Table
          caption="Published and here"
          rows={walk.architecture.filter((part) => part.layer === layer)}
          keyOf={({ part }) => part}
          columns={[
            { id: 'part', title: 'Part', heads: true, cell: ({ part }) => part },
            { id: 'published', title: 'Published', prose: true, cell: ({ published }) => published },
            { id: 'here', title: 'Here', prose: true, cell: ({ here }) => here },
            { id: 'difference', title: 'Difference', prose: true, cell: ({ difference }) => difference },
          ]}
        />
      </section>
    </>
  );
}

/** The map of a narrow window: the layers from top to bottom, each with its figure. */
function Upright({ flow }: { flow: Flow }) {
  const total = flow.sheet?.total;
  const rowsIn = (zone: string) =>
    flow.tables.filter((table) => table.zone === zone).reduce((sum, { rows = 0 }) => sum + rows, 0);
  const figures: readonly (readonly [LayerName, string])[] = [
    ['ingestion', counted(flow.sources.length, 'source')],
    ['bronze', `${counted(total?.inBronze ?? 0, 'record')} in ${counted(flow.objects.length, 'object')}`],
    ['silver', `${count(total?.silver ?? 0)} new`],
    ['gold', counted(rowsIn('gold'), 'row')],
    ['serving', `${counted(rowsIn('marts'), 'row')} in marts`],
  ];
  return (
    <ol class="upright">
      {figures.map(([layer, text]) => (
        <li key={layer} class={`k-${layer}`}>
          <a href={hrefOf({ rest: [layer] })}>
            <LayerMark layer={layer}>{titles[layer]}</LayerMark>
          </a>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  );
}

function FlowTable({ flow }: { flow: Flow }) {
  return (
    <Table
      caption="What flowed in the last run"
      rows={flow.sources}
      keyOf={({ name }) => name}
      columns={[
        { id: 'source', title: 'Source', heads: true, cell: ({ name }) => name },
        { id: 'by', title: 'By', cell: ({ ingestion }) => ingestion },
        { id: 'records', title: 'Records', right: true, cell: ({ records }) => count(records) },
      ]}
    />
  );
}

function LayerStory({ layer, flow }: { layer: LayerName; flow: Flow }) {
  const { title, what, cost } = layerTexts[layer];
  return (
    <div class="story">
      <h2>
        <LayerMark layer={layer} /> {title}
      </h2>
      {what.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <h3>What it costs</h3>
      <p>{cost}</p>
      <KeyValues entries={threeVs(layer, flow)} />
    </div>
  );
}

function threeVs(layer: LayerName, flow: Flow): readonly (readonly [string, string])[] {
  const total = flow.sheet?.total;
  const zone = layer === 'serving' ? 'marts' : layer;
  const tables = flow.tables.filter((table) => table.zone === zone);
  const written = flow.objects.map(({ writtenAt }) => writtenAt).sort();
  if (layer === 'ingestion' || layer === 'bronze')
    return [
      [
        'Volume',
        `${counted(total?.inBronze ?? 0, 'record')} in ${counted(flow.objects.length, 'object')}, ${bytes(flow.objects.reduce((sum, one) => sum + one.bytes, 0))}`,
      ],
      [
        'Velocity',
        written.length > 0
          ? `first object written ${time(written[0]!)}, last ${time(written.at(-1)!)}`
          : 'nothing written',
      ],
      ['Variety', `${counted(flow.sources.length, 'source')} in one table, payload kept as one JSON string`],
    ];
  const newest = tables
    .flatMap(({ changedAt }) => changedAt ?? [])
    .sort()
    .at(-1);
  return [
    [
      'Volume',
      `${counted(
        tables.reduce((sum, { rows = 0 }) => sum + rows, 0),
        'row',
      )} in ${counted(tables.length, 'table')}, ${bytes(tables.reduce((sum, one) => sum + (one.bytes ?? 0), 0))}`,
    ],
    ['Velocity', newest ? `published ${time(newest)}` : 'nothing published'],
    [
      'Variety',
      `${counted(
        tables.reduce((sum, { columns }) => sum + columns.length, 0),
        'column',
      )} with declared types`,
    ],
  ];
}

function OpenIn({ layer, flow }: { layer: LayerName; flow: Flow }) {
  const balanced = flow.sheet?.balanced === true;
  const verdict = (
    <Verdict tone={balanced ? 'ok' : 'bad'}>{balanced ? 'All records accounted' : 'Out of balance'}</Verdict>
  );
  if (layer === 'ingestion' || layer === 'bronze')
    return (
      <Panel title={`Open in ${layer}`} aside={verdict}>
        <Table
          caption={`Objects that the run read`}
          rows={flow.objects}
          keyOf={({ key }) => key}
          columns={[
            {
              id: 'object',
              title: 'Object',
              heads: true,
              cell: ({ key, stream }) => (
                <a href={hrefOf({ page: 'objects', query: { key } })}>
                  {bronzeName(key) ?? `${stream}, ${shortId(key.slice(key.lastIndexOf('/') + 1), 6)}`}
                </a>
              ),
            },
            { id: 'records', title: 'Records', right: true, cell: ({ records }) => count(records) },
            { id: 'bytes', title: 'Bytes', right: true, cell: (object) => count(object.bytes) },
          ]}
        />
      </Panel>
    );
  const zone = layer === 'serving' ? 'marts' : layer;
  return (
    <Panel title={`Open in ${layer}`} aside={verdict}>
      <Table
        caption={`Tables of ${layer}`}
        rows={flow.tables.filter((table) => table.zone === zone)}
        keyOf={({ name }) => name}
        columns={[
          {
            id: 'table',
            title: 'Table',
            heads: true,
            cell: ({ name }) => <a href={hrefOf({ page: 'tables', rest: [zone, name] })}>{name}</a>,
          },
          {
            id: 'rows',
            title: 'Rows',
            right: true,
            cell: ({ rows }) => (rows === undefined ? '' : count(rows)),
          },
          {
            id: 'changed',
            title: 'Changed',
            right: true,
            cell: ({ changedAt }) => (changedAt ? <Age at={changedAt} /> : ''),
          },
        ]}
      />
    </Panel>
  );
}

const percentOf = (name: string, value: number) =>
  ['events', 'seed', 'days'].includes(name) ? String(value) : `${Number((value * 100).toFixed(4))}%`;

function PredictLayer({ prediction, index }: { prediction: Prediction; index: number }) {
  const { study } = place.value;
  const { run, question, answers, sql, why } = prediction;
  const command = run
    ? `npx headwaters run ${study} ${Object.entries(run)
        .map(([name, value]) => `--${name} ${percentOf(name, value)}`)
        .join(' ')}`
    : `npx headwaters query "${sql}"`;
  return (
    <Predict
      id={`prediction-${index}`}
      question={question}
      answers={answers}
      command={command}
      action={run ? 'Run it' : 'Ask it'}
      run={async () => {
        if (run) {
          const ended = await startJob(study!, 'runs', run);
          if (ended.state !== 'done') throw new Error(ended.message ?? 'The run did not end well.');
        }
        const { sentence } = await ask<Seen>(`studies/${study}/predictions/${index}`);
        return { seen: sentence, why };
      }}
    />
  );
}
