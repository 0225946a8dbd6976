/** `headwaters test`: a study's models, each for the rows that its tests give. */
import { RunFailedError } from '../../lake/errors.ts';
import { studiesOf } from '../../lake/studies.ts';
import { type ModelTestOutcome, testModels } from '../../lake/testModels.ts';
import { table } from '../../lake/text.ts';
import { createTerminal, type Terminal } from '../terminal.ts';

export interface TestOptions {
  readonly studies?: readonly string[];
  readonly json: boolean;
}

export async function test(what: string, options: TestOptions): Promise<void> {
  const terminal = createTerminal({ quiet: options.json });
  const [study = '', ...model] = what.split('.');
  const outcomes = await testModels(studiesOf(options.studies), study, model.join('.') || undefined);
  if (options.json) terminal.line(JSON.stringify(outcomes, undefined, 2));
  else for (const outcome of outcomes) print(terminal, outcome);
  const failed = outcomes.filter(({ passed }) => !passed).length;
  if (!options.json) terminal.line(`\n${outcomes.length - failed} passed, ${failed} failed`);
  if (failed > 0) throw new RunFailedError(`${failed} of ${outcomes.length} tests of ${what} failed.`);
}

function print(terminal: Terminal, outcome: ModelTestOutcome): void {
  const { model, test: name, passed, error, columns, missing, unexpected } = outcome;
  terminal.line(`${passed ? terminal.style('green', '✓') : terminal.style('red', '✗')} ${model}: ${name}`);
  if (error) terminal.line(`  ${error}`);
  const rows = (title: string, some: typeof missing) => {
    if (some.length === 0) return;
    terminal.line(`  ${title}`);
    const shown = some.map((row) => row.map((cell) => cell ?? 'NULL'));
    terminal.line(table(columns, shown).replace(/^/gm, '    '));
  };
  rows('expected, not given', missing);
  rows('given, not expected', unexpected);
}
