/** Inputs are judged in AWS's words, and what is refused here is named. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import { AwsError } from '../errors.ts';
import { inputCheck, validationError } from './check.ts';
import {
  blob,
  flag,
  integer,
  integerOf,
  list,
  type Members,
  map,
  matching,
  noEffect,
  oneOf,
  refused,
  required,
  structure,
  text,
  whole,
} from './declare.ts';

const check = (members: Members, violated = validationError('ValidationException')) =>
  inputCheck({ name: 'things', violated }, 'Make', members);

const complaint = (members: Members, input: Record<string, unknown>) => {
  try {
    check(members)(input);
  } catch (error) {
    assert.ok(error instanceof AwsError);
    return `${error.code}: ${error.message}`;
  }
  return undefined;
};

test('what AWS’s model forbids is said in its words, all of it at once', () => {
  // LocalStack's recorded answers, tests/aws/services/**/*.snapshot.json, for each of the forms.
  const members: Members = {
    MaxResults: integer(1, 1000),
    StateValue: oneOf(['INSUFFICIENT_DATA', 'ALARM', 'OK']),
    StartingPosition: required(text()),
    Architectures: list(oneOf(['x86_64', 'arm64']), 0, 1),
    Targets: list(structure({ Id: required(text(1, 64)) })),
    Attributes: map(structure({ DataType: required(text()) })),
    Days: integerOf([1, 3]),
    Name: matching('[.\\-_A-Za-z0-9]+', 1, 8),
    Data: blob(0, 2),
  };
  const failed = (value: string, at: string, constraint: string) =>
    `Value ${value} at '${at}' failed to satisfy constraint: ${constraint}`;

  const found = complaint(members, {
    MaxResults: 1001,
    StateValue: 'INVALID',
    Architectures: ['X86_64'],
    Targets: [{ Id: 'fine' }, { Id: 'x'.repeat(65) }],
    Attributes: { attr1: {} },
    Days: 2,
    Name: 'a b',
    Data: 'AAAA',
  });

  assert.equal(
    found,
    `ValidationException: 9 validation errors detected: ${[
      failed("'1001'", 'maxResults', 'Member must have value less than or equal to 1000'),
      failed("'INVALID'", 'stateValue', 'Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]'),
      failed('null', 'startingPosition', 'Member must not be null'),
      failed(
        "'[X86_64]'",
        'architectures',
        'Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]',
      ),
      failed(
        `'${'x'.repeat(65)}'`,
        'targets.2.member.id',
        'Member must have length less than or equal to 64',
      ),
      failed('null', 'attributes.attr1.member.dataType', 'Member must not be null'),
      failed("'2'", 'days', 'Member must satisfy enum value set: [1, 3]'),
      failed("'a b'", 'name', 'Member must satisfy regular expression pattern: [.\\-_A-Za-z0-9]+'),
      failed("'AAAA'", 'data', 'Member must have length less than or equal to 2'),
    ].join('; ')}`,
  );
});

test('what is refused here is named, wherever it is; a neutral value of it asks for nothing', () => {
  const members: Members = {
    Type: oneOf(['STANDARD'], ['EXPRESS']),
    Publish: refused(flag()),
    Layers: refused(),
    Code: structure({ ImageUri: refused(text()), S3Key: text() }),
    Entries: list(structure({ Filter: refused() })),
  };
  const refusal = (what: string) =>
    `NotImplementedException: The local cloud does not emulate ${what} of Make of things. docs/parity.md lists what it does.`;

  assert.equal(complaint(members, { Type: 'EXPRESS' }), refusal('the Type EXPRESS (it may be STANDARD)'));
  assert.equal(complaint(members, { Publish: true }), refusal('the parameter Publish'));
  assert.equal(complaint(members, { Code: { ImageUri: 'x' } }), refusal('the parameter ImageUri'));
  assert.equal(complaint(members, { Entries: [{}, { Filter: ['x'] }] }), refusal('the parameter Filter'));
  const neutral = {
    Type: 'STANDARD',
    Publish: false,
    Layers: [],
    Code: { ImageUri: '' },
    Entries: [{ Filter: {} }],
  };
  assert.equal(complaint(members, neutral), undefined);
});

test('what has no effect, what is taken whole and what AWS does not know pass', () => {
  const members: Members = { Tags: noEffect(), Settings: whole(), Name: text(1, 3), Emoji: text(2, 3) };

  assert.equal(complaint(members, { Tags: [1], Settings: { a: [1] }, Unknown: true, Name: null }), undefined);
  assert.equal(complaint(members, { Name: '😀😀😀', Emoji: '😀😀' }), undefined);
  assert.match(complaint(members, { Emoji: '😀' }) ?? '', /length greater than or equal to 2/);
});

test('a service may say it in words of its own', () => {
  const violated = ([first]: Parameters<ReturnType<typeof validationError>>[0]) =>
    new AwsError('Odd', `${first?.name} is odd`);

  assert.throws(() => check({ MaxResults: integer(1, 2) }, violated)({ MaxResults: 3 }), {
    code: 'Odd',
    message: 'MaxResults is odd',
  });
});
