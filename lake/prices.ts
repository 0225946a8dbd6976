/** List prices of AWS in us-east-1, to say what a deployment costs before it is made and what a run would have cost. */

/** US dollars; the pages are https://aws.amazon.com/<service>/pricing/ . Free tiers are left out. */
export const prices = {
  kinesis: { shardHour: 0.015, millionPutUnits: 0.014, onDemandStreamHour: 0.04 },
  lambda: { gigabyteSecondArm: 0.0000133334, millionRequests: 0.2 },
  s3: { thousandPuts: 0.005, thousandGets: 0.0004, gigabyteMonth: 0.023 },
  athena: { terabyteScanned: 5 },
  dynamodb: {
    millionWriteUnits: 0.625,
    millionReadUnits: 0.125,
    gigabyteMonth: 0.25,
    recoverableGigabyteMonth: 0.2,
  },
  stepFunctions: { thousandTransitions: 0.025 },
  kms: { keyMonth: 1 },
  cloudWatch: { alarmMonth: 0.1, dashboardMonth: 3 },
} as const;

export const HOURS_A_MONTH = 730;

export interface CostLine {
  readonly item: string;
  readonly amount: number;
  readonly dollarsAMonth: number;
}

interface TemplateResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties are open by nature.
  readonly Properties?: any;
}

/** What the deployed resources cost a month while nothing flows, by their templates. */
export function idleCost(resources: readonly TemplateResource[]): CostLine[] {
  const of = (type: string) => resources.filter((resource) => resource.Type === type);
  const shards = of('AWS::Kinesis::Stream').reduce(
    (sum, { Properties }) => sum + Number(Properties?.ShardCount ?? 4),
    0,
  );
  const line = (item: string, amount: number, each: number) => ({
    item,
    amount,
    dollarsAMonth: amount * each,
  });
  return [
    line('Kinesis shards', shards, prices.kinesis.shardHour * HOURS_A_MONTH),
    line('KMS keys', of('AWS::KMS::Key').length, prices.kms.keyMonth),
    line('CloudWatch alarms', of('AWS::CloudWatch::Alarm').length, prices.cloudWatch.alarmMonth),
    line('CloudWatch dashboards', of('AWS::CloudWatch::Dashboard').length, prices.cloudWatch.dashboardMonth),
  ].filter(({ amount }) => amount > 0);
}

/** One shard takes 1,000 records and 1 MiB a second (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). */
export const shardsFor = (recordsASecond: number, bytesASecond: number) =>
  Math.max(1, Math.ceil(recordsASecond / 1000), Math.ceil(bytesASecond / 2 ** 20));
