/**
 * Bad files of every format: each is loaded, or refused row by row or as a whole, and what was sent is in bronze or
 * quarantine to the last byte.
 */
import assert from 'node:assert/strict';
import { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { test } from 'vitest';
import { limits } from '../../lib/formats/limits.ts';
import { createLoader, delivery, type Loaded, linesOf, quarantineLinesOf } from './loader.fixture.ts';
import type { Delivery } from './logic.ts';

const load = await createLoader();

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const utf16 = (text: string) => Buffer.from(text, 'utf16le');
const csv = 'id,name,credit\n1,Ann,1.50\n2,Bob,2\n3,Cid,\n';
const ndjson = '{"id":1,"name":"Ann"}\n{"id":2,"name":"Bob"}\n';
const json = '[{"id":1,"name":"Ann"},{"id":2,"name":"Bob"}]';
const xml = '<r><p id="1"><name>Ann</name></p><p id="2"><name>Bob</name></p></r>';
const long = (bytes: number) => 'x'.repeat(bytes);
const MiB = 2 ** 20;
const zip = (members: Record<string, string>) =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(members).map(([name, text]) => [name, Buffer.from(text)]))),
  );
const twoMembers = zip({ 'a.csv': csv, 'b.csv': 'id,name\n9,Zed\n' });
const nulls = gzipSync(Buffer.alloc(80 * MiB), { level: 1 });

/** Bytes of a zip with one changed at a place that is found by what is there. */
function changed(bytes: Buffer, find: string, change: (copy: Buffer, at: number) => void, nth = 0): Buffer {
  const copy = Buffer.from(bytes);
  let at = copy.indexOf(Buffer.from(find, 'hex'));
  for (let i = 0; i < nth; i++) at = copy.indexOf(Buffer.from(find, 'hex'), at + 1);
  change(copy, at);
  return copy;
}
const LOCAL = '504b0304';
const DIRECTORY = '504b0102';
const END = '504b0506';
const insertAt = (bytes: Buffer, at: number, extra: Buffer) =>
  Buffer.concat([bytes.subarray(0, at), extra, bytes.subarray(at)]);

/** A zip whose member says that it has other sizes than it has: 1 KiB unpacks to 70 MiB. */
function lyingZip(): Buffer {
  const packed = deflateRawSync(Buffer.alloc(70 * MiB));
  const copy = Buffer.from(zipSync({ 'a.csv': Buffer.from('x') }, { level: 0 }));
  const start = copy.indexOf(Buffer.from(LOCAL, 'hex'));
  const directory = copy.indexOf(Buffer.from(DIRECTORY, 'hex'));
  const end = copy.indexOf(Buffer.from(END, 'hex'));
  const dataStart = start + 30 + copy.readUInt16LE(start + 26) + copy.readUInt16LE(start + 28);
  const sized = Buffer.from(copy);
  for (const [at, method, size] of [
    [start, 8, 18],
    [directory, 10, 20],
  ] as const) {
    sized.writeUInt16LE(8, at + method);
    sized.writeUInt32LE(packed.length, at + size);
  }
  const moved = Buffer.concat([sized.subarray(0, dataStart), packed, sized.subarray(directory)]);
  moved.writeUInt32LE(dataStart + packed.length, moved.length - (copy.length - end) + 16);
  return moved;
}

interface BadFile {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** Of each part: `refused`, or rows and refused rows. */
  readonly parts: readonly (readonly ['refused', RegExp] | readonly [rows: number, refused: number])[];
  readonly delivery?: Partial<Delivery>;
}

const refused = (
  name: string,
  bytes: Uint8Array | string,
  reason: RegExp,
  to?: Partial<Delivery>,
): BadFile => ({
  name,
  bytes,
  parts: [['refused', reason]],
  ...(to && { delivery: to }),
});
const rows = (
  name: string,
  bytes: Uint8Array | string,
  all: number,
  bad: number,
  to?: Partial<Delivery>,
): BadFile => ({
  name,
  bytes,
  parts: [[all, bad]],
  ...(to && { delivery: to }),
});

