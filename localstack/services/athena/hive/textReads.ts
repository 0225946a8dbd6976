/** Lets a statement read text quickly first, and surely where that fails. */

/**
 * How an attempt at a statement reads text files that nothing is known of yet: in one pass that fails where a file is not as
 * most are, or surely, after a look at each file.
 */
export interface TextReads {
  readonly mustBeSure: boolean;
  /** Set by whoever reads quickly. */
  wasQuick: boolean;
}

/**
 * Makes an attempt, and one more if it read quickly and failed: the failure may be of the quick read only.
 * @param attempt has changed nothing by the time that it fails
 * @param wasEnded whether an error means that the attempt was ended from outside
 */
export async function attemptReads<T>(
  attempt: (textReads: TextReads) => Promise<T>,
  wasEnded: (error: unknown) => boolean = () => false,
): Promise<T> {
  const textReads: TextReads = { mustBeSure: false, wasQuick: false };
  try {
    return await attempt(textReads);
  } catch (error) {
    if (!textReads.wasQuick || wasEnded(error)) throw error;
    return attempt({ mustBeSure: true, wasQuick: false });
  }
}
