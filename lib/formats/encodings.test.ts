/** Text files in every encoding of the WHATWG list; the bytes are what Python 3.11's codecs write. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, test } from 'vitest';
import { readerOf } from './format.ts';
import { guessEncoding } from './guessEncoding.ts';
import { type Advice, FileRefusedError, type FileShape, type RawRow } from './row.ts';

const dir = await mkdtemp(join(tmpdir(), 'headwaters-encodings-test-'));
afterAll(() => rm(dir, { recursive: true, force: true }));

const shape: FileShape = {
  name: 'people',
  columns: [
    { name: 'id', required: true },
    { name: 'name', required: true },
  ],
};

let files = 0;
async function read(name: string, bytes: Uint8Array, settings: Partial<FileShape> = {}) {
  const path = join(dir, `${files++}-${name}`);
  await writeFile(path, bytes);
  const rows: RawRow[] = [];
  const advice: Advice[] = [];
  const reader = readerOf(name);
  for await (const some of reader(path, { ...shape, ...settings }, (found) => advice.push(found)))
    rows.push(...some);
  return { rows, advice };
}

const valuesOf = (rows: readonly RawRow[]) =>
  rows.map((row) => ('row' in row ? { ...row.row } : { rule: row.refusal.rule, path: row.refusal.path }));

/** `id,name` and a row `1,<text>` in an encoding. */
const samples: readonly (readonly [encoding: string, text: string, hex: string])[] = [
  ['utf-8', 'Zoë Łódź 東京', '69642c6e616d650a312c5a6fc3ab20c581c3b364c5ba20e69db1e4baac0a'],
  ['ibm866', 'Москва', '69642c6e616d650a312c8caee1aaa2a00a'],
  ['iso-8859-2', 'Łódź', '69642c6e616d650a312ca3f364bc0a'],
  ['iso-8859-3', 'Ħaż', '69642c6e616d650a312ca161bf0a'],
  ['iso-8859-4', 'Rīga', '69642c6e616d650a312c52ef67610a'],
  ['iso-8859-5', 'Москва', '69642c6e616d650a312cbcdee1dad2d00a'],
  ['iso-8859-6', 'بغداد', '69642c6e616d650a312cc8dacfc7cf0a'],
  ['iso-8859-7', 'Αθήνα', '69642c6e616d650a312cc1e8deede10a'],
  ['iso-8859-8', 'חיפה', '69642c6e616d650a312ce7e9f4e40a'],
  ['iso-8859-8-i', 'חיפה', '69642c6e616d650a312ce7e9f4e40a'],
  ['iso-8859-10', 'Þór ŋ', '69642c6e616d650a312cdef37220bf0a'],
  ['iso-8859-13', 'Jūrmala', '69642c6e616d650a312c4afb726d616c610a'],
  ['iso-8859-14', 'ŵyth', '69642c6e616d650a312cf07974680a'],
  ['iso-8859-15', 'cœur 5€', '69642c6e616d650a312c63bd75722035a40a'],
  ['iso-8859-16', 'București ș', '69642c6e616d650a312c427563757265ba746920ba0a'],
  ['koi8-r', 'Москва', '69642c6e616d650a312cedcfd3cbd7c10a'],
  ['koi8-u', 'Київ', '69642c6e616d650a312cebc9a7d70a'],
  ['macintosh', 'Málaga', '69642c6e616d650a312c4d876c6167610a'],
  ['windows-874', 'กรุงเทพ', '69642c6e616d650a312ca1c3d8a7e0b7be0a'],
  ['windows-1250', 'Łódź', '69642c6e616d650a312ca3f3649f0a'],
  ['windows-1251', 'Москва', '69642c6e616d650a312ccceef1eae2e00a'],
  ['windows-1252', 'Müller 5€', '69642c6e616d650a312c4dfc6c6c65722035800a'],
  ['windows-1253', 'Αθήνα', '69642c6e616d650a312cc1e8deede10a'],
  ['windows-1254', 'İzmir', '69642c6e616d650a312cdd7a6d69720a'],
  ['windows-1255', 'חיפה', '69642c6e616d650a312ce7e9f4e40a'],
  ['windows-1256', 'بغداد', '69642c6e616d650a312cc8dbcfc7cf0a'],
  ['windows-1257', 'Jūrmala', '69642c6e616d650a312c4afb726d616c610a'],
  ['windows-1258', 'Đà', '69642c6e616d650a312cd0e00a'],
  ['x-mac-cyrillic', 'Москва', '69642c6e616d650a312c8ceef1eae2e00a'],
  ['gbk', '上海市', '69642c6e616d650a312cc9cfbaa3cad00a'],
  ['gb18030', '上海 𠀀', '69642c6e616d650a312cc9cfbaa320953282360a'],
  ['big5', '臺北許', '69642c6e616d650a312cbb4fa55fb35c0a'],
  ['euc-jp', '大阪市', '69642c6e616d650a312cc2e7bae5bbd40a'],
  ['iso-2022-jp', '大阪市', '69642c6e616d650a312c1b244242673a653b541b28420a'],
  ['shift_jis', 'ソ表示', '69642c6e616d650a312c835c955c8ea60a'],
  ['euc-kr', '부산 똠', '69642c6e616d650a312cbacebbea208c630a'],
  ['utf-16be', 'Zoë 東京', '00690064002c006e0061006d0065000a0031002c005a006f00eb002067714eac000a'],
  ['utf-16le', 'Zoë 東京', '690064002c006e0061006d0065000a0031002c005a006f00eb0020007167ac4e0a00'],
  // Its bytes from 80 on are the private characters from U+F780 on; Python has no codec for it.
  ['x-user-defined', '\uf7e9', '69642c6e616d650a312ce90a'],
];

