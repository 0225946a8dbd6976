/** A study's state machines: the pipeline made from its model graph, and the maintenance of its tables, with the role in which Athena works for them. */
import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

import { Construct } from 'constructs';
import { type Names, studyPrefix, type Zone, zones } from '../model/layout.ts';
import { type Access, allow } from './access.ts';
import { athenaDatabases, keyThrough, listStudy } from './permissions.ts';
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
  /** Glue jobs that it starts and waits for. @default none */
  readonly glueJobArns?: readonly string[];
  readonly key: IKey;
}

/** Where Athena keeps the results of a study's statements, in the bucket of Athena. */
export const resultsPrefix = (study: string) => `results/study=${study}/`;

/** Zones whose tables the pipeline makes; those of bronze are CloudFormation's. */
const MADE: readonly Zone[] = zones.filter((zone) => zone !== 'bronze');

/** What Athena asks of Glue in the caller's name. */
function catalogAccess(names: Names, study: string): Access[] {
  const tablesIn = (some: readonly Zone[]) => {
    const databases = some.map((zone) => names.database(study, zone));
    return [
      names.catalogArn,
      ...databases.map(names.databaseArn),
      ...databases.map((database) => names.tablesArn(database)),
    ];
  };
  const wildcardReason =
    'Stage tables are named by model, run and attempt; the databases are the study’s own.';
  return [
    athenaDatabases(
      names,
      zones.map((zone) => names.database(study, zone)),
    ),
    {
      actions: ['glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      resources: tablesIn(zones),
      wildcardReason,
    },
    {
      actions: ['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable'],
      resources: tablesIn(MADE),
      wildcardReason,
    },
  ];
}

/** What Athena does to objects in the caller's name: reads bronze, writes the study's tables, keeps results. */
function objectAccess(names: Names, study: string): Access[] {
  const read = (['bronze', 'runs', 'acknowledged', 'quarantine'] as const).map((part) =>
    studyPrefix(part, study),
  );
  const written = (['stage', 'silver', 'gold', 'marts', 'quarantine/tables'] as const).map((part) =>
    studyPrefix(part, study),
  );
  const objects = (prefixes: readonly string[]) => prefixes.map((prefix) => names.objectsArn('lake', prefix));
  return [
    {
      actions: ['s3:GetObject'],
      resources: objects(read),
      wildcardReason: 'A query reads whatever objects its partitions hold, under the prefixes of this study.',
    },
    {
      actions: [
        's3:GetObject',
        's3:PutObject',
        's3:DeleteObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      resources: objects(written),
      wildcardReason:
        "Athena names the data and metadata files of the study's tables; each layer's prefix holds only this study.",
    },
    {
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [names.objectsArn('athena', resultsPrefix(study))],
      wildcardReason: 'Athena names a result by the id of its query.',
    },
    {
      actions: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
      resources: [names.bucketArn('lake'), names.bucketArn('athena')],
    },
    listStudy(names, 'lake', study),
    listStudy(names, 'athena', study),
  ];
}

/** What a study's state machines need of Athena, in their workgroup. */
const athenaAccess = (names: Names, study: string): Access[] => [
  {
    actions: ['athena:StartQueryExecution', 'athena:StopQueryExecution', 'athena:GetQueryExecution'],
    resources: [names.pipelineWorkGroupArn(study)],
  },
  { actions: ['athena:GetDataCatalog'], resources: [names.dataCatalogArn] },
  ...catalogAccess(names, study),
  ...objectAccess(names, study),
];

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
  wildcardReason: 'Log delivery and X-Ray have no resource types: AWS allows these actions only on *.',
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
      assumedBy: new ServicePrincipal('states.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `What ${this.machineName} may do`,
    });
    allow(
      role,
      ...athenaAccess(names, props.study),
      { actions: ['lambda:InvokeFunction'], resources: props.functionArns },
      // https://docs.aws.amazon.com/step-functions/latest/dg/connect-glue.html
      ...(props.glueJobArns
        ? [
            {
              actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
              resources: props.glueJobArns,
            },
          ]
        : []),
      { actions: ['sns:Publish'], resources: [names.topicArn] },
      keyThrough(props.key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['s3', 'sns']),
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
