/**
 * What EventBridge's actions take.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
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
  time,
} from '../../core/inputs/declare.ts';

const putEventsRequestEntry = structure({
  Time: time(),
  Source: text(),
  Resources: list(text(0, 2048)),
  DetailType: text(),
  Detail: text(),
  EventBusName: text(1, 1600),
  TraceHeader: noEffect(),
});

const target = structure({
  Id: required(text(1, 64)),
  Arn: required(text(1, 1600)),
  RoleArn: text(1, 1600),
  Input: text(0, 8192),
  InputPath: text(0, 256),
  InputTransformer: refused(),
  KinesisParameters: refused(),
  RunCommandParameters: refused(),
  EcsParameters: refused(),
  BatchParameters: refused(),
  SqsParameters: refused(),
  HttpParameters: refused(),
  RedshiftDataParameters: refused(),
  SageMakerPipelineParameters: refused(),
  DeadLetterConfig: structure({ Arn: text(1, 1600) }),
  RetryPolicy: noEffect(),
  AppSyncParameters: refused(),
});

export const inputs: Inputs = {
  DeleteRule: { Name: required(text(1, 64)), EventBusName: text(1, 1600), Force: noEffect(flag()) },
  DescribeRule: { Name: required(text(1, 64)), EventBusName: text(1, 1600) },
  DisableRule: { Name: required(text(1, 64)), EventBusName: text(1, 1600) },
  EnableRule: { Name: required(text(1, 64)), EventBusName: text(1, 1600) },
  ListRules: {
    NamePrefix: text(1, 64),
    EventBusName: text(1, 1600),
    NextToken: text(1, 2048),
    Limit: integer(1, 100),
  },
  ListTargetsByRule: {
    Rule: required(text(1, 64)),
    EventBusName: text(1, 1600),
    NextToken: text(1, 2048),
    Limit: integer(1, 100),
  },
  PutEvents: { Entries: required(list(putEventsRequestEntry, 1, 10)), EndpointId: refused() },
  PutRule: {
    Name: required(text(1, 64)),
    ScheduleExpression: text(0, 256),
    EventPattern: text(0, 4096),
    State: oneOf(['ENABLED', 'DISABLED'], ['ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']),
    Description: text(0, 512),
    RoleArn: noEffect(),
    Tags: noEffect(),
    EventBusName: text(1, 1600),
  },
  PutTargets: {
    Rule: required(text(1, 64)),
    EventBusName: text(1, 1600),
    Targets: required(list(target, 1, 100)),
  },
  RemoveTargets: {
    Rule: required(text(1, 64)),
    EventBusName: text(1, 1600),
    Ids: required(list(text(1, 64), 1, 100)),
    Force: noEffect(flag()),
  },
};
