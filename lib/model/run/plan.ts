/** Plans a run: what it reads of bronze, where silver may hold its events already, and what it makes of which model. */

import { createHash } from 'node:crypto';
import { refusesKeys } from '../contract/rules.ts';
import { studyPrefix } from '../layout.ts';
import type { Study } from '../study/study.ts';
import { affectedBy } from './affected.ts';
import {
  type Interval,
  joinIntervals,
  type KeyIndex,
  ownCount,
  ownPeriods,
  ownRepeats,
  storedKeys,
} from './keys/keyIndex.ts';
import { eventKind, primaryKind } from './keys/keyKinds.ts';
import type { Period } from './keys/keySegment.ts';
import type { LedgerRow } from './ledger.ts';
import type { Change } from './published.ts';
import type { RunScope, Slice, SourcePlan } from './scope.ts';
import { typedSources } from './statements/arrivals.ts';

/** One line of a run's manifest. */
export interface ManifestLine {
  /** `s3://…`, as `"$path"` gives it. */
  readonly path: string;
  readonly stream: string;
  readonly dt: string;
  readonly hour: string;
  readonly records: number;
}

/** What landed, before anything is known of the keys in it. */
export interface Landed {
  readonly objects: readonly ManifestLine[];
  /** Keys of the ledger rows that the run accounts for. */
  readonly ledger: readonly { pk: string; sk: string }[];
  readonly slice: Slice;
  /** Lines in the objects, redelivered copies included. */
  readonly records: number;
  readonly copies: boolean;
  /** A record was set aside since the last run: rows made from it may be anywhere, so every table is computed as a whole. */
  readonly recompute: boolean;
}

/** The plan of a run, as it is kept below the run's prefix. */
export interface RunPlan extends RunScope, Landed {
  /** Names of the models that the run makes; a level's models need only levels before it. */
  readonly levels: readonly (readonly string[])[];
  /** Names of the models whose table the run makes whole. */
  readonly whole: readonly string[];
  readonly rebuild: RebuildPlan;
}

/** What a run does about tables that were built by an older version of their model. */
export interface RebuildPlan {
  /** Names of the models that it rebuilds. */
  readonly models: readonly string[];
  /** Of them, those that changed, and why. */
  readonly changes: readonly Change[];
  /** Changed models whose table it leaves as it is, in whole or but for some partitions. */
  readonly postponed: readonly Change[];
}

/** A run that brings no record. */
export const nothingLanded: Landed = {
  objects: [],
  ledger: [],
  slice: { streams: [], firstDt: '', lastDt: '', hours: [] },
  records: 0,
  copies: false,
  recompute: false,
};

const distinct = (values: readonly string[]) => [...new Set(values)].sort();

/**
 * A study's landed objects, in the order of their keys whatever order the rows came in; undefined when there are none.
 * @param accounted rows of objects that earlier runs have accounted for, which the run takes once more. @default none
 */
export function landedObjects(
  rows: readonly LedgerRow[],
  { study, lake }: { readonly study: string; readonly lake: string },
  accounted: readonly LedgerRow[] = [],
): Landed | undefined {
  const isNew = rows.filter((row) => row.state === 'landed' && row.study === study);
  const known = new Set(isNew.map(({ sk }) => sk));
  const landed = [...isNew, ...accounted.filter(({ sk }) => !known.has(sk))].sort((a, b) =>
    a.sk < b.sk ? -1 : a.sk > b.sk ? 1 : 0,
  );
  if (landed.length === 0) return undefined;
  const days = distinct(landed.map((row) => row.dt));
  return {
    objects: landed.map((row) => ({
      path: `s3://${lake}/${row.object_key}`,
      stream: row.stream,
      dt: row.dt,
      hour: row.hour,
      records: row.records,
    })),
    ledger: landed.filter(({ sk }) => known.has(sk)).map(({ pk, sk }) => ({ pk, sk })),
    slice: {
      streams: distinct(landed.map((row) => row.stream)),
      firstDt: days[0] as string,
      lastDt: days.at(-1) as string,
      hours: distinct(landed.map((row) => row.hour)),
    },
    records: landed.reduce((sum, row) => sum + row.records, 0),
    copies: overlap(landed),
    recompute: landed.some((row) => row.recompute),
  };
}

/** Whether two objects of one shard may hold the same record: a batch that is delivered again may be cut otherwise. */
function overlap(rows: readonly LedgerRow[]): boolean {
  const shards = Map.groupBy(rows, ({ stream, shard }) => `${stream}/${shard}`);
  return [...shards.values()].some((objects) => {
    const inOrder = objects.toSorted((a, b) => compareSequence(a.first_sequence, b.first_sequence));
    return inOrder.some((row, at) => {
      const before = inOrder[at - 1];
      return before !== undefined && compareSequence(row.first_sequence, before.last_sequence) <= 0;
    });
  });
}

