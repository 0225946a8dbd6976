/** `headwaters live`: the newest windows of a study's live views, once or every second, or compared with gold. */
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import type { Lake } from '../../lake/lake.ts';
import { viewsOf } from '../../lake/live.ts';
import { pause } from '../../lake/progress.ts';
import type { Studies } from '../../lake/studies.ts';
import { count, counted, table } from '../../lake/text.ts';
import type { LiveReading, LiveWindow } from '../../lib/model/live/read.ts';
import { type LakeOptions, withLake } from '../command.ts';
import { untilStopped } from '../interruption.ts';
import { showLiveComparison } from '../summary.ts';
import type { Terminal } from '../terminal.ts';

export interface LiveOptions extends LakeOptions {
  readonly windows: number;
  readonly top: number;
  readonly key?: readonly string[];
  readonly watch?: boolean;
  readonly compare?: boolean;
  readonly json: boolean;
}

const WATCH_MS = 1000;

export async function live(study: string, view: string | undefined, options: LiveOptions): Promise<void> {
  const key = readKey(options.key ?? []);
  const check = (studies: Studies) => void viewsOf(studies.find(study), view, key);
  await withLake({ ...options, check, port: 0, quiet: options.json }, async (lake, terminal) => {
    if (options.compare) return compare(lake, study, view, options, terminal);
    const { windows, top } = options;
    const query = { windows, top, key, ...(view !== undefined && { view }) };
    if (options.watch) return watch(async () => show(await lake.live(study, query), options, terminal));
    show(await lake.live(study, query), options, terminal);
  });
}

function readKey(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`--key is '${text}'; write column=value, e.g. --key symbol=IBM.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function watch(look: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const stopped = untilStopped().then(() => stop.abort());
  while (!stop.signal.aborted) {
    await look();
    await Promise.race([stopped, pause(WATCH_MS, stop.signal).catch(() => {})]);
  }
}

async function compare(
  lake: Lake,
  study: string,
  view: string | undefined,
  { json }: LiveOptions,
  terminal: Terminal,
): Promise<void> {
  const results = await lake.compareLive(study, { ...(view !== undefined && { view }), ...terminal });
  if (json) terminal.line(JSON.stringify(results, undefined, 2));
  else if (results.length === 0)
    terminal.line('No live view declares a comparison (compare in live/<view>.yaml).');
  else {
    showLiveComparison(terminal, results);
    const rows = results.flatMap(({ view: of, differences }) =>
      differences.map(({ window, key, measure, live: held, gold, reason }) => [
        of,
        window,
        Object.values(key).join(' '),
        measure,
        held,
        gold,
        reason ?? 'unexplained',
      ]),
    );
    if (rows.length > 0)
      terminal.line(`\n${table(['view', 'window', 'key', 'measure', 'live', 'gold', 'reason'], rows)}`);
  }
  if (results.some(({ differing }) => differing.unexplained))
    throw new RunFailedError('Live views differ from gold, and nothing that is known explains it.');
}

function show(
  readings: readonly LiveReading[],
  { json, watch: again }: LiveOptions,
  terminal: Terminal,
): void {
  if (json) {
    terminal.line(JSON.stringify(readings, undefined, again ? 0 : 2));
    return;
  }
  if (again && process.stdout.isTTY) terminal.line('\x1b[2J\x1b[H');
  for (const reading of readings) {
    terminal.line(`\n${terminal.style('bold', reading.title)} ${terminal.style('dim', reading.view)}`);
    terminal.line(stateOf(reading));
    for (const window of reading.windows) showWindow(window, terminal);
  }
}

const stateOf = ({ events, late, refused, leftOut, arrivedAt, watermark }: LiveReading): string =>
  arrivedAt === undefined
    ? 'Nothing has arrived yet.'
    : [
        `${counted(events, 'event')}, the newest arrived at ${arrivedAt}`,
        ...(watermark === undefined ? [] : [`windows up to ${watermark} are closed`]),
        ...(late > 0 ? [`${count(late)} late`] : []),
        ...(refused > 0 ? [`${count(refused)} refused`] : []),
        ...(leftOut > 0 ? [`${count(leftOut)} left out by the view's conditions`] : []),
      ].join('; ');

function showWindow({ start, end, closed, keys, rows }: LiveWindow, terminal: Terminal): void {
  const more = keys > rows.length ? `, the first ${count(rows.length)} of ${counted(keys, 'key')}` : '';
  terminal.line(`\n${start} to ${end}, ${closed ? 'closed' : 'open'}${more}`);
  const columns = Object.keys(rows[0]?.key ?? {});
  const measures = Object.keys(rows[0]?.values ?? {});
  terminal.line(
    table(
      [...columns, ...measures],
      rows.map(({ key, values }) => [
        ...columns.map((name) => key[name]),
        ...measures.map((name) => values[name]),
      ]),
    ),
  );
}
