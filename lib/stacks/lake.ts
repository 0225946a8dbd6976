/** Everything that holds data or that all studies share; the other stacks point here and can be removed and made anew at will. */
import { Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { keyedTable } from '../constructs/keyedTable.ts';
import { LakeApi } from '../constructs/lakeApi.ts';
import { deadLetterQueue, openToBucket } from '../constructs/queues.ts';
import { removalOfData, type Settings } from '../constructs/settings.ts';
import { landedIndex } from '../model/ledger.ts';
import { LakeBuckets } from './lakeBuckets.ts';
import { StudyData } from './studyData.ts';

export class LakeStack extends Stack {
  /** Encrypts every bucket, table, stream and notification of the lake. */
  readonly key: IKey;
  readonly api: IHttpApi;
  readonly #studies = new Map<string, StudyData>();

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      description: 'Headwaters: what holds data (buckets, catalog, streams, tables) and its key',
    });
    const { names, profile } = settings;
    const removalPolicy = removalOfData(settings);

    const key = new Key(this, 'Key', {
      alias: names.keyAlias,
      description: 'Data at rest of the lake',
      enableKeyRotation: true,
      removalPolicy,
    });
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublishToTheEncryptedTopic',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.key = key;

    const buckets = new LakeBuckets(this, 'Buckets', { settings, key });

    // The list of what has to be replayed: Lambda writes a batch it gives up on to the bucket, the bucket tells the queue.
    const failedBatches = deadLetterQueue(this, 'FailedBatches', names.failedBatches);
    buckets.notify('failures', 'aws/lambda/', openToBucket(failedBatches, names.bucketArn('failures')));

    new CfnWorkGroup(this, 'WorkGroup', {
      name: names.workGroup,
      description: 'All queries of the lake; settings of a client are overridden',
      recursiveDeleteOption: profile.dataMayBeDeleted && settings.deleteData,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: profile.scanLimitBytes,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${names.bucket('athena')}/results/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });

    keyedTable(this, 'Ledger', {
      settings,
      key,
      tableName: names.ledger,
      indexes: { [landedIndex]: { partition: 'landed_pk', sort: 'sk' } },
    });

    new Topic(this, 'Notifications', {
      topicName: names.topic,
      displayName: 'Headwaters',
      masterKey: key,
      enforceSSL: true,
    }).addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [names.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );

    this.api = new LakeApi(this, 'Http', settings).api;

    for (const study of settings.studies) {
      const data = new StudyData(this, study.name, { settings, study, key });
      buckets.notify('landing', `${study.name}/`, data.landed);
      this.#studies.set(study.name, data);
    }
  }

  /** @throws Error when the study has no OLTP design, so no store. */
  storeStreamArn(study: string): string {
    const arn = this.#studies.get(study)?.storeStreamArn;
    if (!arn) throw new Error(`The study ${study} has no store: sql/${study}/oltp.yaml declares one.`);
    return arn;
  }
}
