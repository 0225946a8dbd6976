/** `headwaters preflight`: what in the AWS account would make `cdk deploy` fail, and what it will cost. */
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

function show(terminal: Terminal, { checks, idleCost, idleDollarsAMonth }: Preflight, profile: string) {
  const marks = {
    ok: terminal.style('green', '✓'),
    warn: terminal.style('yellow', '!'),
    fail: terminal.style('red', '✗'),
  };
  for (const { check, state, found, mend } of checks)
    terminal.line(`${marks[state]} ${check}: ${found}${state === 'ok' || !mend ? '' : `\n  ${mend}`}`);
  terminal.line(`\nIdle cost of the profile ${profile}, list prices of us-east-1, without free tiers:`);
  terminal.line(
    table(
      ['item', 'number', 'US$ a month'],
      [
        ...idleCost.map(({ item, amount, dollarsAMonth }) => [item, amount, dollarsAMonth.toFixed(2)]),
        ['together', '', idleDollarsAMonth.toFixed(2)],
      ],
    ),
  );
}
