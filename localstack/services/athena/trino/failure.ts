/** Trino's failures as a failed query's reason: its own name of the error and its own words, with the place in the statement. */
import type { errorCategory } from '../failures.ts';
import { QueryFailure } from '../failures.ts';
import { TrinoError, TrinoLostError, TrinoUnavailableError } from './errors.ts';

type Place = NonNullable<TrinoError['position']>;

const categories: Readonly<Record<string, keyof typeof errorCategory>> = {
  USER_ERROR: 'user',
  INSUFFICIENT_RESOURCES: 'user',
  INTERNAL_ERROR: 'system',
  EXTERNAL: 'other',
};

/** Whether there was no Trino to run the statement, or no more. */
export const isWithoutTrino = (error: unknown): error is TrinoLostError | TrinoUnavailableError =>
  error instanceof TrinoLostError || error instanceof TrinoUnavailableError;

/**
 * Undefined for an error that is not Trino's.
 * @param placeOf from a place in the text that Trino was given to the one in the statement as it was sent
 */
export function trinoFailure(
  error: unknown,
  placeOf: (place: Place) => Place | undefined = (place) => place,
): QueryFailure | undefined {
  if (isWithoutTrino(error))
    return new QueryFailure('GENERIC_INTERNAL_ERROR', error.message, { cause: error, category: 'system' });
  if (!(error instanceof TrinoError)) return undefined;
  const { position, message, code, type } = error;
  const prefix = position ? `line ${position.line}:${position.column}: ` : '';
  const said = message.startsWith(prefix) ? message.slice(prefix.length) : message;
  // The one message that Athena has in other words.
  const words = code === 'CATALOG_NOT_FOUND' ? said.replace(/ not found$/, ' does not exist') : said;
  return new QueryFailure(code, words, {
    position: position && placeOf(position),
    category: categories[type] ?? 'system',
    cause: error,
  });
}
