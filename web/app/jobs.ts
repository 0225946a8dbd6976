/** What is at work: started from the page, followed by server-sent events with the terminal's own words. */
import { signal } from '@preact/signals';
import type { JobState } from '../contract/job.ts';
import { PREFIX } from '../contract/prefix.ts';
import { ask, lose, refresh } from './backend.ts';

export const job = signal<JobState | undefined>(undefined);

let source: EventSource | undefined;

/** Follows a job to its end; each message carries its whole state, so a lost one does no harm. */
export function follow(id: string): Promise<JobState> {
  source?.close();
  const events = new EventSource(`${PREFIX}api/jobs/${encodeURIComponent(id)}/events`);
  source = events;
  return new Promise((ended) => {
    events.onmessage = ({ data }) => {
      const state = JSON.parse(data) as JobState;
      job.value = state;
      if (state.state === 'running') return;
      events.close();
      refresh();
      ended(state);
    };
    events.onerror = () => {
      if (events.readyState === EventSource.CLOSED) lose();
    };
  });
}

export async function startJob(study: string, verb: string, options: unknown): Promise<JobState> {
  const { id } = await ask<{ id: string }>(`studies/${study}/${verb}`, { method: 'POST', body: options });
  // The study is at work now: every part of the page says so.
  refresh();
  return follow(id);
}

export const stopJob = (id: string) => ask(`jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
