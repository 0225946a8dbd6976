/** Asks the page's backend: answers are kept while they are asked for again, and an endpoint that went away is seen and awaited. */
import { computed, type Signal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { PREFIX } from '../contract/prefix.ts';
import type { Problem } from '../contract/problem.ts';

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

export interface Contact {
  readonly state: 'up' | 'lost';
  /** When the last answer came, ms since the epoch. */
  readonly lastAnswerAt: number | undefined;
  /** Seconds until the next try; only while it is lost. */
  readonly nextTryIn: number | undefined;
}

export const contact = signal<Contact>({ state: 'up', lastAnswerAt: undefined, nextTryIn: undefined });

export const isLost = computed(() => contact.value.state === 'lost');

/** Counts up whenever figures may have changed: a run ended, or the backend is back. */
const generation = signal(0);
export const refresh = () => {
  generation.value++;
};

const token = () => document.querySelector<HTMLMetaElement>('meta[name="headwaters-token"]')?.content ?? '';

interface AskOptions {
  readonly method?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** A backend that was started again has a new token. Takes it over, and says whether it is another one. */
async function renewToken(): Promise<boolean> {
  const answer = await fetch(`${PREFIX}api/health`, { cache: 'no-store' });
  if (!answer.ok) throw new Error(String(answer.status));
  const { token: current } = (await answer.json()) as { token: string };
  const isNew = current !== token();
  document.querySelector('meta[name="headwaters-token"]')?.setAttribute('content', current);
  return isNew;
}

async function send(path: string, { method = 'GET', body, signal: abort }: AskOptions): Promise<Response> {
  try {
    return await fetch(`${PREFIX}api/${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { 'x-headwaters-token': token() }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(abort && { signal: abort }),
    });
  } catch (error) {
    if (abort?.aborted) throw error;
    lose();
    throw new ProblemError({ title: 'The backend does not answer.', status: 0 });
  }
}

/** Sends a request to the backend. `path` is relative to `/_playground/api/`. */
export async function ask<Answer>(path: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'GET' } = options;
  const first = await send(path, options);
  const isRefused = first.status === 403 && method !== 'GET';
  const response = isRefused && (await renewToken()) ? await send(path, options) : first;
  contact.value = { state: 'up', lastAnswerAt: Date.now(), nextTryIn: undefined };
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as Answer;
  const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
  throw new ProblemError(
    problem ?? {
      title: `The backend answered ${response.status} to ${method} ${path}.`,
      status: response.status,
    },
  );
}

const WAITS = [1, 2, 4, 8];

/** Marks the backend as lost and tries again after 1, 2, 4 and then every 8 seconds; the page recovers without a reload. */
export function lose(): void {
  if (contact.value.state === 'lost') return;
  contact.value = { ...contact.value, state: 'lost', nextTryIn: WAITS[0] };
  let tries = 0;
  const tick = async () => {
    const { nextTryIn = 0 } = contact.value;
    if (nextTryIn > 1) {
      contact.value = { ...contact.value, nextTryIn: nextTryIn - 1 };
      setTimeout(tick, 1000);
      return;
    }
    try {
      await renewToken();
      contact.value = { state: 'up', lastAnswerAt: Date.now(), nextTryIn: undefined };
      refresh();
    } catch {
      tries++;
      contact.value = { ...contact.value, nextTryIn: WAITS[Math.min(tries, WAITS.length - 1)] };
      setTimeout(tick, 1000);
    }
  };
  setTimeout(tick, 1000);
}

/** How often a page that is looked at makes sure of its backend, ms. */
const ASSURE_MS = 3000;

/** Sees a backend go away while nothing else is asked of it; returns what ends it. */
export function listenToBackend(): () => void {
  const assure = () => {
    const { state, lastAnswerAt = 0 } = contact.peek();
    if (document.visibilityState !== 'visible' || state === 'lost') return;
    if (Date.now() - lastAnswerAt < ASSURE_MS) return;
    fetch(`${PREFIX}api/health`, { cache: 'no-store' }).then(
      () => {
        if (contact.peek().state === 'up') contact.value = { ...contact.peek(), lastAnswerAt: Date.now() };
      },
      () => lose(),
    );
  };
  const timer = setInterval(assure, ASSURE_MS);
  document.addEventListener('visibilitychange', assure);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', assure);
  };
}

export interface Asked<Answer> {
  readonly data: Answer | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
  /** When the data came, ms since the epoch. */
  readonly at: number | undefined;
}

const kept = new Map<string, Asked<unknown>>();
const KEPT = 60;

function keep(path: string, asked: Asked<unknown>): void {
  kept.delete(path);
  kept.set(path, asked);
  const oldest = kept.keys().next().value;
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
}

/** The answer of a GET: what was kept at once, then the newest; asked again whenever `generation` moves. */
export function useAnswer<Answer>(path: string | undefined): Asked<Answer> {
  const state: Signal<Asked<Answer>> = useMemo(
    () =>
      signal(
        (path && (kept.get(path) as Asked<Answer>)) || {
          data: undefined,
          problem: undefined,
          loading: true,
          at: undefined,
        },
      ),
    [path],
  );
  const turn = generation.value;
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    state.value = { ...state.peek(), loading: true };
    ask<Answer>(path, { signal: abort.signal })
      .then((data) => {
        state.value = { data, problem: undefined, loading: false, at: Date.now() };
        keep(path, state.peek());
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        const problem = error instanceof ProblemError ? error.problem : { title: String(error), status: 0 };
        // What was shown stays, greyed: it is still what the last answer said.
        state.value = {
          ...state.peek(),
          problem: problem.status === 0 && state.peek().data ? undefined : problem,
          loading: false,
        };
      });
    return () => abort.abort();
  }, [path, turn, state]);
  return state.value;
}
