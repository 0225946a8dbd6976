/** A study's state machines: the pipeline made from its model graph, and the maintenance of its tables, with the role in which Athena works for them. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

import { Construct } from 'constructs';
import { databaseOf, zones } from '../model/databases.ts';
import { type Access, allow } from './access.ts';
import type { Names } from './names.ts';
import type { Definition, Substitutions } from './pipelineDefinition.ts';
import type { Settings } from './settings.ts';

export interface PipelineProps {
  readonly settings: Settings;
  readonly study: string;
  /** Last part of the machine's name. */
  readonly name: string;
  readonly definition: Definition;
  readonly substitutions: Substitutions;
  /** Functions that the machine invokes. */
  readonly functionArns: readonly string[];
  readonly key: IKey;
}

/** What Athena does in the caller's name: reads bronze, writes the study's tables, keeps results. */
export function athenaAccess(names: Names, study: string): Access[] {
  const databases = zones.map((zone) => databaseOf(study, zone));
  const written = ['stage', 'silver', 'gold', 'marts'].map((layer) =>
    names.objectsArn('lake', `${layer}/study=${study}/`),
  );
  const inLake =
    "Athena names the data and metadata files of the study's tables; each layer's prefix holds only this study.";
  return [
    {
      actions: ['athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution'],
      resources: [names.workGroupArn],
    },
    { actions: ['athena:GetDataCatalog'], resources: [names.dataCatalogArn] },
    {
      actions: [
        'glue:GetDatabase',
        'glue:GetTable',
        'glue:GetTables',
        'glue:GetPartitions',
        'glue:CreateTable',
        'glue:UpdateTable',
        'glue:DeleteTable',
      ],
      resources: [
        names.catalogArn,
        ...databases.map(names.databaseArn),
        ...databases.map((database) => names.tablesArn(database)),
      ],
      wildcardReason: 'Stage tables are named by model, run and attempt; the databases are the study’s own.',
    },
    {
      actions: ['s3:GetObject'],
      resources: [
        ...['bronze', 'runs', 'acknowledged'].map((prefix) =>
          names.objectsArn('lake', `${prefix}/study=${study}/`),
        ),
        names.objectsArn('lake', `quarantine/study=${study}/`),
      ],
      wildcardReason: 'A query reads whatever objects its partitions hold, below the prefixes of this study.',
    },
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: [...written, names.objectsArn('lake', `quarantine/tables/study=${study}/`)],
      wildcardReason: inLake,
    },
    {
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [names.objectsArn('athena', 'results/')],
      wildcardReason: 'Athena names a result by the id of its query.',
    },
    {
      actions: ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      resources: [names.bucketArn('lake'), names.bucketArn('athena')],
    },
  ];
}

/**
 * Delivery of logs and traces, which know no resources.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const observing: Access = {
  actions: [
    'logs:CreateLogDelivery',
    'logs:GetLogDelivery',
    'logs:UpdateLogDelivery',
    'logs:DeleteLogDelivery',
    'logs:ListLogDeliveries',
    'logs:PutResourcePolicy',
    'logs:DescribeResourcePolicies',
    'logs:DescribeLogGroups',
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
  resources: ['*'],
  wildcardReason: 'Log delivery and X-Ray have no resource types: AWS allows these actions on * alone.',
};

export class Pipeline extends Construct {
  readonly machine: StateMachine;
  /** The machine's name as plain text, for whoever watches it from another stack. */
  readonly machineName: string;

  constructor(scope: Construct, id: string, props: PipelineProps) {
    super(scope, id);
    const { names, profile } = props.settings;
    this.machineName = names.machine(props.study, props.name);
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      description: `What ${this.machineName} may do`,
    });
    allow(
      role,
      ...athenaAccess(names, props.study),
      { actions: ['lambda:InvokeFunction'], resources: props.functionArns },
      { actions: ['sns:Publish'], resources: [names.topicArn] },
      { actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [props.key.keyArn] },
      observing,
    );
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: this.machineName,
      comment: props.definition.Comment,
      definitionBody: DefinitionBody.fromString(JSON.stringify(props.definition)),
      definitionSubstitutions: { ...props.substitutions },
      role,
      timeout: Duration.seconds(props.definition.TimeoutSeconds),
      tracingEnabled: true,
      logs: {
        destination: new LogGroup(this, 'Logs', {
          logGroupName: `/aws/vendedlogs/states/${this.machineName}`,
          retention: profile.logRetentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: false,
      },
    });
    this.machine.node.addDependency(role);
  }
}
