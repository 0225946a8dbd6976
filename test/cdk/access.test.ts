/** Permissions of the deployed stacks' roles, asked of the synthesised policies. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { arnOf, roleOf, s3Arn } from './roles.ts';
import { synthesise } from './synthesised.ts';

const app = synthesise({ studies: 'amazon' });
const pipeline = roleOf(app, 'HeadwatersAmazonTransform', /^What headwaters-amazon-pipeline may do/);
const maintenance = roleOf(app, 'HeadwatersAmazonTransform', /^What headwaters-amazon-maintenance may do/);
const reconciler = roleOf(app, 'HeadwatersAmazonTransform', /^What headwaters-amazon-run-reconciler may do/);
const planner = roleOf(app, 'HeadwatersAmazonTransform', /^What headwaters-amazon-run-planner may do/);
const optimizers = roleOf(
  app,
  'HeadwatersAmazonTransform',
  /^What the table optimizers of headwaters-amazon may do/,
);
const bronzeWriter = roleOf(app, 'HeadwatersAmazonIngestion', /^What headwaters-amazon-bronze-writer may do/);
const fileLoader = roleOf(app, 'HeadwatersAmazonIngestion', /^What headwaters-amazon-file-loader may do/);
const sweep = roleOf(app, 'HeadwatersAmazonIngestion', /^What headwaters-amazon-ledger-sweep may do/);

const ledger = arnOf('dynamodb', 'table/headwaters-ledger');

test('The pipeline may look at the databases that Athena looks at for a CREATE TABLE, `default` among them', () => {
  // https://docs.aws.amazon.com/athena/latest/ug/fine-grained-access-to-glue-resources.html
  for (const database of ['default', 'amazon_silver', 'amazon_bronze'])
    assert.ok(pipeline.may('glue:GetDatabase', arnOf('glue', `database/${database}`)), database);
  assert.ok(pipeline.may('glue:GetDatabases', arnOf('glue', 'catalog')));
  assert.ok(!pipeline.may('glue:GetDatabase', arnOf('glue', 'database/uber_silver')));
});

test('Every statement names its catalog and database, so that none is looked up in `default`', () => {
  const definitions = app
    .all('AWS::StepFunctions::StateMachine')
    .map(
      ({ Properties }) =>
        [JSON.stringify(Properties.DefinitionString), Properties.DefinitionSubstitutions] as const,
    );

  for (const [text, { Database }] of definitions) {
    const starts = text.split('athena:startQueryExecution').length - 1;
    const contexts = text.split('QueryExecutionContext').length - 1;
    assert.ok(starts > 0 && starts === contexts, `${starts} starts, ${contexts} contexts`);
    assert.equal(Database, 'amazon_silver');
  }
});

test('The pipeline makes tables in every zone but bronze, whose tables are CloudFormation’s', () => {
  const table = (zone: string) => arnOf('glue', `table/amazon_${zone}/t`);

  for (const role of [pipeline, maintenance])
    for (const action of ['glue:CreateTable', 'glue:UpdateTable', 'glue:DeleteTable']) {
      for (const zone of ['stage', 'silver', 'gold', 'marts', 'quarantine'])
        assert.ok(role.may(action, table(zone)), `${action} ${zone}`);
      assert.ok(!role.may(action, table('bronze')), action);
    }
  assert.ok(pipeline.may('glue:GetTable', table('bronze')));
  assert.ok(!pipeline.may('s3:PutObject', s3Arn('lake', 'bronze/study=amazon/x')));
});

test('A study’s statements run in a workgroup of its own, and their results are under its own prefix', () => {
  const groups = app.all('AWS::Athena::WorkGroup').map(({ Properties }) => Properties);
  const own = groups.find(({ Name }) => Name === 'headwaters-amazon-pipeline');

  assert.match(
    JSON.stringify(own.WorkGroupConfiguration.ResultConfiguration.OutputLocation),
    /results\/study=amazon\//,
  );
  assert.ok(
    pipeline.may('athena:StartQueryExecution', arnOf('athena', 'workgroup/headwaters-amazon-pipeline')),
  );
  assert.ok(!pipeline.may('athena:StartQueryExecution', arnOf('athena', 'workgroup/headwaters')));
  for (const role of [pipeline, reconciler]) {
    assert.ok(role.may('s3:GetObject', s3Arn('athena', 'results/study=amazon/1.csv')));
    assert.ok(!role.may('s3:GetObject', s3Arn('athena', 'results/study=uber/1.csv')));
    assert.ok(!role.may('s3:GetObject', s3Arn('athena', 'results/1.csv')));
  }
});

test('A bucket that studies share is listed under the study’s own prefixes', () => {
  const listing = (prefix: string) => ({ 's3:prefix': prefix });

  assert.ok(pipeline.may('s3:ListBucket', s3Arn('lake'), listing('silver/study=amazon/orders')));
  assert.ok(pipeline.may('s3:ListBucket', s3Arn('athena'), listing('results/study=amazon/')));
  assert.ok(sweep.may('s3:ListBucket', s3Arn('lake'), listing('bronze/study=amazon/stream=events/')));
  for (const role of [pipeline, reconciler, sweep])
    for (const prefix of ['', 'silver/study=uber/', 'bronze/study=amazonia/', 'silver/'])
      assert.ok(!role.may('s3:ListBucket', s3Arn('lake'), listing(prefix)), prefix);
});

test('Whoever may meet an object that is gone may list its bucket, so that S3 answers NoSuchKey and not AccessDenied', () => {
  // Reading an object names no prefix: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
  assert.ok(fileLoader.may('s3:ListBucket', s3Arn('amazon-landing')));
  assert.ok(reconciler.may('s3:ListBucket', s3Arn('lake')));
  assert.ok(sweep.may('s3:ListBucket', s3Arn('lake')));
});

test('A study’s functions reach only its own rows of the ledger', () => {
  const row = (key: string) => ({ 'dynamodb:LeadingKeys': [key] });

  assert.ok(bronzeWriter.may('dynamodb:PutItem', ledger, row('amazon#events#shard#2026-01-01T00')));
  assert.ok(fileLoader.may('dynamodb:PutItem', ledger, row('amazon#landing#0#2026-01-01T00')));
  assert.ok(fileLoader.may('dynamodb:GetItem', ledger, row('file#amazon#customers')));
  assert.ok(sweep.may('dynamodb:Query', ledger, row('amazon#events#shard#2026-01-01T00')));
  assert.ok(planner.may('dynamodb:Query', `${ledger}/index/landed`, row('amazon#7')));
  assert.ok(planner.may('dynamodb:PutItem', ledger, row('lease#amazon')));
  assert.ok(reconciler.may('dynamodb:UpdateItem', ledger, row('amazon#events#shard#2026-01-01T00')));
  for (const role of [bronzeWriter, fileLoader, sweep, planner, reconciler])
    for (const action of ['dynamodb:PutItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'])
      for (const key of ['uber#events#shard#2026-01-01T00', 'lease#uber', 'file#uber#trips', 'uber#7'])
        for (const arn of [ledger, `${ledger}/index/landed`])
          assert.ok(!role.may(action, arn, row(key)), `${action} ${key}`);
  assert.ok(!bronzeWriter.may('dynamodb:PutItem', ledger, row('lease#amazon')));
});

test('The lake’s key is used through the services that hold its data, and in no other way', () => {
  const roles = {
    pipeline,
    maintenance,
    reconciler,
    planner,
    bronzeWriter,
    fileLoader,
    sweep,
    optimizers,
  };

  for (const [name, { statements }] of Object.entries(roles)) {
    const uses = statements.filter(({ Action }) => JSON.stringify(Action).includes('"kms:'));
    assert.ok(uses.length > 0, name);
    for (const { Condition } of uses)
      assert.match(JSON.stringify(Condition), /"kms:ViaService":.*\.amazonaws\.com/, name);
  }
});

// https://docs.aws.amazon.com/glue/latest/dg/optimization-prerequisites.html
test('The role of the table optimizers works on the study’s published tables, and on nothing else', () => {
  const table = (zone: string, study = 'amazon') => arnOf('glue', `table/${study}_${zone}/t`);
  const object = (part: string, study = 'amazon') => s3Arn('lake', `${part}/study=${study}/t/data/x.parquet`);

  for (const zone of ['silver', 'gold', 'marts', 'quarantine']) {
    for (const action of ['glue:GetTable', 'glue:UpdateTable'])
      assert.ok(optimizers.may(action, table(zone)), `${action} ${zone}`);
    for (const action of ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'])
      assert.ok(optimizers.may(action, object(zone === 'quarantine' ? 'quarantine/tables' : zone)), action);
    assert.ok(!optimizers.may('glue:UpdateTable', table(zone, 'uber')));
    assert.ok(!optimizers.may('glue:DeleteTable', table(zone)));
  }
  for (const part of ['bronze', 'runs', 'published', 'quarantine/stream=events'])
    assert.ok(!optimizers.may('s3:DeleteObject', object(part)), part);
  assert.ok(!optimizers.may('s3:DeleteObject', object('silver', 'uber')));
  assert.ok(!optimizers.may('glue:UpdateTable', table('bronze')));
  for (const type of ['compaction', 'retention', 'orphan-file-deletion'])
    assert.ok(
      optimizers.may(
        'logs:PutLogEvents',
        arnOf('logs', `log-group:/aws-glue/iceberg-${type}/logs:log-stream:x`),
      ),
      type,
    );
  assert.ok(!optimizers.may('logs:PutLogEvents', arnOf('logs', 'log-group:/aws-glue/jobs:log-stream:x')));
});

test('Only where they are on may the model runner switch optimizers on, in their role and for Glue', () => {
  const runnerOf = (context: Readonly<Record<string, string>>) =>
    roleOf(
      synthesise({ studies: 'amazon', ...context }),
      'HeadwatersAmazonTransform',
      /^What headwaters-amazon-model-runner may do/,
    );
  const [off, on] = [runnerOf({}), runnerOf({ tableOptimizers: 'on' })];
  const table = arnOf('glue', 'table/amazon_gold/fact_sales');

  const passes = on.statements.filter(({ Action }) => JSON.stringify(Action).includes('iam:PassRole'));

  assert.equal(passes.length, 1);
  assert.match(
    JSON.stringify(passes[0]?.Resource),
    /^\{"Fn::GetAtt":\["TableOptimizersRole[0-9A-F]+","Arn"\]\}$/,
  );
  assert.deepEqual(passes[0]?.Condition, { StringEquals: { 'iam:PassedToService': 'glue.amazonaws.com' } });
  assert.ok(!JSON.stringify(off.statements).includes('iam:PassRole'));
  for (const verb of ['Create', 'Update']) {
    assert.ok(on.may(`glue:${verb}TableOptimizer`, table));
    assert.ok(!off.may(`glue:${verb}TableOptimizer`, table));
  }
  assert.ok(off.may('glue:DeleteTableOptimizer', table));
  assert.ok(!on.may('glue:CreateTableOptimizer', arnOf('glue', 'table/uber_gold/t')));
  assert.ok(!on.may('glue:CreateTableOptimizer', arnOf('glue', 'table/amazon_bronze/t')));
});

test('Services act in a role or on a resource for this account only', () => {
  const trust = app
    .all('AWS::IAM::Role')
    .filter(({ Properties }) =>
      /states\.amazonaws|scheduler\.amazonaws/.test(JSON.stringify(Properties.AssumeRolePolicyDocument)),
    );

  assert.equal(trust.length, 5);
  for (const { Properties } of trust)
    assert.match(
      JSON.stringify(Properties.AssumeRolePolicyDocument),
      /"aws:SourceAccount":\{"Ref":"AWS::AccountId"\}/,
    );
});
