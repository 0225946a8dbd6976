/**
 * What DynamoDB's actions take. Items, keys and expressions have parsers of their own.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
 */
import {
  flag,
  type Inputs,
  integer,
  list,
  map,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
  whole,
} from '../../core/inputs/declare.ts';

const returnConsumedCapacity = oneOf(['INDEXES', 'TOTAL', 'NONE']);

const keysAndAttributes = structure({
  Keys: required(list(map(whole()))),
  AttributesToGet: refused(),
  ConsistentRead: flag(),
  ProjectionExpression: text(),
  ExpressionAttributeNames: map(text(0, 65_535)),
});

const writeRequest = structure({
  PutRequest: structure({ Item: required(map(whole())) }),
  DeleteRequest: structure({ Key: required(map(whole())) }),
});

const attributeDefinition = structure({
  AttributeName: required(text(1, 255)),
  AttributeType: required(oneOf(['B', 'N', 'S'])),
});

const keySchemaElement = structure({
  AttributeName: required(text(1, 255)),
  KeyType: required(oneOf(['HASH', 'RANGE'])),
});

const projection = structure({
  ProjectionType: oneOf(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: list(text(1, 255), 1, 20),
});

const provisionedThroughput = structure({
  ReadCapacityUnits: required(integer(1)),
  WriteCapacityUnits: required(integer(1)),
});

const globalSecondaryIndex = structure({
  IndexName: required(text(3, 255)),
  KeySchema: required(list(keySchemaElement, 1)),
  Projection: required(projection),
  ProvisionedThroughput: provisionedThroughput,
  OnDemandThroughput: noEffect(),
  WarmThroughput: noEffect(),
});

const streamSpecification = structure({
  StreamEnabled: required(flag()),
  StreamViewType: oneOf(['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY']),
});

const conditionCheck = structure({
  Key: required(map(whole())),
  TableName: required(text(1, 1024)),
  ConditionExpression: required(text()),
  ExpressionAttributeNames: map(text(0, 65_535)),
  ExpressionAttributeValues: map(whole()),
  ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
});

const put = structure({
  Item: required(map(whole())),
  TableName: required(text(1, 1024)),
  ConditionExpression: text(),
  ExpressionAttributeNames: map(text(0, 65_535)),
  ExpressionAttributeValues: map(whole()),
  ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
});

const deletion = structure({
  Key: required(map(whole())),
  TableName: required(text(1, 1024)),
  ConditionExpression: text(),
  ExpressionAttributeNames: map(text(0, 65_535)),
  ExpressionAttributeValues: map(whole()),
  ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
});

const update = structure({
  Key: required(map(whole())),
  UpdateExpression: required(text()),
  TableName: required(text(1, 1024)),
  ConditionExpression: text(),
  ExpressionAttributeNames: map(text(0, 65_535)),
  ExpressionAttributeValues: map(whole()),
  ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
});

const createGlobalSecondaryIndexAction = structure({
  IndexName: required(text(3, 255)),
  KeySchema: required(list(keySchemaElement, 1)),
  Projection: required(projection),
  ProvisionedThroughput: provisionedThroughput,
  OnDemandThroughput: noEffect(),
  WarmThroughput: noEffect(),
});

export const inputs: Inputs = {
  BatchGetItem: {
    RequestItems: required(map(keysAndAttributes, 1, 100)),
    ReturnConsumedCapacity: returnConsumedCapacity,
  },
  BatchWriteItem: {
    RequestItems: required(map(list(writeRequest), 1, 25)),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: oneOf(['NONE'], ['SIZE']),
  },
  CreateTable: {
    AttributeDefinitions: list(attributeDefinition),
    TableName: required(text(1, 1024)),
    KeySchema: list(keySchemaElement, 1),
    LocalSecondaryIndexes: list(
      structure({
        IndexName: required(text(3, 255)),
        KeySchema: required(list(keySchemaElement, 1)),
        Projection: required(projection),
      }),
    ),
    GlobalSecondaryIndexes: list(globalSecondaryIndex),
    BillingMode: oneOf(['PROVISIONED', 'PAY_PER_REQUEST']),
    ProvisionedThroughput: provisionedThroughput,
    StreamSpecification: streamSpecification,
    SSESpecification: noEffect(),
    Tags: noEffect(),
    TableClass: noEffect(),
    DeletionProtectionEnabled: flag(),
    WarmThroughput: noEffect(),
    ResourcePolicy: refused(),
    OnDemandThroughput: noEffect(),
    GlobalTableSourceArn: refused(),
    GlobalTableSettingsReplicationMode: refused(),
    VectorIndexes: refused(),
  },
  DeleteItem: {
    TableName: required(text(1, 1024)),
    Key: required(map(whole())),
    Expected: refused(),
    ConditionalOperator: refused(),
    ReturnValues: oneOf(['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW']),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: oneOf(['NONE'], ['SIZE']),
    ConditionExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
    ExpressionAttributeValues: map(whole()),
    ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
  },
  DeleteTable: { TableName: required(text(1, 1024)) },
  DescribeTable: { TableName: required(text(1, 1024)) },
  DescribeTimeToLive: { TableName: required(text(1, 1024)) },
  GetItem: {
    TableName: required(text(1, 1024)),
    Key: required(map(whole())),
    AttributesToGet: refused(),
    ConsistentRead: flag(),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ProjectionExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
  },
  ListTables: { ExclusiveStartTableName: text(3, 255), Limit: integer(1, 100) },
  PutItem: {
    TableName: required(text(1, 1024)),
    Item: required(map(whole())),
    Expected: refused(),
    ReturnValues: oneOf(['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW']),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: oneOf(['NONE'], ['SIZE']),
    ConditionalOperator: refused(),
    ConditionExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
    ExpressionAttributeValues: map(whole()),
    ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
  },
  Query: {
    TableName: required(text(1, 1024)),
    IndexName: text(3, 255),
    Select: oneOf(['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES']),
    AttributesToGet: refused(),
    Limit: integer(1),
    ConsistentRead: flag(),
    KeyConditions: refused(),
    QueryFilter: refused(),
    ConditionalOperator: refused(),
    ScanIndexForward: flag(),
    ExclusiveStartKey: map(whole()),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ProjectionExpression: text(),
    FilterExpression: text(),
    KeyConditionExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
    ExpressionAttributeValues: map(whole()),
  },
  Scan: {
    TableName: required(text(1, 1024)),
    IndexName: text(3, 255),
    AttributesToGet: refused(),
    Limit: integer(1),
    Select: oneOf(['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES']),
    ScanFilter: refused(),
    ConditionalOperator: refused(),
    ExclusiveStartKey: map(whole()),
    ReturnConsumedCapacity: returnConsumedCapacity,
    TotalSegments: integer(1, 1000000),
    Segment: integer(0, 999999),
    ProjectionExpression: text(),
    FilterExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
    ExpressionAttributeValues: map(whole()),
    ConsistentRead: flag(),
  },
  TransactGetItems: {
    TransactItems: required(
      list(
        structure({
          Get: required(
            structure({
              Key: required(map(whole())),
              TableName: required(text(1, 1024)),
              ProjectionExpression: text(),
              ExpressionAttributeNames: map(text(0, 65_535)),
            }),
          ),
        }),
        1,
        100,
      ),
    ),
    ReturnConsumedCapacity: returnConsumedCapacity,
  },
  TransactWriteItems: {
    TransactItems: required(
      list(structure({ ConditionCheck: conditionCheck, Put: put, Delete: deletion, Update: update }), 1, 100),
    ),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: oneOf(['NONE'], ['SIZE']),
    ClientRequestToken: text(1, 36),
  },
  UpdateItem: {
    TableName: required(text(1, 1024)),
    Key: required(map(whole())),
    AttributeUpdates: refused(),
    Expected: refused(),
    ConditionalOperator: refused(),
    ReturnValues: oneOf(['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW']),
    ReturnConsumedCapacity: returnConsumedCapacity,
    ReturnItemCollectionMetrics: oneOf(['NONE'], ['SIZE']),
    UpdateExpression: text(),
    ConditionExpression: text(),
    ExpressionAttributeNames: map(text(0, 65_535)),
    ExpressionAttributeValues: map(whole()),
    ReturnValuesOnConditionCheckFailure: oneOf(['ALL_OLD', 'NONE']),
  },
  UpdateTable: {
    AttributeDefinitions: list(attributeDefinition),
    TableName: required(text(1, 1024)),
    BillingMode: oneOf(['PROVISIONED', 'PAY_PER_REQUEST']),
    ProvisionedThroughput: provisionedThroughput,
    GlobalSecondaryIndexUpdates: list(
      structure({
        Update: structure({
          IndexName: required(text(3, 255)),
          ProvisionedThroughput: provisionedThroughput,
          OnDemandThroughput: noEffect(),
          WarmThroughput: noEffect(),
        }),
        Create: createGlobalSecondaryIndexAction,
        Delete: structure({ IndexName: required(text(3, 255)) }),
      }),
    ),
    StreamSpecification: streamSpecification,
    SSESpecification: noEffect(),
    ReplicaUpdates: refused(),
    TableClass: noEffect(),
    DeletionProtectionEnabled: flag(),
    MultiRegionConsistency: refused(),
    GlobalTableWitnessUpdates: refused(),
    OnDemandThroughput: noEffect(),
    WarmThroughput: noEffect(),
    GlobalTableSettingsReplicationMode: refused(),
    DisassociationProtectionEnabled: refused(flag()),
    VectorIndexUpdates: refused(),
  },
  UpdateTimeToLive: {
    TableName: required(text(1, 1024)),
    TimeToLiveSpecification: required(
      structure({ Enabled: required(flag()), AttributeName: required(text(1, 255)) }),
    ),
  },
};
