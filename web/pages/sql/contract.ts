/** What the SQL page asks and shows. */
import type { QueryPage, QueryState, ScanBound } from '../../../lake/query.ts';

export interface CatalogTable {
  /** `shop_gold.fact_sales` */
  readonly name: string;
  readonly zone: string;
  readonly rows?: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

export interface NamedQuery {
  readonly name: string;
  readonly title: string;
  readonly sql: string;
}

export interface SqlCatalog {
  readonly tables: readonly CatalogTable[];
  readonly queries: readonly NamedQuery[];
}

export interface Started {
  readonly id: string;
}

/** Rows as far as they were read; `more` says that the answer has others. */
export interface Rows extends QueryPage {
  readonly more: boolean;
}

export type { QueryState, ScanBound };
