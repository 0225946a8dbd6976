/** A study outside the project: made by `headwaters new study`, changed by hand, run with `--studies` next to another one. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, test } from 'vitest';
import { studiesOf } from '../../lake/studies.ts';
import { headwaters, startHeadwaters } from '../support/commandLine.ts';

describe('a study in a folder of its own', () => {
  const home = mkdtempSync(join(tmpdir(), 'headwaters-new-study-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const places = join(home, 'studies');
  const others = join(home, 'others');
  const state = join(home, 'state');
  const at = (...path: string[]) => join(places, 'roof-weather', ...path);
  const hw = (...args: string[]) => headwaters([...args, '--state', state]);
  const run = (study: string, place: string) =>
    hw(
      'run',
      study,
      '--studies',
      place,
      '--events',
      '300',
      '--duplicates',
      '2%',
      '--once',
      '--port',
      '0',
      '--json',
    );

  /** Another source, a fact and a mart of it, and a question. */
  function changeByHand() {
    const change = (from: string, to: string, ...changes: [RegExp, string][]) => {
      const text = changes.reduce(
        (one, [old, now]) => one.replaceAll(old, now),
        readFileSync(at(from), 'utf8'),
      );
      writeFileSync(at(to), text);
    };
    change(
      'sources/readings.yaml',
      'sources/winds.yaml',
      [/readings/g, 'winds'],
      [/reading/g, 'wind'],
      [/minimum: -90/g, 'minimum: 0'],
    );
    for (const kind of ['sql', 'yaml'])
      change(
        `gold/fact_reading.${kind}`,
        `gold/fact_wind.${kind}`,
        [/readings/g, 'winds'],
        [/reading/g, 'wind'],
      );
    for (const kind of ['sql', 'yaml'])
      change(
        `marts/readings_daily.${kind}`,
        `marts/winds_daily.${kind}`,
        [/readings/g, 'winds'],
        [/reading/g, 'wind'],
      );
    writeFileSync(
      at('queries/winds.sql'),
      '-- Winds in all\nselect count(*) as winds from roof_weather_gold.fact_wind\n',
    );
    change(
      'simulation.ts',
      'simulation.ts',
      [/const readings: SimulatedEvent\[\] = times\.map/g, 'const all: SimulatedEvent[] = times.map'],
      [/ {2}const body = /g, '  const readings = all.map(asWind);\n  const body = '],
      [
        /function expectedAnswers\(_files: readonly SimulatedFile\[\], events/g,
        'function expectedAnswers(_files: readonly SimulatedFile[], given',
      ],
      [
        / {2}const readings = events\.map/g,
        "  const events = given.filter(({ source }) => source === 'readings');\n  const readings = events.map",
      ],
      [
        / {2}return \{\n {4}overview/g,
        '  return {\n    winds: [{ winds: String(given.length - events.length) }],\n    overview',
      ],
      [
        /interface Reading \{/g,
        `/** Every third reading is one of the wind. */
function asWind(event: SimulatedEvent, at: number): SimulatedEvent {
  if (at % 3 > 0) return event;
  const { reading_id, ...data } = event.data;
  return { ...event, source: 'winds', data: { wind_id: reading_id, ...data } };
}

interface Reading {`,
      ],
    );
  }

  test('it is written, tested and shown by the command line', async () => {
    const made = await headwaters(['new', 'study', 'roof-weather', '--dir', places]);
    const again = await headwaters(['new', 'study', 'roof-weather', '--dir', places]);
    const unnamed = await headwaters(['new', 'study', 'Roof_Weather', '--dir', places]);
    const tested = await headwaters(['test', 'roof-weather', '--studies', places]);
    const shown = await headwaters(['show', 'roof-weather.gold.fact_reading', '--studies', places]);
    const listed = await headwaters(['studies', '--studies', places, '--json']);

    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /npx headwaters run roof-weather --studies/);
    assert.equal(again.code, 2);
    assert.match(again.stderr, /exists and is not empty/);
    assert.equal(unnamed.code, 2);
    assert.match(unnamed.stderr, /up to 16 lower case letters and digits, with single hyphens/);
    assert.match(tested.stdout, /\n3 passed, 0 failed\n$/);
    assert.match(shown.stdout, /from roof_weather_silver\.readings as r[\s\S]*Read by marts\.readings_daily/);
    assert.deepEqual(
      JSON.parse(listed.stdout).map(({ name }: { name: string }) => name),
      [...studiesOf().names, 'roof-weather'],
    );
  });

  test('changed by hand (a source, a fact, a mart, a question), it runs to balanced books and the truth', async () => {
    changeByHand();

    const { code, stdout, stderr } = await run('roof-weather', places);

    assert.equal(code, 0, stderr);
    const { pipeline, truth, answers } = JSON.parse(stdout);
    assert.equal(pipeline.verdict, 'Balanced');
    assert.deepEqual(truth, { equal: true, differing: [] });
    assert.deepEqual(answers.winds, [{ winds: '100' }]);
    assert.deepEqual(
      pipeline.sheet.lines.map(({ source }: { source: string }) => source),
      ['readings', 'sensors', 'winds'],
    );
    assert.match(stderr, /^$/);
  });

  test('an edited model is planned, kept old on request, rebuilt on the next save, and a faulty one is reported', async () => {
    const mart = at('marts', 'readings_daily.sql');
    const written = readFileSync(mart, 'utf8');
    const edit = (from: string, to: string) => writeFileSync(mart, written.replace(from, to));
    const more = ['--studies', places];
    edit('max(value)', 'max(value) + 1');

    const planned = await hw('plan', 'roof-weather', ...more, '--json');
    const kept = await hw(
      'run',
      'roof-weather',
      ...more,
      '--no-input',
      '--keep-old',
      '--once',
      '--port',
      '0',
    );
    const unknown = await hw('plan', 'roof-weather', ...more, '--select', 'readings_weekly');

    const { models, dollars } = JSON.parse(planned.stdout);
    assert.deepEqual(
      models.map(({ model, reason }: { model: string; reason: string }) => [model, reason]),
      [['readings_daily', 'sql']],
    );
    assert.ok(dollars > 0 && dollars < 0.01);
    assert.match(
      kept.stdout,
      /1 table holds rows of an older version of the model:\n {2}readings_daily: its SQL changed/,
    );
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /names no model of roof-weather; there is: .*readings_daily/);

    const watching = startHeadwaters([
      ...['run', 'roof-weather', ...more, '--no-input', '--watch', '--port', '0', '--state', state],
    ]);
    await watching.shows(/Rebuilt\nreadings_daily: its SQL changed\n/);
    await watching.shows(/Watching .*roof-weather: save a model/);
    edit('max(value)', 'max(valu)');
    await watching.shows(/✗ [\s\S]*Column 'valu' cannot be resolved/);
    edit('max(value)', 'max(value) + 2');
    await watching.shows(/marts\.readings_daily: (\d+) rows, \1 new, \1 gone\n[\s\S]*✓ Balanced/);
    watching.kill('SIGINT');
    const { code } = await watching.ended;

    assert.equal(code, 0);
  });

  test('another study is deployed into the same state, and the first one stays', async () => {
    await headwaters(['new', 'study', 'cellar', '--dir', others]);

    const ran = await run('cellar', others);
    const asked = await hw(
      'query',
      'select count(*) as winds from roof_weather_gold.fact_wind',
      '--format',
      'json',
    );
    const status = await hw('status', '--studies', places, '--studies', others, '--json');

    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(JSON.parse(asked.stdout), [{ winds: 100 }]);
    const { stacks, studies } = JSON.parse(status.stdout);
    assert.deepEqual(
      studies.map(({ study, landed }: { study: string; landed: { records: number } }) => [
        study,
        landed.records,
      ]),
      [
        ['roof-weather', 0],
        ['cellar', 0],
      ],
    );
    assert.ok(
      stacks.every(({ name }: { name: string }) => !name.includes('Amazon')),
      'Amazon was not asked for',
    );
    assert.ok(stacks.some(({ name }: { name: string }) => name === 'HeadwatersRoofWeatherData'));
  });

  test('a place without a study, and two studies of one name, are told apart by their folders', async () => {
    await headwaters(['new', 'study', 'cellar', '--dir', join(home, 'third')]);

    const nowhere = await headwaters(['studies', '--studies', join(home, 'nowhere')]);
    const twice = await headwaters(['studies', '--studies', others, '--studies', join(home, 'third')]);
    const unknown = await hw('run', 'attic', '--studies', places);

    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /nowhere:1:1 there is no study/);
    assert.equal(twice.code, 1);
    assert.match(twice.stderr, /there is another study 'cellar' in .*others/);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /There is no study 'attic'; there is: amazon.*, roof-weather\. --studies DIR adds others/,
    );
  });
});
