/** `headwaters trace`: one event through every layer. */
import type { JourneyHop } from '../../lake/journey.ts';
import type { Studies } from '../../lake/studies.ts';
import { counted } from '../../lake/text.ts';
import type { Layer } from '../../lake/trace.ts';
import { summaryOf, type TracedCopy, type TraceSummary } from '../../lake/traceSummary.ts';
import { type LakeOptions, withLake } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export interface TraceOptions extends LakeOptions {
  readonly study: string;
  readonly days: number;
  readonly json: boolean;
}

export async function trace(eventId: string, options: TraceOptions): Promise<void> {
  const check = (studies: Studies) => studies.find(options.study);
  await withLake({ ...options, check, port: 0, quiet: options.json }, async (lake, terminal) => {
    const { study, days } = options;
    const layers = await lake.trace(study, eventId, { days });
    const summary = summaryOf(layers);
    // A record that was set aside is no longer in bronze: it has no way to tell.
    const isInBronze = layers.some(({ layer }) => layer === 'bronze');
    const hops = isInBronze ? (await lake.follow(study, eventId, { days, layers })).hops : [];
    if (options.json) return terminal.line(JSON.stringify({ eventId, summary, hops, layers }, undefined, 2));
    showFate(terminal, eventId, summary);
    showHops(terminal, hops);
    for (const layer of layers) show(terminal, layer);
  });
}

function showFate(terminal: Terminal, eventId: string, { copies, runs, tables }: TraceSummary) {
  terminal.line(
    terminal.style(
      'bold',
      `${eventId} arrived ${copies.length === 1 ? 'once' : counted(copies.length, 'time')}`,
    ),
  );
  for (const copy of copies) terminal.line(`  ${copy.record}, ${copy.arrivedAt}: ${fateOf(copy)}`);
  if (runs.length > 0) terminal.line(`  taken by run ${runs.join(', ')}`);
  if (tables.length > 0) terminal.line(`  now in ${tables.join(', ')}`);
  terminal.line();
}

/** Each hop with its time of the day, UTC, where it is known. */
function showHops(terminal: Terminal, hops: readonly JourneyHop[]) {
  for (const { at = '', place, title } of hops)
    terminal.line(`  ${at.slice(11, 23).padEnd(12)}  ${title} · ${place.text}`);
  if (hops.length > 0) terminal.line();
}

function fateOf({ fate, of }: TracedCopy): string {
  switch (fate) {
    case 'kept':
      return 'kept: it is in silver';
    case 'duplicate':
      return `the duplicate: ${of} has the same id and was kept`;
    case 'redelivered':
      return 'the same record, delivered again; it counts once';
    case 'refused':
      return `refused by the rule ${of}, in quarantine`;
    case 'waiting':
      return 'no run has published it yet';
  }
}

/** Rows are wide here: each is shown as lines of `column value`, what is NULL left out. */
function show(terminal: Terminal, { layer, place, columns, rows, total }: Layer) {
  terminal.line(`${terminal.style('bold', layer)} · ${place}`);
  const width = Math.max(...columns.map((name) => name.length));
  for (const row of rows) {
    const cells = columns.flatMap((name, i) =>
      row[i] === null || row[i] === '' ? [] : [`  ${name.padEnd(width)}  ${row[i]}`],
    );
    terminal.line(`${cells.join('\n')}${columns.length > 2 ? '\n' : ''}`);
  }
  if (total !== undefined) terminal.line(`  and ${counted(total - rows.length, 'more row')}\n`);
  if (columns.length <= 2) terminal.line();
}
