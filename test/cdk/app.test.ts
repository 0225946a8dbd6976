/** One control a test, over the templates that would be deployed. cdk-nag has judged them: an unanswered finding fails the synth. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import type { AssetCode } from 'aws-cdk-lib/aws-lambda';
import { onTestFinished, test } from 'vitest';
import { newStudy } from '../../lake/newStudy.ts';
import { studiesOf } from '../../lake/studies.ts';
import { lambdaCode } from '../../lib/constructs/lambdaBundle.ts';
import { ContextError, readSettings } from '../../lib/stacks/app.ts';
import { type FoundResource, synthesise } from './synthesised.ts';

const small = synthesise({ studies: 'amazon' });
const large = synthesise({ studies: 'amazon', profile: 'large', deleteData: 'yes' });

interface Statement {
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: Record<string, Record<string, unknown>>;
}
const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value]);
const statementsOf = (resource: FoundResource) => resource.Properties.PolicyDocument.Statement as Statement[];
const nameOf = ({ stack, id }: FoundResource) => `${stack}/${id}`;

test('Both profiles synthesise: the small one with a provisioned shard, the large one on demand, the schedules on in both', () => {
  const [smallStream] = small.all('AWS::Kinesis::Stream');
  const [largeStream] = large.all('AWS::Kinesis::Stream');
  const states = (of: typeof small) =>
    of.all('AWS::Scheduler::Schedule').map(({ Properties }) => Properties.State);

  assert.deepEqual([smallStream?.Properties.ShardCount, largeStream?.Properties.ShardCount], [1, undefined]);
  assert.deepEqual(largeStream?.Properties.StreamModeDetails, { StreamMode: 'ON_DEMAND' });
  for (const profile of [small, large]) assert.deepEqual(states(profile), ['ENABLED', 'ENABLED', 'ENABLED']);
  assert.deepEqual(states(synthesise({ studies: 'amazon', schedules: 'off' })).sort(), [
    'DISABLED',
    'DISABLED',
    'ENABLED',
  ]);
});

test('Table optimizers are off in the small profile and on in the large one, unless the context says otherwise', () => {
  const isOn = ({ all }: typeof small) => {
    const runner = all('AWS::Lambda::Function').find(({ Properties }) =>
      Properties.FunctionName.endsWith('-model-runner'),
    )!;
    const pipeline = all('AWS::StepFunctions::StateMachine').find(({ Properties }) =>
      Properties.StateMachineName.endsWith('-pipeline'),
    )!;
    return [
      runner.Properties.Environment.Variables.TABLE_OPTIMIZERS,
      'Table optimizers' in JSON.parse(pipeline.Properties.DefinitionString).States,
    ];
  };

  assert.deepEqual(
    [isOn(small), isOn(large)],
    [
      ['off', false],
      ['on', true],
    ],
  );
  assert.deepEqual(isOn(synthesise({ studies: 'amazon', tableOptimizers: 'on' })), ['on', true]);
  assert.deepEqual(isOn(synthesise({ studies: 'amazon', profile: 'large', tableOptimizers: 'off' })), [
    'off',
    false,
  ]);
});

test('Names are those that the documentation and the command line use', () => {
  const named = (type: string, property: string) =>
    small.all(type).map(({ Properties }) => Properties[property]);

  assert.deepEqual(Object.keys(small.templates).sort(), [
    'HeadwatersAmazonData',
    'HeadwatersAmazonIngestion',
    'HeadwatersAmazonObservability',
    'HeadwatersAmazonOltp',
    'HeadwatersAmazonServing',
    'HeadwatersAmazonTransform',
    'HeadwatersLake',
    'HeadwatersObservability',
  ]);
  assert.deepEqual(named('AWS::Lambda::Function', 'FunctionName').sort(), [
    'headwaters-amazon-bronze-writer',
    'headwaters-amazon-cdc',
    'headwaters-amazon-file-loader',
    'headwaters-amazon-hot-aggregator',
    'headwaters-amazon-ingest-api',
    'headwaters-amazon-ledger-sweep',
    'headwaters-amazon-model-runner',
    'headwaters-amazon-oltp-api',
    'headwaters-amazon-run-planner',
    'headwaters-amazon-run-reconciler',
    'headwaters-amazon-serving-api',
  ]);
  assert.deepEqual(named('AWS::DynamoDB::Table', 'TableName').sort(), [
    'headwaters-ledger',
    'headwaters-live-amazon',
    'headwaters-store-amazon',
  ]);
  assert.deepEqual(named('AWS::Kinesis::Stream', 'Name'), ['headwaters-amazon-events']);
  assert.deepEqual(named('AWS::StepFunctions::StateMachine', 'StateMachineName').sort(), [
    'headwaters-amazon-maintenance',
    'headwaters-amazon-pipeline',
  ]);
  assert.deepEqual(
    small
      .all('AWS::Glue::Database')
      .map(({ Properties }) => Properties.DatabaseInput.Name)
      .sort(),
    ['amazon_bronze', 'amazon_gold', 'amazon_marts', 'amazon_quarantine', 'amazon_silver', 'amazon_stage'],
  );
});

test('A second prefix shares no name with the first in one account and region', () => {
  const beta = synthesise({ studies: 'amazon', prefix: 'beta' });
  const named = [
    'FunctionName',
    'TableName',
    'BucketName',
    'QueueName',
    'TopicName',
    'StateMachineName',
    'AlarmName',
    'DashboardName',
    'LogGroupName',
    'AliasName',
    'Name',
  ];
  const namesIn = ({ templates }: typeof small) =>
    Object.values(templates).flatMap(({ Resources }) =>
      Object.values(Resources).flatMap(({ Type, Properties }) =>
        [
          ...named.map((property) => Properties?.[property]),
          Type === 'AWS::Glue::Database' ? Properties.DatabaseInput.Name : undefined,
          // A metric without dimensions is the account's, whatever lake watches it.
          Type === 'AWS::CloudWatch::Alarm' && Properties.Dimensions
            ? `${Properties.Namespace}/${Properties.MetricName}/${JSON.stringify(Properties.Dimensions)}`
            : undefined,
        ]
          .filter((name) => (typeof name === 'string' && name !== '$default') || name?.['Fn::Join'])
          .map((name) => `${Type} ${JSON.stringify(name)}`),
      ),
    );

  const shared = new Set(namesIn(small));
  assert.deepEqual(
    namesIn(beta).filter((name) => shared.has(name)),
    [],
  );
  assert.ok(namesIn(beta).includes('AWS::Glue::Database "beta_amazon_gold"'));
});

test('Every study there is passes cdk-nag and CDK’s check of resource types on its own, in both profiles', () => {
  for (const studies of studiesOf().names)
    for (const profile of ['small', 'large']) {
      const synthesised = synthesise({ studies, profile }, { checksTypes: true });
      assert.ok(synthesised.all('AWS::Lambda::Function').length > 0, studies);
    }
});

test('A study in another folder is synthesised by studiesDirs, with underscores in its databases for hyphens', () => {
  const dir = mkdtempSync(join(tmpdir(), 'headwaters-studies-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  newStudy(studiesOf(), 'roof-weather', dir);

  const { all, templates } = synthesise({ studies: 'roof-weather', studiesDirs: dir });

  assert.deepEqual(
    all('AWS::Kinesis::Stream').map(({ Properties }) => Properties.Name),
    ['headwaters-roof-weather-events'],
  );
  assert.ok(
    all('AWS::Glue::Database').some(
      ({ Properties }) => Properties.DatabaseInput.Name === 'roof_weather_gold',
    ),
  );
  assert.ok('HeadwatersRoofWeatherTransform' in templates);
  assert.doesNotMatch(JSON.stringify(templates), /amazon_|-amazon-/);
});

test('Two synths give the same bytes, so that an unchanged app has nothing to deploy', () => {
  const again = synthesise({ studies: 'amazon' });

  // The other files tell where in the code a construct was made, for people.
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => /(\.template\.json|\.assets\.json|index\.mjs|study\.json)$/.test(file))
      .sort();
  assert.deepEqual(files(again.folder), files(small.folder));
  for (const file of files(small.folder)) {
    assert.ok(readFileSync(join(small.folder, file)).equals(readFileSync(join(again.folder, file))), file);
  }
});

test('CDK adds no Lambda of its own: no custom resource, and every function is one of lambdas/', () => {
  const types = Object.values(small.templates).flatMap(({ Resources }) =>
    Object.values(Resources).map(({ Type }) => Type),
  );
  const functions = small.all('AWS::Lambda::Function');

  assert.deepEqual(
    types.filter((type) => type.startsWith('Custom::') || type === 'AWS::CloudFormation::CustomResource'),
    [],
  );
  for (const { Properties } of functions) {
    assert.deepEqual(
      [Properties.Runtime, Properties.Architectures, Properties.Handler],
      ['nodejs24.x', ['arm64'], 'index.handler'],
    );
  }
});

test('Every bucket is encrypted, refuses plain HTTP and old TLS, is shut to the public and tidies up after itself', () => {
  const buckets = small.all('AWS::S3::Bucket');
  const policies = small.all('AWS::S3::BucketPolicy');

  assert.equal(buckets.length, 5);
  assert.equal(policies.length, 5);
  for (const { Properties } of buckets) {
    const purpose = JSON.stringify(Properties.BucketName);
    const [rule] = Properties.BucketEncryption.ServerSideEncryptionConfiguration;
    const isLogs = purpose.includes('-logs-');
    assert.equal(rule.ServerSideEncryptionByDefault.SSEAlgorithm, isLogs ? 'AES256' : 'aws:kms', purpose);
    assert.equal(rule.BucketKeyEnabled, isLogs ? undefined : true, purpose);
    assert.deepEqual(
      Object.values(Properties.PublicAccessBlockConfiguration),
      [true, true, true, true],
      purpose,
    );
    assert.ok(Properties.LifecycleConfiguration.Rules.length > 1, purpose);
  }
  for (const policy of policies) {
    const denied = statementsOf(policy).filter(({ Effect }) => Effect === 'Deny');
    assert.ok(
      denied.some(({ Condition }) => Condition?.Bool?.['aws:SecureTransport'] === 'false'),
      nameOf(policy),
    );
    assert.ok(
      denied.some(({ Condition }) => Condition?.NumericLessThan?.['s3:TlsVersion']),
      nameOf(policy),
    );
  }
});

test('The lake forgets stages after days and cools bronze down, but never lets it expire', () => {
  const lake = small
    .all('AWS::S3::Bucket')
    .find(({ Properties }) => JSON.stringify(Properties.BucketName).includes('-lake-'));
  const rules = lake?.Properties.LifecycleConfiguration.Rules as {
    Prefix?: string;
    ExpirationInDays?: number;
  }[];

  const daysOf = (prefix: string) => rules.find((rule) => rule.Prefix === prefix)?.ExpirationInDays;
  assert.equal(daysOf('stage/'), 3);
  assert.equal(daysOf('bronze/'), undefined);
  assert.ok(rules.every(({ Prefix, ExpirationInDays }) => Prefix || !ExpirationInDays));
});

test('Every table is encrypted with the lake’s key and can be restored to any second', () => {
  for (const { Properties, ...table } of small.all('AWS::DynamoDB::Table')) {
    const where = nameOf(table as FoundResource);
    assert.equal(Properties.SSESpecification.SSEType, 'KMS', where);
    assert.equal(Properties.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled, true, where);
    assert.equal(Properties.BillingMode, 'PAY_PER_REQUEST', where);
  }
});

test('Stream, topic and queues are encrypted, and topic and queues refuse plain HTTP', () => {
  const [stream] = small.all('AWS::Kinesis::Stream');
  const [topic] = small.all('AWS::SNS::Topic');

  assert.equal(stream?.Properties.StreamEncryption.EncryptionType, 'KMS');
  assert.ok(topic?.Properties.KmsMasterKeyId);
  for (const { Properties } of small.all('AWS::SQS::Queue'))
    assert.equal(Properties.SqsManagedSseEnabled, true);
  const policies = [...small.all('AWS::SQS::QueuePolicy'), ...small.all('AWS::SNS::TopicPolicy')];
  assert.equal(policies.length, small.all('AWS::SQS::Queue').length + 1);
  for (const policy of policies) {
    assert.ok(
      statementsOf(policy).some(
        ({ Effect, Condition }) => Effect === 'Deny' && Condition?.Bool?.['aws:SecureTransport'] === 'false',
      ),
      nameOf(policy),
    );
  }
});

test('Every log group keeps its lines for a bounded time', () => {
  const groups = small.all('AWS::Logs::LogGroup');

  assert.ok(groups.length >= small.all('AWS::Lambda::Function').length);
  for (const group of groups) assert.equal(group.Properties.RetentionInDays, 14, nameOf(group));
});

test('Every function has a role of its own', () => {
  const roles = small
    .all('AWS::Lambda::Function')
    .map(({ stack, Properties }) => `${stack} ${JSON.stringify(Properties.Role)}`);

  assert.equal(new Set(roles).size, roles.length);
});

test('No policy allows an action by wildcard, and * as a resource only for what AWS knows no resources for', () => {
  const allowed = small
    .all('AWS::IAM::Policy')
    .flatMap((policy) => statementsOf(policy).map((statement) => ({ ...statement, where: nameOf(policy) })))
    .filter(({ Effect }) => Effect === 'Allow');

  for (const { Action, Resource, where } of allowed) {
    for (const action of list(Action)) assert.doesNotMatch(action, /\*/, where);
    if (!list(Resource).includes('*')) continue;
    for (const action of list(Action))
      assert.match(
        action,
        /^(logs:.*(LogDeliver|ResourcePolic|DescribeLogGroups)|xray:|dynamodb:ListStreams|cloudwatch:PutMetricData)/,
        where,
      );
  }
  assert.deepEqual(
    small.all('AWS::IAM::Role').filter(({ Properties }) => Properties.ManagedPolicyArns),
    [],
  );
});

