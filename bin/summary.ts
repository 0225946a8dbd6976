/** The end of a run as a newcomer reads it: what flowed where, the balance sheet, the gold answers, what to try next. */
import type { Deployment } from '../lake/deploy.ts';
import type { Feed } from '../lake/feed/registry.ts';
import type { Lake } from '../lake/lake.ts';
import { refusedBy } from '../lake/refused.ts';
import type { Comparison, PipelineOutput, RunOutcome } from '../lake/run.ts';
import { bytes, count, counted, table } from '../lake/text.ts';
import type { LiveComparisonResult } from '../lib/model/live/compare.ts';
import type { BalanceLine, BalanceSheet } from '../lib/model/run/balance.ts';
import { because, showPostponed } from './rebuiltText.ts';
import type { Terminal } from './terminal.ts';

/** A run, and what this command adds to it. */
export interface Summary extends RunOutcome {
  readonly endpoint: string | undefined;
  readonly notEmulated: Deployment['notEmulated'];
  readonly seconds: number;
  /** One of the study's tables. */
  readonly example: string | undefined;
  /** Options that the next command needs too, to find the same lake and study. */
  readonly flags: string;
  /** What is in quarantine, by rule; empty where this run quarantined nothing. */
  readonly refused: readonly string[];
}

export function showSummary(terminal: Terminal, outcome: Summary, json: boolean): void {
  if (json) {
    terminal.line(JSON.stringify(asJson(outcome), undefined, 2));
    return;
  }
  const { pipeline, answers, feed, isNew } = outcome;
  const output = pipeline.output as PipelineOutput | undefined;
  const heading = (text: string) => terminal.line(`\n${terminal.style('bold', text)}`);

  heading('What flowed');
  if (!feed) terminal.line('Nothing was sent; the run took what had arrived.');
  else
    terminal.line(
      isNew
        ? `${feed.title}: ${counted(feed.files, 'file')} landed, ${counted(feed.records, 'record')} streamed${labelled(feed)}${transacted(feed)}`
        : `${feed.title}: sent before, nothing sent now`,
    );
  if (feed) showRefusedFiles(terminal, feed);
  if (output?.decision === 'nothing-new') {
    terminal.line('Nothing new had landed and no model had changed: gold stays as it is.');
    showPostponed(terminal, output.postponed);
  } else if (output) {
    if (output.rebuilt.length > 0) {
      heading('Rebuilt');
      for (const one of output.rebuilt)
        terminal.line(
          `${one.model}: ${because(one)}${one.inPart ? ', only the days that were asked for' : ''}`,
        );
    }
    showPostponed(terminal, output.postponed);
    heading('Balance sheet');
    if (output.records === 0)
      terminal.line('No record was taken: tables were rebuilt from what the lake holds.');
    else showBalance(terminal, output.sheet);
    showRefused(terminal, outcome);
  }
  for (const answer of answers.filter(({ rows }) => rows.length > 0)) {
    heading(answer.title);
    terminal.line(table(answer.columns, answer.rows));
  }
  if (outcome.live.length > 0) {
    heading('Live views against gold');
    showLiveComparison(terminal, outcome.live);
  }
  if (outcome.truth) showTruth(terminal, outcome.truth);
  if (pipeline.status === 'SUCCEEDED') showNext(terminal, outcome);
}

/** Refused files are in no balance sheet: none of their rows is in bronze. */
export function showRefusedFiles(terminal: Terminal, { refusedFiles = [] }: Feed): void {
  for (const { file, reason } of refusedFiles)
    terminal.line(terminal.style('red', `✗ ${file} was refused, and is in quarantine: ${reason}`));
}

const labelled = ({ labels }: Feed) => {
  const faults = Object.entries(labels ?? {}).filter(([label]) => label !== 'clean');
  return faults.length === 0 ? '' : ` (${faults.map(([label, n]) => `${count(n)} ${label}`).join(', ')})`;
};

/** No producer has receipts for what change data capture sends, so the sheet shows more in bronze than was acknowledged. */
const transacted = ({ transactions = 0 }: Feed) =>
  transactions === 0
    ? ''
    : `, ${counted(transactions, 'transaction')} in DynamoDB, whose changes are captured and have no receipts`;