test('A CSV file in every encoding of the WHATWG list is read as it was written', async () => {
  for (const [encoding, text, hex] of samples) {
    const { rows } = await read('a.csv', Buffer.from(hex, 'hex'), { encoding });

    assert.deepEqual(valuesOf(rows), [{ id: '1', name: text }], encoding);
  }
});

test('In every encoding a row keeps its own bytes where rows can be told apart by bytes', async () => {
  for (const [encoding, , hex] of samples) {
    if (/^(utf-16|iso-2022)/.test(encoding)) continue;
    const bytes = Buffer.from(hex, 'hex');

    const { rows } = await read('a.csv', bytes, { encoding });

    assert.deepEqual(Buffer.from(rows[0]!.raw!()), bytes.subarray(bytes.indexOf(10) + 1), encoding);
  }
});

test('A byte order mark comes before what is declared', async () => {
  const utf16 = Buffer.from('\ufeffid,name\n1,Müller\n', 'utf16le');
  const marked: [string, Buffer][] = [
    ['a.csv', utf16],
    ['a.csv', Buffer.from(utf16).swap16()],
    ['a.csv', Buffer.from('\ufeffid,name\n1,Müller\n')],
    ['a.ndjson', Buffer.from('\ufeff{"id":"1","name":"Müller"}\n', 'utf16le')],
    ['a.json', Buffer.from('\ufeff[{"id":"1","name":"Müller"}]')],
    ['a.xml', Buffer.from('\ufeff<r><p><id>1</id><name>Müller</name></p></r>', 'utf16le')],
  ];
  for (const [name, bytes] of marked) {
    const { rows } = await read(name, bytes, { encoding: 'windows-1252' });

    assert.deepEqual(valuesOf(rows), [{ id: '1', name: 'Müller' }], name);
  }
});

test('JSON and XML are read in their declared encoding; XML declares its own', async () => {
  const json = Buffer.from('[{"id":"1","name":"M\xfcller"}]', 'latin1');
  const japanese = Buffer.concat([
    Buffer.from('[{"id":"1","name":"'),
    Buffer.from('835c955c', 'hex'),
    Buffer.from('"}]'),
  ]);
  const xml = Buffer.from(
    '<?xml version="1.0" encoding="ISO-8859-1"?><r><p><id>1</id><name>M\xfcller</name></p></r>',
    'latin1',
  );
  const lying = Buffer.from(
    '<?xml version="1.0" encoding="utf-16"?><r><p><id>1</id><name>Müller</name></p></r>',
  );

  assert.deepEqual(valuesOf((await read('a.json', json, { encoding: 'windows-1252' })).rows), [
    { id: '1', name: 'Müller' },
  ]);
  assert.deepEqual(valuesOf((await read('a.json', japanese, { encoding: 'shift_jis' })).rows), [
    { id: '1', name: 'ソ表' },
  ]);
  assert.deepEqual(valuesOf((await read('a.xml', xml)).rows), [{ id: '1', name: 'Müller' }]);
  assert.deepEqual(valuesOf((await read('a.xml', lying)).rows), [{ id: '1', name: 'Müller' }]);
});

test('Rows that are not valid in a file that otherwise is are refused one by one, with the column', async () => {
  const damaged = Buffer.concat([
    Buffer.from('id,name\n1,Zoë\n2,M'),
    Buffer.from([0xfc]),
    Buffer.from('ller\n3,Łódź\n'),
  ]);

  const { rows, advice } = await read('a.csv', damaged);

  assert.deepEqual(valuesOf(rows), [
    { id: '1', name: 'Zoë' },
    { rule: 'undecodable', path: '/name' },
    { id: '3', name: 'Łódź' },
  ]);
  assert.deepEqual(Buffer.from(rows[1]!.raw!()), Buffer.from('2,M\xfcller\n', 'latin1'));
  assert.deepEqual(advice, []);
});

