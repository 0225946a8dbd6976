/**
 * What Athena's actions take.
 * https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
 */
import {
  flag,
  type Inputs,
  integer,
  list,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
} from '../../core/inputs/declare.ts';

/** A workgroup may say that it has no managed results, as templates do. */
const managedResults = structure({ Enabled: required(refused(flag())), EncryptionConfiguration: refused() });

const resultConfiguration = structure({
  OutputLocation: text(),
  EncryptionConfiguration: noEffect(),
  ExpectedBucketOwner: noEffect(),
  AclConfiguration: noEffect(),
});

const engineVersion = structure({
  SelectedEngineVersion: text(1, 128),
  EffectiveEngineVersion: text(1, 128),
});

const workGroupConfiguration = structure({
  ResultConfiguration: resultConfiguration,
  ManagedQueryResultsConfiguration: managedResults,
  EnforceWorkGroupConfiguration: flag(),
  PublishCloudWatchMetricsEnabled: flag(),
  BytesScannedCutoffPerQuery: integer(10000000),
  RequesterPaysEnabled: noEffect(flag()),
  EngineVersion: engineVersion,
  AdditionalConfiguration: refused(),
  ExecutionRole: refused(),
  MonitoringConfiguration: refused(),
  EngineConfiguration: refused(),
  CustomerContentEncryptionConfiguration: refused(),
  EnableMinimumEncryptionConfiguration: noEffect(flag()),
  IdentityCenterConfiguration: refused(),
  QueryResultsS3AccessGrantsConfiguration: refused(),
});

const resultConfigurationUpdates = structure({
  OutputLocation: text(),
  RemoveOutputLocation: flag(),
  EncryptionConfiguration: noEffect(),
  RemoveEncryptionConfiguration: flag(),
  ExpectedBucketOwner: noEffect(),
  RemoveExpectedBucketOwner: flag(),
  AclConfiguration: noEffect(),
  RemoveAclConfiguration: flag(),
});

const workGroupConfigurationUpdates = structure({
  EnforceWorkGroupConfiguration: flag(),
  ResultConfigurationUpdates: resultConfigurationUpdates,
  ManagedQueryResultsConfigurationUpdates: refused(),
  PublishCloudWatchMetricsEnabled: flag(),
  BytesScannedCutoffPerQuery: integer(10000000),
  RemoveBytesScannedCutoffPerQuery: flag(),
  RequesterPaysEnabled: noEffect(flag()),
  EngineVersion: engineVersion,
  RemoveCustomerContentEncryptionConfiguration: noEffect(flag()),
  AdditionalConfiguration: refused(),
  ExecutionRole: refused(),
  CustomerContentEncryptionConfiguration: refused(),
  EnableMinimumEncryptionConfiguration: noEffect(flag()),
  QueryResultsS3AccessGrantsConfiguration: refused(),
  MonitoringConfiguration: refused(),
  EngineConfiguration: refused(),
});

export const inputs: Inputs = {
  BatchGetNamedQuery: { NamedQueryIds: required(list(text(1, 128), 1, 50)) },
  BatchGetQueryExecution: { QueryExecutionIds: required(list(text(1, 128), 1, 50)) },
  CreateNamedQuery: {
    Name: required(text(1, 128)),
    Description: text(1, 1024),
    Database: required(text(1, 255)),
    QueryString: required(text(1, 262144)),
    ClientRequestToken: noEffect(),
    WorkGroup: text(),
  },
  CreatePreparedStatement: {
    StatementName: required(text(1, 256)),
    WorkGroup: required(text()),
    QueryStatement: required(text(1, 262144)),
    Description: text(1, 1024),
  },
  CreateWorkGroup: {
    Name: required(text()),
    Configuration: workGroupConfiguration,
    Description: text(0, 1024),
    Tags: noEffect(),
  },
  DeleteNamedQuery: { NamedQueryId: required(text(1, 128)) },
  DeletePreparedStatement: { StatementName: required(text(1, 256)), WorkGroup: required(text()) },
  DeleteWorkGroup: { WorkGroup: required(text()), RecursiveDeleteOption: flag() },
  GetDataCatalog: { Name: required(text(1, 256)), WorkGroup: noEffect() },
  GetDatabase: {
    CatalogName: required(text(1, 256)),
    DatabaseName: required(text(1, 128)),
    WorkGroup: noEffect(),
  },
  GetNamedQuery: { NamedQueryId: required(text(1, 128)) },
  GetPreparedStatement: { StatementName: required(text(1, 256)), WorkGroup: required(text()) },
  GetQueryExecution: { QueryExecutionId: required(text(1, 128)) },
  GetQueryResults: {
    QueryExecutionId: required(text(1, 128)),
    NextToken: text(1, 1024),
    MaxResults: integer(1),
    QueryResultType: oneOf(['DATA_ROWS'], ['DATA_MANIFEST']),
  },
  GetQueryRuntimeStatistics: { QueryExecutionId: required(text(1, 128)) },
  GetTableMetadata: {
    CatalogName: required(text(1, 256)),
    DatabaseName: required(text(1, 128)),
    TableName: required(text(1, 128)),
    WorkGroup: noEffect(),
  },
  GetWorkGroup: { WorkGroup: required(text()) },
  ListDataCatalogs: { NextToken: text(1, 1024), MaxResults: integer(2, 50), WorkGroup: noEffect() },
  ListDatabases: {
    CatalogName: required(text(1, 256)),
    NextToken: text(1, 1024),
    MaxResults: integer(1, 50),
    WorkGroup: noEffect(),
  },
  ListNamedQueries: { NextToken: text(1, 1024), MaxResults: integer(0, 50), WorkGroup: text() },
  ListPreparedStatements: {
    WorkGroup: required(text()),
    NextToken: text(1, 1024),
    MaxResults: integer(1, 50),
  },
  ListQueryExecutions: { NextToken: text(1, 1024), MaxResults: integer(0, 50), WorkGroup: text() },
  ListTableMetadata: {
    CatalogName: required(text(1, 256)),
    DatabaseName: required(text(1, 128)),
    Expression: text(0, 256),
    NextToken: text(1, 1024),
    MaxResults: integer(1, 50),
    WorkGroup: noEffect(),
  },
  ListWorkGroups: { NextToken: text(1, 1024), MaxResults: integer(1, 50) },
  StartQueryExecution: {
    QueryString: required(text(1, 262144)),
    ClientRequestToken: text(32, 128),
    QueryExecutionContext: structure({ Database: text(1, 255), Catalog: text(1, 256) }),
    ResultConfiguration: resultConfiguration,
    WorkGroup: text(),
    ExecutionParameters: list(text(1, 1024), 1),
    ResultReuseConfiguration: structure({
      ResultReuseByAgeConfiguration: structure({
        Enabled: required(refused(flag())),
        MaxAgeInMinutes: integer(0, 10080),
      }),
    }),
    EngineConfiguration: refused(),
  },
  StopQueryExecution: { QueryExecutionId: required(text(1, 128)) },
  UpdateNamedQuery: {
    NamedQueryId: required(text(1, 128)),
    Name: required(text(1, 128)),
    Description: text(0, 1024),
    QueryString: required(text(1, 262144)),
  },
  UpdatePreparedStatement: {
    StatementName: required(text(1, 256)),
    WorkGroup: required(text()),
    QueryStatement: required(text(1, 262144)),
    Description: text(1, 1024),
  },
  UpdateWorkGroup: {
    WorkGroup: required(text()),
    Description: text(0, 1024),
    ConfigurationUpdates: workGroupConfigurationUpdates,
    State: oneOf(['ENABLED', 'DISABLED']),
  },
};
