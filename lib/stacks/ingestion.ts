/** How records come in: the HTTP API, the stream's two readers, the file loader, and the sweep that keeps the ledger whole. */
import { Duration, Stack } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { type Access, allow } from '../constructs/access.ts';
import { consumeStream } from '../constructs/bronzeStream.ts';
import { addRoutes } from '../constructs/lakeApi.ts';
import { listStudy, onLedgerRows } from '../constructs/permissions.ts';
import { Schedule } from '../constructs/schedule.ts';
import { StudyFunction } from '../constructs/studyFunction.ts';
import { type Names, studyPrefix } from '../model/layout.ts';
import { deliveredPrefix } from '../model/run/bronze.ts';
import { ledgerKeyPatterns } from '../model/run/ledger.ts';
import { type StudyStackProps, type Watched, watchedFunction } from './studyStack.ts';

/** Writing records that arrived: their objects in bronze and quarantine, their keys, and the ledger's row per object. */
const writesBronze = (names: Names, study: string): Access[] => [
  {
    actions: ['s3:PutObject'],
    resources: [
      names.objectsArn('lake', studyPrefix('bronze', study)),
      names.objectsArn('lake', studyPrefix('keys', study)),
      names.objectsArn('lake', studyPrefix('quarantine', study)),
    ],
    wildcardReason:
      "Objects are named by the records' own arrival hour and sequence numbers, under the study's prefix.",
  },
  onLedgerRows(['dynamodb:PutItem'], names.ledgerArn, [ledgerKeyPatterns(study).objects]),
];

export class IngestionStack extends Stack {
  readonly watched: Watched;

  constructor(scope: Construct, id: string, props: StudyStackProps) {
    const { settings, study, lake } = props;
    super(scope, id, { description: `Headwaters ${study.name}: how records come in` });
    const { names, profile } = settings;
    const common = { settings, study, key: lake.key };
    const streamArn = names.streamArn(study.name);
    const lakeEnvironment = { LAKE_BUCKET: names.bucket('lake'), LEDGER_TABLE: names.ledger };

    const ingestApi = new StudyFunction(this, 'IngestApi', {
      settings,
      study,
      folder: 'ingest-api',
      description:
        'Judges events by their contracts and puts the good ones on the stream; answers per record',
      memoryMb: 1024,
      timeout: Duration.seconds(29),
      environment: { STREAM_NAME: names.stream(study.name) },
      access: [{ actions: ['kinesis:PutRecords'], resources: [streamArn] }],
    });
    addRoutes(ingestApi, lake.api, [`POST /studies/${study.name}/events`]);

    const bronzeWriter = new StudyFunction(this, 'BronzeWriter', {
      ...common,
      folder: 'bronze-writer',
      description:
        'Writes every record of the stream to bronze, the refused ones to quarantine too, then the ledger',
      memoryMb: 1769,
      timeout: Duration.minutes(2),
      environment: lakeEnvironment,
      access: writesBronze(names, study.name),
    });
    consumeStream(bronzeWriter, 'Events', settings, {
      source: 'kinesis',
      sourceArn: streamArn,
      batchSize: 10_000,
      batchWindow: Duration.seconds(profile.bronzeBatchWindowSeconds),
      parallelization: profile.bronzeParallelization,
    });

    const hotAggregator = study.live.length > 0 ? this.#keepLiveViews(props) : undefined;
    const fileLoader = this.#loadLandedFiles(props, lakeEnvironment);
    const ledgerSweep = this.#sweepLedger(props, lakeEnvironment);

    this.watched = {
      functions: [
        watchedFunction(ingestApi, 'api'),
        watchedFunction(bronzeWriter, 'stream'),
        ...(hotAggregator ? [watchedFunction(hotAggregator, 'stream')] : []),
        watchedFunction(fileLoader, 'queue'),
        watchedFunction(ledgerSweep, 'schedule'),
      ],
      machines: [],
      deadLetterQueues: [names.deadLetters(study.name, 'landed'), names.deadLetters(study.name, 'async')],
    };
  }

