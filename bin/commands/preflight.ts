/** `headwaters preflight`: what in the AWS account would make `cdk deploy` fail, and what it will cost. */
import type { Cost } from '../../lake/cost.ts';
import { RunFailedError } from '../../lake/errors.ts';
import { preflight as examine, type Preflight } from '../../lake/preflight.ts';
import { studiesOf } from '../../lake/studies.ts';
import { counted, table } from '../../lake/text.ts';
import { createTerminal, type Terminal } from '../terminal.ts';

export interface PreflightOptions {
  readonly studies?: readonly string[];
  readonly region: string;
  readonly profile: 'small' | 'large';
  readonly json: boolean;
}

export async function preflight(options: PreflightOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const found = await examine({ ...options, studies: studiesOf(options.studies) }, terminal);
  if (options.json) terminal.line(JSON.stringify(found, undefined, 2));
  else show(terminal, found, options.profile);
  const failed = found.checks.filter(({ state }) => state === 'fail').length;
  if (failed > 0)
    throw new RunFailedError(
      `${failed} of ${counted(found.checks.length, 'check')} failed; cdk deploy would too.`,
    );
}

function show(terminal: Terminal, { checks, cost }: Preflight, profile: string) {
  const marks = {
    ok: terminal.style('green', '✓'),
    warn: terminal.style('yellow', '!'),
    fail: terminal.style('red', '✗'),
  };
  for (const { check, state, found, mend } of checks)
    terminal.line(`${marks[state]} ${check}: ${found}${state === 'ok' || !mend ? '' : `\n  ${mend}`}`);
  const { idleMonth, run, millionEvents, runsAMonth, total } = cost;
  terminal.line(`\nCost of the profile ${profile}, list prices of us-east-1, without free tiers.`);
  showCosts(terminal, 'A month in which nothing arrives', idleMonth, total.idleMonth);
  showCosts(terminal, 'A run in which every source brings something', run, total.run);
  showCosts(terminal, 'A million events, spread over a month', millionEvents, total.millionEvents);
  terminal.line(
    `\nA month of ${runsAMonth} such runs, with the metrics that they write: US$ ${total.month.toFixed(2)}; each million events adds US$ ${total.millionEvents.toFixed(2)}.`,
  );
}

function showCosts(terminal: Terminal, title: string, costs: readonly Cost[], total: number) {
  terminal.line(`\n${title}`);
  terminal.line(
    table(
      ['item', 'number', 'US$'],
      [
        ...costs.map(({ item, amount: number, dollars }) => [item, amount(number), amount(dollars)]),
        ['together', '', amount(total)],
      ],
    ),
  );
}

/** Two digits after the point, or as many as show two that are not zero. */
export const amount = (value: number) =>
  value === 0 || value >= 0.1 ? String(Number(value.toFixed(2))) : value.toPrecision(2);
