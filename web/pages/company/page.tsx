/** The company: its published architecture and ours, part by part with sources, the three Vs, trade-offs, and what to try. */

import type {
  ArchitecturePart,
  Dimension,
  Publication,
  StudyAbout,
} from '../../../lib/model/study/about/design.ts';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { studyIn, useOverview } from '../../app/overview.ts';
import { Command } from '../../parts/command.tsx';
import { LayerMark } from '../../parts/marks.tsx';
import { Bar, Head } from '../../parts/page.tsx';
import { Empty, LoadedPage } from '../../parts/states.tsx';
import { StudyMark } from '../../parts/studyState.tsx';
import { Table } from '../../parts/table.tsx';
import type { Company } from './contract.ts';
import { Lanes } from './lanes.tsx';

export default function CompanyPage() {
  const { study } = place.value;
  const company = useAnswer<Company>(`studies/${study}/company`);
  const overview = useOverview();
  const state = studyIn(overview.data, study);
  return (
    <LoadedPage asked={company} name="The company" lines={10}>
      {(data) => (
        <>
          <Head
            title={data.about ? `${data.title}: ${data.about.headline}` : data.title}
            lead={data.description}
          >
            <a class="btn go" href={`${hrefOf({ page: 'home' })}#run`}>
              Run {data.title}
            </a>
          </Head>
          <p class="row company-state">
            {state && <StudyMark study={state} />}
            <Command>
              {data.hasSimulation
                ? `npx headwaters run ${study}`
                : `npx headwaters run ${study} --input <folder>`}
            </Command>
          </p>
          {data.about ? (
            <About about={data.about} folder={data.folder} />
          ) : (
            <Empty>{`The study says nothing of a company: its ${data.folder}/study.yaml has no about.`}</Empty>
          )}
        </>
      )}
    </LoadedPage>
  );
}

function About({ about, folder }: { about: StudyAbout; folder: string }) {
  return (
    <>
      <section>
        <Bar title="The published architecture and ours, part by part">dotted: the same role</Bar>
        <Lanes parts={about.architecture} />
        <Parts about={about} />
      </section>
      <section>
        <Bar title="Volume, velocity, variety" />
        <div class="vs3">
          <Vee name="Volume" dimension={about.volume} publications={about.publications} />
          <Vee name="Velocity" dimension={about.velocity} publications={about.publications} />
          <Vee name="Variety" dimension={about.variety} publications={about.publications} />
        </div>
      </section>
      <section class="cols">
        <div class="c7">
          <Bar title="What to try" />
          <ol class="todo">
            {about.exercises.map(({ title, text, page, minutes }) => (
              <li key={title}>
                <a href={hrefOf({ page })}>{title}</a>
                <span class="small">{minutes} min</span>
                <p>{text}</p>
              </li>
            ))}
          </ol>
          <div class="later">
            <Bar title="Trade-offs" />
            <dl class="tradeoffs">
              {about.tradeoffs.map(({ title, text }) => (
                <div key={title}>
                  <dt>{title}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </div>
        </div>
        <div class="c5">
          <Bar title="Sources" id="sources">
            {folder}/study.yaml
          </Bar>
          <ul class="src">
            {about.publications.map(({ id, title, note, url }) => (
              <li key={id} id={`source-${id}`}>
                <b>{url ? <OutsideLink url={url}>{title}</OutsideLink> : title}</b>
                <span>{note}</span>
              </li>
            ))}
          </ul>
          <div class="later">
            <Bar title="What it teaches" />
            <p>{about.teaches}</p>
          </div>
        </div>
      </section>
    </>
  );
}

/** A page of another site: it learns nothing of this one. */
const OutsideLink = ({ url, children }: { url: string; children: string }) => (
  <a href={url} target="_blank" rel="noreferrer noopener">
    {children}
  </a>
);

const titleOf = (publications: readonly Publication[], id: string) =>
  publications.find((one) => one.id === id)?.title ?? id;

const Cited = ({ id, publications }: { id: string; publications: readonly Publication[] }) => (
  <a class="cited xs" href={`#source-${id}`} aria-label={`Source: ${titleOf(publications, id)}`}>
    source
  </a>
);

/** Which page shows the part that a layer has here. */
const pageOf: Readonly<Record<ArchitecturePart['layer'], string>> = {
  ingestion: 'follow',
  bronze: 'objects',
  silver: 'tables',
  gold: 'tables',
  serving: 'sql',
};

function Parts({ about }: { about: StudyAbout }) {
  return (
    <Table
      caption="The published architecture and this study"
      class="pub"
      keyOf={({ part }) => part}
      rows={about.architecture}
      columns={[
        {
          id: 'part',
          title: 'Part',
          heads: true,
          cell: ({ part, layer }) => <LayerMark layer={layer}>{part}</LayerMark>,
        },
        {
          id: 'published',
          title: 'Published',
          prose: true,
          cell: ({ published, source }) => (
            <>
              {published} <Cited id={source} publications={about.publications} />
            </>
          ),
        },
        {
          id: 'here',
          title: 'Here',
          prose: true,
          cell: ({ here, layer }) => <a href={hrefOf({ page: pageOf[layer] })}>{here}</a>,
        },
        { id: 'difference', title: 'Difference', prose: true, cell: ({ difference }) => difference },
      ]}
    />
  );
}

function Vee({
  name,
  dimension,
  publications,
}: {
  name: string;
  dimension: Dimension;
  publications: readonly Publication[];
}) {
  return (
    <div>
      <h3>{name}</h3>
      <dl>
        <dt>Published</dt>
        <dd>
          {dimension.published} <Cited id={dimension.source} publications={publications} />
        </dd>
        <dt>Here</dt>
        <dd>{dimension.here}</dd>
      </dl>
      <p class="small">{dimension.note}</p>
    </div>
  );
}
