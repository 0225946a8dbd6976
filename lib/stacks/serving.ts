/** What a study answers over HTTP: its declared queries, live windows and tables, and SQL that only reads. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Access } from '../constructs/access.ts';
import { addRoutes, type Route } from '../constructs/lakeApi.ts';
import { athenaDatabases, listStudy } from '../constructs/permissions.ts';
import { StudyFunction } from '../constructs/studyFunction.ts';
import { workGroup } from '../constructs/workGroup.ts';
import { type Names, servedPrefix, studyPrefix } from '../model/layout.ts';
import { publishedRunKey } from '../model/run/lastRun.ts';
import { servedZones } from '../model/study/serving/readOnly.ts';
import { servingRoutes } from '../model/study/serving/routes.ts';
import { type StudyStackProps, type Watched, watchedFunction } from './studyStack.ts';

/** Athena in the function's name: it reads the study's tables and writes nothing but answers. */
function readAccess(names: Names, study: string): Access[] {
  const databases = servedZones.map((zone) => names.database(study, zone));
  const parts = ['bronze', 'silver', 'gold', 'marts', 'quarantine', 'quarantine/tables'] as const;
  return [
    {
      actions: [
        'athena:StartQueryExecution',
        'athena:StopQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
      ],
      resources: [names.servingWorkGroupArn(study)],
    },
    { actions: ['athena:GetDataCatalog'], resources: [names.dataCatalogArn] },
    athenaDatabases(names, databases),
    {
      actions: ['glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      resources: [
        names.catalogArn,
        ...databases.map(names.databaseArn),
        ...databases.map((database) => names.tablesArn(database)),
      ],
      wildcardReason: "The study's own databases; a query names the tables.",
    },
    {
      actions: ['s3:GetObject'],
      resources: parts.map((part) => names.objectsArn('lake', studyPrefix(part, study))),
      wildcardReason: "A query reads the files of the study's tables, whose names Athena gives.",
    },
    { actions: ['s3:GetObject'], resources: [`${names.bucketArn('lake')}/${publishedRunKey(study)}`] },
    {
      actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      resources: [names.objectsArn('athena', servedPrefix(study))],
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

export class ServingStack extends Stack {
  readonly watched: Watched;

  constructor(scope: Construct, id: string, { settings, study, lake }: StudyStackProps) {
    super(scope, id, { description: `Headwaters ${study.name}: what it answers over HTTP` });
    const { names, profile } = settings;
    const group = workGroup(this, 'WorkGroup', {
      settings,
      key: lake.key,
      name: names.servingWorkGroup(study.name),
      description: `What the HTTP API asks for ${study.name}; a query that scans more than the limit is cancelled`,
      resultsPrefix: servedPrefix(study.name),
      scanLimitBytes: profile.servingScanLimitBytes,
    });
    const api = new StudyFunction(this, 'ServingApi', {
      settings,
      study,
      key: lake.key,
      folder: 'serving-api',
      description: 'Answers declared queries, live windows and SQL that only reads, page by page',
      memoryMb: 1024,
      timeout: Duration.seconds(29),
      environment: {
        LAKE_BUCKET: names.bucket('lake'),
        LIVE_TABLE: names.liveTable(study.name),
        WORK_GROUP: names.servingWorkGroup(study.name),
      },
      access: [
        ...readAccess(names, study.name),
        { actions: ['dynamodb:Query'], resources: [names.liveTableArn(study.name)] },
      ],
    });
    api.function.node.addDependency(group);
    addRoutes(
      api,
      lake.api,
      servingRoutes.map((route) => route.replace(' ', ` /studies/${study.name}`) as Route),
    );
    this.watched = { functions: [watchedFunction(api, 'api')], machines: [], deadLetterQueues: [] };
  }
}
