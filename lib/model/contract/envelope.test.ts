import assert from 'node:assert/strict';
import { test } from 'vitest';
import { decodeEvent } from './envelope.ts';

const decode = (text: string) => decodeEvent(Buffer.from(text));
const event = (extra: string) => `{"specversion":"1.0","id":"1","source":"s","type":"t",${extra}}`;

test('the payload keeps its own text: big integers, trailing zeros, doubled keys, spaces', () => {
  const data = '{ "n": 12345678901234567890, "m": 1.0, "m": 2.50, "t": "}\\"{" }';

  const decoded = decode(event(`"data" : ${data} , "subject":"x"`));

  assert.equal('dataText' in decoded && decoded.dataText, data);
  assert.equal('event' in decoded && decoded.event.subject, 'x');
});

const refusals: readonly (readonly [text: string, rule: string, path: string])[] = [
  ['', 'undecodable', ''],
  ['{"specversion":"1.0"', 'undecodable', ''],
  ['[1]', 'undecodable', ''],
  ['null', 'undecodable', ''],
  ['{}', 'envelope', '/specversion'],
  ['{"specversion":"0.3","id":"1","source":"s","type":"t","data":{}}', 'envelope', '/specversion'],
  ['{"specversion":"1.0","id":"","source":"s","type":"t","data":{}}', 'envelope', '/id'],
  ['{"specversion":"1.0","id":"1","source":"s","type":5,"data":{}}', 'envelope', '/type'],
  [event('"time":"yesterday","data":{}'), 'envelope', '/time'],
  [event('"subject":7,"data":{}'), 'envelope', '/subject'],
  [event('"subject":"x"'), 'envelope', '/data'],
  [event('"data_base64":"eA=="'), 'envelope', '/data'],
];
for (const [text, rule, path] of refusals)
  test(`${text || 'nothing'} is refused by ${rule} at '${path}'`, () => {
    const decoded = decode(text);

    assert.ok('rule' in decoded);
    assert.deepEqual([decoded.rule, decoded.path], [rule, path]);
  });

test('bytes that are not UTF-8 are refused', () => {
  const decoded = decodeEvent(Uint8Array.from([0x7b, 0xff, 0x7d]));

  assert.equal('rule' in decoded && decoded.rule, 'undecodable');
});