test('A batch of a stream that cannot be handled is halved, retried and kept with its payload', () => {
  const mappings = small
    .all('AWS::Lambda::EventSourceMapping')
    .filter(({ Properties }) => Properties.StartingPosition);

  assert.equal(mappings.length, 3);
  for (const mapping of mappings) {
    const { BisectBatchOnFunctionError, FunctionResponseTypes, MaximumRetryAttempts, DestinationConfig } =
      mapping.Properties;
    assert.deepEqual(
      [BisectBatchOnFunctionError, FunctionResponseTypes],
      [true, ['ReportBatchItemFailures']],
      nameOf(mapping),
    );
    assert.ok(MaximumRetryAttempts > 0, nameOf(mapping));
    assert.match(JSON.stringify(DestinationConfig.OnFailure.Destination), /-failures-/, nameOf(mapping));
  }
});

test('The queue of landed files gives up into a queue that is kept as long as AWS keeps one', () => {
  const queues = small.all('AWS::SQS::Queue');
  const landed = queues.find(({ Properties }) => Properties.QueueName === 'headwaters-amazon-landed');

  assert.equal(landed?.Properties.RedrivePolicy.maxReceiveCount, 5);
  for (const { Properties } of queues) assert.equal(Properties.MessageRetentionPeriod, 14 * 86_400);
});

