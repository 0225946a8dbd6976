/** The frame around every page: top bar, navigation, study switcher, search, keys, and the banner of a lost backend. */
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Overview, StudyOverview } from '../contract/overview.ts';
import { Command } from '../parts/command.tsx';
import { Age } from '../parts/figures.tsx';
import { ProjectSign } from '../parts/marks.tsx';
import { Head } from '../parts/page.tsx';
import { Empty, ProblemPage, WaitingPage } from '../parts/states.tsx';
import { StudyMark } from '../parts/studyState.tsx';
import { count, shortRun, time } from '../parts/text.ts';
import { contact, isLost, listenToBackend } from './backend.ts';
import { Find } from './find.tsx';
import { JobStrip } from './jobStrip.tsx';
import { KeyList, listenToKeys } from './keys.tsx';
import { hrefOf, place } from './location.ts';
import { announcement, opened } from './opened.ts';
import { studyIn, useOverview } from './overview.ts';
import { pages } from './pages.ts';
import { StudySwitcher } from './studySwitcher.tsx';
import { switchTheme } from './theme.ts';

const menuOpen = signal(false);

export function Shell() {
  const overview = useOverview();
  const { study } = place.value;
  useEffect(() => listenToKeys(), []);
  useEffect(() => listenToBackend(), []);
  const current = studyIn(overview.data, study);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <TopBar overview={overview.data} study={current} />
      <Navigation study={current} />
      <main class={`page${isLost.value ? ' stale' : ''}`} id="main">
        <LostBanner />
        {overview.data?.job && <JobStrip job={overview.data.job} />}
        {overview.problem ? (
          <ProblemPage name="Headwaters" problem={overview.problem} />
        ) : (
          <CurrentPage overview={overview.data} />
        )}
        <footer class="foot">
          <span>{overview.data ? `${overview.data.target} at ${overview.data.endpoint}` : 'Headwaters'}</span>
          <span>{current?.lastRun ? `Run ${current.lastRun.id}` : 'No run yet'}</span>
          <span>All times UTC</span>
        </footer>
      </main>
      <p class="vh" role="status">
        {announcement.value}
      </p>
      {opened.value === 'find' && <Find overview={overview.data} onClose={() => close('find')} />}
      {opened.value === 'keys' && <KeyList onClose={() => close('keys')} />}
    </>
  );
}

/** Another dialog may have been opened since this one began to close. */
const close = (dialog: typeof opened.value) => {
  if (opened.value === dialog) opened.value = undefined;
};

function TopBar({ overview, study }: { overview: Overview | undefined; study: StudyOverview | undefined }) {
  return (
    <header class="top">
      <button
        class="icon menu-btn"
        type="button"
        aria-expanded={menuOpen.value}
        aria-controls="nav"
        aria-label="Menu"
        onClick={() => {
          menuOpen.value = !menuOpen.value;
        }}
      >
        <svg viewBox="0 0 18 18" aria-hidden="true">
          <path d="M2 4.5h14M2 9h14M2 13.5h14" stroke="currentColor" stroke-width="1.6" />
        </svg>
      </button>
      <a class="brand" href={hrefOf({ page: 'home' })}>
        <ProjectSign />
        <span>Headwaters</span>
      </a>
      {overview && <StudySwitcher studies={overview.studies} />}
      <button
        class="find"
        type="button"
        aria-keyshortcuts="/"
        onClick={() => {
          opened.value = 'find';
        }}
      >
        <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
          <circle cx="6" cy="6" r="4.4" fill="none" stroke="currentColor" stroke-width="1.5" />
          <path d="M9.4 9.4L13 13" stroke="currentColor" stroke-width="1.5" />
        </svg>
        <span>Find a table, column, query, page</span>
        <kbd aria-hidden="true">/</kbd>
      </button>
      <div class="end">
        {study && (
          <span class="run">
            <StudyMark study={study} />
            {study.lastRun && (
              <>
                {' · run '}
                <a class="num" href={hrefOf({ page: 'runs', rest: [study.lastRun.id] })}>
                  {shortRun(study.lastRun.id)}
                </a>
                {' · '}
                <Age at={study.lastRun.endedAt} />
              </>
            )}
          </span>
        )}
        <button class="icon" type="button" aria-label="Switch between light and dark" onClick={switchTheme}>
          <svg viewBox="0 0 18 18" aria-hidden="true">
            <circle cx="9" cy="9" r="6.2" fill="none" stroke="currentColor" stroke-width="1.5" />
            <path d="M9 2.8a6.2 6.2 0 010 12.4z" fill="currentColor" />
          </svg>
        </button>
      </div>
    </header>
  );
}

