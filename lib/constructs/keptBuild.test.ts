/** When a build is made again, and when what the last one made is taken. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'vitest';
import { CONTENT_FOLDERS, hashOf } from './contentFolder.ts';
import { keptBuild } from './keptBuild.ts';

/** A project with one file, whose build copies it. */
function projectOf(t: TestContext) {
  const project = mkdtempSync(join(tmpdir(), 'headwaters-build-'));
  const name = `test-${process.pid}-${Math.random().toString(36).slice(2)}`;
  const record = join(CONTENT_FOLDERS, `${name}.json`);
  const made = new Set<string>();
  let builds = 0;
  t.onTestFinished(() => {
    for (const path of [project, record, ...made]) rmSync(path, { recursive: true, force: true });
  });
  const write = (text: string) => writeFileSync(join(project, 'in.ts'), text);
  write(`${name} one`);
  return {
    record,
    write,
    folder: () => [...made].at(-1)!,
    builds: () => builds,
    build(text: string, settings: unknown = 'one') {
      const outputs = keptBuild(project, { name, settings }, () => {
        builds++;
        return { outputs: { 'out.mjs': Buffer.from(`${name} ${text}`) }, inputs: ['in.ts'] };
      });
      made.add(join(CONTENT_FOLDERS, hashOf(outputs)));
      return Buffer.from(outputs['out.mjs']!).toString().replace(`${name} `, '');
    },
  };
}

test('what was built is taken until an input or a setting changes', (t) => {
  const project = projectOf(t);

  const built = [project.build('a'), project.build('b')];
  project.write('another');
  built.push(project.build('c'), project.build('d'), project.build('e', 'two'), project.build('f', 'two'));

  assert.deepEqual(built, ['a', 'a', 'c', 'c', 'e', 'e']);
  assert.equal(project.builds(), 3);
});

test('an output that was changed or removed, and a record that is cut off, are built again', (t) => {
  const project = projectOf(t);
  project.build('a');
  const harms = [
    () => writeFileSync(join(project.folder(), 'out.mjs'), 'changed'),
    () => rmSync(join(project.folder(), 'out.mjs')),
    () => writeFileSync(project.record, '{"settings":'),
  ];

  const built = harms.map((harm) => {
    harm();
    return project.build('a');
  });

  assert.deepEqual(built, ['a', 'a', 'a']);
  assert.equal(project.builds(), 1 + harms.length);
});
