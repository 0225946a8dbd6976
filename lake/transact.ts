/** Carries out one of a study's declared transactions through the HTTP API, into DynamoDB. */
import type { Study } from '../lib/model/study/study.ts';
import { type ApiAnswer, callApi } from './api.ts';
import type { LakeContext } from './context.ts';
import { UsageError } from './errors.ts';
import type { WorkOptions } from './progress.ts';

/** The API's answer, whatever its status. */
export async function transact(
  lake: LakeContext,
  study: Study,
  transaction: string,
  input: unknown,
  options: WorkOptions = {},
): Promise<ApiAnswer> {
  assertTransaction(study, transaction);
  return callApi(lake, 'POST', `/studies/${study.name}/transactions/${transaction}`, input, options);
}

/** Throws `UsageError` naming the study's transactions. */
export function assertTransaction(study: Study, transaction: string): void {
  const known = Object.keys(study.oltp?.transactions ?? {});
  if (!known.includes(transaction))
    throw new UsageError(
      `${study.name} has no transaction '${transaction}'; there is: ${known.join(', ') || 'none'}.`,
    );
}
