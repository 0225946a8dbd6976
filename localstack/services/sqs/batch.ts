/** Batches: up to ten entries, each of which succeeds or fails separately. */
import { AwsError } from '../../core/errors.ts';
import { emptyBatch } from './failures.ts';

const MAX_BATCH = 10;

/** Codes in a batch's answer are the query protocol's (recorded: test_send_batch_message_size). */
const entryCode = (code: string) =>
  code === 'InvalidParameterValueException' ? 'InvalidParameterValue' : code;

export function batch<Entry extends { readonly Id: string }>(
  entries: readonly Entry[],
  work: (entry: Entry) => object,
) {
  checkEntries(entries);
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { code, message, status } = error;
      Failed.push({ Id: entry.Id, Code: entryCode(code), Message: message, SenderFault: status < 500 });
    }
  }
  return { Successful, Failed: Failed.length > 0 ? Failed : undefined };
}

export function checkEntries(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) throw emptyBatch();
  if (entries.length > MAX_BATCH) {
    throw new AwsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_BATCH}. You have sent ${entries.length}.`,
    );
  }
  if (!entries.every(({ Id }) => /^[A-Za-z0-9_-]{1,80}$/.test(Id))) {
    throw new AwsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const repeated = entries.find(({ Id }, index) => entries.findIndex((other) => other.Id === Id) < index);
  if (repeated) throw new AwsError('BatchEntryIdsNotDistinct', `Id ${repeated.Id} repeated.`);
}
