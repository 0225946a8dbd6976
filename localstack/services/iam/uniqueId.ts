/** IAM's unique ids, whose first letters tell what they name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** `AROA…` for roles, `ANPA…` for managed policies. */
export const uniqueId = (prefix: 'AROA' | 'ANPA') =>
  prefix + Array.from(randomBytes(17), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
