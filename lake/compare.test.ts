/** Two answers to one question are compared with each other as sets of rows, and a difference is explained. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { differenceOf } from './compare.ts';

const commands = { command: (words: string) => `npx headwaters ${words} --state other` };

describe('two answers', () => {
  test('are the same in any order, and with numbers written in another way', () => {
    const { onlyOltp, onlyOlap, explanation } = differenceOf(
      commands,
      'amazon',
      [
        ['2', '149'],
        ['1', '5.50'],
      ],
      [
        ['1', '5.5'],
        ['2', '149.00'],
      ],
    );

    assert.deepEqual([onlyOltp, onlyOlap, explanation], [[], [], undefined]);
  });

  test('that are both empty say that nothing was compared', () => {
    assert.match(
      differenceOf(commands, 'amazon', [], []).explanation!,
      /nothing to compare.*npx headwaters transact amazon <transaction> --state other writes/,
    );
  });

  test('count how often a row is there', () => {
    assert.deepEqual(differenceOf(commands, 'amazon', [['1'], ['1']], [['1']]).onlyOltp, [['1']]);
  });

  const differing: readonly (readonly [string, string[][], string[][], RegExp])[] = [
    [
      'of which only Athena has rows',
      [],
      [['1']],
      /arrived by the stream or in files, as simulated events do/,
    ],
    [
      'of which Athena misses a row',
      [['1'], ['2']],
      [['1']],
      /was refused on its way, or the pipeline has not/,
    ],
    ['of which DynamoDB misses a row', [['1']], [['1'], ['2']], /deleted from DynamoDB/],
    ['with other values', [['1', 'sent']], [['1', 'created']], /keeps the newest state/],
  ];
  for (const [what, oltp, olap, explanation] of differing)
    test(`${what} are explained`, () => {
      assert.match(differenceOf(commands, 'amazon', oltp, olap).explanation!, explanation);
    });
});
