/** Scan: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Scan.html */

import { bindingOf } from '../expressions/binding.ts';
import { segmentBounds } from '../keys.ts';
import { indexOf, type PageInput, parsePage, readPage, startOf } from '../pages.ts';
import type { Database } from '../state.ts';
import { validationError } from '../values.ts';

interface ScanInput extends PageInput {
  readonly Segment?: number;
  readonly TotalSegments?: number;
}

const MAX_SEGMENTS = 1_000_000;

export const scan = (database: Database) => (input: ScanInput) => {
  const { Segment: segment, TotalSegments: total } = input;
  if (segment !== undefined && total === undefined) {
    throw validationError(
      'The TotalSegments parameter is required but was not present in the request when Segment parameter is present',
    );
  }
  if (total !== undefined && segment === undefined) {
    throw validationError(
      'The Segment parameter is required but was not present in the request when parameter TotalSegments is present',
    );
  }
  if (total !== undefined && (total < 1 || total > MAX_SEGMENTS || segment! < 0)) {
    throw validationError(
      `1 validation error detected: Value '${total}' at 'totalSegments' failed to satisfy constraint: ` +
        `Member must have value between 1 and ${MAX_SEGMENTS}`,
    );
  }
  if (total !== undefined && segment! >= total) {
    throw validationError(
      'The Segment parameter is zero-based and must be less than parameter TotalSegments: ' +
        `Segment: ${segment} is not less than TotalSegments: ${total}`,
    );
  }
  const binding = bindingOf(input, [input.FilterExpression, input.ProjectionExpression]);
  const table = database.table(input.TableName);
  const index = indexOf(table, input);
  const request = parsePage(table, index, input, binding);
  binding.assertAllUsed();
  const edges = total === undefined ? undefined : segmentBounds(segment!, total);
  return readPage(database, request, input, {
    hashFrom: edges?.from,
    hashUntil: edges?.until,
    after: startOf(table, index, input.ExclusiveStartKey),
  });
};
