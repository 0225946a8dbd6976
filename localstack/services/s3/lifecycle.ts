/** Lifecycle rules, driven by the cloud's clock: objects expire, versions and unfinished uploads go, storage classes change. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import { abortMultipartUpload, staleUploads } from './actions/multipartUpload.ts';
import type { BucketRow, KeyRange, ObjectRow } from './objectIndex.ts';
import { deleteCurrent, deleteVersion, type S3 } from './state.ts';

interface Filter {
  readonly Prefix?: string;
  readonly ObjectSizeGreaterThan?: number;
  readonly ObjectSizeLessThan?: number;
  readonly Tag?: { Key: string; Value: string };
  readonly And?: Omit<Filter, 'And' | 'Tag'> & {
    readonly Tags?: ReadonlyArray<{ Key: string; Value: string }>;
  };
}

interface Transition {
  readonly Days?: number;
  readonly Date?: string;
  readonly StorageClass: string;
}

/** As the API's JSON has it. */
export interface LifecycleRule {
  readonly ID?: string;
  readonly Status: 'Enabled' | 'Disabled';
  readonly Prefix?: string;
  readonly Filter?: Filter;
  readonly Expiration?: { Days?: number; Date?: string; ExpiredObjectDeleteMarker?: boolean };
  readonly NoncurrentVersionExpiration?: { NoncurrentDays: number; NewerNoncurrentVersions?: number };
  readonly AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
  readonly Transitions?: readonly Transition[];
}

export interface LifecycleConfiguration {
  readonly Rules: readonly LifecycleRule[];
}

const RULE_MEMBERS = [
  'ID',
  'Status',
  'Prefix',
  'Filter',
  'Expiration',
  'NoncurrentVersionExpiration',
  'AbortIncompleteMultipartUpload',
  'Transitions',
];

/** Classes that objects can be read from at once; the others would need RestoreObject. */
const TRANSITION_CLASSES = ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR'];

const DAY_MS = 86_400_000;

/** Refuses by name what these rules cannot do here. */
export function checkLifecycleConfiguration(configuration: LifecycleConfiguration): LifecycleConfiguration {
  for (const rule of configuration.Rules) {
    for (const member of Object.keys(rule))
      if (!RULE_MEMBERS.includes(member)) throw new NotEmulatedError('s3', `the lifecycle setting ${member}`);
    for (const transition of rule.Transitions ?? [])
      if (!TRANSITION_CLASSES.includes(transition.StorageClass))
        throw new NotEmulatedError('s3', `the lifecycle transition to ${transition.StorageClass}`);
    const days = rule.Expiration?.Days;
    if (days !== undefined && !(Number.isInteger(days) && days > 0))
      throw new AwsError('InvalidArgument', "'Days' for Expiration action must be a positive integer", {
        fields: { ArgumentName: 'Days', ArgumentValue: days },
      });
  }
  return configuration;
}

/** Applies every bucket's rules as of now. */
export function applyLifecycle(s3: S3): void {
  for (const bucket of s3.index.buckets()) {
    const configuration = bucket.config.lifecycle as LifecycleConfiguration | undefined;
    for (const rule of configuration?.Rules ?? []) if (rule.Status === 'Enabled') applyRule(s3, bucket, rule);
  }
}

/**
 * AWS counts whole days and rounds up to the next midnight in UTC.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
 */
const dueMs = (sinceMs: number, days: number) => Math.ceil((sinceMs + days * DAY_MS) / DAY_MS) * DAY_MS;

const isDue = (nowMs: number, sinceMs: number, after: { Days?: number; Date?: string }) =>
  (after.Days !== undefined && dueMs(sinceMs, after.Days) <= nowMs) ||
  (after.Date !== undefined && Date.parse(after.Date) <= nowMs);

