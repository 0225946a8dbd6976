/** One vocabulary of file names for all services: README.md, "The files of a service". */
import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const services = readdirSync(join(root, 'services'));
const files = services.flatMap((service) =>
  globSync(`services/${service}/**/*.ts`, { cwd: root }).filter((file) => !file.endsWith('.test.ts')),
);
const codeOf = (file: string) => readFileSync(join(root, file), 'utf8');

test('every service has its entry, its inputs and its README', () => {
  const missing = services.flatMap((service) =>
    ['index.ts', 'inputs.ts', 'README.md']
      .map((file) => `services/${service}/${file}`)
      .filter((file) => !existsSync(join(root, file))),
  );

  assert.deepEqual(missing, []);
});

test('a database is opened in store.ts, resources of templates are in resources.ts', () => {
  const misplaced = files.filter((file) => {
    const code = codeOf(file);
    return (
      (/from '(?:\.\.\/)+core\/database\.ts'/.test(code) &&
        /\bopenDatabase\b/.test(code) &&
        basename(file) !== 'store.ts') ||
      (/^ {2,4}'AWS::\w+::\w+': \{$/m.test(code) && basename(file) !== 'resources.ts')
    );
  });

  assert.deepEqual(misplaced, []);
});

/** Names that say the same as one of the vocabulary. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  'actions.ts': 'actions/<operation or subject>.ts',
  'cloudformation.ts': 'resources.ts',
  'database.ts': 'store.ts, or state.ts',
  'errors.ts': 'failures.ts',
  'failure.ts': 'failures.ts',
  'provider.ts': 'resources.ts',
  'shared.ts': 'state.ts',
};

test('a file is not called by another word for what the vocabulary names', () => {
  const misnamed = files.filter(
    (file) => file.split('/').length === 3 && OTHER_WORDS[basename(file)] !== undefined,
  );

  assert.deepEqual(
    misnamed.map((file) => `${file} is to be ${OTHER_WORDS[basename(file)]}`),
    [],
  );
});
