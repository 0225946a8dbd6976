/** One Lambda of one study: its code, its own role, its bounded logs. */
import { type Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Study } from '../model/study/study.ts';
import { type Access, allow } from './access.ts';
import { lambdaCode } from './lambdaBundle.ts';
import { keyThrough } from './permissions.ts';
import type { Settings } from './settings.ts';

export interface StudyFunctionProps {
  readonly settings: Settings;
  readonly study: Study;
  /** Folder under `lambdas/`; also the last part of the function's name. */
  readonly folder: string;
  readonly description: string;
  /** Memory in MB; 1,769 MB is one full vCPU. */
  readonly memoryMb: number;
  readonly timeout: Duration;
  /** Space in /tmp, GiB. @default - 512 MB */
  readonly diskGib?: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The lake's key, when the function reads or writes data that it encrypts. @default - no use of the key */
  readonly key?: IKey;
  /** What the function may do in addition to writing its logs. */
  readonly access: readonly Access[];
}

/**
 * What S3 and DynamoDB ask of the key in the caller's name.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const KEY_ACTIONS = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
] as const;

export class StudyFunction extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  /** The function's name as plain text, for whoever watches it from another stack. */
  readonly functionName: string;

  constructor(scope: Construct, id: string, props: StudyFunctionProps) {
    super(scope, id);
    const { names, profile } = props.settings;
    this.functionName = names.lambda(props.study.name, props.folder);

    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${this.functionName}`,
      retention: profile.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${this.functionName} may do`,
    });
    allow(this.role, {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resources: [logGroup.logGroupArn],
      wildcardReason:
        "The log streams of the function's own log group, which Lambda names as it starts environments.",
    });
    allow(this.role, ...props.access);
    if (props.key) allow(this.role, keyThrough(props.key, KEY_ACTIONS, ['dynamodb', 's3']));

    this.function = new LambdaFunction(this, 'Function', {
      functionName: this.functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: lambdaCode(props.folder, JSON.stringify(props.study)),
      memorySize: props.memoryMb,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      environment: { LAKE_PREFIX: names.prefix, ...props.environment },
      ...(props.diskGib && { ephemeralStorageSize: Size.gibibytes(props.diskGib) }),
    });
  }
}
