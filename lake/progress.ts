/** How an operation of the lake reports what it does: plain objects, handed to the caller as they happen. */

/** A step takes a while; `detail` is the newest thing to say about it, in plain English. */
export type Progress =
  | { readonly kind: 'began'; readonly title: string }
  | { readonly kind: 'at'; readonly title: string; readonly detail: string }
  | { readonly kind: 'ended'; readonly title: string; readonly detail: string; readonly seconds: number }
  | { readonly kind: 'failed'; readonly title: string; readonly detail: string; readonly seconds: number }
  /** Something to know that is not a step. */
  | { readonly kind: 'note'; readonly text: string };

/** What every operation of the lake takes. */
export interface WorkOptions {
  /** Ends the operation at its next step with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is called with what happens. @default progress is not reported */
  readonly onProgress?: (progress: Progress) => void;
}

/** Carries out one step and reports it; `at` reports how far it is. */
export async function step<T>(
  { signal, onProgress = () => {} }: WorkOptions,
  title: string,
  work: (at: (detail: string) => void) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const startedAt = performance.now();
  let detail = '';
  const end = (kind: 'ended' | 'failed') =>
    onProgress({ kind, title, detail, seconds: (performance.now() - startedAt) / 1000 });
  onProgress({ kind: 'began', title });
  try {
    const result = await work((text) => {
      detail = text;
      onProgress({ kind: 'at', title, detail });
    });
    end('ended');
    return result;
  } catch (error) {
    end('failed');
    throw error;
  }
}

/** Waits, or ends with the signal's reason. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  if (milliseconds <= 0) return;
  await new Promise<void>((done, stopped) => {
    const onAbort = () => {
      clearTimeout(timer);
      stopped(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      done();
    }, milliseconds);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
