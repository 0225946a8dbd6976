/**
 * Shapes and keys of the ledger table: one row per bronze object, the lease of a study's run, and the registry of
 * files. Plain attribute objects, as DynamoDB's document client takes them.
 */
import { createHash } from 'node:crypto';
import type { ObjectPlace } from './bronze.ts';

/** The sparse index on rows that no run has accounted for yet. */
export const landedIndex = 'landed';

/** Partitions of the index, so that no single one takes all the writes. */
const landedPartitions = 16;

export interface LedgerRow {
  readonly pk: string;
  readonly sk: string;
  readonly study: string;
  readonly stream: string;
  readonly shard: string;
  readonly dt: string;
  readonly hour: string;
  readonly object_key: string;
  readonly records: number;
  readonly valid: number;
  readonly refused: number;
  readonly first_sequence: string;
  readonly last_sequence: string;
  /** Of the compressed object. */
  readonly bytes: number;
  readonly state: 'landed' | 'accounted';
  readonly run_id?: string;
  /** ISO 8601, UTC. */
  readonly written_at: string;
  /** Key of the index; absent once accounted, which takes the row out of the index. */
  readonly landed_pk?: string;
  /** A record of the object was set aside: the run that takes it computes every table as a whole. */
  readonly recompute?: true;
}

export const ledgerKey = (study: string, stream: string, shard: string, dt: string, hour: string): string =>
  `${study}#${stream}#${shard}#${dt}T${hour}`;

const landedPartition = (study: string, sk: string) =>
  `${study}#${(createHash('sha256').update(sk).digest()[0] as number) % landedPartitions}`;

/** The index keys to query for everything of a study that has landed. */
export const landedKeys = (study: string): string[] =>
  Array.from({ length: landedPartitions }, (_, partition) => `${study}#${partition}`);

/** The row of a bronze object that has just been written. */
export function ledgerRow(
  place: ObjectPlace,
  key: string,
  counts: { records: number; valid: number; refused: number; bytes: number },
  writtenAt: string,
): LedgerRow {
  return {
    pk: ledgerKey(place.study, place.stream, place.shard, place.dt, place.hour),
    sk: key,
    study: place.study,
    stream: place.stream,
    shard: place.shard,
    dt: place.dt,
    hour: place.hour,
    object_key: key,
    ...counts,
    first_sequence: place.first,
    last_sequence: place.last,
    state: 'landed',
    written_at: writtenAt,
    landed_pk: landedPartition(place.study, key),
  };
}

/** The row of an object of which records were set aside: the next run takes it, whether one had accounted for it or not. */
export function landedAgain(
  row: LedgerRow,
  counts: Pick<LedgerRow, 'records' | 'valid' | 'refused' | 'bytes'>,
): LedgerRow {
  const { run_id: _former, ...rest } = row;
  return {
    ...rest,
    ...counts,
    state: 'landed',
    landed_pk: landedPartition(row.study, row.sk),
    recompute: true,
  };
}

/** Patterns of the partition keys of a study's rows, so that a policy can allow only these. */
export const ledgerKeyPatterns = (study: string) =>
  ({
    /** Rows of bronze objects, by table and by index. */
    objects: `${study}#*`,
    lease: leaseKey(study).pk,
    files: fileKey(study, '*', '').pk,
  }) as const;

export interface Lease {
  readonly pk: string;
  readonly sk: 'lease';
  readonly study: string;
  readonly run_id: string;
  /** Executions that have worked on the run so far, this one included. */
  readonly attempt: number;
  /** The run's books are not balanced yet: whoever holds the lease next goes on with it. */
  readonly open: boolean;
  readonly execution_arn: string;
  /** Epoch seconds; 0 once it was given back. */
  readonly expires_at: number;
  /** Counted up at each change: the condition of the next write. */
  readonly version: number;
}

export const leaseKey = (study: string): { pk: string; sk: 'lease' } => ({
  pk: `lease#${study}`,
  sk: 'lease',
});

export interface LeaseHolder {
  readonly runId: string;
  readonly attempt: number;
  readonly open: boolean;
  readonly executionArn: string;
  /** Epoch seconds. */
  readonly expiresAt: number;
}

/** The lease that follows `previous` (undefined when nobody ever held it). */
export const nextLease = (study: string, holder: LeaseHolder, previous: Lease | undefined): Lease => ({
  ...leaseKey(study),
  study,
  run_id: holder.runId,
  attempt: holder.attempt,
  open: holder.open,
  execution_arn: holder.executionArn,
  expires_at: holder.expiresAt,
  version: (previous?.version ?? 0) + 1,
});

/** True when the lease may be taken by another run. */
export const leaseIsFree = (lease: Lease | undefined, nowSeconds: number): boolean =>
  !lease || lease.expires_at <= nowSeconds;

export interface FileEntry {
  readonly pk: string;
  /** The file's identity, hex: the same bytes, read in the same way, are known again under any name. */
  readonly sk: string;
  readonly study: string;
  readonly source: string;
  readonly state: 'loading' | 'loaded' | 'refused';
  readonly key: string;
  readonly rows: number;
  /** Of `rows`: refused ones. */
  readonly refused_rows?: number;
  readonly reason?: string;
  /** Settings with which the file would be read, where it looks like it was written in another way. */
  readonly advice?: { readonly encoding?: string; readonly delimiter?: string };
  /** ISO 8601, UTC. */
  readonly changed_at: string;
}

export const fileKey = (study: string, source: string, fileId: string): { pk: string; sk: string } => ({
  pk: `file#${study}#${source}`,
  sk: fileId,
});
