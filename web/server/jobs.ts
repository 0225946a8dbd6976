/** Long work that the page starts: one at a time, followed by any number of readers, stopped by any of them. */
import { randomUUID } from 'node:crypto';
import type { Progress } from '../../lake/progress.ts';
import type { JobState, JobStep } from '../contract/job.ts';
import { PageProblem } from './http.ts';

export interface JobRequest {
  readonly study: string;
  readonly title: string;
  /** The command that does the same. */
  readonly command: string;
  readonly work: (options: {
    signal: AbortSignal;
    onProgress: (progress: Progress) => void;
  }) => Promise<string | undefined>;
}

export interface Jobs {
  /** Starts work. Throws `PageProblem` 409 while other work is under way. */
  start(request: JobRequest): JobState;
  find(id: string): JobState | undefined;
  /** The work that is under way. */
  current(): JobState | undefined;
  /** Calls back with the state now and after every change; returns what ends that. */
  watch(id: string, onState: (state: JobState) => void): () => void;
  stop(id: string): void;
  /** Stops what is under way and waits for its end. */
  close(): Promise<void>;
}

const KEPT = 20;

/** `6,400 of 10,000 acknowledged` is progress that can be counted. */
function counted(detail: string): Pick<JobStep, 'done' | 'of'> {
  const match = /^([\d,]+) of ([\d,]+)/.exec(detail);
  const number = (text: string) => Number(text.replaceAll(',', ''));
  return match ? { done: number(match[1]!), of: number(match[2]!) } : {};
}

/** The steps after one more report of the lake. */
export function withProgress(steps: readonly JobStep[], progress: Progress): JobStep[] {
  if (progress.kind === 'note') return [...steps];
  if (progress.kind === 'began') return [...steps, { title: progress.title, state: 'running' }];
  const last = steps.findLastIndex((step) => step.title === progress.title && step.state === 'running');
  const state = progress.kind === 'at' ? 'running' : progress.kind === 'ended' ? 'done' : 'failed';
  const changed: JobStep = {
    title: progress.title,
    state,
    ...(progress.detail && { detail: progress.detail, ...counted(progress.detail) }),
    ...('seconds' in progress && { seconds: progress.seconds }),
  };
  return last < 0 ? [...steps, changed] : steps.with(last, changed);
}

export function createJobs(): Jobs {
  const jobs = new Map<
    string,
    { state: JobState; readonly abort: AbortController; readonly ended: Promise<void> }
  >();
  const watchers = new Map<string, Set<(state: JobState) => void>>();
  const change = (id: string, changes: Partial<JobState>) => {
    const job = jobs.get(id)!;
    job.state = { ...job.state, ...changes };
    for (const tell of watchers.get(id) ?? []) tell(job.state);
  };
  const current = () => [...jobs.values()].map(({ state }) => state).find(({ state }) => state === 'running');

  return {
    start({ study, title, command, work }) {
      const other = current();
      if (other)
        throw new PageProblem(409, `${other.title} is under way.`, {
          detail: 'Wait for its end, or stop it.',
        });
      const id = randomUUID();
      const abort = new AbortController();
      const state: JobState = { id, study, title, command, state: 'running', steps: [] };
      const onProgress = (progress: Progress) =>
        change(id, { steps: withProgress(jobs.get(id)!.state.steps, progress) });
      const ended = Promise.resolve()
        .then(() => {
          abort.signal.throwIfAborted();
          return work({ signal: abort.signal, onProgress });
        })
        .then(
          (message) => change(id, { state: 'done', ...(message && { message }) }),
          (error: Error) =>
            change(
              id,
              abort.signal.aborted
                ? { state: 'stopped', message: 'Stopped.' }
                : { state: 'failed', message: error.message },
            ),
        );
      jobs.set(id, { state, abort, ended });
      for (const old of [...jobs.keys()].slice(0, -KEPT)) jobs.delete(old);
      return state;
    },
    find: (id) => jobs.get(id)?.state,
    current,
    watch(id, onState) {
      const job = jobs.get(id);
      if (!job) throw new PageProblem(404, `There is no job ${id}.`);
      const set = watchers.get(id) ?? new Set();
      watchers.set(id, set.add(onState));
      onState(job.state);
      return () => {
        set.delete(onState);
        if (set.size === 0) watchers.delete(id);
      };
    },
    stop(id) {
      const job = jobs.get(id);
      if (!job) throw new PageProblem(404, `There is no job ${id}.`);
      job.abort.abort(new Error('Stopped by the reader.'));
    },
    async close() {
      for (const { abort } of jobs.values()) abort.abort(new Error('The endpoint is closing.'));
      await Promise.all([...jobs.values()].map(({ ended }) => ended));
    },
  };
}
