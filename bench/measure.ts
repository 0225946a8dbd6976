/** Defines a benchmark: one figure, taken several times in turn by ours and by its peers, so that a ratio means something. */

/** A running endpoint that a measure talks to. */
export interface Target {
  readonly name: string;
  readonly endpoint: string;
}

/** Somebody who can take the figure: ours first, then those it is compared with. */
export interface Contestant {
  readonly name: string;
  open(): Promise<OpenContestant>;
}

export interface OpenContestant {
  /** Takes the figure once; whatever it made there is left behind under a name of its own. Round 0 warms up. */
  take(round: number): Promise<number>;
  close(): Promise<void>;
}

export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** What is to be reached, as DESIGN's table of numbers has it; empty where it names none. */
  readonly goal: string;
  /** How the figure is taken: one or two sentences for docs/benchmarks.md. */
  readonly method: string;
  readonly contestants: readonly Contestant[];
  readonly rounds: number;
  /** @default true; without it round 0 is left out, for figures about what is cold */
  readonly warmsUp?: boolean;
  /** Taken only when it is named. @default false */
  readonly onRequest?: boolean;
}

export interface Figure {
  readonly contestant: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function figureOf(contestant: string, values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  return { contestant, min: sorted[0]!, median: quantile(sorted, 0.5), max: sorted.at(-1)! };
}

export const quantile = (values: readonly number[], share: number) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
};

/** Credentials and place that every emulator takes. */
export const anyone = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
} as const;