  /** One batch of a shard at a time, in order: what a window holds depends on it. */
  #keepLiveViews({ settings, study, lake }: StudyStackProps): StudyFunction {
    const { names } = settings;
    const hotAggregator = new StudyFunction(this, 'HotAggregator', {
      settings,
      study,
      key: lake.key,
      folder: 'hot-aggregator',
      description: "Keeps the study's live views, about a second behind the stream",
      memoryMb: 1024,
      timeout: Duration.minutes(1),
      environment: { LIVE_TABLE: names.liveTable(study.name) },
      access: [
        {
          actions: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem', 'dynamodb:PutItem'],
          resources: [names.liveTableArn(study.name)],
        },
      ],
    });
    consumeStream(hotAggregator, 'Events', settings, {
      source: 'kinesis',
      sourceArn: names.streamArn(study.name),
      batchSize: 1_000,
      batchWindow: Duration.seconds(0),
    });
    return hotAggregator;
  }

  #loadLandedFiles(
    { settings, study, lake }: StudyStackProps,
    environment: Readonly<Record<string, string>>,
  ): StudyFunction {
    const { names, profile } = settings;
    const fileLoader = new StudyFunction(this, 'FileLoader', {
      settings,
      study,
      key: lake.key,
      folder: 'file-loader',
      description: 'Reads landed files row by row into bronze, as the contract of their source says',
      memoryMb: 3008,
      diskGib: 10,
      timeout: Duration.minutes(15),
      environment,
      access: [
        ...writesBronze(names, study.name),
        {
          actions: ['s3:PutObject'],
          resources: [names.objectsArn('lake', deliveredPrefix(study.name))],
          wildcardReason:
            "Files are kept as they were delivered, named by their bytes, under the study's prefix.",
        },
        {
          actions: ['s3:GetObject'],
          resources: [`${names.landingBucketArn(study.name)}/${study.name}/*`],
          wildcardReason: 'Whoever delivers a file names it; the bucket is the study’s own.',
        },
        // Without it S3 answers "access denied" for a file that was taken away.
        { actions: ['s3:ListBucket'], resources: [names.landingBucketArn(study.name)] },
        onLedgerRows(['dynamodb:GetItem', 'dynamodb:PutItem'], names.ledgerArn, [
          ledgerKeyPatterns(study.name).files,
        ]),
      ],
    });
    takeFilesFrom(fileLoader, names.landedQueueArn(study.name), profile.loaderConcurrency);
    return fileLoader;
  }

  #sweepLedger(
    { settings, study, lake }: StudyStackProps,
    environment: Readonly<Record<string, string>>,
  ): StudyFunction {
    const { names } = settings;
    const ledgerSweep = new StudyFunction(this, 'LedgerSweep', {
      settings,
      study,
      key: lake.key,
      folder: 'ledger-sweep',
      description: 'Adds the ledger rows of bronze objects whose writer died before it could',
      memoryMb: 512,
      timeout: Duration.minutes(5),
      environment: { ...environment, MINUTES_BEFORE_SWEPT: '15' },
      access: [
        {
          actions: ['s3:GetObject'],
          resources: [names.objectsArn('lake', studyPrefix('bronze', study.name))],
          wildcardReason: 'Every bronze object of the study may be the one without a ledger row.',
        },
        listStudy(names, 'lake', study.name),
        onLedgerRows(['dynamodb:Query', 'dynamodb:PutItem'], names.ledgerArn, [
          ledgerKeyPatterns(study.name).objects,
        ]),
      ],
    });
    const deadLetters = Queue.fromQueueArn(
      this,
      'AsyncDeadLetters',
      names.deadLettersArn(study.name, 'async'),
    );
    ledgerSweep.function.configureAsyncInvoke({
      retryAttempts: 2,
      onFailure: new SqsDestination(deadLetters),
    });
    new Schedule(this, 'SweepHourly', {
      scheduleName: names.lambda(study.name, 'ledger-sweep'),
      description: 'The ledger is swept whatever the profile: a lost row would be a lost record',
      expression: 'rate(1 hour)',
      windowMinutes: 30,
      enabled: true,
      targetArn: ledgerSweep.function.functionArn,
      action: 'lambda:InvokeFunction',
      deadLettersArn: deadLetters.queueArn,
    });
    return ledgerSweep;
  }
}

/** A file at a time: a file that cannot be loaded is refused with its reason, so only infrastructure errors come back to the queue. */
function takeFilesFrom(loader: StudyFunction, queueArn: string, concurrency: number): void {
  allow(loader.role, {
    actions: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
    ],
    resources: [queueArn],
  });
  const mapping = new EventSourceMapping(loader, 'Landed', {
    target: loader.function,
    eventSourceArn: queueArn,
    batchSize: 1,
    maxConcurrency: concurrency,
    reportBatchItemFailures: true,
  });
  mapping.node.addDependency(loader.role);
}
