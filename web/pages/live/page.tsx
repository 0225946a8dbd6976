/** Live: the newest windows of each live view, patched once a second, with their age, and compared with what runs published. */
import { useEffect, useState } from 'preact/hooks';
import { ask, contact, isLost, ProblemError } from '../../app/backend.ts';
import { job, startJob } from '../../app/jobs.ts';
import { place, setQuery } from '../../app/location.ts';
import type { Problem } from '../../contract/problem.ts';
import { Command } from '../../parts/command.tsx';
import { Age } from '../../parts/figures.tsx';
import { Verdict } from '../../parts/marks.tsx';
import { Head } from '../../parts/page.tsx';
import { Empty, ProblemNote, Waiting } from '../../parts/states.tsx';
import { count } from '../../parts/text.ts';
import { AgainstGold } from './againstGold.tsx';
import type { LiveAnswer } from './contract.ts';
import { Totals } from './totals.tsx';
import { View } from './view.tsx';
import { inWords } from './words.ts';

const CHOICES = [1, 5, 15] as const;
const EVERY_MS = 1000;

export default function LivePage() {
  const { study, query } = place.value;
  const windows = Number(query.get('windows') ?? 1);
  const [paused, setPaused] = useState(false);
  const { answer, problem } = useLive(study!, windows, paused);
  return (
    <>
      <Head
        title={titleOf(answer)}
        lead="Counted by the hot path, about a second behind the stream. Approximate: a run decides what is a duplicate, and each view is compared with what the run published."
      >
        <button type="button" class="btn" aria-pressed={paused} onClick={() => setPaused(!paused)}>
          {paused ? 'Go on' : 'Pause'}
        </button>
        <button
          type="button"
          class="btn go"
          disabled={job.value?.state === 'running'}
          onClick={() => void startJob(study!, 'live/events', {})}
        >
          Send 500 events, 50 a second
        </button>
      </Head>
      <div class="row small live-state">
        <label class="field">
          Newest windows
          <select
            value={windows}
            onChange={(event) => setQuery({ windows: Number(event.currentTarget.value) })}
          >
            {CHOICES.map((choice) => (
              <option key={choice}>{choice}</option>
            ))}
          </select>
        </label>
        {answer && <Freshness paused={paused} at={answer.at} />}
        <Command>{`npx headwaters live ${study} --watch`}</Command>
      </div>
      {problem && <ProblemNote problem={problem} />}
      {!answer && !problem && <Waiting lines={6} />}
      {answer?.views.length === 0 && (
        <Empty>The study declares no live view. A file live/&lt;view&gt;.yaml in its folder makes one.</Empty>
      )}
      {answer && answer.views.length > 0 && <Views answer={answer} windows={windows} />}
    </>
  );
}

/** The view with most to see next to the figures of all, then the others. */
function Views({ answer, windows }: { answer: LiveAnswer; windows: number }) {
  const { views, readings, summaries, at } = answer;
  const shown = views.map((view) => ({
    view,
    windows,
    at,
    reading: readings.find((one) => one.view === view.name),
    summary: summaries.find((one) => one.view === view.name),
  }));
  const first = shown.find(({ summary }) => summary?.matrix) ?? shown[0]!;
  return (
    <>
      <div class="cols">
        <div class="c7">
          <View {...first} />
        </div>
        <div class="c5">
          <Totals views={views} summaries={summaries} readings={readings} />
          <AgainstGold />
        </div>
      </div>
      {shown
        .filter((one) => one !== first)
        .map((one) => (
          <View key={one.view.name} {...one} />
        ))}
    </>
  );
}

/** Who has most of something, of the view that says it best: two keys before one. */
function titleOf(answer: LiveAnswer | undefined): string {
  const summaries = (answer?.summaries ?? []).toSorted((a, b) => Number(!!b.matrix) - Number(!!a.matrix));
  for (const { measure, total, leader, matrix } of summaries) {
    const most = matrix?.rows[0];
    if (matrix && most)
      return `${share(most.total, matrix.total, measure!)} have the ${inWords(matrix.rowKey)} ${most.name}`;
    if (leader)
      return `${share(leader.value, total!, measure!)} have the ${inWords(leader.key)} ${leader.name}`;
  }
  return 'Live views';
}

const share = (value: number, total: number, measure: string): string =>
  `${count(value)} of ${count(total)} ${inWords(measure)}`;

const Freshness = ({ paused, at }: { paused: boolean; at: string }) => (
  <Verdict tone={isLost.value ? 'warn' : paused ? 'idle' : 'ok'}>
    {isLost.value ? 'stale' : paused ? 'paused' : 'live'}, read <Age at={at} />
  </Verdict>
);

/** The windows, asked again each second while the page is seen; what was shown stays until the next answer. */
function useLive(study: string, windows: number, paused: boolean) {
  const [state, setState] = useState<{ answer?: LiveAnswer; problem?: Problem }>({});
  useEffect(() => {
    if (paused) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const turn = async () => {
      if (document.visibilityState === 'visible' && contact.peek().state === 'up')
        try {
          const path = `studies/${study}/live?windows=${windows}`;
          setState({ answer: await ask<LiveAnswer>(path, { signal: abort.signal }) });
        } catch (error) {
          if (abort.signal.aborted) return;
          if (!(error instanceof ProblemError)) throw error;
          const { problem } = error;
          setState((before) => (problem.status === 0 ? before : { ...before, problem }));
        }
      if (!abort.signal.aborted) timer = setTimeout(turn, EVERY_MS);
    };
    void turn();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [study, windows, paused]);
  return state;
}
