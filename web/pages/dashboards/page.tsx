/** The study's dashboards: figures, then charts in their declared order, each with its finding and the table behind it. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { ChartFrame } from '../../charts/chartFrame.tsx';
import { Head, Tabs } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { StudyGauges } from '../../parts/studyFigures.tsx';
import type { DashboardEntry, DashboardView } from './contract.ts';

export default function DashboardsPage() {
  const { study, rest } = place.value;
  const entries = useAnswer<readonly DashboardEntry[]>(`studies/${study}/dashboards`);
  const chosen = rest[0] ?? entries.data?.[0]?.name;
  const view = useAnswer<DashboardView>(chosen && `studies/${study}/dashboards/${chosen}`);
  return (
    <LoadedPage asked={entries} name="Dashboards">
      {(list) =>
        list.length === 0 ? (
          <>
            <Head title="The study declares no dashboard" />
            <Empty>Dashboards are declared in serving/*.yaml of the study's folder.</Empty>
          </>
        ) : (
          <>
            <Head title={titleOf(list, chosen)} lead={list.find(({ name }) => name === chosen)?.description}>
              <a class="btn" href={hrefOf({ page: 'sql' })}>
                Ask another question
              </a>
            </Head>
            <Tabs
              label="Dashboards"
              current={chosen ?? ''}
              items={list.map(({ name, title }) => ({ id: name, title, href: hrefOf({ rest: [name] }) }))}
            />
            <Loaded asked={view} lines={12}>
              {(data) => <Board view={data} />}
            </Loaded>
          </>
        )
      }
    </LoadedPage>
  );
}

const titleOf = (list: readonly DashboardEntry[], chosen: string | undefined) =>
  list.find(({ name }) => name === chosen)?.title ?? `There is no dashboard ${chosen}`;

function Board({ view }: { view: DashboardView }) {
  return (
    <>
      {view.figures.length > 0 && (
        <section>
          <StudyGauges figures={view.figures} label={`Figures of ${view.title}`} />
        </section>
      )}
      <section class="cols board">
        {view.drawn.map((one) => (
          <div
            key={'failure' in one ? one.name : one.chart.name}
            class={view.drawn.length === 1 ? 'c12' : 'c6'}
          >
            {'failure' in one ? (
              <p class="note bad" role="alert">
                The chart {one.name} could not be asked: {one.failure}
              </p>
            ) : (
              <ChartFrame drawn={one} headingLevel={2} />
            )}
          </div>
        ))}
      </section>
    </>
  );
}
