/** Lifecycle rules, driven by the cloud's clock: objects expire, versions and unfinished uploads go, storage classes change. */
import { abortMultipartUpload, staleUploads } from './actions/multipartUpload.ts';
import { invalidArgument, invalidRequest, malformedXml } from './failures.ts';
import { deleteCurrent, deleteVersion, type S3 } from './state.ts';
import type { BucketRow, KeyRange, ObjectRow } from './store.ts';

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
  /** Epoch seconds. */
  readonly Date?: number;
  readonly StorageClass: string;
}

/** As the API's JSON has it. */
export interface LifecycleRule {
  readonly ID?: string;
  readonly Status: 'Enabled' | 'Disabled';
  readonly Prefix?: string;
  readonly Filter?: Filter;
  readonly Expiration?: { Days?: number; Date?: number; ExpiredObjectDeleteMarker?: boolean };
  readonly NoncurrentVersionExpiration?: { NoncurrentDays: number; NewerNoncurrentVersions?: number };
  readonly AbortIncompleteMultipartUpload?: { DaysAfterInitiation: number };
  readonly Transitions?: readonly Transition[];
}

export interface LifecycleConfiguration {
  readonly Rules: readonly LifecycleRule[];
}

const DAY_MS = 86_400_000;

const DAY_S = 86_400;

/**
 * Throws S3's errors for rules that contradict themselves.
 * Source: LocalStack's recorded answer test_put_bucket_lifecycle_conf_exc (2026-02-21).
 */
export function checkLifecycleConfiguration(configuration: LifecycleConfiguration): LifecycleConfiguration {
  for (const rule of configuration.Rules) {
    const {
      Expiration: expiration,
      NoncurrentVersionExpiration: noncurrent,
      Transitions: transitions = [],
    } = rule;
    checkFilter(rule);
    const days = expiration?.Days;
    if (expiration?.ExpiredObjectDeleteMarker !== undefined && (days ?? expiration.Date) !== undefined)
      throw malformedXml('an expiration has days, a date or a marker');
    if (days !== undefined && days <= 0)
      throw invalidArgument("'Days' for Expiration action must be a positive integer", 'Days', days);
    if (noncurrent && noncurrent.NoncurrentDays === undefined)
      throw malformedXml('the days of noncurrent versions are missing');
    for (const { Date: at } of [...(expiration ? [expiration] : []), ...transitions])
      if (at !== undefined && at % DAY_S !== 0)
        throw invalidArgument("'Date' must be at midnight GMT", 'Date', new Date(at * 1000).toISOString());
  }
  return configuration;
}

function checkFilter({ Prefix: prefix, Filter: filter }: LifecycleRule): void {
  if ((prefix === undefined) === (filter === undefined))
    throw malformedXml('a rule has either a filter or a prefix');
  if (Object.values(filter ?? {}).filter((part) => part !== undefined).length > 1)
    throw malformedXml('a filter has one condition, or several within And');
  const tags = filter?.And?.Tags ?? [];
  if (new Set(tags.map(({ Key }) => Key)).size !== tags.length)
    throw invalidRequest('Duplicate Tag Keys are not allowed.');
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

const isDue = (nowMs: number, sinceMs: number, after: { Days?: number; Date?: number }) =>
  (after.Days !== undefined && dueMs(sinceMs, after.Days) <= nowMs) ||
  (after.Date !== undefined && after.Date * 1000 <= nowMs);

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
