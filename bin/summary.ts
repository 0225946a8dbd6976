/** The end of a run as a newcomer reads it: what flowed where, the balance sheet, the gold answers, what to try next. */
import type { Reconciliation } from '../lambdas/run-reconciler/logic.ts';
import type { BalanceLine, BalanceSheet } from '../lib/model/balance.ts';
import type { AnswerRows } from '../lib/simulator/simulation.ts';
import type { QueryResult } from './athena.ts';
import type { Feed } from './feeds.ts';
import type { PipelineEnd } from './pipeline.ts';
import { bytes, count, type Terminal, table } from './terminal.ts';
import type { Deployment } from './world.ts';

export interface Answer {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: QueryResult['rows'];
  readonly statistics: QueryResult['statistics'];
}

/** A gold answer held against the truth of what was sent. */
export interface Comparison {
  readonly name: string;
  readonly equal: boolean;
  readonly expected: AnswerRows;
  readonly found: AnswerRows;
}

export interface RunOutcome {
  readonly study: string;
  readonly endpoint: string;
  readonly feed: Feed;
  /** The feed was sent in this run. */
  readonly isNew: boolean;
  readonly pipeline: PipelineEnd;
  readonly answers: readonly Answer[];
  /** Absent where no truth is known: the input is not simulated, or the world holds more than this feed. */
  readonly truth: readonly Comparison[] | undefined;
  readonly notEmulated: Deployment['notEmulated'];
  readonly seconds: number;
}

/** What the pipeline puts out when it ends well: the reconciler's account, or why there was nothing to do. */
export type PipelineOutput =
  | { readonly decision: 'nothing-new' }
  | (Reconciliation & { readonly decision?: undefined });

export function compare(
  answers: readonly Answer[],
  truth: Readonly<Record<string, AnswerRows>>,
): Comparison[] {
  return answers.flatMap(({ name, columns, rows }) => {
    const expected = truth[name];
    if (!expected) return [];
    const found = rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null])));
    return [{ name, expected, found, equal: sameRows(expected, found) }];
  });
}

const sameRows = (a: AnswerRows, b: AnswerRows) =>
  a.length === b.length &&
  a.every((row, i) => {
    const other = b[i]!;
    const names = Object.keys(row);
    return names.length === Object.keys(other).length && names.every((name) => row[name] === other[name]);
  });

export function showSummary(terminal: Terminal, outcome: RunOutcome, json: boolean): void {
  if (json) {
    terminal.line(JSON.stringify(asJson(outcome), undefined, 2));
    return;
  }
  const { pipeline, answers, feed, isNew } = outcome;
  const output = pipeline.output as PipelineOutput | undefined;
  const heading = (text: string) => terminal.line(`\n${terminal.style('bold', text)}`);

  heading('What flowed');
  terminal.line(
    isNew
      ? `${feed.title}: ${count(feed.files)} files landed, ${count(feed.records)} records streamed${labelled(feed)}`
      : `${feed.title}: sent before, nothing sent now`,
  );
  if (output?.decision === 'nothing-new')
    terminal.line('Nothing new had landed: nothing had to be done, gold stays as it is.');
  else if (output) {
    heading('Balance sheet');
    showBalance(terminal, output.sheet);
  }
  for (const answer of answers.filter(({ rows }) => rows.length > 0)) {
    heading(answer.title);
    terminal.line(table(answer.columns, answer.rows));
  }
  if (outcome.truth) showTruth(terminal, outcome.truth);
  if (pipeline.status === 'SUCCEEDED') showNext(terminal, outcome);
}

const labelled = ({ labels }: Feed) => {
  const faults = Object.entries(labels ?? {}).filter(([label]) => label !== 'clean');
  return faults.length === 0 ? '' : ` (${faults.map(([label, n]) => `${count(n)} ${label}`).join(', ')})`;
};

function showBalance(terminal: Terminal, { lines, total, lost, balanced }: BalanceSheet): void {
  const withReceipts = total.acknowledged !== undefined;
  const cells = (line: BalanceLine) => [
    line.source,
    // Rows of files have no receipt: who delivered them was told nothing.
    ...(withReceipts ? [line.acknowledged ? count(line.acknowledged) : ''] : []),
    ...[line.inBronze, line.silver, line.duplicates, line.quarantined, line.unaccounted, line.copies].map(
      count,
    ),
  ];
  terminal.line(
    table(
      [
        'source',
        ...(withReceipts ? ['acknowledged'] : []),
        'in bronze',
        'new in silver',
        'duplicates',
        'quarantined',
        'unaccounted',
        'redelivered copies',
      ],
      [...lines, total].map(cells),
    ),
  );
  terminal.line(
    balanced
      ? terminal.style(
          'green',
          `✓ Balanced: every record is accounted for${withReceipts ? ', none that was acknowledged is lost' : ''}.`,
        )
      : terminal.style(
          'red',
          `✗ Out of balance: ${count(total.unaccounted)} unaccounted, ${count(lost)} lost.`,
        ),
  );
}

function showTruth(terminal: Terminal, truth: readonly Comparison[]): void {
  const wrong = truth.filter(({ equal }) => !equal);
  terminal.line('');
  if (wrong.length === 0) {
    terminal.line(
      terminal.style(
        'green',
        `✓ Gold equals the simulator's truth: ${truth.length} of ${truth.length} answers.`,
      ),
    );
    return;
  }
  for (const { name, expected, found } of wrong) {
    terminal.line(terminal.style('red', `✗ ${name} differs from the simulator's truth`));
    terminal.line(`  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`);
  }
}

function showNext(terminal: Terminal, { study, answers, seconds, notEmulated }: RunOutcome): void {
  const scanned = answers.reduce((sum, { statistics }) => sum + statistics.scannedBytes, 0);
  const asked = answers.reduce((sum, { statistics }) => sum + statistics.milliseconds, 0);
  terminal.line(
    `\nDone in ${seconds.toFixed(1)} s; the answers took ${asked} ms and scanned ${bytes(scanned)} of gold.`,
  );
  if (notEmulated.length > 0)
    terminal.line(
      terminal.style(
        'dim',
        `${notEmulated.length} settings have no effect on a laptop: headwaters up lists them, docs/parity.md explains.`,
      ),
    );
  terminal.line('\nTry next:');
  terminal.line(`  npx headwaters query "select * from ${study}_gold.fact_sales limit 5"`);
  terminal.line(`  npx headwaters run ${study} --seed 2 --duplicates 1% --malformed 1% --late 2% --once`);
  terminal.line('  npx headwaters trace <event-id>      # ids are in the bronze and silver tables');
  terminal.line('  npx headwaters status');
}

const asJson = ({ pipeline, answers, truth, ...rest }: RunOutcome) => ({
  ...rest,
  pipeline: {
    status: pipeline.status,
    error: pipeline.error,
    cause: pipeline.cause,
    ...(pipeline.output as object),
  },
  answers: Object.fromEntries(
    answers.map(({ name, columns, rows }) => [
      name,
      rows.map((row) => Object.fromEntries(columns.map((column, i) => [column, row[i] ?? null]))),
    ]),
  ),
  truth: truth && {
    equal: truth.every(({ equal }) => equal),
    differing: truth.filter(({ equal }) => !equal),
  },
});
