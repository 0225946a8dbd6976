/** A simulation's transactions: carried out through the API, into DynamoDB, and looked for among the changes in bronze. */
import { databaseOf } from '../../lib/model/layout.ts';
import { boundsOf } from '../../lib/model/run/reconciliation.ts';
import { sliceBounds } from '../../lib/model/run/statements/bind.ts';
import type { Study } from '../../lib/model/study/study.ts';
import type { SimulatedTransaction } from '../../lib/simulator/simulation.ts';
import { ask } from '../ask.ts';
import type { LakeContext } from '../context.ts';
import { RunFailedError, UsageError } from '../errors.ts';
import { step, type WorkOptions } from '../progress.ts';
import { count } from '../text.ts';
import { transact } from '../transact.ts';
import { producerOf } from './receipts.ts';
import type { Feed } from './registry.ts';

/**
 * Carries out the transactions in their order. One that was carried out before is left as it is.
 * Throws `RunFailedError` for one that is refused.
 */
export async function carryOut(
  lake: LakeContext,
  study: Study,
  transactions: readonly SimulatedTransaction[],
  options: WorkOptions = {},
): Promise<void> {
  if (transactions.length === 0) return;
  await step(options, 'Carrying out transactions in DynamoDB', async (at) => {
    for (const [index, { name, input }] of transactions.entries()) {
      options.signal?.throwIfAborted();
      const { status, text } = await transact(lake, study, name, input, options);
      if (status !== 200 && !(status === 409 && isThereAlready(study, name, text)))
        throw new RunFailedError(
          `The simulation's transaction ${name} ${JSON.stringify(input)} was answered with ${status}: ${text}`,
        );
      at(`${count(index + 1)} of ${count(transactions.length)}`);
    }
  });
}

/** The API refused it because an item that it would put is there: it was carried out before. */
function isThereAlready({ oltp }: Study, name: string, answer: string): boolean {
  const steps = oltp?.transactions[name]?.steps ?? [];
  return steps.some(
    ({ kind, condition, otherwise }) =>
      kind === 'put' && condition?.includes('attribute_not_exists(pk)') && answer.includes(String(otherwise)),
  );
}

/** Changes captured from the study's table that are in bronze since the feed began. */
export async function capturedSince(
  lake: LakeContext,
  study: string,
  feed: Feed,
  { signal }: WorkOptions = {},
): Promise<number> {
  const slice = boundsOf(await producerOf(lake.target, feed));
  const sql =
    `SELECT count(DISTINCT r.event_id) FROM ${databaseOf(study, 'bronze')}.records AS r ` +
    `WHERE r.event_source LIKE 'oltp:%' AND ${sliceBounds({ runId: feed.id, slice }, 'r')}`;
  const { rows } = await ask(lake, sql, signal ? { signal } : {});
  return Number(rows[0]?.[0] ?? 0);
}

/**
 * The first question for both sides whose parameters a transaction's input names, with its values.
 * Throws `UsageError` for a transaction that the study does not declare.
 */
export function comparableOf(
  study: Study,
  transactions: readonly SimulatedTransaction[],
): Feed['comparable'] | undefined {
  const unknown = transactions.find(({ name }) => !study.oltp?.transactions[name]);
  if (unknown)
    throw new UsageError(
      `The simulation of ${study.name} carries out '${unknown.name}', which its oltp.yaml does not declare.`,
    );
  for (const [question, { olap, parameters }] of Object.entries(study.oltp?.access ?? {})) {
    const found = olap && transactions.find(({ input }) => parameters.every((name) => name in input));
    if (found)
      return {
        question,
        parameters: Object.fromEntries(parameters.map((name) => [name, String(found.input[name])])),
      };
  }
  return undefined;
}
