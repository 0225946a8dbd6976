/** Glue's jobs as their client sees them; `npm run parity spark` runs them. */
import assert from 'node:assert/strict';
import {
  BatchStopJobRunCommand,
  CreateJobCommand,
  DeleteJobCommand,
  GetJobCommand,
  GetJobRunCommand,
  GetJobRunsCommand,
  GlueClient,
  ListJobsCommand,
  StartJobRunCommand,
  UpdateJobCommand,
} from '@aws-sdk/client-glue';
import { type TestContext, test } from 'vitest';
import { localCloud } from './support/localCloud.ts';

const JOB = {
  Role: 'arn:aws:iam::000000000000:role/spark',
  Command: { Name: 'glueetl', ScriptLocation: 's3://scripts/job.py', PythonVersion: '3' },
  GlueVersion: '5.0',
  DefaultArguments: { '--lake': 'a' },
};

async function glueOf(t: TestContext): Promise<GlueClient> {
  const { client } = await localCloud(t);
  const glue = new GlueClient(client);
  t.onTestFinished(() => glue.destroy());
  return glue;
}

test('a job is made, changed, listed and removed, and a second one of its name is refused', async (t) => {
  const glue = await glueOf(t);

  await glue.send(new CreateJobCommand({ Name: 'fill', ...JOB }));
  await glue.send(new UpdateJobCommand({ JobName: 'fill', JobUpdate: { ...JOB, Timeout: 5 } }));
  const { Job } = await glue.send(new GetJobCommand({ JobName: 'fill' }));

  assert.deepEqual([Job?.Timeout, Job?.DefaultArguments], [5, { '--lake': 'a' }]);
  assert.deepEqual((await glue.send(new ListJobsCommand())).JobNames, ['fill']);
  await assert.rejects(glue.send(new CreateJobCommand({ Name: 'fill', ...JOB })), {
    name: 'AlreadyExistsException',
  });
  await glue.send(new DeleteJobCommand({ JobName: 'fill' }));
  await assert.rejects(glue.send(new GetJobCommand({ JobName: 'fill' })), {
    name: 'EntityNotFoundException',
  });
});

test('without PySpark a run is refused with the remedy, and none is kept', async (t) => {
  const glue = await glueOf(t);
  await glue.send(new CreateJobCommand({ Name: 'fill', ...JOB }));

  await assert.rejects(
    glue.send(new StartJobRunCommand({ JobName: 'fill' })),
    /StartJobRun without PySpark, which is fetched once by `npx headwaters doctor --install spark`/,
  );

  assert.deepEqual((await glue.send(new GetJobRunsCommand({ JobName: 'fill' }))).JobRuns, []);
});

test('a run that there is not is not found, and cannot be stopped', async (t) => {
  const glue = await glueOf(t);
  await glue.send(new CreateJobCommand({ Name: 'fill', ...JOB }));

  const { Errors } = await glue.send(new BatchStopJobRunCommand({ JobName: 'fill', JobRunIds: ['jr_1'] }));

  assert.equal(Errors?.[0]?.ErrorDetail?.ErrorCode, 'EntityNotFoundException');
  await assert.rejects(glue.send(new GetJobRunCommand({ JobName: 'fill', RunId: 'jr_1' })), {
    name: 'EntityNotFoundException',
  });
});
