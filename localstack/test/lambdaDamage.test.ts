/** A function whose installed code was damaged does not run: the refusal names the file, and deploying again repairs it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { DamagedStateError } from '../core/damage.ts';
import { localCloud, type TestCloud } from './support/localCloud.ts';
import { cutTo, flipBit } from './support/stateFiles.ts';

const template = JSON.stringify({
  Resources: {
    Answer: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'answer',
        Role: 'arn:aws:iam::000000000000:role/test',
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: 'exports.handler = async () => 42;' },
      },
    },
  },
});

/** A cloud assembly of one stack, as `cdk synth` writes it. */
function assemblyIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'headwaters-assembly-'));
  t.onTestFinished(() => rmSync(folder, { recursive: true }));
  const properties = { templateFile: 'functions.json', stackName: 'functions' };
  const artifacts = { functions: { type: 'aws:cloudformation:stack', properties } };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ version: '40.0.0', artifacts }));
  writeFileSync(join(folder, 'functions.json'), template);
  return folder;
}

const answerOf = async (cloud: TestCloud): Promise<string> =>
  String((await cloud.call('lambda', 'Invoke', { FunctionName: 'answer' })).Payload);

const codeFile = async (cloud: TestCloud): Promise<string> => {
  const { Configuration } = await cloud.call('lambda', 'GetFunction', { FunctionName: 'answer' });
  const digest = Buffer.from(Configuration.CodeSha256, 'base64').toString('hex');
  return join(cloud.context.stateDir, 'lambda', 'code', digest, 'index.js');
};

test('code that was changed, cut or removed is refused by name, and a deploy of the same template installs it again', async (t) => {
  let cloud = await localCloud(t);
  const assembly = assemblyIn(t);
  await cloud.deployAssembly(assembly);
  assert.match(await answerOf(cloud), /42/);
  const file = await codeFile(cloud);

  for (const harm of [() => flipBit(file, 32, 1), () => cutTo(file, 10), () => rmSync(file)]) {
    harm();
    cloud = await cloud.restarted();

    await assert.rejects(answerOf(cloud), (error: unknown) => {
      assert.ok(error instanceof DamagedStateError, String(error));
      assert.equal(error.file, file);
      assert.match(error.message, /deploy its stack again/);
      return true;
    });
    const idle = await fetch(`${cloud.endpoint}/_headwaters/idle`);
    assert.equal(idle.status, 500);

    const { stacks } = await cloud.deployAssembly(assembly);
    assert.deepEqual(stacks[0]?.updated, ['Answer']);
    assert.match(await answerOf(cloud), /42/);
  }
});
