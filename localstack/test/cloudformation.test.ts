/** The local CloudFormation: stacks through AWS's SDK client, and cloud assemblies as `cdk synth` writes them. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CloudFormationClient,
  CreateChangeSetCommand,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeChangeSetCommand,
  DescribeStackEventsCommand,
  DescribeStackResourcesCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { GetRolePolicyCommand, IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type TestContext, test } from 'vitest';
import { eventually } from './support/functions.ts';
import { localCloud } from './support/localCloud.ts';

const named = { Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
const trust = { Version: '2012-10-17', Statement: [] };
const role = (properties: object = {}, more: object = {}) => ({
  Type: 'AWS::IAM::Role',
  Properties: { AssumeRolePolicyDocument: trust, ...properties },
  ...more,
});

async function stacks(t: TestContext) {
  const cloud = await localCloud(t);
  const client = new CloudFormationClient({ ...cloud.client, maxAttempts: 1 });
  const iam = new IAMClient(cloud.client);
  const describe = async (StackName: string) =>
    (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  return {
    cloud,
    client,
    iam,
    describe,
    settled: (StackName: string) =>
      eventually(async () => !(await describe(StackName))?.StackStatus?.endsWith('_IN_PROGRESS')),
    roles: async () =>
      ((await iam.send(new ListRolesCommand({}))).Roles ?? []).map(({ RoleName }) => RoleName),
  };
}

interface WrittenStack {
  readonly template: object;
  readonly dependencies?: string[];
}

/** A cloud assembly in a folder of its own, with the assets (by key) that its templates name in the bucket `assets`. */
async function assembly(
  t: TestContext,
  written: Record<string, WrittenStack>,
  assets: Record<string, Record<string, string>> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'headwaters-assembly-'));
  t.onTestFinished(() => rm(folder, { recursive: true }));
  const write = async (changed: Record<string, WrittenStack>) => {
    const artifacts: Record<string, object> = {
      assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } },
    };
    for (const [name, { template, dependencies = [] }] of Object.entries(changed)) {
      await writeFile(join(folder, `${name}.template.json`), JSON.stringify(template));
      artifacts[name] = {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: `${name}.template.json` },
        dependencies: ['assets', ...dependencies],
      };
    }
    const files: Record<string, object> = {};
    for (const [key, members] of Object.entries(assets)) {
      await mkdir(join(folder, `asset.${key}`), { recursive: true });
      for (const [name, text] of Object.entries(members)) {
        await writeFile(join(folder, `asset.${key}`, name), text);
      }
      files[key] = {
        source: { path: `asset.${key}`, packaging: 'zip' },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CDK's placeholder.
        destinations: { here: { bucketName: 'assets-${AWS::AccountId}', objectKey: `${key}.zip` } },
      };
    }
    await writeFile(join(folder, 'assets.json'), JSON.stringify({ version: '53.0.0', files }));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({ version: '53.0.0', artifacts }));
  };
  await write(written);
  return { folder, write };
}

test('a stack is created with parameters, conditions and intrinsic functions', async (t) => {
  const { client, iam, describe, settled } = await stacks(t);
  const TemplateBody = `
Parameters:
  Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
Mappings:
  Names: { prod: { role: the-prod-role } }
Resources:
  Policy:
    Type: AWS::IAM::Policy
    Properties:
      PolicyName: !Join ['-', [!Ref Stage, !Select [1, !Split [',', 'a,b']]]]
      Roles: [!Ref Role]
      PolicyDocument: { Statement: [{ Effect: Allow, Action: '*', Resource: !Sub '\${Role.Arn}/\${!kept}' }] }
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: !FindInMap [Names, !Ref Stage, role]
      Description: !If [IsProd, !Ref AWS::NoValue, x]
      AssumeRolePolicyDocument: {}
  OnlyElsewhere:
    Type: AWS::IAM::Role
    Condition: IsDev
    Properties: { AssumeRolePolicyDocument: {} }
Outputs:
  Arn: { Value: !GetAtt Role.Arn, Export: { Name: !Sub '\${AWS::StackName}-role' } }
`.replace('Conditions:', 'Conditions:\n  IsDev: !Not [!Condition IsProd]');

  await client.send(
    new CreateStackCommand({
      ...named,
      StackName: 'one',
      TemplateBody,
      Parameters: [{ ParameterKey: 'Stage', ParameterValue: 'prod' }],
    }),
  );
  await settled('one');

  const stack = await describe('one');
  const { PolicyDocument } = await iam.send(
    new GetRolePolicyCommand({ RoleName: 'the-prod-role', PolicyName: 'prod-b' }),
  );
  const { StackResources = [] } = await client.send(new DescribeStackResourcesCommand({ StackName: 'one' }));
  assert.equal(stack?.StackStatus, 'CREATE_COMPLETE');
  assert.deepEqual(stack?.Outputs, [
    {
      OutputKey: 'Arn',
      OutputValue: 'arn:aws:iam::000000000000:role/the-prod-role',
      ExportName: 'one-role',
    },
  ]);
  assert.equal(
    JSON.parse(decodeURIComponent(PolicyDocument as string)).Statement[0].Resource,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: what Fn::Sub leaves of its literal.
    'arn:aws:iam::000000000000:role/the-prod-role/${kept}',
  );
  assert.deepEqual(
    StackResources.map(({ LogicalResourceId }) => LogicalResourceId),
    ['Role', 'Policy'],
  );
});

