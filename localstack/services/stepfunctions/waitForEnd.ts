/** Waits for a job of another service: by its notice, and by looking now and then in case the notice was missed. */
import type { CloudContext } from '../../core/service.ts';
import { StoppedError } from './asl/interpreter.ts';

export interface Job<Description> {
  /** The notice that such a job ended, and whether it is this one. */
  readonly topic: string;
  readonly isOurs: (detail: unknown) => boolean;
  readonly describe: () => Promise<Description>;
  readonly hasEnded: (description: Description) => boolean;
  /** Called when the waiting ends before the job. */
  readonly stop: () => Promise<unknown>;
  readonly signal: AbortSignal;
}

const LOOK_AGAIN_MS = 5_000;

/** The description of the ended job. Rejects with `StoppedError` once `signal` is aborted, having asked the job to stop. */
// biome-ignore lint/suspicious/noExplicitAny: a description is another service's answer.
export async function waitForEnd<Description = any>(
  context: CloudContext,
  job: Job<Description>,
): Promise<Description> {
  for (;;) {
    if (job.signal.aborted) {
      await job.stop();
      throw new StoppedError();
    }
    // Listening begins before looking, so that an end in between is not missed.
    const notice = nextNotice(context, job);
    try {
      const description = await job.describe();
      if (job.hasEnded(description)) return description;
      await notice.arrived;
    } finally {
      notice.forget();
    }
  }
}

function nextNotice<Description>(context: CloudContext, job: Job<Description>) {
  const { promise: arrived, resolve } = Promise.withResolvers<void>();
  const unsubscribe = context.events.on(job.topic, (detail) => {
    if (job.isOurs(detail)) resolve();
  });
  const cancel = context.clock.after(LOOK_AGAIN_MS, resolve);
  const aborted = () => resolve();
  job.signal.addEventListener('abort', aborted, { once: true });
  return {
    arrived,
    forget() {
      unsubscribe();
      cancel();
      job.signal.removeEventListener('abort', aborted);
    },
  };
}
