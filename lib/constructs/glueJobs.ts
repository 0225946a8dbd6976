/** A study's PySpark jobs on Glue 5.0 (Spark 3.5, Python 3.11, Iceberg), with the role that they run in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Aws } from 'aws-cdk-lib';
import { CfnJob, CfnSecurityConfiguration } from 'aws-cdk-lib/aws-glue';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { type Names, studyPrefix } from '../model/layout.ts';
import { sparkContracts } from '../model/study/sparkContracts.ts';
import type { Study } from '../model/study/study.ts';
import { type Access, allow } from './access.ts';
import { contentFolder } from './contentFolder.ts';
import { keyThrough, listStudy } from './permissions.ts';
import type { Settings } from './settings.ts';

export interface GlueJobsProps {
  readonly settings: Settings;
  readonly study: Study;
  readonly key: IKey;
}

const SCRIPTS = fileURLToPath(new URL('../../glue-scripts', import.meta.url));
const PACKAGE = 'headwaters_spark';

/** Script in `glue-scripts/jobs/` → what it does, and minutes after which a run is stopped. */
const JOBS: Readonly<Record<string, { readonly description: string; readonly minutes: number }>> = {
  backfill: { description: 'Bronze to silver for any number of days', minutes: 480 },
  compact: { description: "Rewrites small files of the study's tables", minutes: 240 },
  als: { description: 'Recommendations by alternating least squares', minutes: 240 },
};

/** The modules that all jobs import, and the contracts of the study that they read. */
function library(study: Study, prefix: string): { readonly path: string; readonly hash: string } {
  const modules = readdirSync(join(SCRIPTS, 'library', PACKAGE)).filter((file) => file.endsWith('.py'));
  return contentFolder({
    ...Object.fromEntries(
      modules
        .sort()
        .map((file) => [`${PACKAGE}/${file}`, readFileSync(join(SCRIPTS, 'library', PACKAGE, file))]),
    ),
    [`${PACKAGE}/contracts.json`]: JSON.stringify(sparkContracts(study, prefix)),
  });
}

const catalogAccess = (names: Names, study: string): Access[] => {
  const tables = (zones: readonly ('stage' | 'silver' | 'gold' | 'marts' | 'quarantine')[]) => [
    names.catalogArn,
    ...zones.flatMap((zone) => {
      const database = names.database(study, zone);
      return [names.databaseArn(database), names.tablesArn(database)];
    }),
  ];
  const wildcardReason = "The study's own databases; its models name the tables.";
  return [
    {
      actions: ['glue:GetDatabase', 'glue:GetTable'],
      resources: tables(['stage', 'silver', 'gold', 'marts', 'quarantine']),
      wildcardReason,
    },
    {
      actions: ['glue:CreateTable', 'glue:UpdateTable'],
      resources: tables(['silver', 'gold', 'marts', 'quarantine']),
      wildcardReason,
    },
  ];
};

const objectAccess = (names: Names, study: string): Access[] => [
  {
    actions: ['s3:GetObject'],
    resources: (['bronze', 'stage'] as const).map((part) =>
      names.objectsArn('lake', studyPrefix(part, study)),
    ),
    wildcardReason:
      'A job reads what arrived in its days, or what a run staged, under the prefixes of this study.',
  },
  {
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
    resources: (['runs', 'silver', 'gold', 'marts', 'quarantine/tables'] as const).map((part) =>
      names.objectsArn('lake', studyPrefix(part, study)),
    ),
    wildcardReason: "Iceberg names the data and metadata files of the study's tables, and a job its report.",
  },
  { actions: ['s3:GetBucketLocation'], resources: [names.bucketArn('lake')] },
  listStudy(names, 'lake', study),
];

/** Logs and metrics. https://docs.aws.amazon.com/glue/latest/dg/monitor-continuous-logging-enable.html */
const observing = (names: Names): Access[] => [
  {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents', 'logs:AssociateKmsKey'],
    resources: [names.glueLogsArn],
    wildcardReason:
      'Glue names the log groups of its jobs by role and security configuration, under /aws-glue/.',
  },
  {
    actions: ['cloudwatch:PutMetricData'],
    resources: ['*'],
    wildcardReason: 'PutMetricData has no resource types; the condition leaves it only Glue’s namespace.',
    conditions: { StringEquals: { 'cloudwatch:namespace': 'Glue' } },
  },
];

export class GlueJobs extends Construct {
  /** ARNs by the script's name. */
  readonly arns: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, { settings, study, key }: GlueJobsProps) {
    super(scope, id);
    const { names, profile } = settings;
    const { path, hash } = library(study, names.prefix);
    const modules = new Asset(this, 'Library', { path, assetHash: hash });
    const scripts = Object.keys(JOBS).map(
      (job) => [job, new Asset(this, `${job}-script`, { path: join(SCRIPTS, 'jobs', `${job}.py`) })] as const,
    );
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('glue.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: `What the Spark jobs of ${names.prefix}-${study.name} may do`,
    });
    allow(
      role,
      ...catalogAccess(names, study.name),
      ...objectAccess(names, study.name),
      ...observing(names),
      {
        actions: ['s3:GetObject'],
        resources: [modules, ...scripts.map(([, asset]) => asset)].map(({ bucket, s3ObjectKey }) =>
          bucket.arnForObjects(s3ObjectKey),
        ),
      },
      keyThrough(key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['s3']),
    );
    const security = new CfnSecurityConfiguration(this, 'Security', {
      name: names.glueSecurity(study.name),
      encryptionConfiguration: {
        s3Encryptions: [{ s3EncryptionMode: 'SSE-KMS', kmsKeyArn: key.keyArn }],
        cloudWatchEncryption: { cloudWatchEncryptionMode: 'SSE-KMS', kmsKeyArn: key.keyArn },
        jobBookmarksEncryption: { jobBookmarksEncryptionMode: 'CSE-KMS', kmsKeyArn: key.keyArn },
      },
    });
    for (const [job, script] of scripts) {
      const resource = new CfnJob(this, job, {
        name: names.glueJob(study.name, job),
        description: JOBS[job]!.description,
        role: role.roleArn,
        command: { name: 'glueetl', pythonVersion: '3', scriptLocation: script.s3ObjectUrl },
        glueVersion: '5.0',
        workerType: 'G.1X',
        numberOfWorkers: profile.sparkWorkers,
        executionProperty: { maxConcurrentRuns: 1 },
        maxRetries: 0,
        timeout: JOBS[job]!.minutes,
        securityConfiguration: security.name!,
        defaultArguments: {
          '--datalake-formats': 'iceberg',
          '--extra-py-files': modules.s3ObjectUrl,
          '--enable-auto-scaling': 'true',
          '--enable-metrics': 'true',
          '--enable-observability-metrics': 'true',
          '--enable-continuous-cloudwatch-log': 'true',
          '--lake': names.bucket('lake'),
        },
      });
      resource.addResourceDependency(security);
      resource.node.addDependency(role);
    }
    this.arns = Object.fromEntries(Object.keys(JOBS).map((job) => [job, names.glueJobArn(study.name, job)]));
  }
}
