/** The serving of a study, as `serving/*.yaml` declares it: endpoints, charts, figures and dashboards. Plain data. */

/** Where rows come from: one of the study's questions (`queries/<name>.sql`), or a gold or mart table read as it is. */
export type RowSource = { readonly query: string } | { readonly table: string };

/** Types that a parameter may have; a value is read as Athena's literal of that type. */
export const parameterTypes = ['string', 'integer', 'decimal', 'date', 'timestamp', 'boolean'] as const;
export type ParameterType = (typeof parameterTypes)[number];

/** A parameter of an endpoint: the rows whose column compares so with the value. */
export interface Parameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly column: string;
  /** @default `=` */
  readonly operator: '=' | '>=' | '<=' | '>' | '<';
  readonly required: boolean;
  readonly example?: string;
}

/** `GET /studies/<study>/queries/<name>` */
export interface Endpoint {
  readonly name: string;
  readonly title: string;
  readonly rows: RowSource;
  readonly parameters: readonly Parameter[];
  /** Rows a page has unless the caller asks for fewer. */
  readonly pageSize: number;
  /** How old an answer may be before it is out of date, seconds. */
  readonly freshnessSeconds: number;
}

export const marks = [
  'bar',
  'rows',
  'line',
  'area',
  'point',
  'heatmap',
  'candles',
  'retention',
  'funnel',
  'tiles',
] as const;
export type Mark = (typeof marks)[number];

export interface Encoding {
  readonly column: string;
  readonly title?: string;
  /** Written after figures, e.g. `USD`, `%`. */
  readonly unit?: string;
}

export interface Chart {
  readonly name: string;
  /** States the finding: `{mean revenue}`, `{max revenue}`, `{argmax state revenue}` are filled in from the rows. */
  readonly title: string;
  readonly rows: RowSource;
  readonly mark: Mark;
  readonly x: Encoding;
  /** One or more measures; candles take open, high, low, close and optionally volume and vwap, in this order. */
  readonly y: readonly Encoding[];
  /** The column that tells several lines apart. */
  readonly series?: string;
  /** For heatmaps: the second category. */
  readonly by?: Encoding;
  /** Which marks stand out. @default none */
  readonly highlight?: 'max' | 'min' | 'extremes' | 'last';
  readonly note?: string;
  /** A `live` view's chart is drawn again as values come. */
  readonly live?: string;
}

/** One figure of a gauge: a column of the first row of a question. */
export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly rows: RowSource;
  readonly column: string;
  readonly unit?: string;
  /** The figure is a share between 0 and 1 and is shown in percent. */
  readonly percent: boolean;
  /** The table that the figure leads to, `layer.table`. */
  readonly source: string;
}

export interface Dashboard {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly figures: readonly string[];
  readonly charts: readonly string[];
}

/** What the study's first page shows. */
export interface HomeDesign {
  readonly figures: readonly string[];
  readonly chart?: string;
}

export interface ServingDesign {
  readonly endpoints: readonly Endpoint[];
  readonly charts: readonly Chart[];
  readonly figures: readonly Figure[];
  readonly dashboards: readonly Dashboard[];
  readonly home: HomeDesign;
}
