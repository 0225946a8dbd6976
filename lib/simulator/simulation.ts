/** The interface of a study's simulation: batch files, events in the order of their time, and the truth to judge gold by. */

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

/** A transaction that the simulated world carries out through the API, into DynamoDB. */
export interface SimulatedTransaction {
  /** Of the study's `oltp.yaml`. */
  readonly name: string;
  /** Carried out again, it changes nothing: it names its own time, and a step refuses what is there already. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What change data capture sends of it, for the truth; the ids that it gives are not known. */
  readonly changes: readonly SimulatedEvent[];
}

export interface SimulationOptions {
  readonly seed: number;
  /** Number of events in the stream, exactly; what transactions change comes on top. */
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
  /** In their order, one after the other. @default - none */
  readonly transactions?: readonly SimulatedTransaction[];
}

/** Rows of a gold answer as text, keyed by column, in the query's order; `null` is SQL's NULL. */
export type AnswerRows = ReadonlyArray<Readonly<Record<string, string | null>>>;

/** What `sql/<study>/simulation.ts` exports. */
export interface Simulation {
  simulate(options: SimulationOptions): Simulated;
  /**
   * The right answer to every gold query, by plain code over what was delivered intact, captured changes included.
   * `now` decides questions such as "the last 7 days".
   */
  expectedAnswers(
    files: readonly SimulatedFile[],
    events: readonly SimulatedEvent[],
    now: number,
  ): Readonly<Record<string, AnswerRows>>;
}
