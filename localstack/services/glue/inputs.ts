/**
 * What Glue's actions take. Tables, partitions and statistics are kept and given back as they came.
 * https://docs.aws.amazon.com/glue/latest/webapi/API_Operations.html
 */
import {
  flag,
  type Inputs,
  integer,
  list,
  map,
  matching,
  noEffect,
  number,
  oneOf,
  refused,
  required,
  structure,
  text,
  time,
  whole,
} from '../../core/inputs/declare.ts';
import { OPTIMIZER_TYPES } from './optimizerRecords.ts';

const name = text(1, 255);

/** AWS's pattern for texts of one line. */
const singleLine = '[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\t]*';

const column = structure({
  Name: required(matching(singleLine, 1, 255)),
  Type: text(0, 131072),
  Comment: matching(singleLine, 0, 255),
  Parameters: map(text(0, 512000)),
});

const storageDescriptor = structure({
  Columns: list(column),
  Location: text(0, 2056),
  AdditionalLocations: list(text(0, 2056)),
  InputFormat: text(0, 128),
  OutputFormat: text(0, 128),
  Compressed: flag(),
  NumberOfBuckets: integer(),
  SerdeInfo: structure({
    Name: name,
    SerializationLibrary: name,
    Parameters: map(text(0, 512000)),
  }),
  BucketColumns: list(name),
  SortColumns: list(structure({ Column: required(name), SortOrder: required(integer(0, 1)) })),
  Parameters: map(text(0, 512000)),
  SkewedInfo: whole(),
  StoredAsSubDirectories: flag(),
  SchemaReference: refused(),
});

const partitionInput = structure({
  Values: list(text(1, 1024)),
  LastAccessTime: time(),
  StorageDescriptor: storageDescriptor,
  Parameters: map(text(0, 512000)),
  LastAnalyzedTime: time(),
});

const partitionValueList = structure({ Values: required(list(text(1, 1024))) });

const databaseInput = structure({
  Name: required(name),
  Description: text(0, 2048),
  LocationUri: text(1, 1024),
  Parameters: map(text(0, 512000)),
  CreateTableDefaultPermissions: noEffect(),
  TargetDatabase: refused(),
  FederatedDatabase: refused(),
});

const tableInput = structure({
  Name: required(name),
  Description: text(0, 2048),
  Owner: name,
  LastAccessTime: time(),
  LastAnalyzedTime: time(),
  Retention: integer(),
  StorageDescriptor: storageDescriptor,
  PartitionKeys: list(column),
  ViewOriginalText: text(0, 409600),
  ViewExpandedText: text(0, 409600),
  TableType: text(0, 255),
  Parameters: map(text(0, 512000)),
  TargetTable: refused(),
  ViewDefinition: refused(),
  FederatedTable: refused(),
});

const userDefinedFunctionInput = structure({
  FunctionName: name,
  ClassName: name,
  OwnerName: name,
  FunctionType: oneOf(['REGULAR_FUNCTION', 'AGGREGATE_FUNCTION', 'STORED_PROCEDURE']),
  OwnerType: oneOf(['USER', 'ROLE', 'GROUP']),
  ResourceUris: list(
    structure({ ResourceType: oneOf(['JAR', 'FILE', 'ARCHIVE']), Uri: text(1, 1024), LastModified: time() }),
    0,
    1000,
  ),
  ArtifactLocation: text(),
  GovernanceMode: oneOf(['IAM_ONLY', 'LAKE_FORMATION']),
});

const columnStatistics = structure({
  ColumnName: required(name),
  ColumnType: required(text(0, 20000)),
  AnalyzedTime: required(time()),
  StatisticsData: required(whole()),
});

