/** Rows fit the terminal, and NULL, empty texts and wide characters are told apart and aligned. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { showRows } from './rows.ts';

const rowset = (columns: Record<string, string>, ...rows: (string | null)[][]) => ({
  columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
  rows,
});

describe('rows', () => {
  test('show NULL unlike the empty text, and numbers on the right by their type', () => {
    const shown = showRows(
      rowset({ note: 'varchar', amount: 'decimal' }, ['NULL', '1.50'], [null, null], ['', '100.00']),
      { styleNull: (text) => `<${text}>` },
    );

    assert.equal(shown, 'note  amount\n────  ──────\nNULL    1.50\n<NULL>    <NULL>\n      100.00');
  });

  test('are aligned by what a terminal shows: wide, combined and control characters', () => {
    const shown = showRows(
      rowset({ a: 'varchar', b: 'varchar' }, ['東京', 'x'], ['e\u0301', 'y'], ['1\n2', '\x1b[2J']),
    );

    assert.deepEqual(shown.split('\n').slice(2), ['東京  x', 'e\u0301     y', '1↵2   \\x1b[2J']);
  });

  test('are cut where they are widest to fit the terminal', () => {
    const shown = showRows(rowset({ id: 'integer', note: 'varchar' }, ['1', 'x'.repeat(100)]), { width: 30 });

    assert.ok(shown.split('\n').every((line) => line.length <= 30));
    assert.match(shown, /^ 1 {2}x{25}…$/m);
  });

  test('that no cutting makes fit are shown value by value', () => {
    const names = Object.fromEntries(
      Array.from({ length: 8 }, (_, at) => [`column_number_${at}`, 'varchar']),
    );

    const shown = showRows(
      rowset(
        names,
        Array.from({ length: 8 }, (_, at) => (at === 0 ? null : `${at}`)),
      ),
      {
        width: 60,
      },
    );

    assert.match(shown, /^─\[ 1 \]─+\ncolumn_number_0 │ NULL\ncolumn_number_1 │ 1\n/);
  });
});
