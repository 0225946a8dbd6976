/** `headwaters doctor`: whether this machine can run everything, and how to fix what it cannot. */
import { doctor as examine, installPart } from '../../lake/doctor.ts';
import { RunFailedError } from '../../lake/errors.ts';
import { counted } from '../../lake/text.ts';
import { createTerminal } from '../terminal.ts';

export async function doctor(options: { state: string; json: boolean; install?: 'spark' }): Promise<void> {
  const terminal = createTerminal();
  if (options.install) await installPart(options.install, terminal.note);
  const findings = await examine(options.state);
  if (options.json) terminal.line(JSON.stringify(findings, undefined, 2));
  else
    for (const { check, ok, found, mend } of findings) {
      const mark = ok ? terminal.style('green', '✓') : terminal.style('red', '✗');
      terminal.line(`${mark} ${check}: ${found}${ok || !mend ? '' : `\n  ${mend}`}`);
    }
  const bad = findings.filter(({ ok }) => !ok).length;
  if (bad > 0) throw new RunFailedError(`${counted(bad, 'check')} failed.`);
}
