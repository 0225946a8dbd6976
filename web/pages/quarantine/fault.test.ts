/** The marked part of a refused record is what broke its rule, in characters and in bytes. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { studiesOf } from '../../../lake/studies.ts';
import { createJudge } from '../../../lib/model/contract/judge.ts';
import { operationsOf } from '../api/operations.ts';
import { faultIn } from './fault.ts';

const studies = studiesOf();
const study = studies.find(studies.names[0]!);
const judge = createJudge(study);
const NOW = Date.UTC(2026, 10, 30, 13);

/** An event that the study takes. */
const event = operationsOf(study).find(({ tag, body }) => tag === 'Events' && body)!.body!;

/** What is marked of a record that the study refuses, as text and as bytes. */
function marked(record: Buffer) {
  const judged = judge(record, NOW);
  assert.equal(judged.valid, false);
  const { rule, path } = judged.refusal;
  const { text, span, bytes } = faultIn(record, { rule, path });
  return {
    rule,
    text: span && text.slice(span.start, span.end),
    bytes: bytes && record.subarray(bytes.start, bytes.end).toString('utf8'),
  };
}

test('the value of the payload that the rule names is marked, at its bytes after letters of two bytes', () => {
  const { data, ...envelope } = JSON.parse(event) as { data: Record<string, unknown> };
  const [name] = Object.entries(data).find(([, value]) => typeof value === 'string')!;
  const record = Buffer.from(
    JSON.stringify({ ...envelope, note: 'é', data: { ...data, [name]: { not: ['a text'] } } }),
  );

  assert.deepEqual(marked(record), { rule: 'type', text: '{"not":["a text"]}', bytes: '{"not":["a text"]}' });
});

test('of an unknown type the type is marked, though the payload may have a type too', () => {
  const { data, ...envelope } = JSON.parse(event) as { data: object };
  const record = Buffer.from(
    JSON.stringify({ ...envelope, data: { ...data, type: 'mine' }, type: 'colour.v1' }),
  );

  assert.deepEqual(marked(record), { rule: 'unknown-type', text: '"colour.v1"', bytes: '"colour.v1"' });
});

test('of a record that is cut off, its end is marked', () => {
  assert.equal(marked(Buffer.from('{"specversion":"1.0","data":{}')).text, '}');
  assert.equal(marked(Buffer.from('{"specversion":"1.0","id":"é')).bytes, 'é');
});

test('a record that is not JSON is marked from where it stops to be', () => {
  assert.equal(marked(Buffer.from('{"id": hello}')).text, 'hello}');
});

test('where something is missing, nothing is marked', () => {
  const { type: _, ...rest } = JSON.parse(event) as Record<string, unknown>;

  assert.deepEqual(marked(Buffer.from(JSON.stringify(rest))), {
    rule: 'envelope',
    text: undefined,
    bytes: undefined,
  });
});

test('of a record that is not UTF-8 the first such byte is marked, and an empty one has nothing to mark', () => {
  const record = Buffer.concat([Buffer.from('{"id":"é'), Buffer.from([0xff]), Buffer.from('"}')]);

  assert.deepEqual(faultIn(record, { rule: 'undecodable', path: '' }), {
    text: '{"id":"é\ufffd"}',
    span: { start: 8, end: 9 },
    bytes: { start: 9, end: 10 },
  });
  assert.deepEqual(faultIn(new Uint8Array(), { rule: 'undecodable', path: '' }), { text: '' });
});
