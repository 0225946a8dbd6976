/** Settings that Lambda's API takes of a function besides its code, and those that it refuses rather than ignore. */
import assert from 'node:assert/strict';
import {
  CreateEventSourceMappingCommand,
  GetFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  ListEventSourceMappingsCommand,
  ListFunctionsCommand,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { strToU8, zipSync } from 'fflate';
import { type TestContext, test } from 'vitest';
import { testFunctions } from './support/functions.ts';
import { localCloud } from './support/localCloud.ts';

async function lambda(t: TestContext) {
  const cloud = await localCloud(t);
  const functions = testFunctions(cloud);
  t.onTestFinished(() => functions.lambda.destroy());
  await functions.create('f', 'return 1;');
  const current = () => functions.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'f' }));
  return { cloud, functions, client: functions.lambda, current };
}

const FunctionName = 'f';
const ZipFile = zipSync({ 'index.js': strToU8('exports.handler = async () => 2;') });

test('a limit of a list is kept, and one beyond the service’s is refused', async (t) => {
  const { client, functions } = await lambda(t);
  for (const name of ['a', 'b']) await functions.create(name, 'return 1;');

  const first = await client.send(new ListFunctionsCommand({ MaxItems: 2 }));
  const second = await client.send(new ListFunctionsCommand({ MaxItems: 2, Marker: first.NextMarker }));

  assert.deepEqual(
    [first, second].map(({ Functions }) => Functions?.map((fn) => fn.FunctionName)),
    [['a', 'b'], ['f']],
  );
  assert.equal(second.NextMarker, undefined);
  // LocalStack's recorded answers have the same form: tests/aws/services/lambda_/test_lambda_api.snapshot.json.
  await assert.rejects(client.send(new ListFunctionsCommand({ MaxItems: 10_001 })), {
    name: 'ValidationException',
    message:
      "1 validation error detected: Value '10001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 10000",
  });
  await assert.rejects(
    client.send(new ListEventSourceMappingsCommand({ Marker: 'not-ours' })),
    /Invalid Marker/,
  );
});

test('a version, a revision and a dry run are heeded by every action that takes them', async (t) => {
  const { client, current } = await lambda(t);
  const before = await current();
  const stale = { FunctionName, RevisionId: 'stale' };

  await assert.rejects(client.send(new GetFunctionCommand({ FunctionName, Qualifier: '7' })), {
    name: 'NotImplementedException',
    message: /the version or alias 7/,
  });
  await assert.rejects(client.send(new UpdateFunctionConfigurationCommand({ ...stale, Timeout: 9 })), {
    name: 'PreconditionFailedException',
  });
  await assert.rejects(client.send(new UpdateFunctionCodeCommand({ ...stale, ZipFile })), {
    name: 'PreconditionFailedException',
  });
  const tried = await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile, DryRun: true }));

  assert.notEqual(tried.CodeSha256, before.CodeSha256);
  assert.deepEqual((await current()).CodeSha256, before.CodeSha256);
});

test('what would change how a function runs is refused by name, wherever it is asked for', async (t) => {
  const { client, functions, cloud } = await lambda(t);
  await cloud.call('kinesis', 'CreateStream', { StreamName: 's', ShardCount: 1 });
  const refusals: [() => Promise<unknown>, RegExp][] = [
    [
      () => functions.create('x', '', { Layers: ['arn:aws:lambda:us-east-1:000000000000:layer:l:1'] }),
      /Layers/,
    ],
    [() => functions.create('x', '', { Runtime: 'python3.12' }), /Runtime python3.12/],
    [() => functions.create('x', '', { SnapStart: { ApplyOn: 'PublishedVersions' } }), /ApplyOn PublishedV/],
    [() => functions.create('x', '', { Publish: true }), /Publish/],
    [
      () =>
        client.send(
          new UpdateFunctionConfigurationCommand({ FunctionName, VpcConfig: { SubnetIds: ['subnet-1'] } }),
        ),
      /VpcConfig/,
    ],
    [() => client.send(new InvokeCommand({ FunctionName, ClientContext: 'e30=' })), /ClientContext/],
    [
      () =>
        client.send(
          new CreateEventSourceMappingCommand({
            FunctionName,
            EventSourceArn: 'arn:aws:kinesis:us-east-1:000000000000:stream/s',
            StartingPosition: 'LATEST',
            DestinationConfig: { OnSuccess: { Destination: 'arn:aws:sqs:us-east-1:000000000000:q' } },
          }),
        ),
      /the parameter Destination of CreateEventSourceMapping/,
    ],
  ];

  for (const [act, message] of refusals)
    await assert.rejects(act, { name: 'NotImplementedException', message }, String(message));
  await functions.create('neutral', '', { VpcConfig: { SubnetIds: [], SecurityGroupIds: [] }, Layers: [] });
});
