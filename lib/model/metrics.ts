/** The custom metrics of a study: CloudWatch bills each for every hour in which a value of it is written. */

/**
 * Metric → what writes it: `records` in every hour that brings some, `faults` only when there is one.
 * https://aws.amazon.com/cloudwatch/pricing/
 */
export const STUDY_METRICS = {
  RecordsToBronze: 'records',
  RecordsRefused: 'records',
  RecordsAccounted: 'records',
  RecordsDuplicate: 'records',
  RecordsQuarantined: 'records',
  EventsTurnedAway: 'faults',
  FilesRefused: 'faults',
  LedgerRowsSwept: 'faults',
  RecordsUnaccounted: 'faults',
  RunsOutOfBalance: 'faults',
} as const satisfies Record<string, 'records' | 'faults'>;

export type StudyMetric = keyof typeof STUDY_METRICS;
