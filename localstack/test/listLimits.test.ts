/** Lists give as many items as they are asked for, and the rest on the next pages; a limit beyond AWS's is refused. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { localCloud, type TestCloud } from './support/localCloud.ts';

interface ListAction {
  readonly service: string;
  readonly action: string;
  /** Makes at least three things that the action lists. */
  make?(cloud: TestCloud): Promise<unknown>;
  readonly input?: object;
  /** Members of the input and of the answer. */
  readonly limit: string;
  readonly token: string;
  readonly items: string;
  readonly next?: string;
  readonly most: number;
}

const NAMES = ['a-one', 'b-two', 'c-three'];
const each = (work: (name: string) => Promise<unknown>) => async () => {
  for (const name of NAMES) await work(name);
};
const ROLE = 'arn:aws:iam::000000000000:role/r';

const LISTS: readonly ListAction[] = [
  {
    service: 'sqs',
    action: 'ListQueues',
    make: (cloud) => each((QueueName) => cloud.call('sqs', 'CreateQueue', { QueueName }))(),
    limit: 'MaxResults',
    token: 'NextToken',
    items: 'QueueUrls',
    most: 1000,
  },
  {
    service: 'scheduler',
    action: 'ListSchedules',
    make: (cloud) =>
      each((Name) =>
        cloud.call('scheduler', 'CreateSchedule', {
          Name,
          ScheduleExpression: 'rate(1 hour)',
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q', RoleArn: ROLE },
        }),
      )(),
    limit: 'MaxResults',
    token: 'NextToken',
    items: 'Schedules',
    most: 100,
  },
  {
    service: 'scheduler',
    action: 'ListScheduleGroups',
    make: (cloud) => each((Name) => cloud.call('scheduler', 'CreateScheduleGroup', { Name }))(),
    limit: 'MaxResults',
    token: 'NextToken',
    items: 'ScheduleGroups',
    most: 100,
  },
  {
    service: 'iam',
    action: 'ListRoles',
    make: (cloud) =>
      each((RoleName) => cloud.call('iam', 'CreateRole', { RoleName, AssumeRolePolicyDocument: '{}' }))(),
    limit: 'MaxItems',
    token: 'Marker',
    items: 'Roles',
    next: 'Marker',
    most: 1000,
  },
  {
    service: 'events',
    action: 'ListRules',
    make: (cloud) =>
      each((Name) => cloud.call('events', 'PutRule', { Name, ScheduleExpression: 'rate(1 hour)' }))(),
    limit: 'Limit',
    token: 'NextToken',
    items: 'Rules',
    most: 100,
  },
  {
    service: 'logs',
    action: 'DescribeLogGroups',
    make: (cloud) => each((logGroupName) => cloud.call('logs', 'CreateLogGroup', { logGroupName }))(),
    limit: 'limit',
    token: 'nextToken',
    items: 'logGroups',
    next: 'nextToken',
    most: 50,
  },
  {
    service: 'kinesis',
    action: 'ListStreams',
    make: (cloud) => each((StreamName) => cloud.call('kinesis', 'CreateStream', { StreamName }))(),
    limit: 'Limit',
    token: 'NextToken',
    items: 'StreamNames',
    most: 10_000,
  },
  {
    service: 'stepfunctions',
    action: 'ListStateMachines',
    make: (cloud) =>
      each((name) =>
        cloud.call('stepfunctions', 'CreateStateMachine', {
          name,
          roleArn: ROLE,
          definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
        }),
      )(),
    limit: 'maxResults',
    token: 'nextToken',
    items: 'stateMachines',
    next: 'nextToken',
    most: 1000,
  },
];

for (const { service, action, make, input = {}, limit, token, items, next = 'NextToken', most } of LISTS) {
  test(`${service} ${action} gives pages of the size that is asked for`, async (t) => {
    const cloud = await localCloud(t);
    await make?.(cloud);
    const all = (await cloud.call(service, action, input))[items];

    const found: unknown[] = [];
    let page = await cloud.call(service, action, { ...input, [limit]: 2 });
    found.push(...page[items]);
    while (page[next] !== undefined) {
      page = await cloud.call(service, action, { ...input, [limit]: 2, [token]: page[next] });
      assert.ok(page[items].length <= 2, `${page[items].length} items`);
      found.push(...page[items]);
    }

    assert.ok(all.length >= 3, `${all.length} items in all`);
    assert.deepEqual(found, all);
    await assert.rejects(
      cloud.call(service, action, { ...input, [limit]: most + 1 }),
      new RegExp(String(most)),
    );
    await assert.rejects(cloud.call(service, action, { ...input, [limit]: 2, [token]: 'not-ours' }));
  });
}
