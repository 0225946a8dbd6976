/** Selects names by the pattern that GetTables and GetUserDefinedFunctions take. */
import { AwsError, NotEmulatedError } from '../../core/errors.ts';
import { linearPattern, PatternNotTakenError } from '../../core/linearPattern.ts';

/**
 * The items whose names the pattern matches as a whole, in any case. AWS calls it a regular expression, but a star is any text
 * as in Hive's patterns, with a point before it or not. Source: aws-sdk-pandas, tests/unit/test_catalog.py, test_catalog
 * @throws AwsError InvalidInputException when it is not a pattern, NotEmulatedError when it needs more than a linear time
 */
export function selectNamed<T>(
  expression: string | undefined,
  items: readonly T[],
  nameOf: (item: T) => string,
): readonly T[] {
  if (!expression) return items;
  const pattern = expression.replace(/\.?\*/g, '.*');
  try {
    new RegExp(pattern);
    const matches = linearPattern(pattern, { ignoreCase: true });
    return items.filter((item) => matches(nameOf(item)));
  } catch (cause) {
    if (cause instanceof PatternNotTakenError)
      throw new NotEmulatedError('Glue', `the name pattern '${expression}' (${cause.message})`);
    throw new AwsError('InvalidInputException', `'${expression}' is not a regular expression.`, { cause });
  }
}
