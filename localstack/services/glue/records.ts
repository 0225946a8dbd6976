/** What the Glue Data Catalog keeps, in the shape its API shows it. */

/** A column of a table or a partition key; `Type` is Hive's type text. */
export interface GlueColumn {
  readonly Name: string;
  readonly Type?: string;
  readonly Comment?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
}

/** Where and how the bytes of a table or a partition are stored. */
export interface StorageDescriptor {
  readonly Columns?: readonly GlueColumn[];
  readonly Location?: string;
  readonly InputFormat?: string;
  readonly OutputFormat?: string;
  readonly Compressed?: boolean;
  readonly SerdeInfo?: {
    readonly Name?: string;
    readonly SerializationLibrary?: string;
    readonly Parameters?: Readonly<Record<string, string>>;
  };
  readonly [member: string]: unknown;
}

export interface DatabaseInput {
  readonly Name: string;
  readonly Description?: string;
  readonly LocationUri?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

export interface Database extends DatabaseInput {
  /** Epoch seconds. */
  readonly CreateTime: number;
  readonly CatalogId: string;
}

export interface TableInput {
  readonly Name: string;
  readonly Description?: string;
  readonly Owner?: string;
  readonly StorageDescriptor?: StorageDescriptor;
  readonly PartitionKeys?: readonly GlueColumn[];
  readonly TableType?: string;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly ViewOriginalText?: string;
  readonly ViewExpandedText?: string;
  readonly [member: string]: unknown;
}

export interface Table extends TableInput {
  readonly DatabaseName: string;
  /** Epoch seconds. */
  readonly CreateTime: number;
  /** Epoch seconds. */
  readonly UpdateTime: number;
  readonly CatalogId: string;
  /** Counts up from "0"; what optimistic locking compares. */
  readonly VersionId: string;
}

export interface PartitionInput {
  readonly Values: readonly string[];
  readonly StorageDescriptor?: StorageDescriptor;
  readonly Parameters?: Readonly<Record<string, string>>;
  readonly [member: string]: unknown;
}

export interface Partition extends PartitionInput {
  readonly DatabaseName: string;
  readonly TableName: string;
  /** Epoch seconds. */
  readonly CreationTime: number;
  readonly CatalogId: string;
}

const databaseMembers = [
  'Name',
  'Description',
  'LocationUri',
  'Parameters',
  'CreateTableDefaultPermissions',
  'TargetDatabase',
  'FederatedDatabase',
];

const tableMembers = [
  'Name',
  'Description',
  'Owner',
  'LastAccessTime',
  'LastAnalyzedTime',
  'Retention',
  'StorageDescriptor',
  'PartitionKeys',
  'ViewOriginalText',
  'ViewExpandedText',
  'TableType',
  'Parameters',
  'TargetTable',
  'ViewDefinition',
];

const partitionMembers = ['Values', 'LastAccessTime', 'LastAnalyzedTime', 'StorageDescriptor', 'Parameters'];

/**
 * Copies the members that an input may have. An empty Description is left out, as Glue answers: Trino drops a view
 * whose table has one.
 */
function pick(input: Readonly<Record<string, unknown>>, members: readonly string[]): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const member of members) {
    const value = input[member];
    if (value === undefined || value === null || (member === 'Description' && value === '')) continue;
    copy[member] = value;
  }
  return copy;
}

/** Glue folds the names of databases and tables to lower case. */
export const fold = (name: string) => name.toLowerCase();

const foldColumns = (columns: readonly GlueColumn[] | undefined) =>
  columns?.map((column) => ({ ...column, Name: fold(column.Name) }));

function foldDescriptor(descriptor: StorageDescriptor | undefined): StorageDescriptor | undefined {
  return descriptor && { ...descriptor, Columns: foldColumns(descriptor.Columns) ?? [] };
}

export function databaseOf(input: DatabaseInput, createTime: number, catalogId: string): Database {
  return {
    ...(pick(input, databaseMembers) as DatabaseInput),
    Name: fold(input.Name),
    CreateTime: createTime,
    CatalogId: catalogId,
  };
}

export function tableOf(
  input: TableInput,
  facts: {
    database: string;
    createTime: number;
    updateTime: number;
    catalogId: string;
    versionId: string;
    createdBy: string;
  },
): Table {
  return {
    Retention: 0,
    ...(pick(input, tableMembers) as TableInput),
    Name: fold(input.Name),
    ...(input.StorageDescriptor && { StorageDescriptor: foldDescriptor(input.StorageDescriptor) }),
    PartitionKeys: foldColumns(input.PartitionKeys) ?? [],
    DatabaseName: facts.database,
    CreateTime: facts.createTime,
    UpdateTime: facts.updateTime,
    CreatedBy: facts.createdBy,
    IsRegisteredWithLakeFormation: false,
    IsMultiDialectView: false,
    CatalogId: facts.catalogId,
    VersionId: facts.versionId,
  };
}

export function partitionOf(
  input: PartitionInput,
  facts: { database: string; table: string; createTime: number; catalogId: string },
): Partition {
  return {
    ...(pick(input, partitionMembers) as PartitionInput),
    ...(input.StorageDescriptor && { StorageDescriptor: foldDescriptor(input.StorageDescriptor) }),
    DatabaseName: facts.database,
    TableName: facts.table,
    CreationTime: facts.createTime,
    CatalogId: facts.catalogId,
  };
}
