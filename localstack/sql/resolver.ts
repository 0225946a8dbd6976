/** The interface between translation and the tables: their columns, and a DuckDB relation that holds their rows. */

/** Names are lower case; `catalog` and `database` are absent where neither the statement nor the session gave them. */
export interface TableName {
  readonly catalog?: string;
  readonly database?: string;
  readonly table: string;
  /** `$files`, `$snapshots`, …: a metadata table of `table`. */
  readonly suffix?: string;
  /** `FOR TIMESTAMP AS OF` or `FOR VERSION AS OF` (a snapshot id, or a tag's name). */
  readonly version?:
    | { readonly kind: 'timestamp'; readonly at: Date }
    | { readonly kind: 'version'; readonly id: bigint | string };
}

/** `type` is Trino's text (`varchar(3)`, `array(bigint)`) or Glue's (`array<bigint>`). */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
}

/** Dates and timestamps are ISO text, decimals are text. */
export type SimpleValue = string | number | bigint | boolean;

/** A column compared with literals. */
export interface Comparison {
  readonly column: string;
  readonly operator: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'in' | 'is null' | 'is not null';
  readonly values: readonly SimpleValue[];
}

/** A condition on one column that a table may use to leave out files; the query checks it again itself. */
export type SimplePredicate =
  | Comparison
  | {
      readonly column: string;
      readonly operator: 'any of';
      /** One of these holds; each is a list of comparisons that hold together. */
      readonly alternatives: readonly (readonly Comparison[])[];
    };

export interface ScanNeed {
  /** Columns that the statement uses, hidden ones included; empty when only the number of rows counts. */
  readonly columns: readonly string[];
  /** Of the columns those that decide about the result: Trino reads no column of a sub-query that nothing uses. */
  readonly read: readonly string[];
  /** All of them hold for every row that can matter. */
  readonly predicates: readonly SimplePredicate[];
}

export interface BaseTable {
  readonly columns: readonly TableColumn[];
  /** Reachable by name, but not part of `*`: `$path`, `$file_modified_time`, … */
  readonly hidden?: readonly TableColumn[];
  /** A DuckDB relation with at least the columns asked for, under their names. Called once per use in a statement. */
  relation(need: ScanNeed): Promise<string>;
}

/** A view is unfolded: its text is translated with its own database as the session's. */
export interface ViewTable {
  readonly view: string;
  readonly database?: string;
}

export type ResolvedTable = BaseTable | ViewTable;

export interface TableResolver {
  /** Throws `SqlError('TABLE_NOT_FOUND', …)` for what does not exist. */
  resolve(name: TableName): Promise<ResolvedTable>;
}

export interface TranslateOptions {
  readonly database?: string;
  /** SQL text of each `?`, as ExecutionParameters and EXECUTE … USING give it. */
  readonly parameters?: readonly string[];
  /** One instant for the whole statement. The session's time zone is UTC, as Athena's. */
  readonly session: { readonly now: Date; readonly user?: string };
  /**
   * What `1.5` is: on Athena a double, as in `1 / 0.0`, which is infinite there, and in Trino a decimal. Source: dbt-adapters,
   * dbt-athena/tests/functional/adapter/test_connections.py, test__convert_numbers; athena-local, docs/caveats.md. @default double
   */
  readonly decimalLiterals?: 'double' | 'decimal';
  /** `table`: for CTAS, INSERT and UNLOAD, where zones are dropped and only the instant is kept. */
  readonly target?: 'result' | 'table';
}

export interface ColumnInfo {
  readonly name: string;
  /** Trino's text, e.g. `decimal(38,2)`, `timestamp(3) with time zone`. */
  readonly type: string;
  /** Only for time zones: the zone to show the instant in, or `row` when the value is a STRUCT(t, z). Absent: UTC. */
  readonly zone?: string;
}

export interface Translation {
  /** One DuckDB SELECT. */
  readonly sql: string;
  readonly columns: readonly ColumnInfo[];
  /** The tables read, views unfolded. */
  readonly tables: readonly TableName[];
  /** The signatures of the allow-list that it calls. */
  readonly functions?: readonly string[];
}
