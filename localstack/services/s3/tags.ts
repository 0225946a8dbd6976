/** Tags of buckets and objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html */
import { AwsError } from '../../core/errors.ts';
import { invalidArgument } from './failures.ts';

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface TagSet {
  readonly TagSet: readonly Tag[];
}

/** What is tagged: how many tags it may have, and what S3 says of those that are its own. */
const TAGGED = {
  bucket: { most: 50, reserved: 'System tags cannot be added/updated by requester' },
  'new bucket': {
    most: 50,
    reserved:
      'User-defined tag keys can\'t start with "aws:". This prefix is reserved for system tags. ' +
      'Remove "aws:" from your tag keys and try again.',
  },
  object: { most: 10, reserved: 'Your TagKey cannot be prefixed with aws:' },
} as const;

const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/**
 * Throws S3's errors for tags that it does not take.
 * Source of the words: LocalStack's recorded answers test_tagging_validation and test_create_bucket_with_tags_exc (2026-02-23).
 */
export function checkTags(tags: readonly Tag[], of: keyof typeof TAGGED): void {
  const { most, reserved } = TAGGED[of];
  if (tags.length > most) {
    const what = of === 'object' ? 'Object tags' : 'Bucket tag count';
    throw new AwsError('BadRequest', `${what} cannot be greater than ${most}`);
  }
  const seen = new Set<string>();
  for (const { Key, Value } of tags) {
    if (Key.length < 1 || Key.length > 128 || !ALLOWED.test(Key))
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: Key });
    if (Key.startsWith('aws:')) throw invalidTag(reserved, of === 'new bucket' ? {} : { TagKey: Key });
    if (Value.length > 256 || !ALLOWED.test(Value))
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: Key, TagValue: Value });
    if (seen.has(Key)) throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey: Key });
    seen.add(Key);
  }
}

const invalidTag = (message: string, fields: Record<string, unknown>) =>
  new AwsError('InvalidTag', message, { fields });

/** The tags of an `x-amz-tagging` header. Source: LocalStack's recorded answer test_object_tagging_exc (2026-02-23). */
export function parseTagging(header: string): Record<string, string> {
  const tags = [...new URLSearchParams(header)].map(([Key, Value]): Tag => ({ Key, Value }));
  const keys = new Set(tags.map(({ Key }) => Key));
  if (keys.size !== tags.length || header.includes(','))
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  checkTags(tags, 'object');
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}
