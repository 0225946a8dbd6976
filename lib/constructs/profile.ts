/** The two sizes in which the lake is deployed, as data: what differs between a few dollars a month and a busy platform. */

export interface Profile {
  readonly name: 'small' | 'large';
  /** Provisioned shards of a study's stream; `undefined` means on-demand. */
  readonly shards: number | undefined;
  readonly streamRetentionHours: number;
  /** How long the bronze-writer gathers a batch: longer means fewer, larger objects. */
  readonly bronzeBatchWindowSeconds: number;
  /** Concurrent batches per shard; order in bronze does not matter, the sequence number keeps it. */
  readonly bronzeParallelization: number;
  /** A query that scans more is stopped by the workgroup. */
  readonly scanLimitBytes: number;
  /** Models of one level that are built at the same time. */
  readonly modelConcurrency: number;
  /** Files of one study that are loaded at the same time (at least 2, Lambda's minimum for a queue). */
  readonly loaderConcurrency: number;
  /** Whether the pipeline and its maintenance run by the clock; otherwise somebody starts them. */
  readonly schedules: boolean;
  readonly logRetentionDays: 14 | 90;
  /** Days after which bronze, once silver is published from it, moves to cheaper storage of the same latency. */
  readonly bronzeCoolsAfterDays: number;
  /** The first of two yeses for deleting data with the stack; the second is the context flag `deleteData=yes`. */
  readonly dataMayBeDeleted: boolean;
}

const GIB = 2 ** 30;

export const PROFILES: Readonly<Record<Profile['name'], Profile>> = {
  small: {
    name: 'small',
    shards: 1,
    streamRetentionHours: 24,
    bronzeBatchWindowSeconds: 60,
    bronzeParallelization: 1,
    scanLimitBytes: 10 * GIB,
    modelConcurrency: 4,
    loaderConcurrency: 2,
    schedules: false,
    logRetentionDays: 14,
    bronzeCoolsAfterDays: 90,
    dataMayBeDeleted: true,
  },
  large: {
    name: 'large',
    shards: undefined,
    streamRetentionHours: 168,
    bronzeBatchWindowSeconds: 30,
    bronzeParallelization: 4,
    scanLimitBytes: 1024 * GIB,
    modelConcurrency: 16,
    loaderConcurrency: 20,
    schedules: true,
    logRetentionDays: 90,
    bronzeCoolsAfterDays: 30,
    dataMayBeDeleted: false,
  },
};
