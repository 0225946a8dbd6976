/** What is kept of table optimizers and their runs. https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-table-optimizers.html */

/** In the order in which those of one table are carried out. */
export const OPTIMIZER_TYPES = ['compaction', 'retention', 'orphan_file_deletion'] as const;
export type OptimizerType = (typeof OPTIMIZER_TYPES)[number];

interface CompactionSettings {
  readonly strategy?: 'binpack';
  readonly minInputFiles?: number;
  readonly deleteFileThreshold?: number;
}

interface RetentionSettings {
  readonly snapshotRetentionPeriodInDays?: number;
  readonly numberOfSnapshotsToRetain?: number;
  readonly cleanExpiredFiles?: boolean;
  readonly runRateInHours?: number;
}

interface OrphanSettings {
  readonly orphanFileRetentionPeriodInDays?: number;
  readonly location?: string;
  readonly runRateInHours?: number;
}

export interface OptimizerConfiguration {
  readonly roleArn: string;
  readonly enabled: boolean;
  readonly compactionConfiguration?: { readonly icebergConfiguration?: CompactionSettings };
  readonly retentionConfiguration?: { readonly icebergConfiguration?: RetentionSettings };
  readonly orphanFileDeletionConfiguration?: { readonly icebergConfiguration?: OrphanSettings };
}

/** The member of a configuration that holds what one type may be told. */
export const SETTINGS_OF = {
  compaction: 'compactionConfiguration',
  retention: 'retentionConfiguration',
  orphan_file_deletion: 'orphanFileDeletionConfiguration',
} as const satisfies Record<OptimizerType, keyof OptimizerConfiguration>;

/** AWS's defaults, from the pages of the API. Where a table's property comes first there is none here. */
export const compactionOf = ({ compactionConfiguration }: OptimizerConfiguration) => ({
  minInputFiles: 100,
  deleteFileThreshold: 1,
  ...compactionConfiguration?.icebergConfiguration,
});

export const retentionOf = ({ retentionConfiguration }: OptimizerConfiguration) => ({
  cleanExpiredFiles: false,
  runRateInHours: 24,
  ...retentionConfiguration?.icebergConfiguration,
});

export const orphansOf = ({ orphanFileDeletionConfiguration }: OptimizerConfiguration) => ({
  orphanFileRetentionPeriodInDays: 3,
  runRateInHours: 24,
  ...orphanFileDeletionConfiguration?.icebergConfiguration,
});

export interface OptimizerName {
  readonly DatabaseName: string;
  readonly TableName: string;
  readonly Type: OptimizerType;
}

export interface TableOptimizer extends OptimizerName {
  readonly configuration: OptimizerConfiguration;
  /** Milliseconds since the epoch. */
  readonly createdMs: number;
  /** The table's version at which there was nothing to compact. */
  readonly compactVersion?: string;
  /** Runs that failed one after the other, without those that the cloud's end cut off. */
  readonly failures: number;
}

interface RunMetrics {
  /** Hours on the machine's clock. */
  readonly JobDurationInHour: number;
  readonly [count: string]: number;
}

/** https://docs.aws.amazon.com/glue/latest/webapi/API_TableOptimizerRun.html */
export interface OptimizerRun {
  readonly eventType: 'in_progress' | 'completed' | 'failed';
  /** Seconds since the epoch. */
  readonly startTimestamp: number;
  readonly endTimestamp?: number;
  readonly error?: string;
  readonly compactionStrategy?: 'binpack';
  readonly compactionMetrics?: { readonly IcebergMetrics: RunMetrics };
  readonly retentionMetrics?: { readonly IcebergMetrics: RunMetrics };
  readonly orphanFileDeletionMetrics?: { readonly IcebergMetrics: RunMetrics };
}
