/** The interface of a running event source mapping: what it is given, and what it shows of itself. */
import type { CloudContext } from '../../../core/service.ts';
import type { Destinations } from '../destinations.ts';
import type { LambdaStore } from '../store.ts';
import type { FunctionRecord, Invocation } from '../types.ts';

export interface MappingStatus {
  readonly uuid: string;
  readonly functionName: string;
  readonly sourceArn: string;
  /** Nothing to do: all shards read to the tip, nothing waiting or under way. */
  readonly idle: boolean;
  readonly backlog: number;
  readonly inFlight: number;
  /** When the next batching window closes. */
  readonly windowEndsAtMs?: number;
}

export interface RunningMapping {
  status(): Promise<MappingStatus>;
  stop(): Promise<void>;
}

export interface MappingParts {
  readonly context: CloudContext;
  readonly store: LambdaStore;
  readonly destinations: Destinations;
  /** The function as it is now. */
  fn(): FunctionRecord | undefined;
  invoke(payload: Buffer): Promise<Invocation>;
  /** `OK`, or `PROBLEM: …`, for whoever describes the mapping. */
  result(text: string): void;
}
