/** The declared design of a study's OLTP table: entities, transactions, access patterns, and what flows to the lake. */

/** Key templates of an index: `CUSTOMER#{customer_id}`. */
export interface KeyTemplate {
  readonly pk: string;
  readonly sk: string;
}

export interface Entity {
  readonly description: string;
  readonly key: KeyTemplate;
  /** Global secondary index → its key templates; attributes are `<index>pk` and `<index>sk`. */
  readonly indexes: Readonly<Record<string, KeyTemplate>>;
}

/** A value that the interpreter computes. */
export type Computed =
  /** The time of the request, unless the input gives a member of this name. */
  | { readonly kind: 'now' }
  /** A UUID made from the transaction's token, so that a repeated request names the same thing. */
  | { readonly kind: 'uuid' }
  /** Sum over the items of an array of the product of these members, exact. */
  | { readonly kind: 'sum'; readonly over: string; readonly of: readonly string[] };

export interface Step {
  readonly kind: 'put' | 'update' | 'delete' | 'check';
  readonly entity: string;
  /** Array of the input: the step is done once per item; `{index}` counts from 1. */
  readonly forEach?: string;
  /** Attributes: of a put all, of an update those that are set, of check and delete those that make the key. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Of an update: attribute → amount to add, `{quantity}` or `-{quantity}`. */
  readonly add: Readonly<Record<string, string>>;
  readonly condition?: string;
  /** What to tell the client when the condition does not hold. */
  readonly otherwise: string;
}

export interface Transaction {
  readonly description: string;
  /** JSON Schema of the input. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Member of the input that names the request: a repetition with the same one changes nothing. */
  readonly token: string;
  readonly computed: Readonly<Record<string, Computed>>;
  readonly steps: readonly Step[];
}

export interface AccessPattern {
  readonly description: string;
  /** Absent for the table's own key. */
  readonly index?: string;
  readonly pk: string;
  readonly sk?: { readonly equals: string } | { readonly beginsWith: string };
  /** Newest or highest sort key first. */
  readonly descending: boolean;
  /** Most items in one answer. */
  readonly limit?: number;
  readonly parameters: readonly string[];
  /** The same question in SQL over the lake, with the same parameters; its columns are attributes of the items. */
  readonly olap?: string;
}

export type Change = 'insert' | 'modify' | 'remove';

export interface Capture {
  readonly entity: string;
  readonly on: readonly Change[];
  /** Of a modify: captured only if one of these attributes changed; absent = any. */
  readonly changed?: readonly string[];
  /** The source whose contract the event keeps. */
  readonly source: string;
  readonly eventType: string;
  readonly subject: string;
  /** Template of the time; absent = when DynamoDB wrote it. */
  readonly time?: string;
  /** Payload column → template over the item's attributes. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OltpDesign {
  readonly study: string;
  readonly entities: Readonly<Record<string, Entity>>;
  readonly transactions: Readonly<Record<string, Transaction>>;
  readonly access: Readonly<Record<string, AccessPattern>>;
  readonly cdc: readonly Capture[];
}

/** Names of the indexes that a design uses, sorted: what the table must have. */
export const indexesOf = (design: OltpDesign): string[] =>
  [...new Set(Object.values(design.entities).flatMap((entity) => Object.keys(entity.indexes)))].sort();
