/** Scripts are cut into statements where SQL ends them, not where a semicolon happens to be. */
import assert from 'node:assert/strict';
import { describe, test } from 'vitest';
import { readScript, statementsOf } from './script.ts';

const sqlOf = (text: string) => statementsOf(text).map(({ sql }) => sql);

describe('a script', () => {
  test('is cut at its semicolons, but not at those in texts, names and comments', () => {
    const script = `-- a; b\nselect ';' as "x;y"; /* c; */ select 2 -- the end;\n;`;

    assert.deepEqual(sqlOf(script), [`-- a; b\nselect ';' as "x;y"`, '/* c; */ select 2 -- the end;']);
  });

  test('says at which line each statement begins', () => {
    const lines = statementsOf('select 1;\n\n-- two\nselect 2;\nselect 3').map(({ line }) => line);

    assert.deepEqual(lines, [1, 3, 5]);
  });

  test("takes Hive's backticks and what SQL does not know, which Athena judges", () => {
    assert.deepEqual(sqlOf('drop table `a;b`; select \\ 1'), ['drop table `a;b`', 'select \\ 1']);
  });

  test('of only comments has no statement', () => {
    assert.deepEqual(sqlOf('-- nothing\n;;\n/* at all */'), []);
  });

  test.for(["select 'a;", 'select "a;', 'select /* a;', 'select `a;', 'select 1'])(
    'is not ended by %s',
    (text) => {
      const { statements, rest } = readScript(text);

      assert.deepEqual(statements, []);
      assert.equal(rest?.sql, text);
    },
  );
});
