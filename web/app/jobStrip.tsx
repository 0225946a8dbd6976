/** The strip that shows what is at work on every page: step, count, bar, seconds, Stop. */
import { useEffect, useState } from 'preact/hooks';
import type { JobState } from '../contract/job.ts';
import type { Overview } from '../contract/overview.ts';
import { count } from '../parts/text.ts';
import { follow, job, stopJob } from './jobs.ts';

export function JobStrip({ job: found }: { job: NonNullable<Overview['job']> }) {
  useEffect(() => {
    if (job.peek()?.id !== found.id) void follow(found.id);
  }, [found.id]);
  const state = job.value;
  if (state?.id !== found.id || state.state !== 'running') return null;
  return (
    <section class="banner run" aria-label={state.title}>
      <JobProgress state={state} />
    </section>
  );
}

export function JobProgress({ state }: { state: JobState }) {
  const step = state.steps.at(-1);
  const [stopping, setStopping] = useState<string>();
  const stop = () => {
    setStopping(state.id);
    // What cannot be stopped goes on.
    stopJob(state.id).catch(() => setStopping(undefined));
  };
  const share = step?.of ? (step.done ?? 0) / step.of : undefined;
  return (
    <div class="progress">
      <span>
        {step ? step.title : state.title}
        {step?.of
          ? `: ${count(step.done ?? 0)} of ${count(step.of)}`
          : step?.detail
            ? `: ${step.detail}`
            : ''}
      </span>
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect
          x="0"
          y="0"
          width={share === undefined ? (state.steps.length / 9) * 100 : share * 100}
          height="6"
        />
      </svg>
      <span class="small muted">
        Step {state.steps.length}.{' '}
        {stopping === state.id ? (
          'Stopping after this step'
        ) : (
          <button class="link" type="button" onClick={stop}>
            Stop
          </button>
        )}
      </span>
    </div>
  );
}
