/** Checks a message: characters of its body, and attributes with types and values. */
import { AwsError } from '../../core/errors.ts';
import { invalidValue } from './failures.ts';
import type { MessageAttributes, MessageAttributeValue } from './messageDigest.ts';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html: W3C XML 1.0's characters. */
const INVALID_CHARACTER = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;
const MAX_ATTRIBUTES = 10;

export function checkCharacters(text: string): void {
  if (!INVALID_CHARACTER.test(text)) return;
  throw new AwsError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-message-attributes */
export function checkAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES)
    throw invalidValue(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  for (const [name, value] of entries) checkAttribute(name, value);
}

function checkAttribute(
  name: string,
  { DataType: type, StringValue: text, BinaryValue: binary }: MessageAttributeValue,
) {
  if (!/^(?!(?:AWS|Amazon)\.)(?!\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/i.test(name) || name.includes('..'))
    throw invalidValue(
      `Message (user) attribute name '${name}' is invalid: it may have letters, digits, '_', '-' and single dots, and not begin with AWS. or Amazon.`,
    );
  const [base = ''] = type.split('.');
  if (!['String', 'Number', 'Binary'].includes(base))
    throw invalidValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  const value = base === 'Binary' ? binary : text;
  if (!value)
    throw invalidValue(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${base}'.`,
    );
  if (text !== undefined && text !== null) checkCharacters(text);
  if (base === 'Number' && !Number.isFinite(Number(text)))
    throw invalidValue(`Can't cast the value of message (user) attribute '${name}' to a number.`);
}

/** The one attribute that a sender may set for AWS itself. */
export function traceHeader(attributes: MessageAttributes = {}): string | undefined {
  for (const [name, { DataType }] of Object.entries(attributes)) {
    if (name !== 'AWSTraceHeader')
      throw invalidValue(`Message system attribute name '${name}' is invalid; it may be AWSTraceHeader.`);
    if (DataType !== 'String')
      throw invalidValue(`Message (system) attribute '${name}' must be of type 'String', not '${DataType}'.`);
  }
  checkAttributes(attributes);
  return attributes.AWSTraceHeader?.StringValue;
}
