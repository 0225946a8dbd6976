/** A range of the live table's items as DynamoDB's Query takes it: the same for the lake and for the HTTP API. */
import type { LiveReader } from './read.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html, with plain values for its attributes. */
export function liveQueryInput(
  table: string,
  partition: string,
  { prefix, from, before, newestFirst = false }: NonNullable<Parameters<LiveReader['query']>[1]> = {},
) {
  const range = rangeOf(prefix, from, before);
  return {
    TableName: table,
    ScanIndexForward: !newestFirst,
    KeyConditionExpression: `pk = :partition${range.text}`,
    ExpressionAttributeValues: { ':partition': partition, ...range.values },
  };
}

/** One condition is allowed on the sort key. BETWEEN includes its end, but no sort key is only the text of an instant. */
function rangeOf(prefix: string | undefined, from: string | undefined, before: string | undefined) {
  if (prefix !== undefined) return { text: ' and begins_with(sk, :prefix)', values: { ':prefix': prefix } };
  if (from !== undefined && before !== undefined)
    return { text: ' and sk between :from and :before', values: { ':from': from, ':before': before } };
  if (from !== undefined) return { text: ' and sk >= :from', values: { ':from': from } };
  if (before !== undefined) return { text: ' and sk < :before', values: { ':before': before } };
  return { text: '', values: {} };
}
