/** List prices of AWS in us-east-1, to say what a deployment costs before it is made and what a run would have cost. */

/** Of all of them. */
export const PRICE_REGION = 'us-east-1';

/** US dollars; the pages are https://aws.amazon.com/<service>/pricing/ . Free tiers are left out. */
export const prices = {
  /** On demand a stream is billed by the hour, and by GB written and read (https://aws.amazon.com/kinesis/data-streams/pricing/). */
  kinesis: {
    shardHour: 0.015,
    millionPutUnits: 0.014,
    onDemandStreamHour: 0.04,
    onDemandGigabyteIn: 0.08,
    onDemandGigabyteOut: 0.04,
  },
  lambda: { gigabyteSecondArm: 0.0000133334, millionRequests: 0.2 },
  s3: { thousandPuts: 0.005, thousandGets: 0.0004, gigabyteMonth: 0.023 },
  athena: { terabyteScanned: 5 },
  glue: { dpuHour: 0.44 },
  dynamodb: {
    millionWriteUnits: 0.625,
    millionReadUnits: 0.125,
    gigabyteMonth: 0.25,
    recoverableGigabyteMonth: 0.2,
  },
  stepFunctions: { thousandTransitions: 0.025 },
  kms: { keyMonth: 1, tenThousandRequests: 0.03 },
  cloudWatch: {
    /** Of each metric that an alarm watches. */
    alarmMonth: 0.1,
    compositeAlarmMonth: 0.5,
    dashboardMonth: 3,
    /** Billed by the hour in which a value is written. */
    metricMonth: 0.3,
    gigabyteOfLogs: 0.5,
  },
  sqs: { millionRequests: 0.4 },
  sns: { millionPublishes: 0.5 },
  scheduler: { millionInvocations: 1 },
  xray: { millionTraces: 5 },
} as const;

export const HOURS_A_MONTH = 730;

export interface CostLine {
  readonly item: string;
  readonly amount: number;
  readonly dollarsAMonth: number;
}

/** One shard takes 1,000 records and 1 MiB a second (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). */
export const shardsFor = (recordsASecond: number, bytesASecond: number) =>
  Math.max(1, Math.ceil(recordsASecond / 1000), Math.ceil(bytesASecond / 2 ** 20));
