/** The role in which Glue compacts a study's Iceberg tables, expires their snapshots and removes their orphan files. */
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { type Names, studyPrefix } from '../model/layout.ts';
import { type Access, allow } from './access.ts';
import { keyThrough, listStudy } from './permissions.ts';
import type { Settings } from './settings.ts';

export interface TableOptimizersProps {
  readonly settings: Settings;
  readonly study: string;
  readonly key: IKey;
}

/** Zones of the tables that have optimizers: those that a run publishes. */
const ZONES = ['silver', 'gold', 'marts', 'quarantine'] as const;

const wildcardReason = "The study's own databases; its models name the tables.";

const tablesOf = (names: Names, study: string): string[] => [
  names.catalogArn,
  ...ZONES.flatMap((zone) => {
    const database = names.database(study, zone);
    return [names.databaseArn(database), names.tablesArn(database)];
  }),
];

/**
 * What AWS asks of the role. Its policy for it has `s3:ListBucket` and the objects of the whole bucket; here both are the
 * study's. https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html
 */
const roleAccess = (names: Names, study: string, key: IKey): Access[] => [
  {
    actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    resources: (['silver', 'gold', 'marts', 'quarantine/tables'] as const).map((part) =>
      names.objectsArn('lake', studyPrefix(part, study)),
    ),
    wildcardReason: "Iceberg names the data and metadata files of the study's tables.",
  },
  listStudy(names, 'lake', study),
  { actions: ['glue:GetTable', 'glue:UpdateTable'], resources: tablesOf(names, study), wildcardReason },
  {
    actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
    resources: [...names.optimizerLogsArns],
    wildcardReason: 'Glue names the streams of its log groups by run.',
  },
  keyThrough(key, ['kms:Decrypt', 'kms:GenerateDataKey'], ['s3']),
];

export class TableOptimizers extends Construct {
  readonly roleArn: string;
  /** What whoever switches the optimizers on, and off again, is allowed. */
  readonly access: readonly Access[];

  constructor(scope: Construct, id: string, { settings, study, key }: TableOptimizersProps) {
    super(scope, id);
    const { names, tableOptimizers } = settings;
    const role = new Role(this, 'Role', {
      // AWS's trust policy for optimizers has no condition, and no page says that Glue names the account when it assumes the role.
      assumedBy: new ServicePrincipal('glue.amazonaws.com'),
      description: `What the table optimizers of ${names.prefix}-${study} may do`,
    });
    allow(role, ...roleAccess(names, study, key));
    this.roleArn = role.roleArn;
    const onTables = (...verbs: string[]): Access => ({
      actions: verbs.map((verb) => `glue:${verb}TableOptimizer`),
      resources: tablesOf(names, study),
      wildcardReason,
    });
    this.access = tableOptimizers
      ? [
          onTables('BatchGet', 'Create', 'Update'),
          {
            actions: ['iam:PassRole'],
            resources: [role.roleArn],
            conditions: { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } },
          },
        ]
      : [onTables('BatchGet', 'Delete')];
  }
}