test('The landing bucket tells its queue of landed files, once the queue lets S3 write', () => {
  const notifying = small
    .all('AWS::S3::Bucket')
    .filter(({ Properties }) => Properties.NotificationConfiguration?.QueueConfigurations);
  const policies = small.all('AWS::SQS::QueuePolicy').map(({ id }) => id);

  const prefixes = notifying.flatMap(({ Properties }) =>
    Properties.NotificationConfiguration.QueueConfigurations.map(
      (one: { Filter: { S3Key: { Rules: unknown[] } } }) => one.Filter.S3Key.Rules[0],
    ),
  );
  assert.deepEqual(prefixes, [{ Name: 'prefix', Value: 'amazon/' }]);
  for (const bucket of notifying)
    assert.ok(
      bucket.DependsOn?.some((id) => policies.includes(id)),
      nameOf(bucket),
    );
});

test('Whatever can fail has an alarm that somebody hears', () => {
  const alarms = small.all('AWS::CloudWatch::Alarm');
  const names = alarms.map(({ Properties }) => Properties.AlarmName as string);

  const failsElsewhere = [
    ...['run-planner', 'model-runner', 'run-reconciler'].map((step) => [
      step,
      'headwaters-amazon-pipeline-failed',
    ]),
    ['file-loader', 'headwaters-amazon-landed-dead-letters-not-empty'],
    ['ledger-sweep', 'headwaters-amazon-async-dead-letters-not-empty'],
    ...['bronze-writer', 'hot-aggregator', 'cdc'].map((reader) => [
      reader,
      'headwaters-failed-batches-not-empty',
    ]),
  ] as [string, string][];
  const ends = new Map(failsElsewhere.map(([folder, name]) => [`headwaters-amazon-${folder}`, name]));
  for (const { Properties } of small.all('AWS::Lambda::Function')) {
    const name = Properties.FunctionName as string;
    assert.ok(names.includes(ends.get(name) ?? `${name}-errors`), name);
  }
  assert.ok(names.includes('headwaters-throttles'));
  for (const { Properties } of small.all('AWS::SQS::Queue')) {
    if (Properties.RedrivePolicy) continue;
    assert.ok(names.includes(`${Properties.QueueName}-not-empty`), Properties.QueueName);
  }
  for (const { Properties } of small.all('AWS::StepFunctions::StateMachine')) {
    assert.ok(names.includes(`${Properties.StateMachineName}-failed`), Properties.StateMachineName);
  }
  assert.ok(names.includes('headwaters-amazon-bronze-writer-late'));
  assert.ok(names.includes('headwaters-amazon-out-of-balance'));
  for (const alarm of alarms) assert.equal(alarm.Properties.AlarmActions.length, 1, nameOf(alarm));
});

