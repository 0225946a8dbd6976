/** A process that is killed in the middle of its pipeline: the next run takes up where it stopped, and the books balance. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  SFNClient,
  StateMachineDoesNotExist,
} from '@aws-sdk/client-sfn';
import { physicalNames } from '../../bin/names.ts';
import { findRunning } from '../../bin/world.ts';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';

describe('a pipeline that is killed', () => {
  const state = mkdtempSync(join(tmpdir(), 'headwaters-killed-'));
  after(() => rmSync(state, { recursive: true, force: true }));

  const feed = ['run', 'amazon', '--events', '800', '--seed', '9', '--duplicates', '2%', '--late', '5%'];
  const run = [...feed, '--once', '--json', '--port', '0', '--state', state];

  /** Where the cloud in this process is served, as soon as it is. */
  async function served(): Promise<string> {
    for (;;) {
      const running = await findRunning(state);
      if (running) return running;
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  /** Resolves as soon as the execution has entered a state of such a name. */
  async function entered(endpoint: string, name: RegExp): Promise<void> {
    const stepFunctions = new SFNClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    for (;;) {
      const executionArn = await running(stepFunctions);
      if (executionArn) {
        const { events = [] } = await stepFunctions.send(
          new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1000 }),
        );
        if (events.some(({ stateEnteredEventDetails }) => name.test(stateEnteredEventDetails?.name ?? '')))
          return;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  async function running(stepFunctions: SFNClient): Promise<string | undefined> {
    try {
      const { executions = [] } = await stepFunctions.send(
        new ListExecutionsCommand({
          stateMachineArn: physicalNames.pipeline('amazon'),
          statusFilter: 'RUNNING',
        }),
      );
      return executions[0]?.executionArn;
    } catch (error) {
      // The stacks are not deployed yet.
      if (error instanceof StateMachineDoesNotExist) return undefined;
      throw error;
    }
  }

  async function killAt(name: RegExp) {
    const started = startHeadwaters(run);
    const endpoint = await served();
    await entered(endpoint, name);
    started.kill('SIGKILL');
    return started.ended;
  }

  test('at three moments, one after the other: the next run completes it, and gold equals the truth', async () => {
    for (const moment of [/^Publish \(level 1\)$/, /^Published \(level 2\)$/, /^Compose balance$/]) {
      const { stdout } = await killAt(moment);
      assert.equal(stdout, '', `It was not killed at ${moment}.`);
    }

    const { code, stdout, stderr } = await headwaters(run);

    assert.equal(code, 0, stderr);
    const { pipeline, truth, isNew } = JSON.parse(stdout);
    assert.equal(isNew, false);
    assert.deepEqual(truth, { equal: true, differing: [] });
    assert.equal(pipeline.verdict, 'Balanced');
    assert.equal(pipeline.sheet.lost, 0);
    assert.ok(pipeline.sheet.total.duplicates > 0);
  });
});
