/** What a study's simulation gives: batch files, events in the order of their time, and the truth to judge gold by. */

export interface SimulatedEvent {
  /** The contract's source. */
  readonly source: string;
  /** CloudEvents id, unique in the simulation. */
  readonly id: string;
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  /** CloudEvents subject: what the event is about, and the key that keeps its order. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface SimulatedFile {
  readonly source: string;
  /** File name in the landing bucket, e.g. `customers.csv`. */
  readonly name: string;
  readonly body: string;
}

export interface SimulationOptions {
  readonly seed: number;
  /** Number of events, exactly. */
  readonly events: number;
  /** End of the simulated span, milliseconds since the epoch. */
  readonly now: number;
  /** Length of the span in days. */
  readonly days: number;
}

export interface Simulated {
  readonly files: readonly SimulatedFile[];
  /** Ascending by time. */
  readonly events: readonly SimulatedEvent[];
}

/** Rows of a gold answer as text, keyed by column, in the query's order; `null` is SQL's NULL. */
export type AnswerRows = ReadonlyArray<Readonly<Record<string, string | null>>>;

/** What `sql/<study>/simulation.ts` exports. */
export interface Simulation {
  simulate(options: SimulationOptions): Simulated;
  /**
   * The right answer to every gold query, by plain code over what was delivered intact.
   * `now` decides questions such as "the last 7 days".
   */
  expectedAnswers(
    files: readonly SimulatedFile[],
    events: readonly SimulatedEvent[],
    now: number,
  ): Readonly<Record<string, AnswerRows>>;
}