test('The HTTP API takes signed requests only', () => {
  const routes = small.all('AWS::ApiGatewayV2::Route');

  assert.equal(routes.length, 13);
  for (const { Properties } of routes)
    assert.equal(Properties.AuthorizationType, 'AWS_IAM', Properties.RouteKey);
});

test('A query that scans more than the profile allows is stopped, whoever asks', () => {
  const groups = small.all('AWS::Athena::WorkGroup').map(({ Properties }) => Properties);
  const limits = Object.fromEntries(
    groups.map((group) => [group.Name, group.WorkGroupConfiguration.BytesScannedCutoffPerQuery]),
  );

  assert.deepEqual(limits, {
    headwaters: 10 * 2 ** 30,
    'headwaters-amazon-pipeline': 10 * 2 ** 30,
    'headwaters-amazon-serving': 2 ** 30,
  });
  for (const { WorkGroupConfiguration: configuration } of groups) {
    assert.equal(configuration.EnforceWorkGroupConfiguration, true);
    assert.equal(configuration.EngineVersion.SelectedEngineVersion, 'Athena engine version 3');
  }
});

test('What answers over HTTP may read the study, and write its own answers and nothing else', () => {
  const [policy] = small.all('AWS::IAM::Policy').filter(({ stack }) => stack === 'HeadwatersAmazonServing');
  const allowed = statementsOf(policy!).flatMap(({ Action, Resource }) =>
    list(Action).map((action) => ({ action, resource: JSON.stringify(Resource) })),
  );
  const resourcesOf = (pattern: RegExp) =>
    allowed.filter(({ action }) => pattern.test(action)).map(({ resource }) => resource);

  assert.deepEqual(
    [...new Set(allowed.map(({ action }) => action))].filter((action) => !/^(kms|logs):/.test(action)).sort(),
    [
      'athena:GetDataCatalog',
      'athena:GetQueryExecution',
      'athena:GetQueryResults',
      'athena:StartQueryExecution',
      'athena:StopQueryExecution',
      'dynamodb:Query',
      'glue:GetDatabase',
      'glue:GetDatabases',
      'glue:GetPartitions',
      'glue:GetTable',
      'glue:GetTables',
      's3:AbortMultipartUpload',
      's3:GetBucketLocation',
      's3:GetObject',
      's3:ListBucket',
      's3:ListBucketMultipartUploads',
      's3:ListMultipartUploadParts',
      's3:PutObject',
    ],
  );
  for (const resource of resourcesOf(/^s3:PutObject$/)) assert.match(resource, /serving\/study=amazon\/\*"/);
  for (const resource of resourcesOf(/Query(Execution|Results)$/))
    assert.match(resource, /workgroup\/headwaters-amazon-serving"/);
  for (const resource of resourcesOf(/^glue:/)) assert.doesNotMatch(resource, /amazon_stage/);
  for (const resource of resourcesOf(/^dynamodb:/)) assert.match(resource, /headwaters-live-amazon"/);
});

test('Data outlives its stack, unless profile and context both say that it need not', () => {
  const kept = [
    'AWS::S3::Bucket',
    'AWS::DynamoDB::Table',
    'AWS::Glue::Database',
    'AWS::Glue::Table',
    'AWS::KMS::Key',
  ];
  const policiesOf = (of: typeof small) =>
    new Set(kept.flatMap((type) => of.all(type).map(({ DeletionPolicy }) => DeletionPolicy)));

  assert.deepEqual([...policiesOf(small)], ['RetainExceptOnCreate']);
  assert.deepEqual([...policiesOf(large)], ['RetainExceptOnCreate']);
  assert.deepEqual([...policiesOf(synthesise({ studies: 'amazon', deleteData: 'yes' }))], ['Delete']);
});

test('Arrows point only towards the lake and the data of the own study: no stack imports another one’s values', () => {
  for (const [stack, template] of Object.entries(small.templates)) {
    const imports = [...JSON.stringify(template).matchAll(/"Fn::ImportValue":"([^:"]+):/g)].map(
      ([, from]) => from,
    );
    assert.deepEqual(
      [...new Set(imports)].filter((from) => !['HeadwatersLake', 'HeadwatersAmazonData'].includes(from!)),
      [],
      stack,
    );
  }
});

test('A template and its resources stay within CloudFormation’s limits', () => {
  for (const [stack, { Resources }] of Object.entries(small.templates)) {
    assert.ok(Object.keys(Resources).length <= 500, stack);
    assert.ok(JSON.stringify(small.templates[stack]).length <= 1_000_000, stack);
  }
});

test('Context that is not known is refused with what is allowed', () => {
  const reading = (context: Record<string, string>) => () => readSettings(new App({ context }));

  assert.throws(
    reading({ profile: 'medium' }),
    (error) => error instanceof ContextError && /small, large/.test(error.message),
  );
  assert.throws(reading({ studies: 'amzon' }), /Allowed: amazon/);
  assert.throws(reading({ deleteData: 'maybe' }), /Allowed: yes, no/);
  assert.throws(
    reading({ tableOptimizers: 'small' }),
    /tableOptimizers=small is not known. Allowed: on, off/,
  );
});

test('A bundle that was changed on disk is made again', (t) => {
  const { path } = lambdaCode('cdc', '{"name":"only in this test"}') as AssetCode;
  t.onTestFinished(() => rmSync(path, { recursive: true }));
  const bundle = readFileSync(join(path, 'index.mjs'), 'utf8');
  writeFileSync(join(path, 'index.mjs'), bundle.slice(0, 1000));

  lambdaCode('cdc', '{"name":"only in this test"}');

  assert.equal(readFileSync(join(path, 'index.mjs'), 'utf8'), bundle);
});
