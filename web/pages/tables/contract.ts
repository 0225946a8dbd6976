/** What the tables page shows. */
import type { CellOrigin } from '../../../lake/provenance.ts';
import type { ColumnBounds, TableFile, TableFiles } from '../../../lake/tableFiles.ts';
import type { LakeTable, LakeTableDetail } from '../../../lake/tables.ts';
import type { LineageColumn, LineageLayer } from '../../../lib/model/study/lineage.ts';

export type {
  CellOrigin,
  ColumnBounds,
  LakeTable,
  LakeTableDetail,
  LineageColumn,
  LineageLayer,
  TableFile,
  TableFiles,
};

/** A column as its contract declares it. */
export interface DeclaredColumn {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  /** `key`, `required`, `partition`, and the names of quality rules. */
  readonly rules: readonly string[];
}

export interface TableView {
  readonly table: LakeTableDetail;
  /** One sentence: what a row is. */
  readonly grain?: string;
  readonly purpose: string;
  readonly columns: readonly DeclaredColumn[];
  /** `silver.orders`, or `bronze`. */
  readonly upstream: readonly string[];
  /** Tables and named queries that read it. */
  readonly downstream: readonly string[];
  /** Columns that name a row; empty for what no model makes. */
  readonly primaryKey: readonly string[];
  /** The SELECT that makes it; absent for what no model makes. */
  readonly sql?: string;
}

/** The columns on the path of one column, with how many of each layer are not on it. */
export interface ColumnPath {
  readonly column: string;
  readonly columns: readonly LineageColumn[];
  /** Tables of each layer that the path does not touch. */
  readonly off: readonly { readonly layer: LineageLayer; readonly tables: readonly string[] }[];
}

export interface CheckRow {
  readonly rule: string;
  readonly dimension: string;
  readonly runId: string;
  readonly passed: boolean;
  readonly failed: number;
  readonly total: number;
}

export interface Sample {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly sql: string;
}
