/** Trino behind a local cloud's Athena, with what it takes from this project: the place of the downloads and a size. */
import { availableParallelism, totalmem } from 'node:os';
import { startTrino, type TrinoStarter } from '@headwaters/localstack/trino';
import type { AthenaEngine } from '../defaults.ts';
import { downloadsDir } from '../project.ts';

export { TRINO_VERSION, trinoReadiness } from '@headwaters/localstack/trino';

/** The starter for a cloud of this engine; undefined where the engine is not Trino. */
export function trinoOf(
  athena: AthenaEngine | undefined,
  log: ((line: string) => void) | undefined,
): TrinoStarter | undefined {
  if (athena !== 'trino') return undefined;
  return ({ lake, dataDir, signal }) =>
    startTrino({
      downloads: downloadsDir,
      dataDir,
      lake,
      signal,
      // A run of five million records holds up to 5.3 GB (docs/benchmarks.md).
      heapMb: Math.max(1_100, Math.min(8_192, Math.floor(totalmem() / 2 ** 20 / 4))),
      // On few cores Java's optimising compiler takes more from the statements than it gives them.
      compiler: availableParallelism() < 4 ? 'quick' : 'full',
      ...(log && { log }),
    });
}
