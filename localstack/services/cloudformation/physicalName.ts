/** Names that CloudFormation makes up for resources whose template gives none: stack, logical id and a random end. */
import { randomBytes } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** `<stack>-<logicalId>-<12 characters>`, its first two parts shortened to keep within `longest` characters. */
export function physicalName(
  { stackName, logicalId }: { stackName: string; logicalId: string },
  longest: number,
): string {
  const end = Array.from(randomBytes(12), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
  const room = longest - end.length - 2;
  const stack = stackName.slice(0, Math.max(Math.floor(room / 2), room - logicalId.length));
  return `${stack}-${logicalId.slice(0, room - stack.length)}-${end}`;
}
