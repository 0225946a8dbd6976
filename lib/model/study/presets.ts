/** Presets of a study's simulation: a run for a laptop, next to the volume that the company publishes. Plain data from `study.yaml`. */
import { faultsOf, type Report } from './yamlProblems.ts';

/** What the company says of its traffic. */
export interface PublishedVolume {
  readonly eventsADay: number;
  readonly peakEventsASecond: number;
  readonly bytesAnEvent: number;
  /** Id of the publication that says so. */
  readonly source: string;
  /** Which of these figures it does not say, and what they are reckoned from. @default it says all of them */
  readonly assumed?: string;
}

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** Options of `headwaters run` and `feed`, by their names. */
  readonly run: Readonly<Record<string, number>>;
  readonly published?: PublishedVolume;
}

const text = { type: 'string', minLength: 1 } as const;
const count = { type: 'integer', minimum: 1 } as const;
const share = { type: 'number', minimum: 0, maximum: 1 } as const;
const schema = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'title', 'run'],
    properties: {
      name: { type: 'string', pattern: '^[a-z][a-z0-9-]*$' },
      title: text,
      run: {
        type: 'object',
        additionalProperties: false,
        properties: {
          events: count,
          seed: { type: 'integer', minimum: 0 },
          days: { ...count, maximum: 365 },
          rate: count,
          duplicates: share,
          malformed: share,
          late: share,
          drift: share,
          unknown: share,
        },
      },
      published: {
        type: 'object',
        additionalProperties: false,
        required: ['eventsADay', 'peakEventsASecond', 'bytesAnEvent', 'source'],
        properties: {
          eventsADay: count,
          peakEventsASecond: count,
          bytesAnEvent: count,
          source: text,
          assumed: text,
        },
      },
    },
  },
} as const;

/**
 * Reads `presets` of a study.yaml.
 * @param publications ids that a published volume may name as its source.
 * @returns none when there are faults, which are reported.
 */
export function parsePresets(value: unknown, publications: readonly string[], report: Report): Preset[] {
  if (value === undefined) return [];
  const faults = faultsOf(schema, value);
  for (const { place, message } of faults) report(['presets', ...place], message);
  if (faults.length > 0) return [];
  const presets = value as Preset[];
  for (const [index, { name, published }] of presets.entries()) {
    if (presets.findIndex((other) => other.name === name) !== index)
      report(['presets', index, 'name'], `there are two presets '${name}'`);
    if (published && !publications.includes(published.source))
      report(
        ['presets', index, 'published', 'source'],
        `there is no publication '${published.source}'; there is: ${publications.join(', ')}`,
      );
  }
  return presets;
}
