/** `headwaters transact`: one of a study's declared transactions, through the HTTP API, into DynamoDB. */
import { callApi } from '../api.ts';
import { RunFailedError, UsageError } from '../failure.ts';
import { findStudy } from '../studies.ts';
import { createTerminal } from '../terminal.ts';
import { deploy, openWorld } from '../world.ts';

export async function transact(
  name: string,
  transaction: string,
  input: string,
  options: { state: string },
): Promise<void> {
  const study = findStudy(name);
  const known = Object.keys(study.oltp?.transactions ?? {});
  if (!known.includes(transaction))
    throw new UsageError(
      `${name} has no transaction '${transaction}'; there is: ${known.join(', ') || 'none'}.`,
    );
  const body = parse(input);
  const terminal = createTerminal();
  const world = await openWorld({ stateDir: options.state, port: 0 });
  try {
    await deploy(world, terminal);
    const answer = await callApi(world, 'POST', `/studies/${name}/transactions/${transaction}`, body);
    terminal.line(JSON.stringify(answer.body, undefined, 2));
    if (answer.status >= 300) throw new RunFailedError(`The API answered ${answer.status}.`);
  } finally {
    await world.close();
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`The input is no JSON: ${(error as Error).message}`);
  }
}
