/** What all studies share: the key, the buckets, Athena's workgroup, the ledger, the notifications and the HTTP API. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { IHttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { notifyEventBridge } from '../constructs/buckets.ts';
import { keyedTable } from '../constructs/keyedTable.ts';
import { LakeApi } from '../constructs/lakeApi.ts';
import { deadLetterQueue } from '../constructs/queues.ts';
import { removalOfData, type Settings } from '../constructs/settings.ts';
import { workGroup } from '../constructs/workGroup.ts';
import { lakeOutputs, type Names } from '../model/layout.ts';
import { landedIndex } from '../model/run/ledger.ts';
import { LakeBuckets } from './lakeBuckets.ts';

export class LakeStack extends Stack {
  /** Encrypts every bucket, table, stream and notification of the lake. */
  readonly key: IKey;
  readonly api: IHttpApi;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, {
      description: 'Headwaters: what all studies share (key, buckets, workgroup, ledger, HTTP API)',
    });
    const { names } = settings;
    const key = this.#key(settings);
    this.key = key;

    const buckets = new LakeBuckets(this, 'Buckets', { settings, key });

    this.#listFailedBatches(names, buckets.failures);

    workGroup(this, 'WorkGroup', {
      settings,
      key,
      name: names.workGroup,
      description: 'Queries of people; settings of a client are overridden',
      resultsPrefix: 'results/',
    });

    keyedTable(this, 'Ledger', {
      settings,
      key,
      tableName: names.ledger,
      indexes: { [landedIndex]: { partition: 'landed_pk', sort: 'sk' } },
    });

    const topic = new Topic(this, 'Notifications', {
      topicName: names.topic,
      displayName: 'Headwaters',
      masterKey: key,
      enforceSSL: true,
    });
    if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));
    topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [names.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );

    const http = new LakeApi(this, 'Http', settings);
    this.api = http.api;
    this.#output(lakeOutputs.prefix, names.prefix, 'Prefix of every name in this lake');
    this.#output(lakeOutputs.httpUrl, http.url, 'Address of the HTTP API');
    this.#output(lakeOutputs.lakeBucket, names.bucket('lake'), 'Bronze, silver, gold and what runs keep');
    this.#output(lakeOutputs.workGroup, names.workGroup, "Athena's workgroup");
    this.#output(lakeOutputs.ledger, names.ledger, 'One row per bronze object');
  }

  /** A new key, or the one that a former deployment retained, without which its data cannot be read. */
  #key(settings: Settings): IKey {
    const { names, keyId } = settings;
    if (keyId) {
      const key = Key.fromKeyArn(this, 'Key', names.keyArn(keyId));
      new Alias(this, 'KeyAlias', { aliasName: names.keyAlias, targetKey: key });
      return key;
    }
    const key = new Key(this, 'Key', {
      alias: names.keyAlias,
      description: names.keyDescription,
      enableKeyRotation: true,
      removalPolicy: removalOfData(settings),
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
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'LogsOfGlueJobsAreEncrypted',
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncryptFrom',
          'kms:ReEncryptTo',
          'kms:GenerateDataKey',
          'kms:DescribeKey',
        ],
        resources: ['*'],
        conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': settings.names.glueLogsArn } },
      }),
    );
    return key;
  }

  /**
   * The list of what has to be replayed: Lambda writes a batch it gives up on to the bucket, a rule puts it on the queue. The
   * bucket's own notification would begin with a test message that nobody takes, and the queue's alarm would stay.
   */
  #listFailedBatches(names: Names, failures: CfnBucket) {
    const queue = deadLetterQueue(this, 'FailedBatches', names.failedBatches);
    notifyEventBridge(failures);
    new Rule(this, 'BatchGivenUp', {
      description: 'Lambda gave up on a batch and kept it in the failures bucket',
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [names.bucket('failures')] },
          object: { key: [{ prefix: 'aws/lambda/' }] },
        },
      },
      targets: [new SqsQueue(queue)],
    });
  }

  #output(key: string, value: string, description: string) {
    new CfnOutput(this, `Output${key}`, { value, description }).overrideLogicalId(key);
  }
}
