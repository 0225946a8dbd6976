/** `headwaters quarantine list|show`: what a study's rules refused, and one refused record with all that is known of it. */
import type { QuarantineGroup } from '../../lake/quarantine.ts';
import type { Studies } from '../../lake/studies.ts';
import { count, counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';

export interface QuarantineOptions extends LakeOptions {
  readonly days: number;
  readonly json: boolean;
}

const opening = (study: string, options: QuarantineOptions) => ({
  ...options,
  check: (studies: Studies) => void studies.find(study),
  port: 0,
  quiet: options.json,
});

export async function listQuarantine(study: string, options: QuarantineOptions): Promise<void> {
  await withLake(opening(study, options), async (lake, terminal) => {
    const groups = await lake.quarantine(study, { days: options.days });
    if (options.json) return terminal.line(JSON.stringify({ study, groups }, undefined, 2));
    if (groups.length === 0)
      return terminal.line(
        `Nothing of the last ${counted(options.days, 'day')} is in the quarantine of ${study}.`,
      );
    terminal.line(table(['what', 'of', 'rule', 'where', 'count', 'newest', 'e.g.'], groups.map(cells)));
    terminal.line(`\n${lake.command(`quarantine show ${study} <e.g.>`)} shows one with its payload.`);
  });
}

const cells = ({ kind, of, rule, path, count: found, newest, example }: QuarantineGroup) => [
  kind,
  of ?? '(unknown)',
  rule,
  path ?? '',
  count(found),
  newest,
  example ?? '',
];

export async function showQuarantine(study: string, id: string, options: QuarantineOptions): Promise<void> {
  await withLake(opening(study, options), async (lake, terminal) => {
    const found = await lake.quarantined(study, id, { days: options.days });
    if (options.json) return terminal.line(JSON.stringify({ study, id, found }, undefined, 2));
    for (const { kind, values } of found) {
      terminal.line(
        terminal.style('bold', kind === 'record' ? 'record, refused on arrival' : 'row, refused by a model'),
      );
      const shown = Object.entries(values).filter(([, value]) => value);
      const width = Math.max(...shown.map(([name]) => name.length));
      for (const [name, value] of shown) terminal.line(`  ${name.padEnd(width)}  ${value}`);
      terminal.line();
    }
  });
}
