/** What the DynamoDB page shows: the store's access patterns, items that one reads, and the live table. */
import type { LiveReading } from '../../../lib/model/live/read.ts';

export interface StorePattern {
  readonly name: string;
  readonly description: string;
  /** `gsi1: pk = ORDER#{order_id}, sk = HEAD` */
  readonly key: string;
  readonly parameters: readonly string[];
  /** Parameters that find an item; absent while the store holds none for the pattern. */
  readonly example?: Readonly<Record<string, string>>;
  /** Athena can be asked the same. */
  readonly olap: boolean;
}

export interface StoreTransaction {
  readonly name: string;
  readonly description: string;
  /** Entities whose items it writes. */
  readonly writes: readonly string[];
}

export interface StoreDesign {
  readonly table: string;
  readonly liveTable: string;
  /** Empty for a study without an OLTP design. */
  readonly patterns: readonly StorePattern[];
  readonly transactions: readonly StoreTransaction[];
  /** What a change of an entity's item becomes. */
  readonly captures: readonly { readonly entity: string; readonly on: string; readonly source: string }[];
  /** Of each live view its newest window. */
  readonly live: readonly LiveReading[];
}

export interface ReadItems {
  readonly items: readonly Readonly<Record<string, unknown>>[];
  readonly readUnits: number;
  readonly milliseconds: number;
  readonly next?: string;
}
