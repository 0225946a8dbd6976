/** DynamoDB's tables as CloudFormation deploys them. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'vitest';
import { localCloud } from './support/localCloud.ts';

async function provider(t: TestContext, type: string) {
  const cloud = await localCloud(t);
  const { resources } = cloud.context.services().find(({ name }) => name === 'dynamodb')!;
  const deploy = (properties: object, physicalId?: string) =>
    resources![type]!.deploy({
      stackName: 'Stack',
      logicalId: 'Table',
      properties: properties as never,
      physicalId,
      asset: () => undefined,
    });
  return { cloud, deploy, resource: resources![type]! };
}

const table = {
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  BillingMode: 'PAY_PER_REQUEST',
};

it('a table gets a name, a stream, time to live, and later an index', async (t) => {
  const { cloud, deploy } = await provider(t, 'AWS::DynamoDB::Table');

  const created = await deploy({
    ...table,
    StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
    TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
  });
  const changed = await deploy(
    {
      ...table,
      AttributeDefinitions: [...table.AttributeDefinitions, { AttributeName: 'buyer', AttributeType: 'S' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byBuyer',
          KeySchema: [{ AttributeName: 'buyer', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    },
    created.physicalId,
  );

  const { Table: described } = await cloud.call('dynamodb', 'DescribeTable', {
    TableName: created.physicalId,
  });
  const { TimeToLiveDescription: timeToLive } = await cloud.call('dynamodb', 'DescribeTimeToLive', {
    TableName: created.physicalId,
  });
  assert.match(created.physicalId, /^Stack-Table-[A-Z0-9]{12}$/);
  assert.match(created.attributes.StreamArn!, /^arn:aws:dynamodb:us-east-1:000000000000:table\/.+\/stream\//);
  assert.equal(changed.physicalId, created.physicalId);
  assert.equal(described.GlobalSecondaryIndexes[0].IndexName, 'byBuyer');
  assert.equal(described.LatestStreamArn, undefined);
  assert.equal(timeToLive.TimeToLiveStatus, 'DISABLED');
});

it('a global table of one region is a table; a second region is refused', async (t) => {
  const { deploy } = await provider(t, 'AWS::DynamoDB::GlobalTable');
  const replicas = (...regions: string[]) => ({ ...table, Replicas: regions.map((Region) => ({ Region })) });

  const created = await deploy(replicas('us-east-1'));

  assert.match(created.attributes.TableId!, /^[0-9a-f-]{36}$/);
  await assert.rejects(deploy(replicas('us-east-1', 'eu-west-1')), /replicas .* eu-west-1/);
});

it('a changed key is refused, since it would replace the table and its data', async (t) => {
  const { deploy } = await provider(t, 'AWS::DynamoDB::Table');
  const { physicalId } = await deploy(table);

  const change = deploy(
    {
      ...table,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    },
    physicalId,
  );

  await assert.rejects(change, /needs a replacement/);
});
