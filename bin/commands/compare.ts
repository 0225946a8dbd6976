/** `headwaters compare`: the same question to DynamoDB and to Athena, with both answers and what each cost. */
import { findQuestion, type TwoAnswers } from '../../lake/compare.ts';
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import type { Studies } from '../../lake/studies.ts';
import { bytes, table } from '../../lake/text.ts';
import { type LakeOptions, withLake } from '../command.ts';
import type { Terminal } from '../terminal.ts';

export interface CompareOptions extends LakeOptions {
  readonly json: boolean;
}

export async function compare(
  study: string,
  question: string,
  parameters: readonly string[],
  options: CompareOptions,
): Promise<void> {
  const values = readParameters(parameters);
  const check = (studies: Studies) => findQuestion(studies.find(study), question, values);
  await withLake({ ...options, check, port: 0, quiet: options.json }, async (lake, terminal) => {
    await lake.makeReady(study, terminal);
    const found = await lake.compare(study, question, values, terminal);
    if (options.json) terminal.line(JSON.stringify(found, undefined, 2));
    else show(terminal, found);
    if (!found.equal) throw new RunFailedError('The two answers differ.');
  });
}

function readParameters(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`'${text}' is not a parameter; write name=value.`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function show(terminal: Terminal, { columns, oltp, olap, equal, difference }: TwoAnswers) {
  terminal.line(terminal.style('bold', `DynamoDB · ${oltp.milliseconds} ms · ${oltp.readUnits} read units`));
  terminal.line(`${table(columns, oltp.rows)}\n`);
  terminal.line(
    terminal.style('bold', `Athena · ${olap.milliseconds} ms · ${bytes(olap.scannedBytes)} scanned`),
  );
  terminal.line(`${table(columns, olap.rows)}\n`);
  if (!equal) {
    terminal.line(terminal.style('red', '✗ The answers differ.'));
    for (const [side, rows] of [
      ['DynamoDB', difference.onlyOltp],
      ['Athena', difference.onlyOlap],
    ] as const)
      if (rows.length > 0) terminal.line(`Only in ${side}:\n${table(columns, rows)}\n`);
  } else if (oltp.rows.length > 0) terminal.line(terminal.style('green', '✓ The same answer.'));
  if (difference.explanation) terminal.line(difference.explanation);
}
