/** The company that a study is about: its published architecture next to ours, with sources. Plain data from `study.yaml`. */

export const layers = ['ingestion', 'bronze', 'silver', 'gold', 'serving'] as const;
export type LayerName = (typeof layers)[number];

/** Something published that the study relies on. */
export interface Publication {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly url?: string;
}

/** One part of the published architecture and the part that does its work here. */
export interface ArchitecturePart {
  readonly part: string;
  readonly published: string;
  /** Id of the publication that says so. */
  readonly source: string;
  readonly here: string;
  readonly difference: string;
  readonly layer: LayerName;
}

/** Published and here, with what follows from it. */
export interface Dimension {
  readonly published: string;
  readonly source: string;
  readonly here: string;
  readonly note: string;
}

/** Something to try, with the page of the playground where it is done. */
export interface Exercise {
  readonly title: string;
  readonly text: string;
  readonly page: string;
  readonly minutes: number;
}

/** A question to answer before a run shows the answer. */
export interface Prediction {
  readonly layer: LayerName;
  readonly question: string;
  /** Two to four. */
  readonly answers: readonly string[];
  /** Options of the run that settles it; without any only the statement is asked. */
  readonly run?: Readonly<Record<string, number>>;
  /** One statement whose rows show the answer. */
  readonly sql: string;
  /** The sentence that states it, with places as in a chart's title. */
  readonly see: string;
  readonly why: string;
}

export interface StudyAbout {
  /** After the company's name: what the study is about. */
  readonly headline: string;
  readonly teaches: string;
  readonly publications: readonly Publication[];
  readonly architecture: readonly ArchitecturePart[];
  readonly volume: Dimension;
  readonly velocity: Dimension;
  readonly variety: Dimension;
  readonly tradeoffs: readonly { readonly title: string; readonly text: string }[];
  readonly exercises: readonly Exercise[];
  readonly predictions: readonly Prediction[];
}
