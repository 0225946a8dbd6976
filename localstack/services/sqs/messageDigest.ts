/** The MD5 digests by which SDKs check that a queue took and gave what was meant. */
import { createHash } from 'node:crypto';

export interface MessageAttributeValue {
  readonly DataType: string;
  readonly StringValue?: string;
  /** Base64. */
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttributeValue>>;

export const bodyDigest = (body: string): string => createHash('md5').update(body).digest('hex');

const lengthPrefixed = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function attributesDigest(attributes: MessageAttributes): string {
  const hash = createHash('md5');
  for (const name of Object.keys(attributes).sort()) {
    const { DataType: type, StringValue: text, BinaryValue: binary } = attributes[name]!;
    hash.update(lengthPrefixed(Buffer.from(name)));
    hash.update(lengthPrefixed(Buffer.from(type)));
    hash.update(Buffer.from([text === undefined ? 2 : 1]));
    hash.update(lengthPrefixed(text === undefined ? Buffer.from(binary ?? '', 'base64') : Buffer.from(text)));
  }
  return hash.digest('hex');
}
