/** `headwaters transact`: one of a study's declared transactions, through the HTTP API, into DynamoDB. */
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import type { Studies } from '../../lake/studies.ts';
import { assertTransaction } from '../../lake/transact.ts';
import { type LakeOptions, withLake } from '../command.ts';

export async function transact(
  study: string,
  transaction: string,
  input: string,
  options: LakeOptions,
): Promise<void> {
  const body = parse(input);
  const check = (studies: Studies) => assertTransaction(studies.find(study), transaction);
  await withLake({ ...options, check, port: 0 }, async (lake, terminal) => {
    await lake.makeReady(study, terminal);
    const answer = await lake.transact(study, transaction, body);
    terminal.line(JSON.stringify(answer.body, undefined, 2));
    if (answer.status >= 300) throw new RunFailedError(`The API answered ${answer.status}.`);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The input is not JSON: ${(error as Error).message}`);
  }
}