/** Sequence numbers are decimal and may differ in length. */
const compareSequence = (a: string, b: string) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

/** The plan of a run over what landed, by the keys of its records and of all before them. */
export async function planRun(
  study: Study,
  landed: Landed,
  index: KeyIndex,
  options: {
    readonly runId: string;
    readonly lake: string;
    /** When the records of each object arrived. */
    readonly arrived: readonly Interval[];
    /** Models whose table is to be made whole. */
    readonly whole: ReadonlySet<string>;
    /** Sources whose silver table is rebuilt, from all of bronze, which the run brings. */
    readonly remade: ReadonlySet<string>;
    /** Model → partitions that are rebuilt whatever the run brings. */
    readonly again: ReadonlyMap<string, readonly Period[]>;
    readonly rebuild: RebuildPlan;
  },
): Promise<RunPlan> {
  const present = study.sources
    .map(({ name }) => name)
    .filter((name) => ownCount(index, eventKind(name)) > 0);
  const typed = typedSources(study, present);
  const sources = await Promise.all(
    present.map(async (name) => {
      const plan = await planSource(study, name, typed.has(name), index);
      return [name, { ...plan, ...(options.remade.has(name) && { remade: true as const }) }] as const;
    }),
  );
  return {
    study: study.name,
    runId: options.runId,
    lake: options.lake,
    ...landed,
    arrived: joinIntervals(options.arrived),
    sources: Object.fromEntries(sources),
    ...(await affectedBy(study, { index, whole: options.whole, again: options.again })),
    whole: [...options.whole],
    rebuild: options.rebuild,
  };
}

async function planSource(
  study: Study,
  source: string,
  typed: boolean,
  index: KeyIndex,
): Promise<SourcePlan> {
  const event = eventKind(source);
  const primary = primaryKind(source);
  const keyed = study.models.some(
    ({ derivedFrom, contract }) => derivedFrom === source && refusesKeys(contract),
  );
  const storedEvents = await storedKeys(index, event);
  const storedPrimary = keyed ? await storedKeys(index, primary) : undefined;
  const stored = [storedEvents, storedPrimary].filter((one) => one !== undefined);
  return {
    valid: ownCount(index, event),
    typed,
    periods: ownPeriods(index, event),
    repeats: ownRepeats(index, event),
    contested:
      keyed && (storedEvents !== undefined || storedPrimary !== undefined || ownRepeats(index, primary)),
    ...(stored.length > 0 && {
      stored: {
        periods: [...new Set(stored.flatMap(({ periods }) => periods))],
        arrived: joinIntervals(stored.flatMap(({ arrived }) => arrived)),
      },
    }),
  };
}

/** Key prefix under which a run keeps what its steps hand to each other. */
export const runPrefix = (study: string, runId: string): string =>
  `${studyPrefix('runs', study)}run=${runId}/`;

/** Key of the plan: the objects that the run reads and the ledger rows that it accounts for. */
export const planKey = (study: string, runId: string): string => `${runPrefix(study, runId)}plan.json`;

/** Key of the finished balance sheet. */
export const balanceKey = (study: string, runId: string) => `${runPrefix(study, runId)}balance.json`;

/** Key of the run's manifest. */
export const manifestKey = (study: string, runId: string): string =>
  `${runPrefix(study, runId)}manifest/objects.ndjson`;

/** The manifest's body: NDJSON. */
export const encodeManifest = ({ objects }: Pick<Landed, 'objects'>): string =>
  objects.map((line) => `${JSON.stringify(line)}\n`).join('');

/** `20261121t093000-1a2b3c4d`: sorts by time, is unique by execution, and the same again when the step is repeated. */
export function runIdOf({
  executionArn,
  startedAt,
}: {
  readonly executionArn: string;
  /** ISO, UTC. */
  readonly startedAt: string;
}): string {
  const time = new Date(startedAt).toISOString().slice(0, 19).replace(/[-:]/g, '').toLowerCase();
  return `${time}-${markOf(executionArn)}`;
}

const markOf = (executionArn: string) => createHash('sha256').update(executionArn).digest('hex').slice(0, 8);

/** Whether a run was begun by an execution. */
export const isBegunBy = (runId: string, executionArn: string): boolean =>
  runId.endsWith(`-${markOf(executionArn)}`);