const files: Readonly<Record<string, BadFile>> = {
  // Whole files that are not what they are called.
  'no bytes': refused('a.csv', '', /empty: it has 0 bytes/),
  'no bytes of JSON': refused('a.json', '', /empty/),
  'no bytes of XML': refused('a.xml', '', /empty/),
  'no bytes of Parquet': refused('a.parquet', '', /empty/),
  'a header without line break': rows('a.csv', 'id,name', 0, 0),
  'other columns': refused('a.csv', 'colour,size\nred,1\n', /no column customer_id, name/),
  'a column twice': refused('a.csv', 'id,name,name\n1,Ann,Bob\n', /names the column "name" twice/),
  'another suffix': refused('a.exe', 'MZ', /no format that is read/),
  'gzip under another name': refused('a.csv', gzipSync(csv), /is gzip by its bytes: name it a\.csv\.gz/),
  'a zip under another name': refused('a.csv', twoMembers, /is a zip by its bytes/),
  'text that is called Parquet': refused('a.parquet', csv, /not Parquet/),
  'CSV that is called XML': refused('a.xml', csv, /not XML/),
  'CSV that is called JSON': refused('a.json', csv, /not JSON/),
  'a source that is not there': refused('a.csv', csv, /no source "pets"/, {
    source: 'pets',
    contract: undefined,
  }),
  'a setting that is not allowed': refused('a.csv', csv, /delimiter is "ab"/, {
    settings: new RangeError('delimiter is "ab"; it must be one ASCII character'),
  }),
  // CSV.
  'a stray quote': refused(
    'a.csv',
    'id,name\n1,"Ann\n2,Bob\n',
    /begins in line 2 has a quote that is not closed/,
  ),
  'a stray quote before much text': refused(
    'a.csv',
    `id,name\n1,"Ann\n${'2,Bob\n'.repeat(3.5 * MiB)}`,
    /begins in line 2 has more than 16 MiB/,
  ),
  'a quote after its cell': rows('a.csv', 'id,name\n1,"Ann"e\n2,Bob\n', 2, 1),
  'too few and too many cells': rows('a.csv', 'id,name,credit\n1,Ann\n2,Bob,1,1\n3,Cid,1\n', 3, 2),
  'a row that is truncated': refused('a.csv', 'id,name,credit\n1,Ann,1\n2,Bo', /truncated: its last row/),
  'a character that is truncated': refused(
    'a.csv',
    Buffer.from('id,name\n1,Zoë\n2,Zoë').subarray(0, -1),
    /within a character/,
  ),
  'a cell of more than a MiB': rows('a.csv', `id,name\n1,${long(MiB + 1)}\n2,Bob\n`, 2, 1),
  'a row of more than 4 MiB': rows(
    'a.csv',
    `id,name,a,b,c,d,e\n1${`,${long(0.8 * MiB)}`.repeat(6)}\n2,Bob,,,,,\n`,
    2,
    1,
  ),
  'a row of more than 16 MiB': refused('a.csv', `id,name\n1,${long(17 * MiB)}\n`, /more than 16 MiB/),
  'too many columns': refused(
    'a.csv',
    `id,name,${Array.from({ length: 10_001 }, (_, at) => `c${at}`)}\n`,
    /at most 10000/,
  ),
  'nulls in a cell': rows('a.csv', 'id,name\n1,A\0n\n', 1, 0),
  'control characters': rows('a.csv', 'id,name\n1,"\x01\x02\x7f"\n', 1, 0),
  'numbers that are none, or too large': rows(
    'a.csv',
    'id,name,credit\n1,Ann,"1.234,50"\n2,Bob,1e17\nx,Cid,1\n',
    3,
    3,
  ),
  'only CR as line break': rows('a.csv', 'id,name\r1,Ann\r2,Bob\r', 2, 0),
  'line breaks of both kinds': rows('a.csv', 'id,name\r\n1,Ann\n2,Bob\r\n', 2, 0),
  'another delimiter': refused('a.csv', 'id;name\n1;Ann\n', /load it with --delimiter ';'/),
  'quotes off and a quote': rows('a.csv', 'id,name\n1,"Ann\n', 1, 0, { settings: { quote: 'none' } }),
  // Encodings.
  Latin: refused('a.csv', latin1('id,name\n1,M\xfcller\n2,Ann\n'), /load it with --encoding windows-1252/),
  'Latin, declared': rows('a.csv', latin1('id,name\n1,M\xfcller\n'), 1, 0, {
    settings: { encoding: 'windows-1252' },
  }),
  'a Latin row in UTF-8': rows(
    'a.csv',
    Buffer.concat([Buffer.from('id,name\n1,Zoë\n2,'), latin1('J\xf6rg\n')]),
    2,
    1,
  ),
  'UTF-16 without a mark': refused('a.csv', utf16('id,name\n1,Ann\n'), /load it with --encoding utf-16le/),
  'UTF-16 with a mark': rows('a.csv', utf16('\ufeffid,name\n1,Ann\n'), 1, 0),
  'UTF-16 that is truncated': refused(
    'a.csv',
    utf16('\ufeffid,name\n1,Ann\n').subarray(0, -1),
    /is truncated/,
  ),
  'bytes that windows-1253 lacks': rows('a.csv', latin1('id,name\n1,\xc1\xe8\n2,\xaa\n'), 2, 1, {
    settings: { encoding: 'windows-1253' },
  }),
  // JSON.
  'an array that is truncated': refused('a.json', json.slice(0, -3), /the JSON ends early/),
  'an array with bytes after it': refused('a.json', `${json} {}`, /goes on after the end/),
  'an array that lacks a comma': refused('a.json', json.replace('},{', '} {'), /not JSON/),
  'rows that are not objects': rows('a.json', '[1,"a",null,[],{"id":1,"name":"Ann"}]', 5, 4),
  'a number that is too large': rows('a.json', '[{"id":1e400,"name":"Ann"}]', 1, 1),
  'JSON that is nested deep': refused('a.json', `[${'['.repeat(100_000)}`, /nested more than 200 deep/),
  'a record of more than 16 MiB': refused(
    'a.json',
    `[{"id":1,"name":"${long(17 * MiB)}"}]`,
    /more than 16 MiB/,
  ),
  'Latin in JSON': refused('a.json', latin1('[{"id":1,"name":"M\xfcller"}]'), /windows-1252/),
  'lines that are not JSON': rows('a.ndjson', `${ndjson}{"id":\n[]\n{"id":3,"name":"Cid"}\n`, 5, 2),
  'a line that is truncated': refused('a.ndjson', ndjson.slice(0, -5), /truncated: its last line/),
  'a line without line break': rows('a.ndjson', ndjson.slice(0, -1), 2, 0),
  'a line of more than 16 MiB': refused(
    'a.ndjson',
    `{"id":1,"name":"${long(17 * MiB)}"}\n`,
    /line 1 has more than 16 MiB/,
  ),
  'a line of more than 4 MiB': rows('a.ndjson', `{"id":1,"name":"${long(5 * MiB)}"}\n${ndjson}`, 3, 1),
  'a line nested deep': rows(
    'a.ndjson',
    `{"id":1,"name":${'['.repeat(200_000)}${']'.repeat(200_000)}}\n${ndjson}`,
    3,
    1,
  ),
  // XML.
  'XML that ends early': refused('a.xml', xml.slice(0, -8), /not XML, or truncated/),
  'XML with bytes after it': refused('a.xml', `${xml}<r/>`, /not XML/),
  'XML with an entity of its own': refused(
    'a.xml',
    `<!DOCTYPE r [<!ENTITY e "x">]><r><p id="1"><name>&e;</name></p></r>`,
    /not XML/,
  ),
  'XML that is nested deep': refused('a.xml', `<r>${'<p>'.repeat(1000)}`, /nested more than 200 deep/),
  'an element of more than 16 MiB': refused(
    'a.xml',
    `<r><p id="1"><name>${long(17 * MiB)}</name></p></r>`,
    /more than 16 MiB/,
  ),
  // Containers.
  'gzip that is truncated': refused('a.csv.gz', gzipSync(csv).subarray(0, -4), /not gzip, truncated/),
  'gzip with a wrong checksum': refused(
    'a.csv.gz',
    changed(gzipSync(csv), '1f8b', (copy) => copy.writeUInt8(copy.at(-6)! ^ 1, copy.length - 6)),
    /not gzip/,
  ),
  'two gzip members': rows('a.csv.gz', Buffer.concat([gzipSync(csv), gzipSync('4,Dan,1\n')]), 4, 0),
  'gzip with bytes after it': refused(
    'a.csv.gz',
    Buffer.concat([gzipSync(csv), Buffer.from('4,Dan,1\n')]),
    /followed by other bytes/,
  ),
  'gzip with zeros and bytes after it': refused(
    'a.csv.gz',
    Buffer.concat([gzipSync(csv), Buffer.from('\0\0\0\x004,Dan\n')]),
    /bytes follow the end/,
  ),
  'a gzip bomb': refused(
    'a.csv.gz',
    nulls,
    /KiB unpack to more than \d+(\.\d)? MiB; allowed are 200 bytes for one/,
  ),
  'a zip without its directory': refused(
    'a.zip',
    twoMembers.subarray(0, twoMembers.indexOf(Buffer.from(DIRECTORY, 'hex'))),
    /directory cannot be read/,
  ),
  'a zip that is truncated between members': refused(
    'a.zip',
    twoMembers.subarray(0, twoMembers.indexOf(Buffer.from(LOCAL, 'hex'), 4)),
    /directory cannot be read/,
  ),
  'a zip that counts one member less': refused(
    'a.zip',
    changed(twoMembers, END, (copy, at) => {
      copy.writeUInt16LE(1, at + 8);
      copy.writeUInt16LE(1, at + 10);
    }),
    /directory goes on after the 1 files/,
  ),
  'a zip with a hidden member': refused(
    'a.zip',
    (() => {
      const one = zip({ 'a.csv': csv });
      const hidden = zip({ 'h.csv': csv });
      const directory = one.indexOf(Buffer.from(DIRECTORY, 'hex'));
      const member = hidden.subarray(0, hidden.indexOf(Buffer.from(DIRECTORY, 'hex')));
      return changed(insertAt(one, directory, member), END, (copy, at) =>
        copy.writeUInt32LE(directory + member.length, at + 16),
      );
    })(),
    /belong to no file that its directory lists/,
  ),
  'a zip with bytes before it': refused(
    'a.zip',
    Buffer.concat([Buffer.from('#!/bin/sh\n'), twoMembers]),
    /zip/,
  ),
  'a zip with bytes after it': refused(
    'a.zip',
    Buffer.concat([twoMembers, Buffer.from('x')]),
    /directory cannot be read/,
  ),
  'a zip whose members have other names': refused(
    'a.zip',
    changed(twoMembers, DIRECTORY, (copy, at) => copy.write('z', at + 46)),
    /has the name "a\.csv" at its place/,
  ),
  'a member with a wrong checksum': {
    name: 'a.zip',
    bytes: changed(zip({ 'a.csv': csv, 'b.csv': 'id,name\n9,Zed\n' }), DIRECTORY, (copy, at) =>
      copy.writeUInt32LE(7, at + 16),
    ),
    parts: [
      ['refused', /checksum/],
      [1, 0],
    ],
  },
  'an encrypted member': {
    name: 'a.zip',
    bytes: changed(twoMembers, DIRECTORY, (copy, at) => copy.writeUInt16LE(1, at + 8)),
    parts: [
      ['refused', /cannot be unpacked: .*encrypted/],
      [1, 0],
    ],
  },
  'a zip without files': refused('a.zip', zip({ 'folder/': '' }), /no files in it/),
  'a zip bomb': refused(
    'a.zip',
    Buffer.from(zipSync({ 'a.csv': Buffer.alloc(80 * MiB) })),
    /unpack to more than 80 MiB/,
  ),
  'a zip bomb that lies': refused('a.zip', lyingZip(), /cannot be unpacked: too many bytes in the stream/),
  'a zip in a zip': refused('a.zip', zip({ 'b.zip': 'PK' }), /no format that is read/),
  'an empty zip': refused('a.zip', '', /directory cannot be read/),
};

