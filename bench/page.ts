/** docs/benchmarks.md: the last figures that were taken, each with its goal, its method and the command that takes it. */
import type { Figure, Measure } from './measure.ts';

/** One measure's figures, with where and when they were taken. */
export interface Result {
  readonly date: string;
  readonly commit: string;
  readonly cores: number;
  /** The machine's load average as the measure ended: more than about 2 of its own says that others were at work. */
  readonly load: number;
  readonly figures: readonly Figure[];
}

const INTRODUCTION = `# Benchmarks

Written by \`npm run bench\`; \`npm run bench -- <name>\` takes one figure again and leaves the others. Rate quotas are off.
Each figure is the median of its rounds, with the smallest and the largest; contestants take their rounds in turn, after one
round that warms up, so that a machine that grows slower hits all alike. The ratio to a peer in the same run means more
than the figure: machines differ, and *load* tells whether this one was doing anything else.
A number here is a target of the bench, never of a test.`;

export function benchmarksPage(
  measures: readonly Measure[],
  results: Readonly<Record<string, Result>>,
): string {
  const rows = measures.flatMap((measure) => rowsOf(measure, results[measure.name]));
  const head = ['what', 'goal', 'who', 'median', 'smallest – largest', 'ours / peer', 'taken', 'command'];
  const methods = measures.map(({ name, title, method }) => `- **${title}** (\`${name}\`): ${method}`);
  return `${INTRODUCTION}

${markdown(head, rows)}

## How each is taken

${methods.join('\n')}
`;
}

function rowsOf({ name, title, unit, goal }: Measure, result: Result | undefined): string[][] {
  const command = `\`npm run bench -- ${name}\``;
  if (!result) return [[title, goal, '', 'not taken yet', '', '', '', command]];
  const { figures, date, commit, cores, load } = result;
  return figures.map(({ contestant, median, min, max }, i) => {
    const isFirst = i === 0;
    return [
      isFirst ? title : '',
      isFirst ? goal : '',
      contestant,
      `${number(median)} ${unit}`,
      `${number(min)} – ${number(max)}`,
      isFirst ? '' : `${number(figures[0]!.median / median)} ×`,
      isFirst ? `${date}, ${commit}, ${cores} cores, load ${load.toFixed(1)}` : '',
      isFirst ? command : '',
    ];
  });
}

const number = (value: number) =>
  value.toLocaleString('en-US', { maximumSignificantDigits: value < 1000 ? 3 : 4 });

const markdown = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