test("an update changes, adds and removes; one without changes is refused in AWS's words", async (t) => {
  const { client, settled, roles, describe } = await stacks(t);
  const before = JSON.stringify({ Resources: { A: role({ RoleName: 'a' }), B: role({ RoleName: 'b' }) } });
  const afterwards = JSON.stringify({
    Resources: { A: role({ RoleName: 'a2' }), C: role({ RoleName: 'c' }) },
  });
  await client.send(new CreateStackCommand({ ...named, StackName: 'two', TemplateBody: before }));
  await settled('two');

  await client.send(new UpdateStackCommand({ ...named, StackName: 'two', TemplateBody: afterwards }));
  await settled('two');

  assert.equal((await describe('two'))?.StackStatus, 'UPDATE_COMPLETE');
  assert.deepEqual(await roles(), ['a2', 'c']);
  // LocalStack's recorded answers, tests/aws/services/cloudformation: "No updates are to be performed."
  await assert.rejects(
    client.send(new UpdateStackCommand({ ...named, StackName: 'two', TemplateBody: afterwards })),
    {
      name: 'ValidationError',
      message: 'No updates are to be performed.',
    },
  );
});

test('a change set says what it would do, and does it', async (t) => {
  const { client, settled, roles } = await stacks(t);
  const TemplateBody = JSON.stringify({ Resources: { A: role({ RoleName: 'a' }) } });
  const names = { StackName: 'three', ChangeSetName: 'first' };

  await client.send(
    new CreateChangeSetCommand({ ...named, ...names, ChangeSetType: 'CREATE', TemplateBody }),
  );
  const described = await client.send(new DescribeChangeSetCommand(names));
  const rolesBefore = await roles();
  await client.send(new ExecuteChangeSetCommand(names));
  await settled('three');

  assert.equal(described.Status, 'CREATE_COMPLETE');
  assert.deepEqual(
    described.Changes?.map(({ ResourceChange }) => [
      ResourceChange?.Action,
      ResourceChange?.LogicalResourceId,
    ]),
    [['Add', 'A']],
  );
  assert.deepEqual([rolesBefore, await roles()], [[], ['a']]);
});

test('deleting a stack keeps what its policy retains', async (t) => {
  const { client, roles } = await stacks(t);
  const Resources = {
    Gone: role({ RoleName: 'gone' }),
    Kept: role({ RoleName: 'kept' }, { DeletionPolicy: 'Retain' }),
  };
  await client.send(
    new CreateStackCommand({ ...named, StackName: 'four', TemplateBody: JSON.stringify({ Resources }) }),
  );
  await eventually(async () => (await roles()).length === 2);

  await client.send(new DeleteStackCommand({ StackName: 'four' }));

  await eventually(async () => (await roles()).length === 1);
  assert.deepEqual(await roles(), ['kept']);
  await assert.rejects(client.send(new DescribeStacksCommand({ StackName: 'four' })), {
    name: 'ValidationError',
    message: 'Stack with id four does not exist',
  });
});

test('what is not emulated is refused by name before anything is created', async (t) => {
  const { client, roles } = await stacks(t);
  const Resources = {
    Role: role(),
    Bucket: { Type: 'AWS::EC2::Instance' },
    Odd: role({ Permissions: 'x' }),
  };

  await assert.rejects(
    client.send(
      new CreateStackCommand({ ...named, StackName: 'five', TemplateBody: JSON.stringify({ Resources }) }),
    ),
    /AWS::EC2::Instance \(five\/Bucket\), AWS::IAM::Role\.Permissions \(five\/Odd\)/,
  );

  assert.deepEqual(await roles(), []);
});

