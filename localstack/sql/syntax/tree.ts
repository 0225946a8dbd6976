/** The tree that the parser makes of a statement; every node knows where it was. */
import type { Position } from '../errors.ts';

export interface Identifier {
  /** Quoted or not, names compare without regard to case. */
  readonly name: string;
  readonly position: Position;
}

/** `catalog.database.table`; the parts that were written, in order. */
export interface QualifiedName {
  readonly parts: readonly string[];
  readonly position: Position;
}

interface Node {
  readonly position: Position;
}

// ---------------------------------------------------------------- types

/** A type as written in Trino's syntax: `decimal(10,2)`, `array(row(a bigint))`. */
export interface TypeName extends Node {
  readonly name: string;
  readonly arguments: readonly (number | TypeName)[];
  /** Only for `row`: the fields' names, absent where anonymous. */
  readonly fieldNames?: readonly (string | undefined)[];
}

// ---------------------------------------------------------------- expressions

export type Expression =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BinaryLiteral
  | TypedLiteral
  | IntervalLiteral
  | Parameter
  | ColumnReference
  | Dereference
  | Subscript
  | Call
  | Cast
  | Unary
  | Binary
  | Logical
  | Not
  | IsNull
  | Between
  | InList
  | InQuery
  | Like
  | Exists
  | ScalarQuery
  | Quantified
  | Case
  | RowConstructor
  | ArrayConstructor
  | Lambda
  | Extract
  | AtTimeZone
  | CurrentValue;

export interface NullLiteral extends Node {
  readonly kind: 'null';
}
export interface BooleanLiteral extends Node {
  readonly kind: 'boolean';
  readonly value: boolean;
}
export interface NumberLiteral extends Node {
  readonly kind: 'integer' | 'decimal' | 'double';
  /** Digits as written, without sign. */
  readonly value: string;
}
export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
}
export interface BinaryLiteral extends Node {
  readonly kind: 'bytes';
  /** Upper-case hex digits, an even number. */
  readonly hex: string;
}
/** `DATE '2024-01-01'`, `TIMESTAMP '…'`, `DECIMAL '1.10'`, `DOUBLE '1'`. */
export interface TypedLiteral extends Node {
  readonly kind: 'typed';
  readonly type: TypeName;
  readonly value: string;
}
export type IntervalUnit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';
export interface IntervalLiteral extends Node {
  readonly kind: 'interval';
  readonly negative: boolean;
  readonly value: string;
  readonly unit: IntervalUnit;
  readonly to?: IntervalUnit;
}
export interface Parameter extends Node {
  readonly kind: 'parameter';
  /** From 0, in order of appearance. */
  readonly index: number;
}
export interface ColumnReference extends Node {
  readonly kind: 'column';
  readonly name: string;
}
/** `t.a`, `db.t.a` or `row.field`: which of them, only the scope tells. */
export interface Dereference extends Node {
  readonly kind: 'dereference';
  readonly base: Expression;
  readonly field: string;
}
export interface Subscript extends Node {
  readonly kind: 'subscript';
  readonly base: Expression;
  readonly index: Expression;
}
export interface Call extends Node {
  readonly kind: 'call';
  /** Lower case. */
  readonly name: string;
  readonly arguments: readonly Expression[];
  /** `count(*)`. */
  readonly star: boolean;
  readonly distinct: boolean;
  readonly orderBy: readonly SortItem[];
  readonly filter?: Expression;
  readonly nulls?: 'respect' | 'ignore';
  readonly over?: Window | { readonly reference: string; readonly position: Position };
}
export interface Cast extends Node {
  readonly kind: 'cast';
  readonly safe: boolean;
  readonly operand: Expression;
  readonly type: TypeName;
}
export interface Unary extends Node {
  readonly kind: 'unary';
  readonly operator: '-' | '+';
  readonly operand: Expression;
}
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>=';
export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'
  | '||'
  | ComparisonOperator
  | 'is distinct'
  | 'is not distinct';
