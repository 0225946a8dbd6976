/** What a run is about, as every statement of it needs it: its slice of bronze, its sources, its models. */

import type { ModelPlan } from './affected.ts';
import type { Interval, Lookup } from './keys/keyIndex.ts';
import type { Period } from './keys/keySegment.ts';

/** Name under which records that name no source of the study are counted. */
export const unknownSource = '(unknown)';

/** Bounds of the partitions that a run reads; every statement over bronze carries them as literals. */
export interface Slice {
  readonly streams: readonly string[];
  /** `yyyy-MM-dd`. */
  readonly firstDt: string;
  readonly lastDt: string;
  /** `00`–`23`, each once. */
  readonly hours: readonly string[];
}

/** What a run knows of a source before it reads a record, from the keys that came with the bronze objects. */
export interface SourcePlan {
  /** Records that bronze calls valid, copies included. */
  readonly valid: number;
  /** Partitions of the source's silver table that they are in. */
  readonly periods: readonly Period[];
  /** Two of them are of one event, or one came twice. */
  readonly repeats: boolean;
  /** A primary key of theirs is claimed twice, or it or the event may have come in an earlier run. */
  readonly contested: boolean;
  /** The run brings all of bronze, and its silver table is rebuilt from it. */
  readonly remade?: true;
  /** Its silver columns are staged with what arrived; otherwise its lines are, as bronze has them. */
  readonly typed: boolean;
  /** Where silver may hold an event or a key of theirs from an earlier run; absent = nowhere. */
  readonly stored?: Lookup;
}

/** What a statement needs to know about the run that it belongs to. */
export interface RunScope {
  readonly study: string;
  readonly runId: string;
  /** Name of the lake's bucket. */
  readonly lake: string;
  readonly slice: Slice;
  /** When the run's records arrived. */
  readonly arrived: readonly Interval[];
  /** A record may be in more than one of the run's objects. */
  readonly copies: boolean;
  /** Sources with a valid record in the run. */
  readonly sources: Readonly<Record<string, SourcePlan>>;
  /** What is made of each model that the run changes. */
  readonly models: Readonly<Record<string, ModelPlan>>;
}

/** What a model's own SQL needs to know. */
export type ModelScope = Pick<RunScope, 'study' | 'runId' | 'arrived' | 'models'>;