test('a resource that fails stops the deploy with its reason; the next one goes on', async (t) => {
  const { client, settled, describe, roles } = await stacks(t);
  const policy = (Roles: unknown[]) => ({
    Type: 'AWS::IAM::Policy',
    Properties: { PolicyName: 'p', PolicyDocument: {}, Roles },
  });
  const create = { Role: role({ RoleName: 'r' }), Policy: policy(['nobody']) };
  await client.send(
    new CreateStackCommand({
      ...named,
      StackName: 'six',
      TemplateBody: JSON.stringify({ Resources: create }),
      DisableRollback: true,
    }),
  );
  await settled('six');
  const failed = await describe('six');
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: 'six' }));

  const mended = JSON.stringify({ Resources: { ...create, Policy: policy([{ Ref: 'Role' }]) } });
  await client.send(new UpdateStackCommand({ ...named, StackName: 'six', TemplateBody: mended }));
  await settled('six');

  assert.equal(failed?.StackStatus, 'CREATE_FAILED');
  assert.match(failed?.StackStatusReason ?? '', /six\/Policy \(AWS::IAM::Policy\).*nobody cannot be found/);
  const event = StackEvents.find(({ ResourceStatus }) => ResourceStatus === 'CREATE_FAILED');
  assert.equal(event?.LogicalResourceId, 'six');
  assert.equal((await describe('six'))?.StackStatus, 'CREATE_COMPLETE');
  assert.deepEqual(await roles(), ['r']);
});

test('resources that need each other in a circle are named', async (t) => {
  const { client } = await stacks(t);
  const Resources = {
    A: role({ Description: { Ref: 'B' } }),
    B: role({}, { DependsOn: 'A' }),
  };

  await assert.rejects(
    client.send(
      new CreateStackCommand({ ...named, StackName: 'seven', TemplateBody: JSON.stringify({ Resources }) }),
    ),
    { name: 'ValidationError', message: 'Circular dependency between resources: [B, A]' },
  );
});

test('an assembly is deployed in the order of its stacks, with its assets, and again without work', async (t) => {
  const { cloud } = await stacks(t);
  const base = {
    Resources: { Role: role({ RoleName: 'runner', Tags: [{ Key: 'a', Value: 'b' }] }) },
    Outputs: { RoleArn: { Value: { 'Fn::GetAtt': ['Role', 'Arn'] } } },
  };
  const app = (code: string) => ({
    Parameters: {
      BootstrapVersion: {
        Type: 'AWS::SSM::Parameter::Value<String>',
        Default: '/cdk-bootstrap/hnb659fds/version',
      },
    },
    Rules: {
      CheckBootstrapVersion: {
        Assertions: [
          { Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2', '3'], { Ref: 'BootstrapVersion' }] }] } },
        ],
      },
    },
    Resources: {
      Function: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'hello',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CDK's placeholder.
          Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}' }, S3Key: `${code}.zip` },
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Role: { 'Fn::GetStackOutput': { StackName: 'Base', OutputName: 'RoleArn' } },
        },
      },
      CDKMetadata: { Type: 'AWS::CDK::Metadata', Properties: { Analytics: 'x' } },
    },
  });
  const written = (code: string) => ({
    App: { template: app(code), dependencies: ['Base'] },
    Base: { template: base },
  });
  const code = (answer: string) => ({ 'index.mjs': `export const handler = async () => '${answer}';` });
  const { folder, write } = await assembly(t, written('one'), { one: code('first'), two: code('second') });
  const lambda = new LambdaClient(cloud.client);
  const answer = async () => {
    const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: 'hello' }));
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };

  const created = await cloud.deployAssembly(folder);
  const first = await answer();
  const repeated = await cloud.deployAssembly(folder);
  await write(written('two'));
  const changed = await cloud.deployAssembly(folder);

  assert.deepEqual(
    created.stacks.map(({ stackName, created: made }) => [stackName, made]),
    [
      ['Base', ['Role']],
      ['App', ['Function', 'CDKMetadata']],
    ],
  );
  assert.ok(
    created.notEmulated.some(({ type, property }) => type === 'AWS::IAM::Role' && property === 'Tags'),
  );
  assert.deepEqual(
    repeated.stacks.map(({ unchanged, created: made, updated }) => [unchanged, made, updated]),
    [
      [1, [], []],
      [2, [], []],
    ],
  );
  assert.deepEqual(
    changed.stacks.map(({ updated }) => updated),
    [[], ['Function']],
  );
  assert.deepEqual([first, await answer()], ['first', 'second']);
});

test('an assembly that asks for what is not emulated is refused whole', async (t) => {
  const { cloud, roles } = await stacks(t);
  const { folder } = await assembly(t, {
    Good: { template: { Resources: { Role: role() } } },
    Bad: { template: { Resources: { Custom: { Type: 'Custom::Thing' } } } },
  });

  await assert.rejects(cloud.deployAssembly(folder), /Custom::Thing \(Bad\/Custom\)/);

  assert.deepEqual(await roles(), []);
});
