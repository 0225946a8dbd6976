/** Reads the part of `study.yaml` that says what the company publishes; every fault has its place and what is allowed. */
import type { Report } from '../yamlProblems.ts';
import { faultsOf } from '../yamlProblems.ts';
import { layers, type StudyAbout } from './design.ts';

const text = { type: 'string', minLength: 1 } as const;
const object = <Properties extends Record<string, unknown>>(
  properties: Properties,
  optional: readonly string[] = [],
) =>
  ({
    type: 'object',
    additionalProperties: false,
    properties,
    required: Object.keys(properties).filter((name) => !optional.includes(name)),
  }) as const;
const list = (items: unknown) => ({ type: 'array', items }) as const;

const layer = { enum: layers } as const;
const dimension = object({ published: text, source: text, here: text, note: text });

const schema = object({
  headline: text,
  teaches: text,
  publications: list(
    object({ id: text, title: text, note: text, url: { type: 'string', pattern: '^https://' } }, ['url']),
  ),
  architecture: list(
    object({ part: text, published: text, source: text, here: text, difference: text, layer }),
  ),
  volume: dimension,
  velocity: dimension,
  variety: dimension,
  tradeoffs: list(object({ title: text, text })),
  exercises: list(object({ title: text, text, page: text, minutes: { type: 'integer', minimum: 1 } })),
  predictions: list(
    object(
      {
        layer,
        question: text,
        answers: { type: 'array', minItems: 2, maxItems: 4, items: text },
        run: { type: 'object', additionalProperties: { type: 'number' } },
        sql: text,
        see: text,
        why: text,
      },
      ['run'],
    ),
  ),
});

/**
 * Reads `about` of a study.yaml.
 * @returns undefined when there is none, or when it has faults, which are reported.
 */
export function parseAbout(value: unknown, report: Report): StudyAbout | undefined {
  if (value === undefined) return undefined;
  const faults = faultsOf(schema, value);
  for (const { place, message } of faults) report(['about', ...place], message);
  if (faults.length > 0) return undefined;
  const about = value as StudyAbout;
  const known = about.publications.map(({ id }) => id);
  const check = (source: string, place: readonly (string | number)[]) => {
    if (!known.includes(source))
      report(
        ['about', ...place, 'source'],
        `there is no publication '${source}'; there is: ${known.join(', ')}`,
      );
  };
  for (const [index, { source }] of about.architecture.entries()) check(source, ['architecture', index]);
  for (const name of ['volume', 'velocity', 'variety'] as const) check(about[name].source, [name]);
  return about;
}
