/** A file that is read in ranges gives the rows, the refusals and the verdict that it gives when it is read from its start. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, test } from 'vitest';
import { partsOf, readerOf } from './format.ts';
import { type Advice, FileRefusedError, type FileShape, type RangeTally, type RawRow } from './row.ts';

const dir = mkdtempSync(join(tmpdir(), 'headwaters-ranges-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const shape: FileShape = {
  name: 'customers',
  columns: [
    { name: 'id', required: true },
    { name: 'name', required: false },
  ],
};

interface Outcome {
  readonly rows: unknown[];
  readonly refused?: string;
  readonly advice?: Advice;
}

const plain = (row: RawRow) =>
  'row' in row
    ? { row: { ...row.row }, raw: row.raw && Buffer.from(row.raw()).toString('latin1') }
    : { refusal: row.refusal, raw: Buffer.from(row.raw()).toString('latin1') };

/** Rows count only when the whole file was read. */
async function outcomeOf(
  read: (advise: (advice: Advice) => void) => AsyncIterable<readonly RawRow[]>,
): Promise<Outcome> {
  const rows: unknown[] = [];
  let advice: Advice | undefined;
  try {
    const advise = (found: Advice) => {
      advice = found;
    };
    for await (const some of read(advise)) rows.push(...some.map(plain));
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    return { rows: [], refused: error.message };
  }
  return { rows, ...(advice && { advice }) };
}

let files = 0;

async function bothWays(name: string, bytes: Uint8Array, rangeBytes: number, of: FileShape = shape) {
  const path = join(dir, `${files++}-${name}`);
  writeFileSync(path, bytes);
  const whole = await outcomeOf((advise) => readerOf(name)(path, of, advise));
  let ranges = 0;
  const cut = await outcomeOf(async function* (advise) {
    const parts = partsOf(name)!;
    const file = await parts.cut(path, of);
    if (!file) return yield* readerOf(name)(path, of, advise);
    const tallies: RangeTally[] = [];
    let rowNumber = 0;
    for await (const range of file.ranges(rangeBytes)) {
      ranges++;
      assert.equal(range.rowsBefore, rowNumber, 'rows before the range');
      const { rows, tally } = await parts.read(path, of, range);
      for await (const some of rows) {
        rowNumber += some.length;
        yield some;
      }
      tallies.push(structuredClone(tally()));
    }
    file.end(tallies, advise);
  });
  rmSync(path);
  return { whole, cut, ranges };
}

const encoded = (text: string, encoding: 'utf8' | 'latin1') => Buffer.from(text, encoding);

const cell = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('1', 'Ann', '', 'Bärbel', '北京 😀', ' padded ', 'a,b') },
  fc.constantFrom('"quoted"', '"a ""b"" c"', '"two\nlines"', '"two\r\nlines"', '"a,b"', '"\n\n"', '5" pipe'),
  fc.constantFrom('"Ann"e', '"open', 'x"y"z'),
);
const row = fc.array(cell, { minLength: 1, maxLength: 3 }).map((cells) => cells.join(','));
const line = fc.oneof({ weight: 6, arbitrary: row }, fc.constantFrom('', ' '));
const csv = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.constantFrom('\n', '\r\n', '\r'),
    fc.array(line, { minLength: 0, maxLength: 12 }),
    fc.boolean(),
  )
  .map(
    ([mark, lineBreak, lines, ends]) =>
      `${mark}${['id,name', ...lines].join(lineBreak)}${ends ? lineBreak : ''}`,
  );

const record = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ id: fc.integer(), name: fc.constantFrom('Ann', 'B\nc', '北京 😀', 'x"y') })
      .map((one) => JSON.stringify(one)),
  },
  fc.constantFrom('', '   ', '[1]', '{"id": 1', '{"id":12345678901234567890}', '\u2028'),
);
const ndjson = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.constantFrom('\n', '\r\n'),
    fc.array(record, { minLength: 1, maxLength: 12 }),
    fc.boolean(),
  )
  .map(([mark, lineBreak, lines, ends]) => `${mark}${lines.join(lineBreak)}${ends ? lineBreak : ''}`);

describe('a file in ranges', () => {
  const rangeBytes = fc.integer({ min: 1, max: 60 });
  const encodings = fc.constantFrom('utf8' as const, 'latin1' as const);
  const shapes = fc.constantFrom<Partial<FileShape>>(
    {},
    { encoding: 'windows-1252' },
    { encoding: 'shift_jis' },
    { trim: true },
    { quote: 'none' },
    { escape: '\\' },
    { header: false },
  );

  test('of CSV is the file, wherever it is cut', async () => {
    let mostRanges = 0;
    await fc.assert(
      fc.asyncProperty(csv, encodings, shapes, rangeBytes, async (text, encoding, more, bytes) => {
        const { whole, cut, ranges } = await bothWays('a.csv', encoded(text, encoding), bytes, {
          ...shape,
          ...more,
        });
        mostRanges = Math.max(mostRanges, ranges);
        assert.deepEqual(cut, whole);
      }),
      { numRuns: 400 },
    );
    assert.ok(mostRanges > 5, `${mostRanges} ranges`);
  });

  test.each(['a.ndjson', 'a.json'])('of lines of JSON (%s) is the file, wherever it is cut', async (name) => {
    let mostRanges = 0;
    await fc.assert(
      fc.asyncProperty(ndjson, encodings, rangeBytes, async (text, encoding, bytes) => {
        const { whole, cut, ranges } = await bothWays(name, encoded(text, encoding), bytes);
        mostRanges = Math.max(mostRanges, ranges);
        assert.deepEqual(cut, whole);
      }),
      { numRuns: 300 },
    );
    assert.ok(mostRanges > 5, `${mostRanges} ranges`);
  });

  test('is judged as a whole: rows of another encoding in one range refuse the file, or only themselves', async () => {
    const good = Array.from({ length: 200 }, (_, id) => `${id},Ann\n`).join('');
    const bad = (rows: number) => encoded(`${good}${'9,Bärbel Müßig\n'.repeat(rows)}${good}`, 'latin1');
    const header = Buffer.from('id,name\n');

    const few = await bothWays('a.csv', Buffer.concat([header, bad(3)]), 100);
    const many = await bothWays('a.csv', Buffer.concat([header, bad(30)]), 100);

    assert.deepEqual(few.cut, few.whole);
    assert.equal(few.whole.advice?.encoding, 'windows-1252');
    assert.deepEqual(many.cut, many.whole);
    assert.match(many.whole.refused!, /30 of 430 rows are not valid/);
  });

  test.each<[string, string, Uint8Array]>([
    ['UTF-16, whose bytes are not its characters', 'a.csv', Buffer.from('\uFEFFid,name\n1,Ann\n', 'utf16le')],
    [
      'an array of JSON, in which a line break does not end a row',
      'a.json',
      Buffer.from('[{"id":1},\n{"id":2}]'),
    ],
  ])('is not cut of %s', async (_what, name, bytes) => {
    const { whole, cut, ranges } = await bothWays(name, bytes, 1);

    assert.equal(ranges, 0);
    assert.ok(whole.rows.length > 0);
    assert.deepEqual(cut, whole);
  });

  test.each(['a.xml', 'a.parquet'])('does not exist of %s', (name) => {
    assert.equal(partsOf(name), undefined);
  });
});