/** https://docs.aws.amazon.com/glue/latest/webapi/API_CreateJob.html */
const jobSettings = {
  Role: text(),
  Command: structure({
    Name: text(),
    ScriptLocation: text(0, 400000),
    PythonVersion: text(),
    Runtime: refused(),
  }),
  Description: text(0, 2048),
  DefaultArguments: map(text()),
  NonOverridableArguments: map(text()),
  ExecutionProperty: structure({ MaxConcurrentRuns: integer() }),
  GlueVersion: text(1, 255),
  Timeout: integer(1),
  WorkerType: noEffect(),
  NumberOfWorkers: noEffect(integer()),
  MaxCapacity: noEffect(number()),
  AllocatedCapacity: noEffect(integer()),
  MaxRetries: refused(integer()),
  SecurityConfiguration: noEffect(),
  Connections: refused(),
  CodeGenConfigurationNodes: refused(),
  ExecutionClass: noEffect(),
  JobMode: noEffect(),
  JobRunQueuingEnabled: refused(flag()),
  LogUri: refused(),
  MaintenanceWindow: refused(),
  NotificationProperty: refused(),
  SourceControlDetails: refused(),
};

/** Counts and days that AWS's pages give no bounds for: none of them can be less than 1. */
const tableOptimizerConfiguration = structure({
  roleArn: matching('arn:aws:iam::\\d{12}:role/.*', 20, 2048),
  enabled: flag(),
  vpcConfiguration: refused(),
  compactionConfiguration: structure({
    icebergConfiguration: structure({
      strategy: oneOf(['binpack'], ['sort', 'z-order']),
      minInputFiles: integer(1),
      deleteFileThreshold: integer(1),
    }),
  }),
  retentionConfiguration: structure({
    icebergConfiguration: structure({
      snapshotRetentionPeriodInDays: integer(1),
      numberOfSnapshotsToRetain: integer(1),
      cleanExpiredFiles: flag(),
      runRateInHours: integer(3, 168),
    }),
  }),
  orphanFileDeletionConfiguration: structure({
    icebergConfiguration: structure({
      orphanFileRetentionPeriodInDays: integer(1),
      location: text(),
      runRateInHours: integer(3, 168),
    }),
  }),
});

const ofTable = { CatalogId: name, DatabaseName: required(name), TableName: required(name) };

const ofOptimizer = {
  CatalogId: required(name),
  DatabaseName: required(name),
  TableName: required(name),
  Type: required(oneOf(OPTIMIZER_TYPES)),
};

