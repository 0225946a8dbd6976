/** Chooses the key that spreads an event over the stream's shards. */
import type { Contract } from './contract.ts';

/** Kinesis allows 256 characters; a longer key is cut, which only puts more events on one shard. */
const MAX_LENGTH = 256;

/** The payload's column that the contract names, else the event's subject, else its id. */
export function partitionKeyOf(
  contract: Pick<Contract, 'partitionKey'>,
  event: { readonly id: string; readonly subject?: string; readonly data: unknown },
): string {
  const fromPayload = contract.partitionKey && (event.data as Record<string, unknown>)[contract.partitionKey];
  const key =
    typeof fromPayload === 'string' || typeof fromPayload === 'number' ? String(fromPayload) : event.subject;
  return (key || event.id).slice(0, MAX_LENGTH);
}