/** What quarantine has of the delivered bytes: of a refused file all of them, of a refused row its own. */
function assertNothingLost(sent: Buffer, loaded: Loaded, what: string): void {
  assert.ok(
    loaded.kept.every((kept) => kept.equals(sent)),
    `${what}: the file is kept as it was delivered`,
  );
  assert.equal(loaded.kept.length, 1, what);
  const bronze = linesOf(loaded.stored);
  const wanted = loaded.results.reduce((sum, result) => sum + result.rows, 0);
  assert.equal(new Set(bronze.map((line) => `${line.shard} ${line.sequence_number}`)).size, wanted, what);
  for (const line of quarantineLinesOf(loaded)) {
    const raw = Buffer.from(line.raw_base64!, 'base64');
    if (line.rule === 'file') {
      const { reason, kept } = JSON.parse(line.data!) as { reason: string; kept: string };
      assert.ok(reason && kept, what);
    } else if (!/\.(gz|zip)$/.test(what))
      assert.ok(sent.includes(raw), `${what}: a refused row's own bytes are kept`);
  }
}

test(`${Object.keys(files).length} bad files end in bronze or quarantine, and no byte of them is lost`, async () => {
  for (const [what, { name, bytes, parts, delivery: to }] of Object.entries(files)) {
    const sent = Buffer.from(bytes as string);

    const loaded = await load(name, sent, undefined, { ...delivery, ...to });

    const ends = loaded.results.map(({ state, rows: all, refusedRows }) =>
      state === 'loaded' ? [all, refusedRows] : state,
    );
    assert.deepEqual(
      ends,
      parts.map((part) => (part[0] === 'refused' ? 'refused' : part)),
      `${what}: ${JSON.stringify(loaded.results)}`,
    );
    for (const [at, part] of parts.entries())
      if (part[0] === 'refused') assert.match(loaded.results[at]!.reason!, part[1], what);
    assertNothingLost(sent, loaded, what);
  }
});

test('Every line that is written is one that Athena reads: at most 32 MB', async () => {
  const quotes = `{"id":1,"name":"${'\\"'.repeat(MiB / 2)}"}\n`;
  const wide = `{"id":2,"name":"Ann",${Array.from({ length: 5 }, (_, at) => `"c${at}":"${'\\u0001'.repeat(130_000)}"`)}}\n`;
  const refusedWide = `{"id":"x",${wide.slice(8)}`;
  const { stored, results } = await load(
    'a.ndjson',
    `${quotes}${wide}${refusedWide}{"id":9,"n":"${long(15 * MiB)}"}\n`,
  );

  const bodies = stored.flatMap(({ body, quarantine }) => [body, ...(quarantine ? [quarantine.body] : [])]);
  const lines = bodies.flatMap((body) => gunzipSync(body).toString().split('\n'));

  assert.deepEqual(
    results.map((result) => [result.rows, result.refusedRows]),
    [[4, 2]],
  );
  assert.ok(Math.max(...lines.map((line) => Buffer.byteLength(line))) < 32_000_000);
  assert.ok((limits.recordBytes * 4) / 3 < 32_000_000);
});
