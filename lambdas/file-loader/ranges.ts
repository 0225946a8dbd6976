/** A large file in ranges, which threads of this process work on at the same time. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { CutFile, FileRange, RangeTally } from '../../lib/formats/row.ts';
import type { Staged } from './staging.ts';
import type { RangeAnswer, RangeRequest, RangeWork } from './worker.ts';

/** Next to the bundled handler, and next to this file where the sources run as they are. */
const WORKER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.mjs', import.meta.url),
);

export interface StagedRanges extends Staged {
  readonly tallies: readonly RangeTally[];
}

/**
 * Stages a file's ranges, and puts them together in the order of the file.
 * @param onRows is called with the rows so far: the place to stop when time runs out.
 * @throws FileRefusedError where the file's reader would, and whatever a thread ends with.
 */
export async function stageRanges(
  work: RangeWork,
  cut: CutFile,
  { threads, bytes }: { readonly threads: number; readonly bytes: number },
  onRows: (rows: number) => void,
): Promise<StagedRanges> {
  const ranges = cut.ranges(bytes);
  const take = ahead(ranges);
  const done: { readonly staged: Staged; readonly tally: RangeTally }[] = [];
  const workers: Worker[] = [];
  let rows = 0;
  let taken = 0;
  let hasEnded = false;
  const count = (more: number) => {
    rows += more;
    onRows(rows);
  };
  const lane = async () => {
    let worker: Worker | undefined;
    for (;;) {
      const index = taken++;
      const next = await take();
      // Another lane may have failed in the meantime.
      if (next.done || hasEnded) return;
      if (!worker) {
        worker = new Worker(WORKER, { workerData: work });
        workers.push(worker);
      }
      done[index] = await ask(worker, { index, range: next.value }, count);
    }
  };
  try {
    await Promise.all(Array.from({ length: threads }, lane));
  } finally {
    hasEnded = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
    await ranges.return(undefined);
  }
  const staged = done.map((range) => range.staged);
  return {
    rows: staged.reduce((sum, range) => sum + range.rows, 0),
    refusedRows: staged.reduce((sum, range) => sum + range.refusedRows, 0),
    objects: staged.flatMap(({ objects }) => objects),
    tallies: done.map(({ tally }) => tally),
  };
}

/** The ranges one by one, the next of which is looked for while the threads work. */
function ahead(ranges: AsyncGenerator<FileRange>): () => Promise<IteratorResult<FileRange>> {
  const start = () => {
    const next = ranges.next();
    // Its failure is thrown where it is awaited.
    next.catch(() => undefined);
    return next;
  };
  let next = start();
  return () => {
    const now = next;
    next = start();
    return now;
  };
}

function ask(worker: Worker, request: RangeRequest, onRows: (rows: number) => void) {
  return new Promise<Extract<RangeAnswer, { kind: 'staged' }>>((answered, failed) => {
    const end = (act: () => void) => {
      for (const [event, listener] of Object.entries(listeners)) worker.off(event, listener);
      act();
    };
    const listeners = {
      message: (said: RangeAnswer) => {
        try {
          if (said.kind === 'rows') onRows(said.rows);
          else end(() => answered(said));
        } catch (error) {
          end(() => failed(error));
        }
      },
      error: (error: Error) => end(() => failed(error)),
      exit: (code: number) => end(() => failed(new Error(`A thread of the loader ended with ${code}`))),
    };
    for (const [event, listener] of Object.entries(listeners)) worker.on(event, listener);
    worker.postMessage(request);
  });
}
