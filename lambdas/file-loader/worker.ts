/** A thread of the loader: reads ranges of one file, judges their rows, and leaves their bronze objects on disk. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { partsOf } from '../../lib/formats/format.ts';
import type { FileRange, RangeTally } from '../../lib/formats/row.ts';
import type { FileOfSource } from '../../lib/model/contract/deliveredFile.ts';
import { bronzeStudy, type DescribedStudy, type JudgedRecord } from '../shared/bronzeObjects.ts';
import { createRowJudge } from './judgeRow.ts';
import { type Staged, stage } from './staging.ts';

/** What every range of a file has in common. Plain data. */
export interface RangeWork {
  readonly study: DescribedStudy;
  readonly name: string;
  readonly path: string;
  readonly of: FileOfSource;
  /** ISO, UTC, ms. */
  readonly arrivedAt: string;
  /** An empty folder. */
  readonly dir: string;
}

export interface RangeRequest {
  readonly index: number;
  readonly range: FileRange;
}

/** Rows that an object took, as soon as it has them, and at the end the range as a whole. */
export type RangeAnswer =
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'staged'; readonly staged: Staged; readonly tally: RangeTally };

function createRangeStager({ study: described, name, path, of, arrivedAt, dir }: RangeWork) {
  const study = bronzeStudy(described);
  const judge = createRowJudge(of, arrivedAt);
  const parts = partsOf(name);
  if (!parts) throw new RangeError(`"${name}" is not read in ranges`);
  return async ({ index, range }: RangeRequest, answer: (said: RangeAnswer) => void): Promise<void> => {
    const { rows, tally } = await parts.read(path, of.contract, range);
    async function* judged(): AsyncGenerator<JudgedRecord[]> {
      let rowNumber = range.rowsBefore;
      for await (const some of rows) yield some.map((raw) => judge(raw, ++rowNumber));
    }
    const folder = join(dir, String(index));
    await mkdir(folder);
    let said = 0;
    const staged = await stage(study, judged(), folder, (all) => {
      answer({ kind: 'rows', rows: all - said });
      said = all;
    });
    answer({ kind: 'staged', staged, tally: tally() });
  };
}

if (parentPort) {
  const port = parentPort;
  const stageRange = createRangeStager(workerData as RangeWork);
  // A failure is not caught: it ends the thread, and its file's load with it.
  port.on('message', async (request: RangeRequest) => {
    await stageRange(request, (said) => port.postMessage(said));
  });
}
