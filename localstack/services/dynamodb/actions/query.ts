/** Query: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */

import { bindingOf } from '../expressions/binding.ts';
import { conditionPaths, parseCondition } from '../expressions/condition.ts';
import { keyConditionOf } from '../expressions/keyCondition.ts';
import { hashBytes, hashName, keyNames, keyType, rangeName } from '../keys.ts';
import { indexOf, type PageInput, parsePage, readPage, startOf } from '../pages.ts';
import type { Database } from '../state.ts';
import { type AttributeValue, validationError } from '../values.ts';

interface QueryInput extends PageInput {
  readonly KeyConditionExpression?: string;
  readonly ScanIndexForward?: boolean;
}

export const query = (database: Database) => (input: QueryInput) => {
  if (input.KeyConditionExpression === undefined) {
    throw validationError(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const binding = bindingOf(input, [input.KeyConditionExpression]);
  const table = database.table(input.TableName);
  const index = indexOf(table, input);
  const schema = index?.keySchema ?? table.keySchema;
  const condition = parseCondition(input.KeyConditionExpression, 'KeyConditionExpression', binding);
  const request = parsePage(table, index, input, binding);
  binding.assertAllUsed();
  const keyed =
    request.filter &&
    keyNames(schema).find((name) => conditionPaths(request.filter!).some(([head]) => head === name));
  if (keyed !== undefined) {
    throw validationError(
      `Filter Expression can only contain non-primary key attributes: Primary key attribute: ${keyed}`,
    );
  }
  const attribute = (name: string) => ({ name, type: keyType(table.attributes, name) });
  const range = rangeName(schema);
  const { hash, bounds, rangeValues } = keyConditionOf(
    condition,
    attribute(hashName(schema)),
    range === undefined ? undefined : attribute(range),
  );
  assertNotEmpty(index?.name, [
    [hashName(schema), hash],
    ...rangeValues.map((value) => [range!, value] as const),
  ]);
  const partition = hashBytes(hash);
  const after = startOf(table, index, input.ExclusiveStartKey);
  if (after && !after.hash.equals(partition)) {
    throw validationError(
      'The provided starting key is outside query boundaries based on provided conditions',
    );
  }
  return readPage(database, request, input, {
    hash: partition,
    bounds,
    descending: input.ScanIndexForward === false,
    after,
  });
};

/** A key attribute is never empty, so that no condition may ask for it. */
function assertNotEmpty(
  index: string | undefined,
  given: readonly (readonly [string, AttributeValue])[],
): void {
  for (const [name, value] of given) {
    if (value.S !== '' && value.B !== '') continue;
    const kind = value.S === '' ? 'string' : 'binary';
    const refused =
      index === undefined
        ? `The AttributeValue for a key attribute cannot contain an empty ${kind} value. Key: ${name}`
        : 'A value specified for a secondary index key is not supported. The AttributeValue for a key attribute ' +
          `cannot contain an empty ${kind} value. IndexName: ${index}, IndexKey: ${name}`;
    throw validationError(`One or more parameter values are not valid. ${refused}`);
  }
}
