/** The suite passes on the local cloud, and a target that is broken on purpose fails it by the check that names the fault. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { type TestContext, test } from 'vitest';
import { type Lake, openLake } from '../../lake/lake.ts';
import { studiesOf } from '../../lake/studies.ts';
import { embedded } from '../../lake/targets/embedded.ts';
import { endpoint } from '../../lake/targets/endpoint.ts';
import { type Fault, startFaultyProxy } from './faultyProxy.ts';
import { checkNames, runSuite } from './suite.ts';

const studies = studiesOf(['test/chaos/studies']);

/** A lake on a local cloud of its own, in which one service is reached through a proxy with a fault. */
async function openFaulty(t: TestContext, service?: 'ATHENA' | 'KINESIS', fault: Fault = {}): Promise<Lake> {
  const stateDir = mkdtempSync(join(tmpdir(), 'headwaters-suite-'));
  const cloud = await embedded({ stateDir, port: 0 });
  const proxy = service && (await startFaultyProxy(cloud.place, fault, service === 'KINESIS' ? 2 : 1));
  const target = await endpoint({
    endpoint: cloud.place,
    endpoints: proxy ? { [service!]: proxy.url } : {},
    scratchDir: stateDir,
  });
  const lake = openLake(target, { studies });
  t.onTestFinished(async () => {
    await lake.close();
    await proxy?.stop();
    await cloud.close();
    rmSync(stateDir, { recursive: true, force: true });
  });
  return lake;
}

/** Check → what is wrong, of the checks that failed. */
async function problemsOf(lake: Lake): Promise<Record<string, string>> {
  const problems: Record<string, string> = {};
  await runSuite(lake, { study: 'shop', events: 200, seed: 7 }, (check, problem) => {
    assert.ok(checkNames.includes(check));
    if (problem !== undefined) problems[check] = problem;
  });
  return problems;
}

test('the suite passes on the local cloud', async (t) => {
  const lake = await openFaulty(t);

  assert.deepEqual(await problemsOf(lake), {});
});

test('a record that the target acknowledges and drops is missed in bronze', async (t) => {
  const dropped = { sequenceNumber: '' };
  const lake = await openFaulty(t, 'KINESIS', {
    request({ operation, body }) {
      if (!operation.endsWith('.PutRecords')) return body;
      const { Records, ...rest } = JSON.parse(body.toString());
      return Buffer.from(JSON.stringify({ ...rest, Records: Records.slice(1) }));
    },
    answer({ operation }, answer) {
      if (!operation.endsWith('.PutRecords')) return answer;
      const { Records, ...rest } = JSON.parse(answer.toString());
      dropped.sequenceNumber = `${BigInt(Records[0].SequenceNumber) - 1n}`;
      const receipt = { ...Records[0], SequenceNumber: dropped.sequenceNumber };
      return Buffer.from(JSON.stringify({ ...rest, Records: [receipt, ...Records] }));
    },
  });

  const problems = Object.entries(await problemsOf(lake));

  assert.notEqual(dropped.sequenceNumber, '');
  assert.match(problems[0]![0], /every record that Kinesis acknowledged is in bronze/);
  assert.match(problems[0]![1], /bronze holds \d+ of the \d+ records that were sent/);
  assert.match(problems[1]![1], /was not asked, for this failed: every record/);
});

test('a target that does not tell of landed files fails by the file that is not loaded', async (t) => {
  const lake = await openFaulty(t);
  await lake.deploy(['shop']);
  const { clients, names } = lake.target;
  await clients.s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: names.landingBucket('shop'),
      NotificationConfiguration: {},
    }),
  );

  const problems = await problemsOf(lake);

  assert.match(problems['a landed file is loaded, and its rows are in silver']!, /"state":"loading"/);
});

test('a target that adds up wrongly fails by the question whose answer is wrong', async (t) => {
  const lake = await openFaulty(t, 'ATHENA', {
    answer({ operation }, answer) {
      if (!operation.endsWith('.GetQueryResults')) return answer;
      // A cent is lost of every sum of money.
      return Buffer.from(
        answer.toString().replaceAll(/"(\d+)\.(\d\d)"/g, (_, whole, cents) => {
          const money = BigInt(whole + cents) - 1n;
          return `"${money / 100n}.${String(money % 100n).padStart(2, '0')}"`;
        }),
      );
    },
  });

  const problems = await problemsOf(lake);

  assert.deepEqual(Object.keys(problems), ["gold's answers are those of the simulator"]);
  assert.match(Object.values(problems)[0]!, /^revenue_by_segment is \{.*\}, and not \{/);
});
