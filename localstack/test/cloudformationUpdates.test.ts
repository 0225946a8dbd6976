/** Updates of a stack: what they do, say beforehand, refuse and take back, as AWS's CloudFormation does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  type CreateChangeSetCommandInput,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateSummaryCommand,
  UpdateStackCommand,
  type UpdateStackCommandInput,
  ValidateTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import { expect, type TestContext, test } from 'vitest';
import type { Template } from '../services/cloudformation/template.ts';
import { eventually } from './support/functions.ts';
import { localCloud } from './support/localCloud.ts';

type Resources = Template['Resources'];

const topic = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::SNS::Topic',
  Properties: properties,
});
const queue = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: properties,
});
const role = (properties: Record<string, unknown> = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: { Statement: [] }, ...properties },
});
/** A policy for a role that does not exist: it always fails to deploy. */
const failing = {
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyName: 'p', PolicyDocument: {}, Roles: ['nobody'] },
};

async function stack(t: TestContext) {
  const cloud = await localCloud(t);
  const client = new CloudFormationClient({ ...cloud.client, maxAttempts: 1 });
  const named = { StackName: 's', Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  const describe = async () => (await client.send(new DescribeStacksCommand({ StackName: 's' }))).Stacks?.[0];
  const settled = async () => {
    await eventually(async () => !(await describe())?.StackStatus?.endsWith('_IN_PROGRESS'));
    return describe();
  };
  const body = (Resources: Resources, more: object = {}) => JSON.stringify({ Resources, ...more });
  return {
    cloud,
    client,
    describe,
    body,
    async create(TemplateBody: string, more: Partial<CreateStackCommandInput> = {}) {
      await client.send(new CreateStackCommand({ ...named, TemplateBody, ...more }));
      return settled();
    },
    async update(TemplateBody: string, more: Partial<UpdateStackCommandInput> = {}) {
      await client.send(new UpdateStackCommand({ ...named, TemplateBody, ...more }));
      return settled();
    },
    async changeSet(TemplateBody: string, more: Partial<CreateChangeSetCommandInput> = {}) {
      const ChangeSetName = `c${Math.random().toString(36).slice(2)}`;
      await client.send(new CreateChangeSetCommand({ ...named, ChangeSetName, TemplateBody, ...more }));
      return client.send(new DescribeChangeSetCommand({ StackName: 's', ChangeSetName }));
    },
    async execute(changeSet: { ChangeSetId?: string }) {
      await client.send(new ExecuteChangeSetCommand({ ChangeSetName: changeSet.ChangeSetId }));
      return settled();
    },
    async physicalIds() {
      const { StackResources = [] } = await client.send(
        new DescribeStackResourcesCommand({ StackName: 's' }),
      );
      return Object.fromEntries(StackResources.map((r) => [r.LogicalResourceId, r.PhysicalResourceId]));
    },
    async events() {
      const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 's' }));
      return StackEvents.toReversed().map(
        ({ LogicalResourceId, ResourceStatus, ResourceStatusReason = '' }) =>
          [LogicalResourceId, ResourceStatus, ResourceStatusReason] as const,
      );
    },
    topics: async () =>
      (await cloud.call('sns', 'ListTopics', {})).Topics.map(({ TopicArn }: { TopicArn: string }) =>
        TopicArn.split(':').at(-1),
      ),
  };
}

const STAGE = { Parameters: { Stage: { Type: 'String', Default: 'dev' } } };
const stage = (value: string) => [{ ParameterKey: 'Stage', ParameterValue: value }];

test('a stack without parameters deploys: clients send an empty list as an empty text', async (t) => {
  const { changeSet, execute, body } = await stack(t);

  // What `aws cloudformation deploy` and `cdk deploy` send.
  const described = await changeSet(body({ Topic: topic() }), {
    ChangeSetType: 'CREATE',
    Parameters: [],
    Tags: [],
    NotificationARNs: [],
    ResourceTypes: [],
  });
  const done = await execute(described);

  assert.equal(described.Status, 'CREATE_COMPLETE');
  assert.equal(done?.StackStatus, 'CREATE_COMPLETE');
});

