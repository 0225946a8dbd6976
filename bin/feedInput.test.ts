/** A preset's options, and those that are given on the command line. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import type { Study } from '../lib/model/study/study.ts';
import { type FeedInputOptions, showPublished, withPreset } from './feedInput.ts';
import type { Terminal } from './terminal.ts';

const study = {
  name: 'shop',
  presets: [{ name: 'peak', title: 'The peak', run: { events: 500, duplicates: 0.01 } }],
} as unknown as Study;
const options: FeedInputOptions = {
  events: 10_000,
  seed: 1,
  days: 30,
  duplicates: 0,
  malformed: 0,
  late: 0,
  drift: 0,
  unknown: 0,
  given: [],
};

test('a preset takes the place of defaults, and what is given comes before it', () => {
  const chosen = withPreset(study, { ...options, preset: 'peak', events: 20, given: ['events', 'preset'] });

  assert.deepEqual([chosen.events, chosen.duplicates, chosen.days], [20, 0.01, 30]);
});

test('without a preset the options stay as they are', () => {
  assert.deepEqual(withPreset(study, options), options);
});

test('a preset that there is not is wrong usage, with those that there are', () => {
  assert.throws(
    () => withPreset(study, { ...options, preset: 'nope' }),
    /shop has no preset 'nope'; there is: peak/,
  );
});

test('a published volume is shown with the publication that says it, and with what that does not say', () => {
  const published = {
    eventsADay: 1e9,
    peakEventsASecond: 50_000,
    bytesAnEvent: 1000,
    source: 'paper',
    assumed: 'an event has 1,000 bytes.',
  };
  const named = {
    ...study,
    about: { publications: [{ id: 'paper', title: 'How it was built', url: 'https://example.com/paper' }] },
    presets: [{ ...study.presets[0]!, published }],
  } as unknown as Study;
  const lines: string[] = [];
  const terminal = { line: (text: string) => lines.push(text) } as unknown as Terminal;

  showPublished(terminal, named, { ...options, preset: 'peak' });

  const [volume, assumed] = lines.join('\n').split('\n');
  assert.equal(
    volume,
    'Published: 1,000,000,000 events and 1 TB a day, at most 50,000 events a second (How it was built, https://example.com/paper).',
  );
  assert.equal(assumed, 'Not published, and assumed: an event has 1,000 bytes.');
});
