/** Replays Trino's recorded answers against our engine: no wrong answer, nine tenths answered, no function unproven. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FUNCTION_PAGES } from '@headwaters/localstack/sql';
import { afterAll, beforeAll, test } from 'vitest';
import { allowListPage, allSpecials } from './allowList.ts';
import { type Engine, judge, type OurAnswer, type OurFailure, readCorpus, startEngine } from './corpus.ts';

let engine: Engine;
const pages = readCorpus();
const answers = new Map<string, OurAnswer | OurFailure>();

beforeAll(async () => {
  engine = await startEngine();
  for (const page of pages) for (const sql of page.statements) answers.set(sql, await engine.ask(sql));
});
afterAll(() => engine.close());

const statements = pages.flatMap((page) => page.statements);

for (const page of pages)
  test(`the answers on ${page.name} are Trino 476's, or a refusal by name`, () => {
    const faults = page.statements.flatMap((sql) => {
      const recorded = page.recorded[sql];
      if (!recorded) return [`${sql}\nhas no recorded answer: node test/parity/dialect.ts --record`];
      const verdict = judge(sql, recorded, answers.get(sql)!);
      return verdict.kind === 'wrong' ? [`${sql}\n${verdict.detail}`] : [];
    });

    assert.deepEqual(faults, []);
  });

test('the corpus has at least 350 statements, and nine tenths of them are answered', () => {
  const refused = statements.filter((sql) => {
    const answer = answers.get(sql)!;
    return 'refused' in answer && answer.refused;
  });

  assert.ok(statements.length >= 350, `${statements.length} statements`);
  assert.ok(refused.length <= statements.length / 10, `refused:\n${refused.join('\n')}`);
});

test('every function of the allow-list is answered somewhere in the corpus', () => {
  const used = new Set(
    [...answers.values()].flatMap((answer) => ('functions' in answer ? answer.functions : [])),
  );

  const unproven = [
    ...Object.values(FUNCTION_PAGES)
      .flat()
      .map((entry) => entry.text),
    ...allSpecials(),
  ].filter((text) => !used.has(text));

  assert.deepEqual(unproven, []);
});

test('docs/athena-sql.md is what the allow-list and the corpus give', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', 'docs', 'athena-sql.md'), 'utf8');

  assert.equal(page, allowListPage(), 'write it again: node test/parity/allowList.ts --write');
});