export const inputs: Inputs = {
  BatchCreatePartition: {
    ...ofTable,
    PartitionInputList: required(list(partitionInput, 0, 100)),
  },
  BatchDeletePartition: {
    ...ofTable,
    PartitionsToDelete: required(list(partitionValueList, 0, 25)),
  },
  BatchDeleteTable: {
    CatalogId: name,
    DatabaseName: required(name),
    TablesToDelete: required(list(name, 0, 100)),
    TransactionId: refused(),
  },
  BatchDeleteTableVersion: {
    ...ofTable,
    VersionIds: required(list(name, 0, 100)),
  },
  BatchGetPartition: {
    ...ofTable,
    PartitionsToGet: required(list(partitionValueList, 0, 1000)),
    AuditContext: noEffect(),
    QuerySessionContext: noEffect(),
  },
  BatchGetTableOptimizer: {
    Entries: required(
      list(
        structure({
          catalogId: name,
          databaseName: text(1),
          tableName: text(1),
          type: oneOf(OPTIMIZER_TYPES),
        }),
      ),
    ),
  },
  BatchStopJobRun: { JobName: required(name), JobRunIds: required(list(name, 1, 25)) },
  BatchUpdatePartition: {
    ...ofTable,
    Entries: required(
      list(
        structure({
          PartitionValueList: required(list(text(1, 1024), 0, 100)),
          PartitionInput: required(partitionInput),
        }),
        1,
        100,
      ),
    ),
  },
  CreateDatabase: {
    CatalogId: name,
    DatabaseInput: required(databaseInput),
    Tags: map(text(0, 256), 0, 50),
  },
  CreateJob: {
    Name: required(name),
    ...jobSettings,
    Role: required(jobSettings.Role),
    Command: required(jobSettings.Command),
    Tags: noEffect(),
  },
  CreatePartition: {
    ...ofTable,
    PartitionInput: required(partitionInput),
  },
  CreateTable: {
    CatalogId: name,
    DatabaseName: required(name),
    Name: refused(),
    TableInput: tableInput,
    PartitionIndexes: refused(),
    TransactionId: refused(),
    OpenTableFormatInput: structure({
      IcebergInput: structure({
        MetadataOperation: required(oneOf(['CREATE'])),
        Version: name,
        CreateIcebergTableInput: refused(),
      }),
    }),
  },
  CreateTableOptimizer: {
    ...ofOptimizer,
    TableOptimizerConfiguration: required(tableOptimizerConfiguration),
  },
  CreateUserDefinedFunction: {
    CatalogId: name,
    DatabaseName: required(name),
    FunctionInput: required(userDefinedFunctionInput),
  },
  DeleteColumnStatisticsForPartition: {
    ...ofTable,
    PartitionValues: required(list(text(1, 1024))),
    ColumnName: required(name),
  },
  DeleteColumnStatisticsForTable: {
    ...ofTable,
    ColumnName: required(name),
  },
  DeleteDatabase: { CatalogId: name, Name: required(name) },
  DeleteJob: { JobName: required(name) },
  DeletePartition: {
    ...ofTable,
    PartitionValues: required(list(text(1, 1024))),
  },
  DeleteTable: {
    CatalogId: name,
    DatabaseName: required(name),
    Name: required(name),
    TransactionId: refused(),
  },
  DeleteTableOptimizer: ofOptimizer,
  DeleteTableVersion: {
    ...ofTable,
    VersionId: required(name),
  },
  DeleteUserDefinedFunction: {
    CatalogId: name,
    DatabaseName: required(name),
    FunctionName: required(name),
  },
  GetCatalogImportStatus: { CatalogId: name },
  GetColumnStatisticsForPartition: {
    ...ofTable,
    PartitionValues: required(list(text(1, 1024))),
    ColumnNames: required(list(name, 0, 100)),
  },
  GetColumnStatisticsForTable: {
    ...ofTable,
    ColumnNames: required(list(name, 0, 100)),
  },
  GetDataQualityRuleset: { Name: required(name) },
  GetDatabase: { CatalogId: name, Name: required(name) },
  GetDatabases: {
    CatalogId: name,
    NextToken: text(),
    MaxResults: integer(1, 100),
    ResourceShareType: oneOf(['ALL'], ['FOREIGN', 'FEDERATED']),
    AttributesToGet: list(oneOf(['NAME', 'TARGET_DATABASE'])),
  },
  GetJob: { JobName: required(name) },
  GetJobRun: { JobName: required(name), RunId: required(name), PredecessorsIncluded: refused(flag()) },
  GetJobRuns: { JobName: required(name), NextToken: text(), MaxResults: integer(1, 200) },
  GetJobs: { NextToken: text(), MaxResults: integer(1, 1000) },
  GetPartition: {
    ...ofTable,
    PartitionValues: required(list(text(1, 1024))),
    AuditContext: noEffect(),
  },
  GetPartitionIndexes: {
    ...ofTable,
    NextToken: refused(),
  },
  GetPartitions: {
    ...ofTable,
    Expression: text(0, 2048),
    NextToken: text(),
    Segment: structure({ SegmentNumber: required(integer()), TotalSegments: required(integer(1, 10)) }),
    MaxResults: integer(1, 1000),
    ExcludeColumnSchema: flag(),
    TransactionId: refused(),
    QueryAsOfTime: refused(time()),
    AuditContext: noEffect(),
  },
  GetSecurityConfiguration: { Name: required(name) },
  GetTable: {
    CatalogId: name,
    DatabaseName: required(name),
    Name: required(name),
    TransactionId: refused(),
    QueryAsOfTime: refused(time()),
    AuditContext: noEffect(),
    IncludeStatusDetails: noEffect(flag()),
    AttributesToGet: list(oneOf(['NAME', 'TABLE_TYPE', 'DEFAULT'], ['LATEST_ICEBERG_METADATA'])),
  },
  GetTableOptimizer: ofOptimizer,
  GetTableVersion: {
    ...ofTable,
    VersionId: name,
    AuditContext: noEffect(),
  },
  GetTableVersions: {
    ...ofTable,
    NextToken: text(),
    MaxResults: integer(1, 100),
    AuditContext: noEffect(),
  },
  GetTables: {
    CatalogId: name,
    DatabaseName: required(name),
    Expression: text(0, 2048),
    NextToken: text(),
    MaxResults: integer(1, 100),
    TransactionId: refused(),
    QueryAsOfTime: refused(time()),
    ResourceShareType: oneOf(['ALL'], ['FOREIGN', 'FEDERATED']),
    AuditContext: noEffect(),
    IncludeStatusDetails: noEffect(flag()),
    AttributesToGet: list(oneOf(['NAME', 'TABLE_TYPE', 'DEFAULT'], ['LATEST_ICEBERG_METADATA'])),
  },
  GetTags: { ResourceArn: required(text(1, 10240)) },
  GetTrigger: { Name: required(name) },
  GetUserDefinedFunction: {
    CatalogId: name,
    DatabaseName: required(name),
    FunctionName: required(name),
  },
  GetUserDefinedFunctions: {
    CatalogId: name,
    DatabaseName: name,
    Pattern: required(name),
    FunctionType: oneOf(['REGULAR_FUNCTION', 'AGGREGATE_FUNCTION', 'STORED_PROCEDURE']),
    NextToken: text(),
    MaxResults: integer(1, 100),
  },
  ListJobs: { NextToken: text(), MaxResults: integer(1, 1000), Tags: refused() },
  ListTableOptimizerRuns: { ...ofOptimizer, MaxResults: integer(1, 1000), NextToken: text() },
  SearchTables: {
    CatalogId: name,
    NextToken: text(),
    Filters: refused(),
    SearchText: text(1, 1024),
    SortCriteria: refused(),
    MaxResults: integer(1, 1000),
    ResourceShareType: oneOf(['ALL'], ['FOREIGN', 'FEDERATED']),
    IncludeStatusDetails: noEffect(flag()),
  },
  StartDataQualityRulesetEvaluationRun: {
    DataSource: required(whole()),
    Role: required(text()),
    NumberOfWorkers: refused(integer()),
    Timeout: refused(integer()),
    ClientToken: noEffect(),
    AdditionalRunOptions: refused(),
    RulesetNames: required(list(name, 1, 10)),
    AdditionalDataSources: refused(),
  },
  StartJobRun: {
    JobName: required(name),
    JobRunQueuingEnabled: refused(flag()),
    JobRunId: refused(),
    Arguments: map(text()),
    AllocatedCapacity: refused(integer()),
    Timeout: integer(1),
    MaxCapacity: refused(number()),
    SecurityConfiguration: noEffect(name),
    NotificationProperty: refused(),
    WorkerType: noEffect(),
    NumberOfWorkers: noEffect(integer()),
    ExecutionClass: refused(),
    ExecutionRoleSessionPolicy: refused(),
  },
  StartTrigger: { Name: required(name) },
  UpdateColumnStatisticsForPartition: {
    ...ofTable,
    PartitionValues: required(list(text(1, 1024))),
    ColumnStatisticsList: required(list(columnStatistics, 0, 25)),
  },
  UpdateColumnStatisticsForTable: {
    ...ofTable,
    ColumnStatisticsList: required(list(columnStatistics, 0, 25)),
  },
  UpdateDatabase: {
    CatalogId: name,
    Name: required(name),
    DatabaseInput: required(databaseInput),
  },
  UpdateJob: { JobName: required(name), JobUpdate: required(structure(jobSettings)) },
  UpdatePartition: {
    ...ofTable,
    PartitionValueList: required(list(text(1, 1024), 0, 100)),
    PartitionInput: required(partitionInput),
  },
  UpdateTable: {
    CatalogId: name,
    DatabaseName: required(name),
    Name: refused(),
    TableInput: tableInput,
    SkipArchive: flag(),
    TransactionId: refused(),
    VersionId: name,
    ViewUpdateAction: refused(),
    Force: noEffect(flag()),
    UpdateOpenTableFormatInput: refused(),
  },
  UpdateTableOptimizer: {
    ...ofOptimizer,
    TableOptimizerConfiguration: required(tableOptimizerConfiguration),
  },
  UpdateUserDefinedFunction: {
    CatalogId: name,
    DatabaseName: required(name),
    FunctionName: required(name),
    FunctionInput: required(userDefinedFunctionInput),
  },
};
