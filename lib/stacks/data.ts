/** What holds one study's data: its catalog, its stream, its landing bucket with its queue, and its DynamoDB tables. */
import { Aws, Duration, Stack } from 'aws-cdk-lib';
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import type { Construct } from 'constructs';
import { BronzeStream } from '../constructs/bronzeStream.ts';
import { expire, loggedBucket, notify } from '../constructs/buckets.ts';
import { ContractTable } from '../constructs/contractTable.ts';
import { keyedTable } from '../constructs/keyedTable.ts';
import { deadLetterQueue, openToBucket, workQueue } from '../constructs/queues.ts';
import { removalOfData } from '../constructs/settings.ts';
import { LAKE_OF_DATABASE, zones } from '../model/layout.ts';
import { acknowledgedTable, bronzeTable, quarantineTable, runObjectsTable } from '../model/run/glue.ts';
import { indexesOf } from '../model/study/oltp.ts';
import type { StudyStackProps } from './studyStack.ts';

/** The file-loader's time limit is Lambda's longest; a message stays hidden six times as long, as AWS advises. */
const LANDED_VISIBILITY = Duration.minutes(90);

export class DataStack extends Stack {
  /** The stream of the store's changes; undefined without an OLTP design. */
  readonly storeStreamArn: string | undefined;

  constructor(scope: Construct, id: string, { settings, study, lake }: StudyStackProps) {
    super(scope, id, { description: `Headwaters ${study.name}: what holds its data` });
    const { names } = settings;
    const { key } = lake;
    const removalPolicy = removalOfData(settings);

    const databases = new Map(
      zones.map((zone) => {
        const name = names.database(study.name, zone);
        const database = new CfnDatabase(this, `Database-${zone}`, {
          catalogId: Aws.ACCOUNT_ID,
          databaseInput: {
            name,
            description: `${study.title}: ${zone}`,
            parameters: { [LAKE_OF_DATABASE]: names.prefix },
          },
        });
        database.applyRemovalPolicy(removalPolicy);
        return [name, database];
      }),
    );
    const lakeBucket = names.bucket('lake');
    for (const [database, tableInput] of [
      [names.database(study.name, 'bronze'), bronzeTable(study.name, lakeBucket)],
      [names.database(study.name, 'bronze'), runObjectsTable(study.name, lakeBucket)],
      [names.database(study.name, 'bronze'), acknowledgedTable(study.name, lakeBucket)],
      [names.database(study.name, 'quarantine'), quarantineTable(study.name, lakeBucket)],
    ] as const) {
      const table = new ContractTable(this, `Table-${database}-${tableInput.Name}`, {
        database,
        tableInput,
        removalPolicy,
      });
      table.node.addDependency(databases.get(database)!);
    }

    new BronzeStream(this, 'Events', { settings, study: study.name });
    const landed = openToBucket(
      workQueue(this, 'Landed', {
        queueName: names.landedQueue(study.name),
        visibilityTimeout: LANDED_VISIBILITY,
        deadLetters: deadLetterQueue(this, 'LandedDeadLetters', names.deadLetters(study.name, 'landed')),
      }),
      names.landingBucketArn(study.name),
    );
    const landing = loggedBucket(this, 'Landing', {
      names,
      key,
      removalPolicy,
      bucketName: names.landingBucket(study.name),
      logPrefix: `landing-${study.name}`,
      lifecycleRules: [expire('loaded-files', 90)],
    });
    notify(landing, `${study.name}/`, landed);
    deadLetterQueue(this, 'AsyncDeadLetters', names.deadLetters(study.name, 'async'));

    if (study.live.length > 0)
      keyedTable(this, 'Live', { settings, key, tableName: names.liveTable(study.name), expires: true });
    if (study.oltp) {
      this.storeStreamArn = keyedTable(this, 'Store', {
        settings,
        key,
        tableName: names.storeTable(study.name),
        indexes: Object.fromEntries(
          indexesOf(study.oltp).map((index) => [index, { partition: `${index}pk`, sort: `${index}sk` }]),
        ),
        stream: StreamViewType.NEW_AND_OLD_IMAGES,
        expires: true,
      }).tableStreamArn;
    }
  }
}
