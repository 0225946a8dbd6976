/**
 * What EventBridge Scheduler's actions take.
 * https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html
 */
import {
  type Inputs,
  integer,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
  time,
} from '../../core/inputs/declare.ts';

const flexibleTimeWindow = structure({
  MaximumWindowInMinutes: integer(1, 1440),
  Mode: required(oneOf(['OFF', 'FLEXIBLE'])),
});

const target = structure({
  Arn: required(text(1, 1600)),
  DeadLetterConfig: structure({ Arn: text(1, 1600) }),
  EcsParameters: refused(),
  EventBridgeParameters: refused(),
  EventBridgePutEventsV2Parameters: refused(),
  EventBridgePutRawEventsParameters: refused(),
  Input: text(1),
  KinesisParameters: refused(),
  RetryPolicy: structure({
    MaximumEventAgeInSeconds: integer(60, 86400),
    MaximumRetryAttempts: integer(0, 185),
  }),
  RoleArn: required(text(1, 1600)),
  SageMakerPipelineParameters: refused(),
  SqsParameters: refused(),
});

export const inputs: Inputs = {
  CreateSchedule: {
    ActionAfterCompletion: oneOf(['NONE', 'DELETE']),
    ClientToken: noEffect(),
    Description: text(0, 512),
    EndDate: time(),
    FlexibleTimeWindow: required(flexibleTimeWindow),
    GroupName: text(1, 64),
    KmsKeyArn: refused(),
    Name: required(text(1, 64)),
    ScheduleExpression: required(text(1, 256)),
    ScheduleExpressionTimezone: text(1, 50),
    StartDate: time(),
    State: oneOf(['ENABLED', 'DISABLED']),
    Target: required(target),
  },
  CreateScheduleGroup: { ClientToken: noEffect(), Name: required(text(1, 64)), Tags: noEffect() },
  DeleteSchedule: { ClientToken: noEffect(), GroupName: text(1, 64), Name: required(text(1, 64)) },
  DeleteScheduleGroup: { ClientToken: noEffect(), Name: required(text(1, 64)) },
  GetSchedule: { GroupName: text(1, 64), Name: required(text(1, 64)) },
  GetScheduleGroup: { Name: required(text(1, 64)) },
  ListScheduleGroups: { MaxResults: integer(1, 100), NamePrefix: text(1, 64), NextToken: text(1, 2048) },
  ListSchedules: {
    GroupName: text(1, 64),
    MaxResults: integer(1, 100),
    NamePrefix: text(1, 64),
    NextToken: text(1, 2048),
    State: oneOf(['ENABLED', 'DISABLED']),
  },
  UpdateSchedule: {
    ActionAfterCompletion: oneOf(['NONE', 'DELETE']),
    ClientToken: noEffect(),
    Description: text(0, 512),
    EndDate: time(),
    FlexibleTimeWindow: required(flexibleTimeWindow),
    GroupName: text(1, 64),
    KmsKeyArn: refused(),
    Name: required(text(1, 64)),
    ScheduleExpression: required(text(1, 256)),
    ScheduleExpressionTimezone: text(1, 50),
    StartDate: time(),
    State: oneOf(['ENABLED', 'DISABLED']),
    Target: required(target),
  },
};
