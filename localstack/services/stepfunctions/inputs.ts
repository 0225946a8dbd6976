/**
 * What Step Functions' actions take.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
 */
import {
  flag,
  type Inputs,
  integer,
  noEffect,
  oneOf,
  refused,
  required,
  text,
} from '../../core/inputs/declare.ts';

export const inputs: Inputs = {
  CreateStateMachine: {
    name: required(text(1, 80)),
    definition: required(text(1, 1048576)),
    roleArn: required(text(1, 256)),
    type: oneOf(['STANDARD'], ['EXPRESS']),
    loggingConfiguration: noEffect(),
    tags: noEffect(),
    tracingConfiguration: noEffect(),
    publish: refused(flag()),
    versionDescription: refused(),
    encryptionConfiguration: noEffect(),
  },
  DeleteStateMachine: { stateMachineArn: required(text(1, 256)) },
  DescribeExecution: {
    executionArn: required(text(1, 256)),
    includedData: oneOf(['ALL_DATA', 'METADATA_ONLY']),
  },
  DescribeStateMachine: {
    stateMachineArn: required(text(1, 256)),
    includedData: noEffect(oneOf(['ALL_DATA', 'METADATA_ONLY'])),
  },
  GetExecutionHistory: {
    executionArn: required(text(1, 256)),
    maxResults: integer(0, 1000),
    reverseOrder: flag(),
    nextToken: text(1, 1024),
    includeExecutionData: flag(),
  },
  ListExecutions: {
    stateMachineArn: text(1, 256),
    statusFilter: oneOf(['SUCCEEDED', 'TIMED_OUT', 'PENDING_REDRIVE', 'ABORTED', 'FAILED', 'RUNNING']),
    maxResults: integer(0, 1000),
    nextToken: text(1, 3096),
    mapRunArn: refused(),
    redriveFilter: oneOf(['REDRIVEN', 'NOT_REDRIVEN']),
  },
  ListStateMachines: { maxResults: integer(0, 1000), nextToken: text(1, 1024) },
  StartExecution: {
    stateMachineArn: required(text(1, 256)),
    name: text(1, 80),
    input: text(0, 262144),
    traceHeader: noEffect(),
  },
  StopExecution: { executionArn: required(text(1, 256)), error: text(0, 256), cause: text(0, 32768) },
  UpdateStateMachine: {
    stateMachineArn: required(text(1, 256)),
    definition: text(1, 1048576),
    roleArn: text(1, 256),
    loggingConfiguration: noEffect(),
    tracingConfiguration: noEffect(),
    publish: refused(flag()),
    versionDescription: refused(),
    encryptionConfiguration: noEffect(),
  },
};
