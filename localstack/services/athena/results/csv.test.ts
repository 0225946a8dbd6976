/** Result files keep NULL and the empty text apart. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { csvLine, parseCsv } from './csv.ts';

test('values are in quotes and NULL is nothing', () => {
  const line = csvLine(['a "b"', null, '', 'x,\ny']);

  assert.equal(line, '"a ""b""",,"","x,\ny"\n');
});

test('what was written is read back', () => {
  const cell = fc.option(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', 'é', ' ') }));
  const rows = fc
    .integer({ min: 1, max: 4 })
    .chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1 }));

  fc.assert(
    fc.property(rows, (written) => {
      assert.deepEqual(parseCsv(written.map(csvLine).join('')), written);
    }),
  );
});
