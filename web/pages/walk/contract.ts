/** What the walk shows. */
import type { Flow } from '../../../lake/flow.ts';
import type { ArchitecturePart, Prediction } from '../../../lib/model/study/about/design.ts';
import type { HomeStep } from '../home/contract.ts';

export interface Walk {
  readonly title: string;
  readonly flow?: Flow;
  /** Steps of the last run by their real times, for the replay. */
  readonly steps: readonly HomeStep[];
  readonly seconds?: number;
  readonly predictions: readonly Prediction[];
  readonly architecture: readonly ArchitecturePart[];
}

/** What a prediction's statement showed. */
export interface Seen {
  readonly sentence: string;
  readonly queryExecutionId: string;
}
