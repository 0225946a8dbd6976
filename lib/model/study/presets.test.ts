import assert from 'node:assert/strict';
import { test } from 'vitest';
import { parsePresets } from './presets.ts';
import type { YamlPlace } from './yamlProblems.ts';

function read(value: unknown) {
  const problems: [YamlPlace, string][] = [];
  const presets = parsePresets(value, ['paper'], (place, message) => problems.push([place, message]));
  return { presets, problems };
}

const published = { eventsADay: 1000, peakEventsASecond: 10, bytesAnEvent: 100, source: 'paper' };

test('a preset has options of a run and the volume that a publication names', () => {
  const { presets, problems } = read([{ name: 'peak', title: 'The peak', run: { events: 5 }, published }]);

  assert.deepEqual(problems, []);
  assert.deepEqual(presets, [{ name: 'peak', title: 'The peak', run: { events: 5 }, published }]);
});

test('an option that a run does not have is a problem with its place', () => {
  const { presets, problems } = read([{ name: 'peak', title: 'The peak', run: { event: 5 } }]);

  assert.deepEqual(presets, []);
  assert.deepEqual(problems[0]?.[0].slice(0, 3), ['presets', 0, 'run']);
  assert.match(problems[0]?.[1] ?? '', /event/);
});

test('a source that is not among the publications, and a name that is taken, are problems', () => {
  const peak = { name: 'peak', title: 'The peak', run: {} };

  const { problems } = read([peak, { ...peak, published: { ...published, source: 'rumour' } }]);

  assert.deepEqual(
    problems.map(([, message]) => message),
    ["there are two presets 'peak'", "there is no publication 'rumour'; there is: paper"],
  );
});
