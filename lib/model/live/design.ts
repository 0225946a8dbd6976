/** A live view, as `live/*.yaml` declares it: a keyed window over one source of the stream. Plain data. */

export const functions = ['count', 'sum', 'min', 'max', 'first', 'last', 'distinct', 'ratio'] as const;
export type LiveFunction = (typeof functions)[number];

/** How a column's value is read: exact decimals, floating point, or text as it is. */
export type ValueKind = 'decimal' | 'double' | 'text';

export interface LiveColumn {
  readonly name: string;
  readonly kind: ValueKind;
  /** Of a decimal: digits after the point that the column's JSON number may have. */
  readonly scale: number;
}

/** Keeps the events whose column has one of the values, or with `not` none of them; values as JSON. */
export interface Condition {
  readonly column: string;
  readonly values: readonly (string | number | boolean | null)[];
  readonly not: boolean;
}

interface Named {
  readonly name: string;
  readonly unit?: string;
}

export type Measure = Named &
  (
    | { readonly function: 'count'; readonly where: readonly Condition[] }
    | {
        readonly function: 'sum';
        readonly column: LiveColumn;
        /** The sum is of the product of both columns. */
        readonly times?: LiveColumn;
        readonly where: readonly Condition[];
        /** Digits after the point of the result. */
        readonly scale: number;
        /** The column holds the value × 10^decimals. */
        readonly decimals: number;
      }
    | {
        readonly function: 'min' | 'max' | 'first' | 'last';
        readonly column: LiveColumn;
        readonly where: readonly Condition[];
        readonly scale: number;
        readonly decimals: number;
      }
    | { readonly function: 'distinct'; readonly column: LiveColumn; readonly where: readonly Condition[] }
    | {
        readonly function: 'ratio';
        /** Names of measures that count or sum. */
        readonly of: string;
        readonly over: string;
        /** Digits after the point, rounded half up. */
        readonly digits: number;
      }
  );

/** Which instant puts an event into its window. */
export type LiveTime =
  | { readonly by: 'arrival' }
  | {
      readonly by: 'event';
      /** How long after the end of its window an event still counts, by the newest event time of its shard. */
      readonly latenessSeconds: number;
      readonly from:
        | { readonly kind: 'envelope' }
        | { readonly kind: 'column'; readonly column: string }
        /** A date and the milliseconds since its midnight, on the wall clock of an IANA zone. */
        | {
            readonly kind: 'wallClock';
            readonly date: string;
            readonly milliseconds: string;
            readonly zone: string;
          };
    };

/** How a view is compared with what a run published. */
export interface LiveComparison {
  /** SELECT giving `window_start`, the key's columns and measures of the view under their names. */
  readonly query: string;
  /** SELECTs giving `window_start` and the key's columns of windows in which a difference is to be expected, by reason. */
  readonly reasons: Readonly<Record<string, string>>;
}

export interface LiveView {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly source: string;
  readonly where: readonly Condition[];
  readonly key: readonly LiveColumn[];
  /** A tumbling window begins every `sizeSeconds`; a sliding one more often. */
  readonly sizeSeconds: number;
  readonly everySeconds: number;
  readonly time: LiveTime;
  /** Columns by which events of one instant are in order, from the source's contract. */
  readonly order: readonly LiveColumn[];
  readonly measures: readonly Measure[];
  /** How long after its last event a window is kept. */
  readonly keepSeconds: number;
  readonly compare?: LiveComparison;
}

export const isSliding = ({ sizeSeconds, everySeconds }: Pick<LiveView, 'sizeSeconds' | 'everySeconds'>) =>
  everySeconds < sizeSeconds;
