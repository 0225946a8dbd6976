/** How a statement that did not succeed ends: its state, and its reason in Athena's words. */
import { resolve } from 'node:path';
import { DamagedStateError } from '../../core/damage.ts';
import { AwsError } from '../../core/errors.ts';
import type { ObjectStore } from '../../core/objectStore.ts';
import type { CloudContext } from '../../core/service.ts';
import { IcebergError } from '../../iceberg/index.ts';
import { SqlError } from '../../sql/index.ts';
import { engineFailure } from './engineFailure.ts';
import { athenaError, QueryFailure } from './failures.ts';
import { QueryCancelled, ScanLimitExceeded, s3Location } from './session.ts';
import type { Execution } from './store.ts';
import { isWithoutTrino, trinoFailure } from './trino/failure.ts';

/** How the reason of a failed DDL begins that Hive runs. */
export const hiveFailure = 'FAILED: ';

export type Ending = Partial<Execution> & { readonly state: Execution['state'] };

export function endingOf(
  error: unknown,
  execution: Execution,
  cancelled: boolean,
  context: CloudContext,
): Ending {
  if (cancelled || error instanceof QueryCancelled)
    return { state: 'CANCELLED', reason: 'Query cancelled by user' };
  if (error instanceof ScanLimitExceeded)
    return { state: 'CANCELLED', reason: 'Bytes scanned limit was exceeded' };
  const failure = withAdvice(failureOf(error, resolve(context.stateDir)), execution);
  if (failure.code === 'GENERIC_INTERNAL_ERROR')
    context.log(`athena: ${(failure.cause as Error)?.stack ?? failure.stack}`);
  return { state: 'FAILED', reason: failure.reason, error: athenaError(failure) };
}

/** What Hive answers to DDL that fails is in `<id>.txt`, where a success would be; the engine's failures leave no file. */
export async function deliverFailure(
  objects: ObjectStore,
  execution: Execution,
  reason: string,
): Promise<void> {
  const location = execution.outputLocation;
  if (!reason.startsWith(hiveFailure) || !location?.endsWith('.txt')) return;
  const { bucket, key } = s3Location(location);
  await objects.put(bucket, key, Buffer.from(reason));
}

/** Athena ends the reason of a failed write with what may be left to clean. Source: as statements/types.ts */
function withAdvice(failure: QueryFailure, execution: Execution): QueryFailure {
  const location = execution.outputLocation;
  const advice =
    execution.substatementType === 'CREATE_TABLE_AS_SELECT'
      ? `You may need to manually clean the data at location '${location}' before retrying.`
      : execution.substatementType === 'INSERT'
        ? `If a data manifest file was generated at '${location}-manifest.csv', you may need to manually clean the data from locations specified in the manifest.`
        : undefined;
  if (!advice || location === undefined) return failure;
  return failure.inWords(
    `${failure.message.replace(/\.$/, '')}. ${advice} Athena will not delete data in your account.`,
  );
}

/** Any failure as Athena would say it; the paths of this machine are nobody's business, unless a file there is damaged. */
function failureOf(error: unknown, stateDir: string): QueryFailure {
  const failure = knownFailure(error);
  if (failure.cause instanceof DamagedStateError) return failure;
  // Of a server that is gone, the place of its log is what helps.
  if (!failure.message.includes(stateDir) || isWithoutTrino(failure.cause)) return failure;
  return failure.inWords(
    failure.message.replace(
      new RegExp(`["']?${stateDir.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')}[^"'\\s]*["']?`, 'g'),
      'of the table',
    ),
  );
}

function knownFailure(error: unknown): QueryFailure {
  if (error instanceof QueryFailure) return error;
  if (error instanceof SqlError || error instanceof IcebergError)
    return new QueryFailure(error.code, error.message, { cause: error });
  if (error instanceof AwsError)
    return new QueryFailure('', `${error.code}: ${error.message}`, { cause: error });
  return trinoFailure(error) ?? engineFailure(error);
}