export function showBalance(terminal: Terminal, sheet: BalanceSheet): void {
  const { lines, total, lost, withoutReceipt, balanced } = sheet;
  const withReceipts = total.acknowledged !== undefined;
  const cells = (line: BalanceLine) => [
    line.source,
    // Rows of files have no receipt: who delivered them got no answer.
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
          `✗ Out of balance: ${count(total.unaccounted)} unaccounted, ${count(lost)} lost, ${count(withoutReceipt)} without a receipt.`,
        ),
  );
}

/** The rules by which a study's records are in quarantine, where a run put some there. */
export async function refusedOf(
  lake: Lake,
  study: string,
  output: PipelineOutput | undefined,
  days: number,
): Promise<string[]> {
  if (!output || output.decision || output.sheet.total.quarantined === 0) return [];
  return refusedBy(await lake.quarantine(study, { days }));
}

function showRefused(terminal: Terminal, { refused, study, flags }: Summary): void {
  if (refused.length === 0) return;
  terminal.line('\nIn quarantine, by rule:');
  for (const line of refused) terminal.line(`  ${line}`);
  terminal.line(`  npx headwaters quarantine list ${study}${flags}   # with an example of each`);
}

/** A line per view: what was compared, what differs and why. */
export function showLiveComparison(terminal: Terminal, results: readonly LiveComparisonResult[]): void {
  for (const { view, windows, values, equal, differing, late, refused } of results) {
    const reasons = Object.entries(differing).map(([reason, of]) => `${count(of)} ${reason}`);
    const apart = [late > 0 && `${count(late)} late`, refused > 0 && `${count(refused)} refused`].filter(
      Boolean,
    );
    const line =
      `${view}: ${count(equal)} of ${counted(values, 'value')} in ${counted(windows, 'window')} ${equal === 1 ? 'equals' : 'equal'} gold` +
      `${reasons.length > 0 ? `; different: ${reasons.join(', ')}` : ''}` +
      `${apart.length > 0 ? ` (events counted apart: ${apart.join(', ')})` : ''}`;
    const isExplained = !differing.unexplained;
    terminal.line(terminal.style(isExplained ? 'green' : 'red', `${isExplained ? '✓' : '✗'} ${line}`));
  }
}

export function showTruth(terminal: Terminal, truth: readonly Comparison[]): void {
  const wrong = truth.filter(({ equal }) => !equal);
  terminal.line('');
  if (wrong.length === 0) {
    terminal.line(
      terminal.style(
        'green',
        `✓ Gold equals the simulator's truth: ${truth.length} of ${counted(truth.length, 'answer')}.`,
      ),
    );
    return;
  }
  for (const { name, expected, found } of wrong) {
    terminal.line(terminal.style('red', `✗ ${name} differs from the simulator's truth`));
    terminal.line(`  expected ${JSON.stringify(expected)}\n  found    ${JSON.stringify(found)}`);
  }
}

function showNext(
  terminal: Terminal,
  { study, answers, seconds, notEmulated, example, feed, flags }: Summary,
): void {
  const scanned = answers.reduce((sum, { statistics }) => sum + statistics.scannedBytes, 0);
  const asked = answers.reduce((sum, { statistics }) => sum + statistics.milliseconds, 0);
  terminal.line(
    `\nDone in ${seconds.toFixed(1)} s; the answers took ${asked} ms and scanned ${bytes(scanned)} of gold.`,
  );
  if (notEmulated.length > 0)
    terminal.line(
      terminal.style(
        'dim',
        `${notEmulated.length === 1 ? '1 setting has' : `${notEmulated.length} settings have`} no effect on a laptop: npx headwaters up lists them, docs/parity.md explains.`,
      ),
    );
  terminal.line('\nTry next:');
  if (example) terminal.line(`  npx headwaters query "select * from ${example} limit 5"${flags}`);
  terminal.line(
    `  npx headwaters run ${study} --seed 2 --duplicates 1% --malformed 1% --late 2% --once${flags}`,
  );
  terminal.line(
    `  npx headwaters trace <event-id> --study ${study}${flags}   # ids are in the bronze and silver tables`,
  );
  if (feed?.comparable) {
    const { question, parameters } = feed.comparable;
    const given = Object.entries(parameters).map(([name, value]) => ` ${name}=${value}`);
    terminal.line(
      `  npx headwaters compare ${study} ${question}${given.join('')}${flags}   # DynamoDB and Athena, the same question`,
    );
  }
  terminal.line(`  npx headwaters status${flags}`);
}

const asJson = ({ pipeline, answers, truth, example: _example, flags: _flags, ...rest }: Summary) => ({
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
