import assert from 'node:assert/strict';
import { test } from 'vitest';
import { type FileSettings, fileSettingProblem, fromMetadata, toMetadata } from './fileSettings.ts';

test('Settings travel as the metadata of an object in S3 and come back', () => {
  const settings: FileSettings = {
    encoding: 'windows-1252',
    delimiter: '\t',
    quote: 'none',
    trim: true,
    header: false,
    fileColumns: ['id', 'größe'],
    members: '*/a.csv',
    constants: { city: 'Köln', year: 2024 },
  };

  const metadata = toMetadata(settings);

  assert.equal(metadata.delimiter, 'tab');
  assert.ok(Object.values(metadata).every((value) => /^[ -~]*$/.test(value)));
  assert.deepEqual(fromMetadata({ ...metadata, 'x-of-others': '1' }), settings);
});

test('A setting that is not allowed is named with its value and what is allowed', () => {
  assert.match(fileSettingProblem('delimiter', 'ab')!, /delimiter is "ab"; it must be one ASCII character/);
  assert.match(fileSettingProblem('encoding', 'latin-1000')!, /must be a label of https:\/\/encoding\.spec/);
  assert.match(fileSettingProblem('encoding', 'replacement')!, /but replacement/);
  assert.throws(
    () => fromMetadata({ trim: 'yes', quote: 'aa' }),
    /quote is "aa"; .*; trim is "yes"; it must be true or false/,
  );
});
