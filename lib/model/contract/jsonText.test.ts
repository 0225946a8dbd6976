/** JSON text is read as JSON.parse reads it, and keeps what only the text says. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { test } from 'vitest';
import { type ExactJson, hasHalfCharacter, isDeeperThan, memberFinder, readExactly } from './jsonText.ts';

const indents = fc.constantFrom(0, 1, 3);

test('the text found for a member is what JSON.parse reads for it, whatever the order of the names', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), indents, fc.nat(), (members, indent, turn) => {
      const text = JSON.stringify(members, undefined, indent);
      const parsed = JSON.parse(text) as Record<string, unknown>;
      const keys = Object.keys(parsed);
      const at = keys.length ? turn % keys.length : 0;
      const names = [...keys.slice(at), 'a name that no member has', ...keys.slice(0, at)];

      const { starts, ends, doubled } = memberFinder(names)(text);

      assert.equal(doubled, -1);
      for (const [place, name] of names.entries())
        if (name in parsed)
          assert.deepEqual(JSON.parse(text.slice(starts[place], ends[place])), parsed[name]);
        else assert.equal(starts[place], -1);
    }),
  );
});

test('a member that is there twice is found in any spelling, and its last value given', () => {
  const find = memberFinder(['id', 'amount']);

  const text = '{"id":"x", "am\\u006funt" : 1, "other":2, "amount":[2]}';
  const { starts, ends, doubled } = find(text);

  assert.equal(doubled, 1);
  assert.equal(text.slice(starts[1], ends[1]), '[2]');
  assert.equal(find('{"id":1,"x":{"id":2}}').doubled, -1);
});

/** The value as JSON.parse gives it. */
function plain(json: ExactJson): unknown {
  if (json.kind === 'array') return json.items.map(plain);
  if (json.kind === 'object')
    return Object.fromEntries(json.members.map(([name, value]) => [name, plain(value)]));
  return json.kind === 'number' ? Number(json.text) : json.value;
}

test('a value read exactly is the value that JSON.parse reads, with its digits', () => {
  fc.assert(
    fc.property(fc.jsonValue(), indents, (value, indent) => {
      const text = JSON.stringify(value, undefined, indent);

      assert.deepEqual(plain(readExactly(text)), JSON.parse(text));
    }),
  );
  assert.deepEqual(readExactly(' [1.50, 9007199254740993]'), {
    kind: 'array',
    items: [
      { kind: 'number', text: '1.50' },
      { kind: 'number', text: '9007199254740993' },
    ],
  });
});

const escapes = fc.constantFrom(
  '\\ud83d',
  '\\ude00',
  '\\uD83D\\uDE00',
  '\\\\',
  '\\"',
  '\\n',
  'u',
  'd83d',
  'ä',
  '😀',
);

test('half of a character is found in whatever way it is written', () => {
  fc.assert(
    fc.property(fc.array(escapes, { maxLength: 8 }), (parts) => {
      const text = `{"a":"${parts.join('')}"}`;
      const { a } = JSON.parse(text) as { a: string };

      assert.equal(hasHalfCharacter(text), !a.isWellFormed());
    }),
  );
  assert.equal(hasHalfCharacter('{"a":"\ud83d"}'), true);
});

test('depth counts brackets outside of texts', () => {
  assert.equal(isDeeperThan(2, '{"a":["[[[{{{", {}]}'), true);
  assert.equal(isDeeperThan(3, '{"a":["[[[{{{\\"[", {}]}'), false);
});