const Count = ({ of }: { of: number | undefined }) => (of === undefined ? null : <span>{count(of)}</span>);

const groups = ['Top', 'Learn', 'Look inside', 'Ask'] as const;

function Navigation({ study }: { study: StudyOverview | undefined }) {
  const { page } = place.value;
  // A page was chosen: the menu of a narrow window closes.
  useEffect(() => {
    menuOpen.value = false;
  }, [place.value]);
  return (
    <nav class={`nav${menuOpen.value ? ' open' : ''}`} id="nav" aria-label="Pages">
      {groups.map((group) => (
        <div key={group}>
          {group !== 'Top' && <h2>{group}</h2>}
          <ul>
            {pages
              .filter((entry) => entry.group === group)
              .map((entry) => (
                <li key={entry.id}>
                  <a href={hrefOf({ page: entry.id })} aria-current={entry.id === page ? 'page' : undefined}>
                    {entry.title}
                    <Count of={entry.count && study?.counts?.[entry.count]} />
                  </a>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function LostBanner() {
  const { state, lastAnswerAt, nextTryIn } = contact.value;
  if (state === 'up') return null;
  return (
    <div class="banner">
      <strong role="alert">
        No answer from {location.host}
        {lastAnswerAt ? ` since ${time(new Date(lastAnswerAt).toISOString()).slice(0, 8)}` : ''}.
      </strong>
      <span>The figures below are from then. Trying again in {nextTryIn ?? 0} s.</span>
      <span>
        Start it with <Command>npx headwaters up</Command>
      </span>
    </div>
  );
}

const loadedPages = new Map<string, ComponentType>();

function CurrentPage({ overview }: { overview: Overview | undefined }) {
  const { page, study } = place.value;
  const entry = pages.find(({ id }) => id === page);
  const [, setLoaded] = useState<string>();
  const [failure, setFailure] = useState<string>();
  const Page = entry && loadedPages.get(entry.id);
  useEffect(() => {
    if (!entry || loadedPages.has(entry.id)) return;
    setFailure(undefined);
    entry
      .load()
      .then(({ default: component }) => {
        loadedPages.set(entry.id, component);
        setLoaded(entry.id);
      })
      .catch((error: Error) => setFailure(error.message));
  }, [entry]);
  if (!entry) return <NoSuchPage page={page} />;
  if (failure)
    return (
      <ProblemPage
        name={entry.title}
        problem={{ title: `The page ${entry.title} could not be loaded.`, detail: failure, status: 0 }}
      />
    );
  if (!overview || !Page) return <WaitingPage name={entry.title} lines={8} />;
  const found = studyIn(overview, study);
  if (!found) return <NoSuchStudy study={study} overview={overview} />;
  if (!found.counts && !entry.withoutLake) return <NotDeployed study={found} />;
  return <Page />;
}

const NotDeployed = ({ study: { name, title, description, state } }: { study: StudyOverview }) => (
  <>
    <Head
      title={state === 'running' ? `${title} is being deployed` : `${title} is not deployed yet`}
      lead={description}
    />
    <Empty command={`npx headwaters run ${name}`}>
      A run deploys the study and brings data from its sources to gold; this page shows what it leaves.{' '}
      <a href={`${hrefOf({ page: 'home' })}#run`}>Start one here</a>, or from the command line.
    </Empty>
  </>
);

const NoSuchPage = ({ page }: { page: string }) => (
  <div class="head">
    <div>
      <h1>There is no page {page}</h1>
      <p class="lead">
        <a href={hrefOf({ page: 'home' })}>Go to the home page</a>, or press <kbd>/</kbd> to find a table,
        column, query or page.
      </p>
    </div>
  </div>
);

const NoSuchStudy = ({ study, overview }: { study: string | undefined; overview: Overview }) => (
  <div class="head">
    <div>
      <h1>{study ? `There is no study ${study}` : 'Choose a study'}</h1>
      <ul>
        {overview.studies.map(({ name, title }) => (
          <li key={name}>
            <a href={hrefOf({ study: name, page: 'home' })}>{title}</a>
          </li>
        ))}
      </ul>
    </div>
  </div>
);
