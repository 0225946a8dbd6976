/** Step Functions shows every service's members in PascalCase and its times in its own way; the wire does neither. */
import type { Json } from './asl/json.ts';

/** Members that hold a time: epoch seconds on the wire. */
const TIMES = new Set([
  'SubmissionDateTime',
  'CompletionDateTime',
  'CreationDateTime',
  'LastUpdateDateTime',
  'CreationDate',
  'StartDate',
  'StopDate',
  'UpdateDate',
  'CreationTime',
  'StartedOn',
  'CompletedOn',
  'LastModifiedOn',
  'CreateTime',
  'UpdateTime',
  'LastModified',
  'LastModifiedTime',
  'ApproximateArrivalTimestamp',
  'StreamCreationTimestamp',
]);

/** Members whose own names are data, not the API's. */
const OPEN_MAPS = new Set([
  'Item',
  'Items',
  'Attributes',
  'Key',
  'Keys',
  'LastEvaluatedKey',
  'Parameters',
  'Arguments',
  'Tags',
  'Metadata',
  'Input',
  'Output',
]);

const pascal = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
const camel = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

/** An answer as a state sees it: optimized integrations give times in milliseconds, SDK integrations as ISO text. */
export function pascalCased(value: unknown, times: 'ms' | 'iso' = 'ms'): Json {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (value instanceof Date) return times === 'iso' ? value.toISOString() : value.getTime();
  if (Array.isArray(value)) return value.map((item) => pascalCased(item, times));
  if (typeof value !== 'object' || value === null) return (value ?? null) as Json;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => {
        const shown = pascal(name);
        if (TIMES.has(shown) && typeof member === 'number') {
          return [shown, times === 'iso' ? new Date(member * 1000).toISOString() : Math.round(member * 1000)];
        }
        return [shown, OPEN_MAPS.has(shown) ? (member as Json) : pascalCased(member, times)];
      }),
  );
}

/** Parameters for an API whose wire names begin in lower case (Step Functions' own). */
export const wireCased = (parameters: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [camel(name), value]));
