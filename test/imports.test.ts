/** The rules between the folders (who may import whom), read from the imports themselves, and circular imports of values. */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The local cloud's public entries, as the packages of the workspace import them. */
const LOCAL_CLOUD = '@headwaters/localstack';

interface Rule {
  /** Path of the folder, with a slash at its end; the first rule that holds is a file's rule. */
  readonly folder: string;
  /** Folders and entries that its files may import from besides the folder itself. */
  readonly may: readonly string[];
}

/** One rule per Lambda: a function imports what Lambdas share, and no other function. */
const functions = globSync('lambdas/*/handler.ts', { cwd: root }).map((file) => `${dirname(file)}/`);

/** DESIGN.md's import rules. */
const rules: readonly Rule[] = [
  { folder: 'lib/model/', may: [] },
  { folder: 'lib/formats/', may: [] },
  { folder: 'lib/simulator/', may: ['lib/model/'] },
  { folder: 'lib/constructs/', may: ['lib/model/', 'lib/formats/'] },
  { folder: 'lib/stacks/', may: ['lib/model/', 'lib/formats/', 'lib/constructs/'] },
  { folder: 'lambdas/shared/', may: ['lib/model/', 'lib/formats/'] },
  ...functions.map((folder) => ({ folder, may: ['lib/model/', 'lib/formats/', 'lambdas/shared/'] })),
  { folder: 'lake/targets/', may: ['lake/', 'lib/', LOCAL_CLOUD] },
  { folder: 'lake/', may: ['lib/'] },
  { folder: 'localstack/', may: [] },
  { folder: 'sql/', may: ['lib/simulator/'] },
  // The page's backend calls the lake; the page itself shares types and pure functions with it.
  { folder: 'web/', may: ['lake/', 'lib/model/'] },
  { folder: 'bin/', may: ['lake/', 'lib/', 'web/'] },
  {
    folder: 'bench/',
    may: ['lake/', 'lib/', 'lambdas/', 'web/', LOCAL_CLOUD, 'localstack/', 'test/support/', 'test/web/'],
  },
  {
    folder: 'test/',
    may: ['lake/', 'lib/', 'lambdas/', 'sql/', 'bench/', 'web/', LOCAL_CLOUD, 'localstack/'],
  },
];

/** What the testing folders hold, which production code does not import. */
const isTest = (file: string) =>
  file.endsWith('.test.ts') || /^lib\/model\/testing\/|^localstack\/test\/|\.fixture\.ts$/.test(file);

interface Import {
  readonly from: string;
  /** Path of the imported file, or the name of an entry of the local cloud. */
  readonly to: string;
  /** `import type` vanishes before the code runs. */
  readonly ofValues: boolean;
}

const IMPORT = /(?:^|\n)\s*(?:import|export)(\s+type)?\s[^;'"]*?from\s*['"]([^'"]+)['"]/g;
const BARE_OR_DYNAMIC = /(?:(?:^|\n)import|\bimport\s*\()\s*['"]([^'"]+)['"]/g;

function importsOf(file: string): Import[] {
  const code = readFileSync(join(root, file), 'utf8');
  const found = [
    ...[...code.matchAll(IMPORT)].map(([, type, target]) => ({ target: target!, ofValues: !type })),
    ...[...code.matchAll(BARE_OR_DYNAMIC)].map(([, target]) => ({ target: target!, ofValues: true })),
  ];
  return found.flatMap(({ target, ofValues }) => {
    const to = target.startsWith('.')
      ? relative(root, join(root, dirname(file), target))
      : target === LOCAL_CLOUD || target.startsWith(`${LOCAL_CLOUD}/`)
        ? target
        : undefined;
    return to ? [{ from: file, to, ofValues }] : [];
  });
}

const files = globSync('{lib,lambdas,lake,localstack,sql,web,bin,bench,test}/**/*.{ts,tsx}', {
  cwd: root,
}).filter((file) => !file.includes('node_modules'));
const imports = files.flatMap(importsOf);
const ruleOf = (file: string) => rules.find(({ folder }) => file.startsWith(folder));

test('no import breaks the rules between the folders', () => {
  const breaking = imports.filter(({ from, to }) => {
    const rule = ruleOf(from);
    return rule && !isTest(from) && ![rule.folder, ...rule.may].some((allowed) => to.startsWith(allowed));
  });

  assert.ok(imports.length > 500, 'the imports were read');
  assert.deepEqual(
    breaking.map(
      ({ from, to }) =>
        `${from} imports ${to}; ${ruleOf(from)!.folder} may import ${ruleOf(from)!.may.join(', ') || 'nothing of ours'}`,
    ),
    [],
  );
});

test('nobody imports the command line', () => {
  const ofCommandLine = imports.filter(
    ({ from, to }) => to.startsWith('bin/') && !from.startsWith('bin/') && to !== 'bin/setup.js',
  );

  assert.deepEqual(
    ofCommandLine.map(({ from, to }) => `${from} imports ${to}`),
    [],
  );
});

/** A grammar is recursive, and so are its parser and its translator: their functions call each other in a circle. */
const RECURSIVE = ['localstack/sql/syntax/', 'localstack/sql/translate/'];

test('no values are imported in a circle', () => {
  const circles = circlesOf(imports.filter(({ ofValues }) => ofValues)).filter(
    (circle) => !RECURSIVE.some((folder) => circle.every((file) => file.startsWith(folder))),
  );

  assert.deepEqual(
    circles.map((circle) => circle.join(' → ')),
    [],
  );
});

/** Files that reach each other, each group once: strongly connected components after Tarjan. */
function circlesOf(edges: readonly Import[]): string[][] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const circles: string[][] = [];
  const visit = (file: string) => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    open.push(file);
    for (const { to } of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) low.set(file, Math.min(low.get(file)!, low.get(to)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = open.splice(open.indexOf(file));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const file of next.keys()) if (!order.has(file)) visit(file);
  return circles;
}

test('every module opens with a sentence that says why it exists', () => {
  const silent = [...files, ...globSync('{bin,test,bench}/**/*.js', { cwd: root })].filter((file) => {
    if (file.endsWith('.test.ts') && !/^(bin|test|bench)\//.test(file)) return false;
    const code = readFileSync(join(root, file), 'utf8').replace(/^#!.*\n/, '');
    return !code.startsWith('/**');
  });

  assert.deepEqual(silent, []);
});

/** Amazon is a company too: its services and addresses are not the study. */
const COMPANY =
  /https?:\/\/\S+|[\w.-]*amazonaws[\w.-]*|x-amazon-apigateway[\w-]*|Amazon (States Language|Web Services|Resource Name)/gi;

test('no code of the project names a study: a study is only its folder', () => {
  const studies = readdirSync(join(root, 'sql'));
  const naming = files
    .filter((file) => /^(lib|lambdas|lake|bin|web)\//.test(file) && !isTest(file))
    .filter((file) => {
      const code = readFileSync(join(root, file), 'utf8').replace(COMPANY, '');
      return studies.some((study) => new RegExp(`\\b${study}`, 'i').test(code));
    });

  assert.ok(studies.includes('amazon'));
  assert.deepEqual(naming, []);
});
