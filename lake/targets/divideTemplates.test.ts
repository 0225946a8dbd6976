/** Templates divided between two endpoints: each part stands alone, and what neither can have is named. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { divideTemplates, type NamedTemplate } from './divideTemplates.ts';

const resource = (Type: string, Properties: Readonly<Record<string, unknown>> = {}, more = {}) => ({
  Type,
  Properties,
  ...more,
});

const STACKS: readonly NamedTemplate[] = [
  {
    stackName: 'Lake',
    template: {
      Resources: {
        Key: resource('AWS::KMS::Key'),
        Bucket: resource('AWS::S3::Bucket'),
        Table: resource('AWS::DynamoDB::Table', { TableName: 'orders' }),
      },
      Outputs: {
        KeyArn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] }, Export: { Name: 'Lake:KeyArn' } },
        Stream: { Value: { 'Fn::GetAtt': ['Table', 'StreamArn'] }, Export: { Name: 'Lake:Stream' } },
      },
    },
  },
  {
    stackName: 'Transform',
    template: {
      Resources: {
        Role: resource('AWS::IAM::Role'),
        Planner: resource('AWS::Lambda::Function', { FunctionName: 'planner' }),
        Machine: resource(
          'AWS::StepFunctions::StateMachine',
          {
            StateMachineName: 'pipeline',
            RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
            DefinitionSubstitutions: { Planner: { 'Fn::GetAtt': ['Planner', 'Arn'] } },
            Key: { 'Fn::ImportValue': 'Lake:KeyArn' },
          },
          { DependsOn: ['Role', 'Planner'] },
        ),
        Watch: resource('AWS::Events::Rule', { Target: { Ref: 'Machine' } }, { DependsOn: ['Machine'] }),
        Capture: resource('AWS::Lambda::EventSourceMapping', {
          EventSourceArn: { 'Fn::ImportValue': 'Lake:Stream' },
        }),
      },
    },
  },
];

const typesOf = (stacks: readonly NamedTemplate[]) =>
  Object.fromEntries(
    stacks.map(({ stackName, template }) => [stackName, Object.keys(template.Resources).sort()]),
  );

/** The text that an `Fn::Join` makes where its references are shown by name. */
const joined = (value: unknown) =>
  (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]
    .map((part) => (typeof part === 'string' ? part : `{${(part as { Ref: string }).Ref.slice(5)}}`))
    .join('');

test('each side has its own types; roles and keys that both need are made at both', () => {
  const { main, apart } = divideTemplates(STACKS, ['SFN']);

  assert.deepEqual(typesOf(main), {
    Lake: ['Bucket', 'Key', 'Table'],
    Transform: ['Capture', 'Planner', 'Role', 'Watch'],
  });
  assert.deepEqual(typesOf(apart), { Lake: ['Key'], Transform: ['Machine', 'Role'] });
  assert.deepEqual(Object.keys(apart[0]!.template.Outputs ?? {}), ['KeyArn']);
});

test('a reference to the other side becomes the name that the template gives', () => {
  const { main, apart } = divideTemplates(STACKS, ['SFN']);

  const { Properties, DependsOn } = apart[1]!.template.Resources.Machine!;
  const { Planner } = Properties!.DefinitionSubstitutions as Record<string, unknown>;
  assert.equal(joined(Planner), 'arn:{Partition}:lambda:{Region}:{AccountId}:function:planner');
  assert.deepEqual(DependsOn, ['Role']);
  const { Watch } = main[1]!.template.Resources;
  assert.equal(
    joined(Watch!.Properties!.Target),
    'arn:{Partition}:states:{Region}:{AccountId}:stateMachine:pipeline',
  );
  assert.deepEqual(Watch!.DependsOn, []);
});

test('what needs a value that only the other endpoint knows is left out by name', () => {
  const { main, leftOut } = divideTemplates(STACKS, ['DYNAMODB']);

  assert.deepEqual(typesOf(main).Transform, ['Machine', 'Planner', 'Role', 'Watch']);
  assert.deepEqual(Object.keys(main[0]!.template.Outputs!), ['KeyArn']);
  assert.deepEqual(leftOut, [
    { stackName: 'Transform', type: 'AWS::Lambda::EventSourceMapping', needs: 'Lake:Stream' },
  ]);
});

test('without services apart the templates stay as they are', () => {
  assert.deepEqual(divideTemplates(STACKS, []), { main: STACKS, apart: [], leftOut: [] });
});
