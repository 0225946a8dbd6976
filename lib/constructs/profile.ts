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
  /** The same limit for what the HTTP API asks: an endpoint reads a mart, not the history. */
  readonly servingScanLimitBytes: number;
  /** Statements of a run that Athena works at at the same time. */
  readonly statementsAtOnce: number;
  /** Files of one study that are loaded at the same time (at least 2, Lambda's minimum for a queue). */
  readonly loaderConcurrency: number;
  /** Workers of a Glue job at most (G.1X: 4 vCPU, 16 GB, one DPU); it takes as many as it has work for, and 2 at least. */
  readonly sparkWorkers: number;
  readonly logRetentionDays: 14 | 90;
  /**
   * Whether Glue's table optimizers keep the Iceberg tables, unless the context flag says otherwise. Two of them run daily on every
   * table and are billed by DPU, a minute at least (https://aws.amazon.com/glue/pricing/): for a small lake that is more than
   * everything else together.
   */
  readonly tableOptimizers: boolean;
  /** Days after which bronze, once silver is published from it, moves to cheaper storage of the same latency. */
  readonly bronzeCoolsAfterDays: number;
  /** The first of two yeses for deleting data with the stack; the second is the context flag `deleteData=yes`. */
  readonly dataMayBeDeleted: boolean;
  /** Whether a stack, and a table of DynamoDB, can only be deleted once somebody has lifted its protection. */
  readonly deletionProtection: boolean;
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
    servingScanLimitBytes: GIB,
    statementsAtOnce: 4,
    loaderConcurrency: 2,
    sparkWorkers: 4,
    logRetentionDays: 14,
    tableOptimizers: false,
    bronzeCoolsAfterDays: 90,
    dataMayBeDeleted: true,
    deletionProtection: false,
  },
  large: {
    name: 'large',
    shards: undefined,
    streamRetentionHours: 168,
    bronzeBatchWindowSeconds: 30,
    bronzeParallelization: 4,
    scanLimitBytes: 1024 * GIB,
    servingScanLimitBytes: 100 * GIB,
    statementsAtOnce: 16,
    loaderConcurrency: 20,
    sparkWorkers: 20,
    logRetentionDays: 90,
    tableOptimizers: true,
    bronzeCoolsAfterDays: 30,
    dataMayBeDeleted: false,
    deletionProtection: true,
  },
};