export interface Binary extends Node {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
export interface Logical extends Node {
  readonly kind: 'logical';
  readonly operator: 'and' | 'or';
  readonly terms: readonly Expression[];
}
export interface Not extends Node {
  readonly kind: 'not';
  readonly operand: Expression;
}
export interface IsNull extends Node {
  readonly kind: 'is null';
  readonly operand: Expression;
}
export interface Between extends Node {
  readonly kind: 'between';
  readonly operand: Expression;
  readonly low: Expression;
  readonly high: Expression;
}
export interface InList extends Node {
  readonly kind: 'in list';
  readonly operand: Expression;
  readonly values: readonly Expression[];
}
export interface InQuery extends Node {
  readonly kind: 'in query';
  readonly operand: Expression;
  readonly query: Query;
}
export interface Like extends Node {
  readonly kind: 'like';
  readonly operand: Expression;
  readonly pattern: Expression;
  readonly escape?: Expression;
}
export interface Exists extends Node {
  readonly kind: 'exists';
  readonly query: Query;
}
export interface ScalarQuery extends Node {
  readonly kind: 'scalar query';
  readonly query: Query;
}
export interface Quantified extends Node {
  readonly kind: 'quantified';
  readonly operator: ComparisonOperator;
  readonly quantifier: 'all' | 'any';
  readonly operand: Expression;
  readonly query: Query;
}
export interface Case extends Node {
  readonly kind: 'case';
  readonly operand?: Expression;
  readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
  readonly otherwise?: Expression;
}
export interface RowConstructor extends Node {
  readonly kind: 'row';
  readonly items: readonly Expression[];
}
export interface ArrayConstructor extends Node {
  readonly kind: 'array';
  readonly items: readonly Expression[];
}
export interface Lambda extends Node {
  readonly kind: 'lambda';
  readonly parameters: readonly string[];
  readonly body: Expression;
}
export interface Extract extends Node {
  readonly kind: 'extract';
  /** Lower case: `year`, `day_of_week`, … */
  readonly field: string;
  readonly operand: Expression;
}
export interface AtTimeZone extends Node {
  readonly kind: 'at time zone';
  readonly operand: Expression;
  readonly zone: Expression;
}
export interface CurrentValue extends Node {
  readonly kind: 'current';
  readonly what: 'date' | 'timestamp' | 'localtimestamp' | 'user';
  readonly precision?: number;
}

export interface SortItem extends Node {
  readonly expression: Expression;
  readonly descending: boolean;
  /** Trino's default is last, whichever the direction. */
  readonly nullsFirst: boolean;
  /** Whether the statement says where NULLs go. */
  readonly placesNulls: boolean;
}

export type FrameBound =
  | { readonly kind: 'unbounded preceding' | 'unbounded following' | 'current row' }
  | { readonly kind: 'preceding' | 'following'; readonly value: Expression };
export interface Frame {
  readonly unit: 'rows' | 'range' | 'groups';
  readonly start: FrameBound;
  readonly end?: FrameBound;
}
export interface Window extends Node {
  readonly base?: string;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly SortItem[];
  readonly frame?: Frame;
}

// ---------------------------------------------------------------- queries

export interface Query extends Node {
  /** `WITH RECURSIVE`: a common table may read itself. */
  readonly recursive?: boolean;
  readonly with: readonly CommonTable[];
  readonly body: QueryBody;
  readonly orderBy: readonly SortItem[];
  readonly offset?: Expression;
  readonly limit?: Expression | 'all';
  /** FETCH FIRST, and not LIMIT. */
  readonly isFetch?: boolean;
  readonly withTies: boolean;
}
export interface CommonTable {
  readonly name: Identifier;
  readonly columns?: readonly Identifier[];
  readonly query: Query;
}
export type QueryBody =
  | Select
  | { readonly kind: 'values'; readonly rows: readonly Expression[]; readonly position: Position }
  | { readonly kind: 'table'; readonly name: QualifiedName; readonly position: Position }
  | { readonly kind: 'nested'; readonly query: Query; readonly position: Position }
  | SetOperation;
export interface SetOperation extends Node {
  readonly kind: 'set';
  readonly operator: 'union' | 'intersect' | 'except';
  readonly all: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}
export interface Select extends Node {
  readonly kind: 'select';
  readonly distinct: boolean;
  readonly items: readonly SelectItem[];
  /** Absent: one row without columns. Comma joins are cross joins. */
  readonly from?: Relation;
  readonly where?: Expression;
  readonly groupBy?: GroupBy;
  readonly having?: Expression;
  readonly windows: readonly { readonly name: string; readonly window: Window }[];
}
export type SelectItem =
  | { readonly kind: 'expression'; readonly expression: Expression; readonly alias?: Identifier }
  | {
      readonly kind: 'star';
      readonly base?: Expression;
      readonly aliases?: readonly Identifier[];
      readonly position: Position;
    };
export interface GroupBy {
  readonly distinct: boolean;
  readonly elements: readonly GroupElement[];
}
export type GroupElement =
  | { readonly kind: 'simple'; readonly expressions: readonly Expression[] }
  | { readonly kind: 'sets'; readonly sets: readonly (readonly Expression[])[] }
  | { readonly kind: 'rollup' | 'cube'; readonly sets: readonly (readonly Expression[])[] };

export type Relation = TableReference | Subquery | Unnest | Join | AliasedRelation | Sample;
/** `relation TABLESAMPLE BERNOULLI (percentage)`. */
export interface Sample extends Node {
  readonly kind: 'sample';
  readonly relation: Relation;
  readonly method: 'bernoulli' | 'system';
  readonly percentage: Expression;
}
export interface TableReference extends Node {
  readonly kind: 'table';
  readonly name: QualifiedName;
  /** `FOR TIMESTAMP AS OF …` or `FOR VERSION AS OF …`. */
  readonly version?: Node & { readonly kind: 'timestamp' | 'version'; readonly expression: Expression };
}
export interface Subquery extends Node {
  readonly kind: 'subquery';
  readonly lateral: boolean;
  readonly query: Query;
}
export interface Unnest extends Node {
  readonly kind: 'unnest';
  readonly expressions: readonly Expression[];
  readonly ordinality: boolean;
}
export interface Join extends Node {
  readonly kind: 'join';
  readonly type: 'cross' | 'inner' | 'left' | 'right' | 'full';
  /** A cross join that is written with a comma. */
  readonly isImplicit?: boolean;
  readonly left: Relation;
  readonly right: Relation;
  readonly on?: Expression;
  readonly using?: readonly Identifier[];
}
export interface AliasedRelation extends Node {
  readonly kind: 'alias';
  readonly relation: Relation;
  readonly alias: Identifier;
  readonly columns?: readonly Identifier[];
}

// ---------------------------------------------------------------- statements

/** A literal in `WITH (…)`: `format = 'PARQUET'`, `partitioning = ARRAY['day(ts)']`, `bucket_count = 4`. */
export type PropertyValue = string | number | boolean | readonly PropertyValue[];

/** A column of Athena's DDL; `type` is Hive's text in Glue's form, e.g. `array<struct<a:int,b:string>>`. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly comment?: string;
}

/** `day(ts)`, `bucket(16, id)`, `truncate(4, name)` or a plain column. */
export interface PartitionTransform {
  readonly transform: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate';
  readonly column: string;
  readonly argument?: number;
}

export interface RowFormat {
  readonly serde?: string;
  readonly serdeProperties: Readonly<Record<string, string>>;
  /** `ROW FORMAT DELIMITED` options, Hive's property names: `field.delim`, `escape.delim`, `line.delim`, … */
  readonly delimited?: Readonly<Record<string, string>>;
}

/** The partition that a clause names: `(dt='2024-01-01', hour=3)`, values as text. */
export type PartitionValues = readonly { readonly column: string; readonly value: string }[];

export type AlterAction =
  | {
      readonly action: 'add-columns' | 'replace-columns';
      readonly columns: readonly ColumnDefinition[];
      readonly partition?: PartitionValues;
    }
  | {
      readonly action: 'change-column';
      readonly from: string;
      readonly column: ColumnDefinition;
      readonly place?: 'first' | { readonly after: string };
    }
  | {
      readonly action: 'drop-column';
      readonly column: string;
      /** DROP as written, and COLUMN as written with its offset. */
      readonly written: { readonly drop: string; readonly column: string; readonly at: number };
    }
  | { readonly action: 'rename-table'; readonly to: QualifiedName }
  | { readonly action: 'set-properties'; readonly properties: Readonly<Record<string, string>> }
  | { readonly action: 'unset-properties'; readonly names: readonly string[] }
  | { readonly action: 'set-location'; readonly location: string; readonly partition?: PartitionValues }
  | {
      readonly action: 'add-partitions';
      readonly ifNotExists: boolean;
      readonly partitions: readonly { readonly values: PartitionValues; readonly location?: string }[];
    }
  | {
      readonly action: 'drop-partitions';
      readonly ifExists: boolean;
      readonly partitions: readonly PartitionValues[];
    }
  | { readonly action: 'rename-partition'; readonly from: PartitionValues; readonly to: PartitionValues };

export interface MergeAssignment {
  readonly column: Identifier;
  readonly expression: Expression;
}
export type MergeClause =
  | {
      readonly when: 'matched';
      readonly condition?: Expression;
      readonly action:
        | { readonly kind: 'delete' }
        | { readonly kind: 'update'; readonly set: readonly MergeAssignment[] };
    }
  | {
      readonly when: 'not matched';
      readonly condition?: Expression;
      readonly action: {
        readonly kind: 'insert';
        readonly columns?: readonly Identifier[];
        readonly values: readonly Expression[];
      };
    };

/** One parsed shape per kind of statement. `queryText` is the part of the statement that was the query, as written. */
export type Statement =
  | { readonly kind: 'query'; readonly query: Query; readonly queryText: string }
  | {
      readonly kind: 'ctas';
      readonly name: QualifiedName;
      readonly ifNotExists: boolean;
      readonly columnNames?: readonly string[];
      readonly comment?: string;
      readonly properties: Readonly<Record<string, PropertyValue>>;
      readonly query: Query;
      readonly queryText: string;
      readonly withData: boolean;
    }
  | {
      readonly kind: 'create-table';
      readonly name: QualifiedName;
      readonly ifNotExists: boolean;
      readonly columns: readonly ColumnDefinition[];
      readonly comment?: string;
      readonly partitionedBy: readonly PartitionTransform[];
      readonly location?: string;
      readonly properties: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'create-external-table';
      readonly name: QualifiedName;
      readonly ifNotExists: boolean;
      readonly columns: readonly ColumnDefinition[];
      readonly comment?: string;
      readonly partitionedBy: readonly ColumnDefinition[];
      readonly clusteredBy?: { readonly columns: readonly string[]; readonly buckets: number };
      readonly rowFormat?: RowFormat;
      readonly storedAs?:
        | { readonly format: string }
        | { readonly inputFormat: string; readonly outputFormat: string };
      readonly location?: string;
      readonly properties: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'create-view';
      readonly name: QualifiedName;
      readonly orReplace: boolean;
      readonly query: Query;
      readonly queryText: string;
    }
  | {
      readonly kind: 'insert';
      readonly name: QualifiedName;
      readonly columns?: readonly Identifier[];
      readonly query: Query;
      readonly queryText: string;
    }
  | {
      readonly kind: 'merge';
      readonly name: QualifiedName;
      readonly alias?: string;
      /** A table, an aliased table or a sub-query with its alias. */
      readonly source: Relation;
      readonly on: Expression;
      readonly clauses: readonly MergeClause[];
    }
  | {
      readonly kind: 'update';
      readonly name: QualifiedName;
      readonly set: readonly MergeAssignment[];
      readonly where?: Expression;
    }
  | { readonly kind: 'delete'; readonly name: QualifiedName; readonly where?: Expression }
  | { readonly kind: 'drop-table' | 'drop-view'; readonly name: QualifiedName; readonly ifExists: boolean }
  | {
      readonly kind: 'create-database';
      readonly name: string;
      readonly ifNotExists: boolean;
      readonly comment?: string;
      readonly location?: string;
      readonly properties: Readonly<Record<string, string>>;
    }
  | {
      readonly kind: 'drop-database';
      readonly name: string;
      readonly ifExists: boolean;
      readonly cascade: boolean;
    }
  | { readonly kind: 'alter-table'; readonly name: QualifiedName; readonly change: AlterAction }
  | { readonly kind: 'msck'; readonly name: QualifiedName }
  | { readonly kind: 'optimize'; readonly name: QualifiedName; readonly where?: Expression }
  | { readonly kind: 'vacuum'; readonly name: QualifiedName }
  | ShowStatement
  | {
      readonly kind: 'describe';
      readonly name: QualifiedName;
      readonly mode?: 'extended' | 'formatted';
      readonly partition?: PartitionValues;
    }
  | {
      readonly kind: 'unload';
      readonly query: Query;
      readonly queryText: string;
      readonly location: string;
      readonly properties: Readonly<Record<string, PropertyValue>>;
    }
  | {
      readonly kind: 'prepare';
      readonly name: string;
      readonly statementText: string;
      readonly parameterCount: number;
    }
  | { readonly kind: 'execute'; readonly name: string; readonly using: readonly string[] }
  | { readonly kind: 'deallocate'; readonly name: string }
  | {
      readonly kind: 'explain';
      readonly analyze: boolean;
      readonly options: Readonly<Record<string, string>>;
      readonly statement: Statement;
      readonly statementText: string;
    }
  | { readonly kind: 'use'; readonly database: string };

export type ShowStatement =
  | { readonly kind: 'show'; readonly what: 'databases'; readonly like?: string }
  | {
      readonly kind: 'show';
      readonly what: 'tables' | 'views';
      readonly database?: string;
      readonly like?: string;
    }
  | { readonly kind: 'show'; readonly what: 'columns'; readonly name: QualifiedName }
  | {
      readonly kind: 'show';
      readonly what: 'partitions' | 'create-table' | 'create-view';
      readonly name: QualifiedName;
    }
  | {
      readonly kind: 'show';
      readonly what: 'tblproperties';
      readonly name: QualifiedName;
      readonly property?: string;
    };

export type StatementKind = Statement['kind'];
