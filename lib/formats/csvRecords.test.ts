/** Records of CSV: the cells that were written, the exact text of each, and where a quote goes wrong. */
import assert from 'node:assert/strict';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { test } from 'vitest';
import { type Dialect, lineBreakIn } from './csvDialect.ts';
import { type CsvRecord, csvRecords } from './csvRecords.ts';

type Written = Omit<Dialect, 'lineBreak'>;
const usual: Written = { delimiter: ',', quote: '"', escape: '"', trim: false };

async function cut(text: string, dialect = usual, pieceLength = text.length || 1, most = 1e6) {
  async function* pieces() {
    for (let at = 0; at < text.length; at += pieceLength)
      yield Buffer.from(text.slice(at, at + pieceLength), 'latin1');
  }
  const found: CsvRecord[] = [];
  for await (const records of csvRecords(pieces(), { ...dialect, lineBreak: lineBreakIn(text) }, most))
    found.push(...records);
  return found;
}

const cells = (records: readonly CsvRecord[]) => records.map((record) => record.cells);

const dialects = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  quote: fc.constantFrom('"', "'"),
  lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
  ending: fc.boolean(),
});
const cell = fc.string({
  unit: fc.constantFrom('a', 'b', ' ', ',', ';', '\t', '|', '"', "'", '\n', '\r', 'é'),
});

test('What was written is read, wherever the pieces of the file end, and as another parser reads it', async () => {
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(
      dialects,
      rows,
      fc.integer({ min: 1, max: 9 }),
      fc.boolean(),
      async (of, rows, piece, all) => {
        const { delimiter, quote, lineBreak } = of;
        const needsQuotes = (text: string) =>
          all || /[\n\r]/.test(text) || text.includes(delimiter) || text.includes(quote);
        const written = rows.map((row) =>
          row
            .map((text) => (needsQuotes(text) ? quote + text.replaceAll(quote, quote + quote) + quote : text))
            .join(delimiter),
        );
        const text = written.join(lineBreak) + (of.ending ? lineBreak : '');
        // A file with a lone carriage return and no line feed has lines that end with it.
        fc.pre(lineBreak !== '\r' || !text.includes('\n'));
        fc.pre(lineBreak === '\r' || text.includes('\n'));

        const found = await cut(text, { delimiter, quote, escape: quote, trim: false }, piece);

        assert.deepEqual(cells(found), rows);
        assert.equal(found.map(({ raw }) => raw).join(''), text);
        const other = parse(text, {
          delimiter,
          quote,
          escape: quote,
          record_delimiter: lineBreak,
          relax_column_count: true,
        }) as string[][];
        assert.deepEqual(other, rows);
      },
    ),
    { numRuns: 200 },
  );
});

test('A quote within an unquoted cell is a character; a cell that goes on after its closing quote is marked', async () => {
  const found = await cut('1,5" nail,x\n2,"Ann"e,y\n3,"""q",z\n');

  assert.deepEqual(
    found.map((record) => [record.cells, record.misquoted]),
    [
      [['1', '5" nail', 'x'], undefined],
      [['2', 'Ann', 'y'], 1],
      [['3', '"q', 'z'], undefined],
    ],
  );
});

test('A quote that is not closed is reported with the line of its row', async () => {
  await assert.rejects(
    cut('id,name\n1,"Ann\nof many"\n2,"Bob\n3,Cid\n'),
    /the row that begins in line 4 has a quote/,
  );
});

test('The end of a row is looked for no further than the limit', async () => {
  const text = `id,name\n1,"${'x'.repeat(50_000)}`;

  await assert.rejects(
    cut(text, usual, 1000, 10_000),
    /the row that begins in line 2 has more than 9\.8 KiB/,
  );
});

test('Escapes, cells without quotes and blanks around cells are read as declared', async () => {
  const escaped = await cut('1,"a \\"b\\" \\\\ \\n",2\n', { ...usual, escape: '\\' });
  const bare = await cut('1,"a,b"\n', { ...usual, quote: false });
  const trimmed = await cut('1 ,  "a ""b"" " , c\t\n', { ...usual, trim: true });

  assert.deepEqual(cells(escaped), [['1', 'a "b" \\ \\n', '2']]);
  assert.deepEqual(cells(bare), [['1', '"a', 'b"']]);
  assert.deepEqual(cells(trimmed), [['1', 'a "b" ', 'c']]);
});

test('Empty lines are not rows, but lines of empty cells are', async () => {
  const found = await cut('a\tb\n\n\t\n\r\nc\td', { ...usual, delimiter: '\t' });

  assert.deepEqual(cells(found), [
    ['a', 'b'],
    ['', ''],
    ['c', 'd'],
  ]);
});

test('A column of quoted cells takes time in proportion to its length', async () => {
  const found = await cut('"a"\n'.repeat(200_000), usual, 2 ** 18);

  assert.equal(found.length, 200_000);
});
