/** The options that say what a study is fed, of the commands that feed it. */

import { UsageError } from '../lake/errors.ts';
import { assertFeedable, type FeedInput } from '../lake/feed/feed.ts';
import { needOf } from '../lake/publishedNeed.ts';
import type { Studies } from '../lake/studies.ts';
import type { Preset } from '../lib/model/study/presets.ts';
import type { Study } from '../lib/model/study/study.ts';
import type { Terminal } from './terminal.ts';

export interface FeedInputOptions {
  /** A folder of data; `false` for --no-input. */
  readonly input?: string | false;
  readonly preset?: string;
  /** Names of the options that were given, and not taken from their defaults. */
  readonly given: readonly string[];
  readonly events: number;
  readonly seed: number;
  readonly days: number;
  readonly rate?: number;
  readonly duplicates: number;
  readonly malformed: number;
  readonly late: number;
  readonly drift: number;
  readonly unknown: number;
}

/** The study's preset of this name; undefined without one. Throws `UsageError` for a name that there is not. */
function presetOf({ name, presets }: Study, wanted: string | undefined): Preset | undefined {
  const preset = presets.find((one) => one.name === wanted);
  if (wanted === undefined || preset) return preset;
  const known = presets.map((one) => one.name).join(', ') || 'none';
  throw new UsageError(`The study ${name} has no preset '${wanted}'; there is: ${known}.`);
}

/** The options, with the preset's in place of those that were not given. */
export function withPreset<Options extends FeedInputOptions>(study: Study, options: Options): Options {
  const preset = presetOf(study, options.preset);
  const chosen = Object.entries(preset?.run ?? {}).filter(([name]) => !options.given.includes(name));
  return { ...options, ...Object.fromEntries(chosen) };
}

/** What the preset's published volume would need of AWS. */
export function showPublished(terminal: Terminal, study: Study, { preset: wanted }: FeedInputOptions): void {
  const published = presetOf(study, wanted)?.published;
  if (!published) return;
  const { title, url } = study.about!.publications.find(({ id }) => id === published.source)!;
  const whole = (value: number) => Math.round(value).toLocaleString('en-US');
  const { shards, bronzeObjectsADay, terabytesADay, costs } = needOf(published);
  const dollars = costs.map(
    ({ item, amount, dollarsAMonth }) => `${whole(dollarsAMonth)} USD for ${whole(amount)} ${item}`,
  );
  terminal.line(
    `Published: ${whole(published.eventsADay)} events and ${whole(terabytesADay)} TB a day, at most ${whole(published.peakEventsASecond)} events a second (${title}, ${url}).\n` +
      `${published.assumed ? `Not published, and assumed: ${published.assumed}\n` : ''}` +
      `On AWS that takes ${whole(shards)} shards and ${whole(bronzeObjectsADay)} objects in bronze a day; a month costs ${dollars.join(', ')}.`,
  );
}

export function feedInput(options: FeedInputOptions): FeedInput {
  if (options.input) return { kind: 'dataset', dir: options.input };
  const { events, seed, days, duplicates, malformed, late, drift, unknown } = options;
  return {
    kind: 'simulation',
    events,
    seed,
    days,
    faults: { duplicates, malformed, late, drift, unknown },
  };
}

/** The check that the study is there and can be fed so. */
export const feedable = (study: string, options: FeedInputOptions) => (studies: Studies) => {
  const found = studies.find(study);
  if (options.input !== false) assertFeedable(studies, study, feedInput(withPreset(found, options)));
};
