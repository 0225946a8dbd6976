/** Known shortcomings of other endpoints with our stacks, and why: the parity run fails when one of these changes. */

import type { ApartService } from '../../lake/targets/divideTemplates.ts';
import { CAPTURED_CHECK } from '../targets/suite.ts';

/** Keyed by resource type, or by a behaviour's name; the value is the reason, as found. */
export type Shortcomings = Readonly<Record<string, string>>;

/** The resource types of our stacks: what the endpoints are asked to create. */
export const ASKED_TYPES: readonly string[] = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::ApiGatewayV2::Stage',
  'AWS::Athena::WorkGroup',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::Glue::Database',
  'AWS::Glue::Job',
  'AWS::Glue::SecurityConfiguration',
  'AWS::Glue::Table',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Kinesis::Stream',
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Function',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::Bucket',
  'AWS::S3::BucketPolicy',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::Queue',
  'AWS::SQS::QueuePolicy',
  'AWS::Scheduler::Schedule',
  'AWS::StepFunctions::StateMachine',
];

export const REDELIVERED = 'a record that a function reports as failed is delivered again';
const NOT_REDELIVERED = 'batchItemFailures is not read: the failed record and those after it are lost';

export const FAILURES =
  'a function that throws, is too slow or ends its process is answered with its error, and works again';
const OTHER_ERRORS =
  'the error type is Runtime.HandlerError, whatever was thrown and also when the process ended';

export const MINISTACK_SHORTCOMINGS: Shortcomings = {
  [FAILURES]: OTHER_ERRORS,
  [REDELIVERED]: NOT_REDELIVERED,
  'Athena divides integers as Trino does': '7 / 2 gives 3.5',
  'Athena reads a table by partition projection':
    'every folder below the location is read, whatever the projection says',
  'Athena keeps what CREATE TABLE AS SELECT made, as an Iceberg table that MERGE changes':
    'the statement fails: Glue databases are not schemas of its Athena',
  'Step Functions runs an Athena query to its end (.sync)':
    'not implemented there; the pipeline cannot run on it',
};

/** Types for which its CloudFormation refuses a whole template. */
export const MINISTACK_LEFT_OUT: Shortcomings = {
  'AWS::Glue::SecurityConfiguration': 'its CloudFormation refuses a template that names the type',
};

/** Services that do not start without a download that no package registry has; a deploy would wait for them for ever. */
export const LOCALSTACK_LEFT_OUT: Shortcomings = {
  'AWS::DynamoDB::Table':
    'its DynamoDB fetches a Java runtime and DynamoDB Local from the internet when it starts',
};

const NO_LAMBDA = 'its Lambda needs Docker and a runtime from the internet';
const NO_DYNAMODB = 'its DynamoDB does not start';
const NO_ATHENA = 'the community edition has no Athena and no Glue';
const STACK_FAILED = 'not, or not all of them, reached: the stack failed before, at its functions';

export const LOCALSTACK_SHORTCOMINGS: Shortcomings = {
  'AWS::Lambda::Function': NO_LAMBDA,
  'AWS::ApiGatewayV2::Integration': STACK_FAILED,
  'AWS::ApiGatewayV2::Route': STACK_FAILED,
  'AWS::Athena::WorkGroup': STACK_FAILED,
  'AWS::Glue::Job': STACK_FAILED,
  'AWS::Glue::SecurityConfiguration': STACK_FAILED,
  'AWS::IAM::Policy': STACK_FAILED,
  'AWS::IAM::Role': STACK_FAILED,
  'AWS::Lambda::EventInvokeConfig': STACK_FAILED,
  'AWS::Lambda::EventSourceMapping': STACK_FAILED,
  'AWS::Lambda::Permission': STACK_FAILED,
  'AWS::Logs::LogGroup': STACK_FAILED,
  'AWS::Scheduler::Schedule': STACK_FAILED,
  'AWS::StepFunctions::StateMachine': STACK_FAILED,
  'Kinesis feeds the deployed bronze-writer, which writes bronze': NO_LAMBDA,
  [REDELIVERED]: NO_LAMBDA,
  [FAILURES]: NO_LAMBDA,
  'a landed file reaches the deployed file-loader through S3 and SQS': `${NO_LAMBDA}; ${NO_DYNAMODB}`,
  'Athena divides integers as Trino does': NO_ATHENA,
  'Athena reads a table by partition projection': NO_ATHENA,
  'Athena keeps what CREATE TABLE AS SELECT made, as an Iceberg table that MERGE changes': NO_ATHENA,
  'Step Functions runs an Athena query to its end (.sync)': 'refused: no .sync for Athena',
};

/** What LocalStack's CloudFormation reports as created though it has no provider for it: its log says so, its API does not. */
export const LOCALSTACK_PRETENDS: readonly string[] = [
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CloudWatch::Dashboard',
  'AWS::Glue::Database',
  'AWS::Glue::Table',
];

/** Service, as in `AWS_ENDPOINT_URL_<SERVICE>` → why the end-to-end suite takes ours. */
export type ServedByOurs = Readonly<Partial<Record<ApartService, string>>>;

export const MINISTACK_SERVED_BY_OURS: ServedByOurs = {
  ATHENA: 'its Athena runs SQL on DuckDB as it is: other results than Trino, and no Iceberg',
  GLUE: 'its Glue databases are not schemas of its Athena',
  SFN: 'its Step Functions does not wait for Athena',
};

export const MINISTACK_SUITE_SHORTCOMINGS: Shortcomings = {
  [FAILURES]: OTHER_ERRORS,
  [REDELIVERED]: NOT_REDELIVERED,
};

export const LOCALSTACK_SERVED_BY_OURS: ServedByOurs = {
  ATHENA: NO_ATHENA,
  DYNAMODB:
    'its DynamoDB does not start: DynamoDB Local is on Maven Central, the Java agent that it is started with in no registry',
  GLUE: NO_ATHENA,
  SFN: 'its Step Functions does not wait for Athena',
};

export const LOCALSTACK_SUITE_SHORTCOMINGS: Shortcomings = {
  [CAPTURED_CHECK]:
    'not asked: the community edition has no API Gateway V2 to take transactions, so a study without any is run',
};
