/** What one study keeps in the lake: its catalog, its stream, its queue of landed files and its DynamoDB tables. */
import { Aws, Duration } from 'aws-cdk-lib';
import { StreamViewType } from 'aws-cdk-lib/aws-dynamodb';
import { CfnDatabase } from 'aws-cdk-lib/aws-glue';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { BronzeStream } from '../constructs/bronzeStream.ts';
import { ContractTable } from '../constructs/contractTable.ts';
import { keyedTable } from '../constructs/keyedTable.ts';
import { type BucketQueue, deadLetterQueue, openToBucket, workQueue } from '../constructs/queues.ts';
import { removalOfData, type Settings } from '../constructs/settings.ts';
import { databaseOf, zones } from '../model/databases.ts';
import { acknowledgedTable, bronzeTable, quarantineTable, runObjectsTable } from '../model/glue.ts';
import { indexesOf } from '../model/oltp.ts';
import type { Study } from '../model/study.ts';

export interface StudyDataProps {
  readonly settings: Settings;
  readonly study: Study;
  readonly key: IKey;
}

/** The file-loader's time limit is Lambda's longest; a message stays hidden six times as long, as AWS advises. */
const LANDED_VISIBILITY = Duration.minutes(90);

export class StudyData extends Construct {
  /** The queue that hears of every file landed for this study. */
  readonly landed: BucketQueue;
  /** The stream of the store's changes; undefined without an OLTP design. */
  readonly storeStreamArn: string | undefined;

  constructor(scope: Construct, id: string, { settings, study, key }: StudyDataProps) {
    super(scope, id);
    const { names } = settings;
    const removalPolicy = removalOfData(settings);

    const databases = new Map(
      zones.map((zone) => {
        const name = databaseOf(study.name, zone);
        const database = new CfnDatabase(this, `Database-${zone}`, {
          catalogId: Aws.ACCOUNT_ID,
          databaseInput: { name, description: `${study.title}: ${zone}` },
        });
        database.applyRemovalPolicy(removalPolicy);
        return [name, database];
      }),
    );
    const lakeBucket = names.bucket('lake');
    for (const [database, tableInput] of [
      [databaseOf(study.name, 'bronze'), bronzeTable(study.name, lakeBucket)],
      [databaseOf(study.name, 'bronze'), runObjectsTable(study.name, lakeBucket)],
      [databaseOf(study.name, 'bronze'), acknowledgedTable(study.name, lakeBucket)],
      [databaseOf(study.name, 'quarantine'), quarantineTable(study.name, lakeBucket)],
    ] as const) {
      const table = new ContractTable(this, `Table-${database}-${tableInput.Name}`, {
        database,
        tableInput,
        removalPolicy,
      });
      table.node.addDependency(databases.get(database)!);
    }

    new BronzeStream(this, 'Events', { settings, study: study.name });
    this.landed = openToBucket(
      workQueue(this, 'Landed', {
        queueName: names.landedQueue(study.name),
        visibilityTimeout: LANDED_VISIBILITY,
        deadLetters: deadLetterQueue(this, 'LandedDeadLetters', names.deadLetters(study.name, 'landed')),
      }),
      names.bucketArn('landing'),
    );
    deadLetterQueue(this, 'AsyncDeadLetters', names.deadLetters(study.name, 'async'));

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