test('a change set of only changed parameters says what they change, and which resources are replaced', async (t) => {
  // LocalStack's recorded answer: test_change_set_parameters.py::test_update_parameter_default_value.
  const { create, changeSet, execute, body, topics } = await stack(t);
  const template = body(
    {
      Foo: topic({ TopicName: { Ref: 'Stage' } }),
      Bar: queue(),
      Baz: topic({ DisplayName: { Ref: 'Stage' } }),
    },
    STAGE,
  );
  await create(template, { Parameters: stage('one') });

  const described = await changeSet(template, { Parameters: stage('two') });
  const same = await changeSet(template, { Parameters: stage('one') });
  const previous = await changeSet(template, {
    Parameters: [{ ParameterKey: 'Stage', UsePreviousValue: true }],
  });
  const done = await execute(described);

  assert.deepEqual(
    described.Changes?.map(({ ResourceChange: change }) => [
      change?.Action,
      change?.LogicalResourceId,
      change?.Replacement,
      change?.Scope,
      change?.Details?.map(({ Target }) => [Target?.Name, Target?.RequiresRecreation]),
    ]),
    [
      ['Modify', 'Foo', 'True', ['Properties'], [['TopicName', 'Always']]],
      ['Modify', 'Baz', 'False', ['Properties'], [['DisplayName', 'Never']]],
    ],
  );
  for (const unchanged of [same, previous]) {
    assert.equal(unchanged.Status, 'FAILED');
    assert.match(unchanged.StatusReason ?? '', /^The submitted information didn't contain changes\./);
  }
  assert.equal(done?.StackStatus, 'UPDATE_COMPLETE');
  const names: string[] = await topics();
  assert.ok(names.includes('two') && !names.includes('one'), String(names));
});

test('a change set that only changes outputs is executed', async (t) => {
  const { create, changeSet, execute, body } = await stack(t);
  await create(body({ Topic: topic() }));

  const described = await changeSet(
    body({ Topic: topic() }, { Outputs: { Arn: { Value: { Ref: 'Topic' } } } }),
  );
  const done = await execute(described);

  assert.deepEqual([described.Status, described.Changes], ['CREATE_COMPLETE', []]);
  assert.deepEqual(
    done?.Outputs?.map(({ OutputKey }) => OutputKey),
    ['Arn'],
  );
});

test('a template that says the same in other words is not an update', async (t) => {
  const { create, update, body } = await stack(t);
  await create(body({ Topic: topic({ TopicName: 'a' }) }));

  const reformatted = `
Description: the same
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: a } }`;

  await assert.rejects(update(reformatted), { message: 'No updates are to be performed.' });
});

test('a custom-named resource that needs a replacement fails, and everything is as before', async (t) => {
  const { create, update, events, cloud, physicalIds, body } = await stack(t);
  const table = (key: string) => ({
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      TableName: 'orders',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    },
  });
  await create(body({ Topic: topic({ DisplayName: 'before' }), Table: table('id') }));
  const before = await physicalIds();

  const done = await update(
    body({ Topic: topic({ DisplayName: 'after' }), Added: queue(), Table: table('key') }),
  );

  const reason =
    'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename orders and update the stack again.';
  assert.equal(done?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(
    (await events()).filter(([, status]) => status === 'UPDATE_FAILED'),
    [['Table', 'UPDATE_FAILED', reason]],
  );
  const { Table: described } = await cloud.call('dynamodb', 'DescribeTable', { TableName: 'orders' });
  assert.equal(described.KeySchema[0].AttributeName, 'id');
  assert.deepEqual(await physicalIds(), before);
  const { Attributes } = await cloud.call('sns', 'GetTopicAttributes', { TopicArn: before.Topic });
  assert.equal(Attributes.get('DisplayName'), 'before');
  assert.equal((await cloud.call('sqs', 'ListQueues', {})).QueueUrls.length, 0);
});

test('a resource with a generated name is replaced, what refers to it follows, and the old one goes last', async (t) => {
  // LocalStack's recorded events: engine/test_replacement.py::test_requires_replacement.
  const { create, update, events, physicalIds, body } = await stack(t);
  const withQueue = (properties: Record<string, unknown>) =>
    body({ Q: queue(properties), Told: topic({ DisplayName: { 'Fn::GetAtt': ['Q', 'QueueName'] } }) });
  await create(withQueue({}));
  const { Q: former } = await physicalIds();

  const done = await update(withQueue({ QueueName: 'named' }));

  assert.equal(done?.StackStatus, 'UPDATE_COMPLETE');
  assert.deepEqual(
    (await events()).filter(([id]) => id === 'Q').map(([, status, reason]) => [status, reason]),
    [
      ['CREATE_IN_PROGRESS', ''],
      ['CREATE_COMPLETE', ''],
      [
        'UPDATE_IN_PROGRESS',
        'Requested update requires the creation of a new physical resource; hence creating one.',
      ],
      ['UPDATE_COMPLETE', ''],
      ['DELETE_IN_PROGRESS', ''],
      ['DELETE_COMPLETE', ''],
    ],
  );
  const { Q: now } = await physicalIds();
  assert.notEqual(now, former);
  assert.match(now ?? '', /\/named$/);
});

test('a generated name that a template then gives as a custom one cannot be replaced either', async (t) => {
  const { create, update, physicalIds, body } = await stack(t);
  await create(body({ Q: queue() }));
  const generated = (await physicalIds()).Q?.split('/').at(-1);

  const done = await update(body({ Q: queue({ QueueName: generated }) }));

  assert.equal(done?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
});

test('an update may not make another type of a resource', async (t) => {
  const { create, update, body } = await stack(t);
  await create(body({ It: topic() }));

  await assert.rejects(update(body({ It: queue() })), {
    name: 'ValidationError',
    message:
      'Update of resource type is not permitted. The new template modifies resource type of the following resources: [It]',
  });
});

test('a failed creation is rolled back, unless the caller says otherwise; then nothing but a deletion is left', async (t) => {
  const { create, update, client, describe, topics, body } = await stack(t);
  const template = body({ A: topic({ TopicName: 'a' }), Bad: { ...failing, DependsOn: 'A' } });

  const rolledBack = await create(template);
  const left = await topics();
  await assert.rejects(update(body({ A: topic() })), /is in ROLLBACK_COMPLETE state and can not be updated/);
  await client.send(new DeleteStackCommand({ StackName: 's' }));
  await eventually(async () =>
    describe().then(
      () => false,
      () => true,
    ),
  );
  const kept = await create(template, { OnFailure: 'DO_NOTHING' });

  assert.deepEqual([rolledBack?.StackStatus, left], ['ROLLBACK_COMPLETE', []]);
  assert.deepEqual([kept?.StackStatus, await topics()], ['CREATE_FAILED', ['a']]);
});

test('a replacement that a later failure takes back leaves the former resource', async (t) => {
  const { create, update, physicalIds, cloud, body } = await stack(t);
  await create(body({ Q: queue() }));
  const before = await physicalIds();

  const done = await update(body({ Q: queue({ QueueName: 'other' }), Bad: { ...failing, DependsOn: 'Q' } }));

  assert.equal(done?.StackStatus, 'UPDATE_ROLLBACK_COMPLETE');
  assert.deepEqual(await physicalIds(), before);
  assert.deepEqual((await cloud.call('sqs', 'ListQueues', {})).QueueUrls, [before.Q]);
});

test('a secret parameter keeps its value when an update uses the previous one, and is never shown', async (t) => {
  const { create, update, cloud, physicalIds, body } = await stack(t);
  const template = (name: string) =>
    body(
      { Topic: topic({ DisplayName: { Ref: 'Secret' } }), Other: topic({ TopicName: name }) },
      { Parameters: { Secret: { Type: 'String', NoEcho: true } } },
    );
  await create(template('a'), { Parameters: [{ ParameterKey: 'Secret', ParameterValue: 'hush' }] });

  const done = await update(template('b'), {
    Parameters: [{ ParameterKey: 'Secret', UsePreviousValue: true }],
  });

  const { Attributes } = await cloud.call('sns', 'GetTopicAttributes', {
    TopicArn: (await physicalIds()).Topic,
  });
  assert.equal(Attributes.get('DisplayName'), 'hush');
  assert.deepEqual(done?.Parameters, [{ ParameterKey: 'Secret', ParameterValue: '****' }]);
});

test('parameters that are missing or unknown are refused in AWS’s words', async (t) => {
  const { create, body } = await stack(t);
  const template = body({ Topic: topic() }, { Parameters: { Needed: { Type: 'String' } } });

  await assert.rejects(create(template), {
    name: 'ValidationError',
    message: 'Parameters: [Needed] must have values',
  });
  await assert.rejects(create(body({ Topic: topic() }), { Parameters: stage('x') }), {
    name: 'ValidationError',
    message: 'Parameters: [Stage] do not exist in the template',
  });
});

test('IAM resources need the caller’s acknowledgement', async (t) => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-template.html#using-iam-capabilities
  const { create, body } = await stack(t);
  const given = (...Capabilities: ('CAPABILITY_IAM' | 'CAPABILITY_NAMED_IAM')[]) => ({ Capabilities });

  await assert.rejects(create(body({ Role: role() }), given()), {
    name: 'InsufficientCapabilitiesException',
    message: 'Requires capabilities : [CAPABILITY_IAM]',
  });
  await assert.rejects(create(body({ Role: role({ RoleName: 'r' }) }), given('CAPABILITY_IAM')), {
    message: 'Requires capabilities : [CAPABILITY_NAMED_IAM]',
  });
  const done = await create(body({ Role: role() }), given('CAPABILITY_IAM'));
  assert.equal(done?.StackStatus, 'CREATE_COMPLETE');
});

test('what a template takes and needs can be asked before a deploy, as `aws cloudformation deploy` asks it', async (t) => {
  const { client, body } = await stack(t);
  const TemplateBody = body({ Role: role(), Topic: topic() }, STAGE);

  const summary = await client.send(new GetTemplateSummaryCommand({ TemplateBody }));
  const validated = await client.send(new ValidateTemplateCommand({ TemplateBody }));

  assert.deepEqual(summary.Parameters, [
    { ParameterKey: 'Stage', DefaultValue: 'dev', ParameterType: 'String', NoEcho: false },
  ]);
  assert.deepEqual(summary.ResourceTypes, ['AWS::IAM::Role', 'AWS::SNS::Topic']);
  assert.deepEqual([summary.Capabilities, validated.Capabilities], [['CAPABILITY_IAM'], ['CAPABILITY_IAM']]);
});

test('an update may ask for no rollback, by either of the two parameters', async (t) => {
  const { create, update, body } = await stack(t);
  await create(body({ A: topic() }));

  const one = await update(body({ A: topic(), Bad: failing }), { DisableRollback: true });
  const two = await update(body({ A: topic({ DisplayName: 'x' }), Bad: failing }), {
    DeploymentConfig: { Mode: 'STANDARD', DisableRollback: true },
  });

  assert.deepEqual([one?.StackStatus, two?.StackStatus], ['UPDATE_FAILED', 'UPDATE_FAILED']);
});

test('a stack keeps its tags and its protection, and what its API does not emulate is refused by name', async (t) => {
  const { create, client, body } = await stack(t);
  const Tags = [{ Key: 'team', Value: 'data' }];

  const done = await create(body({ Topic: topic() }), { Tags, EnableTerminationProtection: true });

  assert.deepEqual(done?.Tags, Tags);
  await assert.rejects(client.send(new DeleteStackCommand({ StackName: 's' })), {
    message: 'Stack [s] cannot be deleted while TerminationProtection is enabled',
  });
  await assert.rejects(create(body({}), { StackName: 'other', StackPolicyBody: '{}' }), {
    name: 'NotImplementedException',
    message: /the parameter StackPolicyBody of CreateStack of cloudformation/,
  });
});

test('what an update no longer says is taken back', async (t) => {
  const { create, update, cloud, physicalIds, body } = await stack(t);
  const policy = (Queues: object[], Topics: object[]) => ({
    Q: { Type: 'AWS::SQS::QueuePolicy', Properties: { Queues, PolicyDocument: { Id: 'q' } } },
    T: { Type: 'AWS::SNS::TopicPolicy', Properties: { Topics, PolicyDocument: { Id: 't' } } },
  });
  const managed = (more: Record<string, unknown>) => ({
    Type: 'AWS::IAM::ManagedPolicy',
    Properties: { PolicyDocument: {}, ...more },
  });
  const group = (WorkGroupConfiguration: object, more = {}) => ({
    Type: 'AWS::Athena::WorkGroup',
    Properties: { Name: 'g', WorkGroupConfiguration, ...more },
  });
  const endpoint = { 'Fn::GetAtt': ['One', 'Arn'] };
  const first = {
    One: queue({ VisibilityTimeout: 90 }),
    Two: queue(),
    Topic: topic({ DisplayName: 'shown', Subscription: [{ Protocol: 'sqs', Endpoint: endpoint }] }),
    Other: topic(),
    ...policy([{ Ref: 'One' }, { Ref: 'Two' }], [{ Ref: 'Topic' }, { Ref: 'Other' }]),
    Managed: managed({ Roles: [{ Ref: 'Role' }] }),
    Apart: managed({}),
    Role: role({ ManagedPolicyArns: [{ Ref: 'Apart' }, 'arn:aws:iam::aws:policy/ReadOnlyAccess'] }),
    Group: group(
      { BytesScannedCutoffPerQuery: 20_000_000, ResultConfiguration: { OutputLocation: 's3://results/' } },
      { Description: 'old', State: 'DISABLED' },
    ),
  };
  await create(body(first));
  const ids = await physicalIds();

  await update(
    body({
      ...first,
      One: queue(),
      Topic: topic(),
      ...policy([{ Ref: 'Two' }], [{ Ref: 'Other' }]),
      Managed: managed({}),
      Role: role(),
      Group: group({}),
    }),
  );

  const attributes = async (QueueUrl?: string) =>
    (await cloud.call('sqs', 'GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })).Attributes;
  const ofTopic = async (TopicArn?: string) =>
    (await cloud.call('sns', 'GetTopicAttributes', { TopicArn })).Attributes as Map<string, string>;
  const { AttachedPolicies } = await cloud.call('iam', 'ListAttachedRolePolicies', { RoleName: ids.Role });
  const { WorkGroup } = await cloud.call('athena', 'GetWorkGroup', { WorkGroup: 'g' });
  expect({
    visibility: (await attributes(ids.One)).VisibilityTimeout,
    policies: [(await attributes(ids.One)).Policy, (await attributes(ids.Two)).Policy],
    display: (await ofTopic(ids.Topic)).get('DisplayName'),
    subscriptions: (await ofTopic(ids.Topic)).get('SubscriptionsConfirmed'),
    topicPolicies: [(await ofTopic(ids.Topic)).get('Policy'), (await ofTopic(ids.Other)).get('Policy')],
    attached: AttachedPolicies,
    group: [WorkGroup.Description, WorkGroup.State, WorkGroup.Configuration.BytesScannedCutoffPerQuery],
    results: WorkGroup.Configuration.ResultConfiguration,
  }).toEqual({
    visibility: '30',
    policies: [undefined, '{"Id":"q"}'],
    display: '',
    subscriptions: '0',
    topicPolicies: ['', '{"Id":"t"}'],
    attached: [],
    group: ['', 'ENABLED', undefined],
    results: {},
  });
});

/** AWS's own resource specification, as the pinned CDK command line ships it. */
function resourceSpecification() {
  const require = createRequire(import.meta.url);
  const file = join(dirname(require.resolve('aws-cdk/package.json')), 'db.json.gz');
  const { schema } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8'));
  const entities = schema.resource.entities as {
    cloudFormationType: string;
    properties: Record<string, { causesReplacement?: string }>;
  }[];
  return new Map(entities.map((entity) => [entity.cloudFormationType, entity.properties]));
}

test('each resource type is replaced by exactly the properties that AWS’s specification says', async (t) => {
  const { cloud } = await stack(t);
  const specification = resourceSpecification();
  const providers = cloud.context.services().flatMap(({ resources = {} }) => Object.entries(resources));

  const differing = providers.flatMap(([type, { properties, notEmulated = [], replacedBy = [] }]) => {
    const known = [...properties, ...notEmulated];
    const specified = specification.get(type);
    assert.ok(specified, `${type} is not in AWS's specification`);
    const expected = known.filter((name) => specified[name]?.causesReplacement === 'yes').sort();
    return JSON.stringify(expected) === JSON.stringify([...replacedBy].sort()) ? [] : [{ type, expected }];
  });

  expect(differing).toEqual([]);
});

const heldBucket = (policy: string) => ({
  Type: 'AWS::S3::Bucket',
  Properties: { BucketName: 'held' },
  DeletionPolicy: policy,
});

test('what a stack retained is in the way of the next one, unless that imports what exists', async (t) => {
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
  const { client, create, describe, execute, body } = await stack(t);
  const deleted = async () => {
    await client.send(new DeleteStackCommand({ StackName: 's' }));
    await eventually(async () => (await describe().catch(() => undefined)) === undefined);
  };
  await create(body({ Bucket: heldBucket('RetainExceptOnCreate') }));
  await deleted();

  const refused = await create(body({ Bucket: heldBucket('RetainExceptOnCreate') }));
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 's' }));
  await deleted();
  const { Id: ChangeSetId } = await client.send(
    new CreateChangeSetCommand({
      StackName: 's',
      ChangeSetName: 'c',
      ChangeSetType: 'CREATE',
      ImportExistingResources: true,
      TemplateBody: body({ Bucket: heldBucket('RetainExceptOnCreate') }),
    }),
  );
  const imported = await execute({ ChangeSetId: ChangeSetId! });
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: 's' }));

  assert.equal(refused?.StackStatus, 'ROLLBACK_COMPLETE');
  assert.ok(
    StackEvents.some(
      ({ ResourceStatusReason }) =>
        ResourceStatusReason === "Resource of type 'AWS::S3::Bucket' with identifier 'held' already exists.",
    ),
  );
  assert.equal(imported?.StackStatus, 'CREATE_COMPLETE');
  assert.deepEqual(
    StackResources.map(({ ResourceStatus, PhysicalResourceId }) => [ResourceStatus, PhysicalResourceId]),
    [['IMPORT_COMPLETE', 'held']],
  );
});
