/** `headwaters quarantine list|show`: what a study's rules refused, and one refused record with all that is known of it. */
import { UsageError } from '../../lake/errors.ts';
import type { Lake } from '../../lake/lake.ts';
import type { QuarantineGroup } from '../../lake/quarantine.ts';
import type { Studies } from '../../lake/studies.ts';
import { count, counted, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import type { Terminal } from '../terminal.ts';

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

export interface ListOptions extends QuarantineOptions {
  readonly rule?: string;
  readonly limit: number;
}

export async function listQuarantine(study: string, options: ListOptions): Promise<void> {
  await withLake(opening(study, options), async (lake, terminal) => {
    const groups = await lake.quarantine(study, { days: options.days });
    if (options.rule !== undefined) return listRule(lake, terminal, study, groups, options.rule, options);
    if (options.json) return terminal.line(JSON.stringify({ study, groups }, undefined, 2));
    if (groups.length === 0)
      return terminal.line(
        `Nothing of the last ${counted(options.days, 'day')} is in the quarantine of ${study}.`,
      );
    terminal.line(table(['what', 'of', 'rule', 'where', 'count', 'newest', 'e.g.'], groups.map(cells)));
    terminal.line(`\n${lake.command(`quarantine show ${study} <e.g.>`)} shows one with its payload.`);
  });
}

/** What one rule refused: of each source or model and path the newest. */
async function listRule(
  lake: Lake,
  terminal: Terminal,
  study: string,
  groups: readonly QuarantineGroup[],
  rule: string,
  { days, limit, json }: ListOptions,
): Promise<void> {
  const ofRule = groups.filter((group) => group.rule === rule);
  if (ofRule.length === 0) {
    const rules = [...new Set(groups.map((group) => group.rule))].join(', ') || 'none';
    throw new UsageError(
      `The rule '${rule}' refused nothing of ${study} in the last ${counted(days, 'day')}; rules that did: ${rules}.`,
    );
  }
  const listed = await Promise.all(
    ofRule.map(async (group) => ({
      ...group,
      entries: await lake.refusedEntries(study, group, { days, offset: 0, most: limit }),
    })),
  );
  if (json) return terminal.line(JSON.stringify({ study, rule, groups: listed }, undefined, 2));
  for (const { kind, of, path, count: found, entries } of listed) {
    terminal.line(
      terminal.style('bold', `${of ?? '(unknown)'}${path ? ` at ${path}` : ''}: ${counted(found, kind)}`),
    );
    terminal.line(
      table(
        ['id', 'at', 'event', 'what the rule found'],
        entries.map(({ id, at, eventId, detail }) => [id ?? '', at, eventId ?? '', detail ?? '']),
      ),
    );
    if (found > entries.length) terminal.line(`… ${counted(found - entries.length, `older ${kind}`)}`);
    terminal.line();
  }
  terminal.line(`${lake.command(`quarantine show ${study} <id>`)} shows one with its payload.`);
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
