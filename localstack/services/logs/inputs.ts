/**
 * What CloudWatch Logs' actions take.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_Operations.html
 */
import {
  flag,
  type Inputs,
  integer,
  integerOf,
  list,
  matching,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
} from '../../core/inputs/declare.ts';

const groupName = matching('[\\.\\-_/#A-Za-z0-9]+', 1, 512);
const streamName = matching('[^:*]*', 1, 512);

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retention = integerOf([
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]);

export const inputs: Inputs = {
  CreateLogGroup: {
    logGroupName: required(groupName),
    kmsKeyId: noEffect(),
    tags: noEffect(),
    logGroupClass: oneOf(['STANDARD'], ['INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS']),
    deletionProtectionEnabled: refused(flag()),
  },
  CreateLogStream: { logGroupName: required(groupName), logStreamName: required(streamName) },
  DeleteLogGroup: { logGroupName: required(groupName) },
  DeleteRetentionPolicy: { logGroupName: required(groupName) },
  DescribeLogGroups: {
    accountIdentifiers: refused(),
    logGroupNamePrefix: text(1, 512),
    logGroupNamePattern: text(0, 512),
    nextToken: text(1),
    limit: integer(1, 50),
    includeLinkedAccounts: refused(flag()),
    logGroupClass: oneOf(['STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS']),
    logGroupIdentifiers: list(text(1, 2048), 1, 50),
  },
  DescribeLogStreams: {
    logGroupName: groupName,
    logGroupIdentifier: text(1, 2048),
    logStreamNamePrefix: text(1, 512),
    orderBy: oneOf(['LogStreamName', 'LastEventTime']),
    descending: flag(),
    nextToken: text(1),
    limit: integer(1, 50),
  },
  FilterLogEvents: {
    logGroupName: groupName,
    logGroupIdentifier: text(1, 2048),
    logStreamNames: list(text(1, 512), 1, 100),
    logStreamNamePrefix: text(1, 512),
    startTime: integer(),
    endTime: integer(),
    filterPattern: text(0, 1024),
    nextToken: text(1),
    limit: integer(1, 10000),
    startFromHead: flag(),
    interleaved: noEffect(flag()),
    unmask: noEffect(flag()),
  },
  GetLogEvents: {
    logGroupName: groupName,
    logGroupIdentifier: text(1, 2048),
    logStreamName: required(text(1, 512)),
    startTime: integer(),
    endTime: integer(),
    nextToken: text(1),
    limit: integer(1, 10000),
    startFromHead: flag(),
    unmask: noEffect(flag()),
  },
  PutLogEvents: {
    logGroupName: required(groupName),
    logStreamName: required(text(1, 512)),
    logEvents: required(
      list(structure({ timestamp: required(integer()), message: required(text(1)) }), 1, 10000),
    ),
    sequenceToken: noEffect(),
    entity: noEffect(),
  },
  PutRetentionPolicy: { logGroupName: required(groupName), retentionInDays: required(retention) },
};
