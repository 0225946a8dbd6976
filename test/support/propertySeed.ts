/**
 * The seed of every property test, so that a run that passed passes again. `PROPERTY_SEED=random npm test` draws other
 * examples, and `PROPERTY_SEED=<integer>` repeats a failure by the seed that its message names.
 */
import fc from 'fast-check';

const asked = process.env.PROPERTY_SEED ?? '20240101';

if (asked !== 'random') {
  const seed = Number(asked);
  if (!Number.isInteger(seed))
    throw new RangeError(`PROPERTY_SEED is "${asked}". It takes an integer, or "random".`);
  fc.configureGlobal({ seed });
}