function applyRule(s3: S3, bucket: BucketRow, rule: LifecycleRule): void {
  const now = s3.context.clock.now();
  const prefix = rule.Prefix ?? rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? '';
  const { Expiration: expiration, NoncurrentVersionExpiration: noncurrent, Transitions: transitions } = rule;

  if (expiration || transitions)
    forEachRow(
      (range) => s3.index.objects(bucket.name, range),
      prefix,
      (row) => {
        if (!applies(rule.Filter, row)) return;
        if (expiration && isDue(now, row.modifiedMs, expiration)) {
          deleteCurrent(s3, bucket, row.key, 'LifecycleExpiration');
          return;
        }
        if (row.size < smallestTransition(rule.Filter)) return;
        const storageClass = transitions
          ?.filter((transition) => isDue(now, row.modifiedMs, transition))
          .at(-1)?.StorageClass;
        if (storageClass && storageClass !== row.meta.storageClass)
          s3.index.putObject({ ...row, meta: { ...row.meta, storageClass } });
      },
    );
  if (noncurrent || expiration?.ExpiredObjectDeleteMarker)
    for (const [key, versions] of versionsByKey(s3, bucket, prefix)) {
      const current = s3.index.object(bucket.name, key);
      if (noncurrent) expireNoncurrent(s3, bucket, versions, current, noncurrent, now);
      const left = s3.index.versions(bucket.name, { prefix: key, limit: Number.MAX_SAFE_INTEGER });
      const own = left.filter((row) => row.key === key);
      const only = own[0];
      if (expiration?.ExpiredObjectDeleteMarker && !current && own.length === 1 && only?.deleteMarker)
        deleteVersion(s3, bucket, key, only.version);
    }
  if (rule.AbortIncompleteMultipartUpload) {
    const before = now - rule.AbortIncompleteMultipartUpload.DaysAfterInitiation * DAY_MS;
    for (const upload of staleUploads(s3, bucket.name, prefix, before)) abortMultipartUpload(s3, upload);
  }
}

/**
 * Objects under 128 KiB stay where they are, unless the rule's filter says what sizes it means.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html
 */
function smallestTransition(filter: Filter | undefined): number {
  const sizes = filter?.And ?? filter;
  const named = sizes?.ObjectSizeGreaterThan !== undefined || sizes?.ObjectSizeLessThan !== undefined;
  return named ? 0 : 128 * 1024;
}

/** A version is noncurrent since its successor was made. */
function expireNoncurrent(
  s3: S3,
  bucket: BucketRow,
  newestFirst: readonly ObjectRow[],
  current: ObjectRow | undefined,
  rule: { NoncurrentDays: number; NewerNoncurrentVersions?: number },
  now: number,
): void {
  const all = current ? [current, ...newestFirst] : newestFirst;
  for (const [index, row] of all.entries()) {
    const successor = all[index - 1];
    if (!successor || index <= (rule.NewerNoncurrentVersions ?? 0)) continue;
    if (dueMs(successor.modifiedMs, rule.NoncurrentDays) <= now)
      deleteVersion(s3, bucket, row.key, row.version);
  }
}

function versionsByKey(s3: S3, bucket: BucketRow, prefix: string): Map<string, ObjectRow[]> {
  const rows = s3.index.versions(bucket.name, { prefix, limit: Number.MAX_SAFE_INTEGER });
  return Map.groupBy(rows, (row) => row.key);
}

const PAGE = 1000;

function forEachRow(
  read: (range: KeyRange) => ObjectRow[],
  prefix: string,
  visit: (row: ObjectRow) => void,
): void {
  let after: string | undefined;
  for (;;) {
    const rows = read({ prefix, after, limit: PAGE });
    for (const row of rows) visit(row);
    if (rows.length < PAGE) return;
    after = rows.at(-1)?.key;
  }
}

function applies(filter: Filter | undefined, row: ObjectRow): boolean {
  if (!filter) return true;
  const all = filter.And ?? filter;
  const tags = filter.And?.Tags ?? (filter.Tag ? [filter.Tag] : []);
  return (
    row.size > (all.ObjectSizeGreaterThan ?? -1) &&
    row.size < (all.ObjectSizeLessThan ?? Number.POSITIVE_INFINITY) &&
    tags.every(({ Key, Value }) => row.meta.tags?.[Key] === Value)
  );
}
