/**
 * DynamoDB and DynamoDB Streams on SQLite. Not done, and refused by name: PartiQL, backups and exports, global tables
 * beyond one region, and the legacy parameters that expressions replaced (Expected, KeyConditions, …).
 */
import type { CloudContext, Service } from '../../core/service.ts';
import { batchGetItem } from './actions/batchGetItem.ts';
import { batchWriteItem } from './actions/batchWriteItem.ts';
import { deleteItem } from './actions/deleteItem.ts';
import { getItem } from './actions/getItem.ts';
import { putItem } from './actions/putItem.ts';
import { query } from './actions/query.ts';
import { scan } from './actions/scan.ts';
import { describeStream, getRecords, getShardIterator, listStreams } from './actions/streams.ts';
import {
  createTable,
  deleteTable,
  describeTable,
  describeTimeToLive,
  listTables,
  updateTable,
  updateTimeToLive,
} from './actions/tables.ts';
import { transactGetItems } from './actions/transactGetItems.ts';
import { transactWriteItems } from './actions/transactWriteItems.ts';
import { updateItem } from './actions/updateItem.ts';
import { inputs } from './inputs.ts';
import { createResources } from './resources.ts';
import { databaseOf } from './state.ts';
import { inputs as streamInputs } from './streamInputs.ts';
import { createTimeToLive } from './timeToLive.ts';

/**
 * Emits `dynamodb:stream` with `{ streamArn, shardId }` after a commit that added records to a stream.
 */
export function createDynamodb(context: CloudContext): Service {
  const database = databaseOf(context);
  const timeToLive = createTimeToLive(database);
  return {
    name: 'dynamodb',
    inputs,
    actions: {
      CreateTable: createTable(database),
      DescribeTable: describeTable(database),
      UpdateTable: updateTable(database),
      DeleteTable: deleteTable(database),
      ListTables: listTables(database),
      UpdateTimeToLive: updateTimeToLive(database),
      DescribeTimeToLive: describeTimeToLive(database),
      PutItem: putItem(database),
      GetItem: getItem(database),
      UpdateItem: updateItem(database),
      DeleteItem: deleteItem(database),
      Query: query(database),
      Scan: scan(database),
      BatchGetItem: batchGetItem(database),
      BatchWriteItem: batchWriteItem(database),
      TransactWriteItems: transactWriteItems(database),
      TransactGetItems: transactGetItems(database),
    },
    resources: createResources(database),
    async start() {
      timeToLive.start();
    },
    async stop() {
      timeToLive.stop();
      database.store.close();
    },
  };
}

/** DynamoDB Streams, an API of its own over the same database. Wants `createDynamodb` of the same context next to it. */
export function createDynamodbStreams(context: CloudContext): Service {
  const database = databaseOf(context);
  return {
    name: 'dynamodbstreams',
    inputs: streamInputs,
    actions: {
      ListStreams: listStreams(database),
      DescribeStream: describeStream(database),
      GetShardIterator: getShardIterator(database),
      GetRecords: getRecords(database),
    },
  };
}
