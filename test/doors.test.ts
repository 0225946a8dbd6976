/** The walls between the folders: who may import whom, read from the imports themselves. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A room, and the rooms of ours that it may import from besides itself. `bin`, `test` and `bench` may import all. */
const doors: Readonly<Record<string, readonly string[]>> = {
  'lib/model': [],
  'lib/simulator': ['lib/model'],
  'lib/constructs': ['lib/model'],
  'lib/stacks': ['lib/model', 'lib/constructs'],
  lambdas: ['lib/model'],
  localstack: [],
  sql: ['lib/simulator'],
};

const roomOf = (file: string) => Object.keys(doors).find((room) => file.startsWith(`${room}/`));

interface Import {
  readonly from: string;
  readonly to: string;
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const code = readFileSync(join(root, file), 'utf8');
  return [...code.matchAll(IMPORT)].map(([, target]) => ({
    from: file,
    to: relative(root, join(root, dirname(file), target!)),
  }));
}

const production = Object.keys(doors)
  .flatMap((room) => globSync(`${room}/**/*.ts`, { cwd: root }))
  .filter((file) => !file.endsWith('.test.ts'));

test('no room imports through a wall', () => {
  const imports = production.flatMap(importsOf);

  const through = imports.filter(({ from, to }) => {
    const own = roomOf(from)!;
    const other = roomOf(to) ?? to.split('/')[0]!;
    return other !== own && !doors[own]!.includes(other);
  });
  assert.ok(imports.length > 100, 'the imports were read');
  assert.deepEqual(
    through.map(({ from, to }) => `${from} → ${to}`),
    [],
  );
});

test('every module opens with a sentence that says why it exists', () => {
  const everything = [...production, ...globSync('{bin,test,bench}/**/*.{ts,js}', { cwd: root })];

  const silent = everything.filter((file) => {
    const code = readFileSync(join(root, file), 'utf8').replace(/^#!.*\n/, '');
    return !code.startsWith('/**');
  });

  assert.deepEqual(silent, []);
});
