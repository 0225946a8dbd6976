/** What a benchmark is: one figure, taken several times in turn on ours and on its peers, so that a ratio means something. */

/** A running endpoint that a measure talks to. */
export interface Target {
  readonly name: string;
  readonly endpoint: string;
}

export interface Measure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  /** Whether more is better. */
  readonly better: 'more' | 'less';
  /** What is to be reached, as DESIGN's table of numbers has it. */
  readonly goal: string;
  /** Peers that can do the same. */
  readonly peers: readonly 'ministack'[];
  readonly rounds: number;
  /** Takes the figure once; whatever it made there is left behind under a name of its own. */
  take(target: Target, round: number): Promise<number>;
}

export interface Figure {
  readonly target: string;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function figureOf(target: string, values: readonly number[]): Figure {
  const sorted = values.toSorted((a, b) => a - b);
  return { target, min: sorted[0]!, median: sorted[Math.floor(sorted.length / 2)]!, max: sorted.at(-1)! };
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