test('A few rows of another encoding among many in ASCII are refused, and the advice says which it looks like', async () => {
  const ascii = Array.from({ length: 200 }, (_, at) => `${at},Ann`).join('\n');

  const { rows, advice } = await read('a.csv', Buffer.from(`id,name\n${ascii}\n900,M\xfcller\n`, 'latin1'));

  assert.equal(rows.filter((row) => 'refusal' in row).length, 1);
  assert.deepEqual(advice, [{ encoding: 'windows-1252' }]);
});

const refusalOf = async (name: string, bytes: Uint8Array, settings: Partial<FileShape> = {}) => {
  try {
    await read(name, bytes, settings);
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: `${name} was read` });
};

test('A file in another encoding is refused with the encoding that it looks like', async () => {
  const latin = 'id,name\n1,M\xfcller\n2,J\xf6rg Wei\xdf\n3,Ann\n';
  const cyrillic = Buffer.from('69642c6e616d650a312cccceeff1eae2e00a', 'hex');
  const files: [string, Buffer, Partial<FileShape>, Advice][] = [
    ['a.csv', Buffer.from(latin, 'latin1'), {}, { encoding: 'windows-1252' }],
    [
      'a.csv',
      Buffer.from(latin.replaceAll(',', ';'), 'latin1'),
      { header: false, delimiter: ';' },
      { encoding: 'windows-1252' },
    ],
    ['a.csv', cyrillic, {}, { encoding: 'windows-1251' }],
    ['a.csv', Buffer.from('id,name\n1,Ann\n', 'utf16le'), {}, { encoding: 'utf-16le' }],
    ['a.csv', Buffer.from('id,name\n1,Ann\n', 'utf16le').swap16(), {}, { encoding: 'utf-16be' }],
    ['a.ndjson', Buffer.from('{"id":"1","name":"M\xfcller"}\n', 'latin1'), {}, { encoding: 'windows-1252' }],
    ['a.json', Buffer.from('[{"id":"1","name":"M\xfcller"}]', 'latin1'), {}, { encoding: 'windows-1252' }],
    [
      'a.xml',
      Buffer.from('<r><p><id>1</id><name>M\xfcller</name></p></r>', 'latin1'),
      {},
      { encoding: 'windows-1252' },
    ],
    [
      'a.csv',
      Buffer.from('id;name\n1;M\xfcller\n', 'latin1'),
      {},
      { encoding: 'windows-1252', delimiter: ';' },
    ],
    [
      'a.csv',
      Buffer.from('id;größe;name\n1;2;M\xfcller\n', 'latin1'),
      {},
      { encoding: 'windows-1252', delimiter: ';' },
    ],
  ];
  for (const [name, bytes, settings, advice] of files) {
    const refusal = await refusalOf(name, bytes, settings);

    assert.deepEqual(refusal.advice, advice, refusal.message);
    assert.match(refusal.message, new RegExp(`load it with --encoding ${advice.encoding}`));
  }
});

test('A file with another delimiter is refused with the one that it looks like', async () => {
  const files: [string, string, Partial<FileShape>, string][] = [
    ['a.csv', 'id;name\n1;Ann\n', {}, "';'"],
    ['a.csv', 'id\tname\n1\tAnn\n', {}, 'tab'],
    ['a.tsv', 'id,name\n1,Ann\n', {}, "','"],
    ['a.csv', '1|Ann\n2|Bob\n', { header: false }, "'|'"],
  ];
  for (const [name, text, settings, option] of files) {
    const refusal = await refusalOf(name, Buffer.from(text), settings);

    assert.ok(refusal.message.endsWith(`load it with --delimiter ${option}`), refusal.message);
  }
});

test('An encoding that does not exist is refused with what is allowed', async () => {
  const refusal = await refusalOf('a.csv', Buffer.from('id,name\n1,Ann\n'), { encoding: 'latin-1000' });

  assert.match(refusal.message, /'latin-1000' is not an encoding that is read; allowed are the labels of/);
});

test('UTF-16 that ends within a character, or is not UTF-16, is refused as a whole', async () => {
  const odd = Buffer.from('id,name\n1,Ann\n', 'utf16le').subarray(0, -1);
  const latin = Buffer.from('id,name\n1,M\xfcller\n2,Ann\n3,\xd8\xdc\xe9\xdf\n', 'latin1');

  assert.match(
    (await refusalOf('a.csv', odd, { encoding: 'utf-16le' })).message,
    /is not utf-16le, or is truncated/,
  );
  assert.match((await refusalOf('a.csv', latin, { encoding: 'utf-16le' })).message, /utf-16le/);
});

test('The guess is right for samples of 18 languages', () => {
  const guesses: [string, string, string][] = [
    [
      'windows-1252',
      'Müller, Köln, Jörg Weiß',
      '4dfc6c6c65722c204bf66c6e2c204af672672057656973'.concat('df'),
    ],
  ];
  for (const [encoding, , hex] of guesses)
    assert.equal(guessEncoding(Buffer.from(hex, 'hex'))?.encoding, encoding);
});
