/** Between S3's XML, where lists are flat and named in the singular, and the JSON shapes that the actions take and give. */
import { AwsError } from '../../core/errors.ts';
import type { XmlNode } from '../../core/protocols/xml.ts';

// biome-ignore lint/suspicious/noExplicitAny: shapes of many actions pass through here; each function narrows its own.
type Shape = any;

const children = (node: XmlNode | undefined, name: string): readonly XmlNode[] =>
  node === undefined || typeof node === 'string' ? [] : (node[name] ?? []);

const child = (node: XmlNode | undefined, name: string): XmlNode | undefined => children(node, name)[0];

const text = (node: XmlNode | undefined, name: string): string | undefined => {
  const found = child(node, name);
  return typeof found === 'string' ? found : undefined;
};

const requiredText = (node: XmlNode, name: string): string => {
  const found = text(node, name);
  if (found === undefined)
    throw new AwsError(
      'MalformedXML',
      `The XML you provided was not well-formed or did not validate against our published schema: ${name} is missing`,
    );
  return found;
};

const number = (node: XmlNode | undefined, name: string): number | undefined => {
  const found = text(node, name);
  return found === undefined ? undefined : Number(found);
};

const iso = (epochSeconds: number) => new Date(epochSeconds * 1000).toISOString();

/** A shape whose `LastModified` is epoch seconds, with ISO 8601 instead. */
export const dated = (shape: Shape): Shape =>
  shape?.LastModified === undefined ? shape : { ...shape, LastModified: iso(shape.LastModified) };

export const versioning = (node: XmlNode) => ({
  Status: text(node, 'Status'),
  MFADelete: text(node, 'MfaDelete'),
});

export const tagging = (node: XmlNode) => ({ TagSet: children(child(node, 'TagSet'), 'Tag').map(tag) });

const tag = (node: XmlNode) => ({ Key: requiredText(node, 'Key'), Value: requiredText(node, 'Value') });

export const taggingXml = (shape: Shape) => ({ TagSet: { Tag: shape.TagSet } });

export const deletion = (node: XmlNode) => ({
  Objects: children(node, 'Object').map((object) => ({
    Key: requiredText(object, 'Key'),
    VersionId: text(object, 'VersionId'),
  })),
  Quiet: text(node, 'Quiet') === 'true',
});

export const completion = (node: XmlNode) => ({
  Parts: children(node, 'Part').map((part) => ({
    PartNumber: Number(requiredText(part, 'PartNumber')),
    ETag: requiredText(part, 'ETag'),
  })),
});

/** Lists of the listing actions, each under its XML name. */
const LISTS: Record<string, string> = {
  Contents: 'Contents',
  CommonPrefixes: 'CommonPrefixes',
  Versions: 'Version',
  DeleteMarkers: 'DeleteMarker',
  Uploads: 'Upload',
  Deleted: 'Deleted',
  Errors: 'Error',
};

export function listing(shape: Shape): Shape {
  return Object.fromEntries(
    Object.entries(shape as Record<string, Shape>).map(([name, value]) => {
      const xmlName = LISTS[name];
      return xmlName ? [xmlName, value.map(listed)] : [name, value];
    }),
  );
}

const listed = (item: Shape): Shape =>
  item.Initiated === undefined ? dated(item) : { ...item, Initiated: iso(item.Initiated) };

export const parts = ({ Parts, ...shape }: Shape): Shape => ({ ...shape, Part: Parts.map(dated) });

export const bucketList = ({ Owner, Buckets }: Shape): Shape => ({
  Owner,
  Buckets: {
    Bucket: Buckets.map((bucket: Shape) => ({ ...bucket, CreationDate: iso(bucket.CreationDate) })),
  },
});

/** Configuration, XML element and ARN element of each kind of notification. */
const NOTIFICATION_KINDS = [
  ['LambdaFunctionConfigurations', 'CloudFunctionConfiguration', 'CloudFunction', 'LambdaFunctionArn'],
  ['QueueConfigurations', 'QueueConfiguration', 'Queue', 'QueueArn'],
  ['TopicConfigurations', 'TopicConfiguration', 'Topic', 'TopicArn'],
] as const;

export function notification(node: XmlNode): Shape {
  const configuration: Shape = {};
  for (const [member, element, arnElement, arnMember] of NOTIFICATION_KINDS) {
    const found = children(node, element);
    if (found.length > 0)
      configuration[member] = found.map((to) => ({
        Id: text(to, 'Id'),
        [arnMember]: requiredText(to, arnElement),
        Events: children(to, 'Event'),
        Filter: {
          Key: {
            FilterRules: children(child(child(to, 'Filter'), 'S3Key'), 'FilterRule').map((rule) => ({
              Name: requiredText(rule, 'Name'),
              Value: requiredText(rule, 'Value'),
            })),
          },
        },
      }));
  }
  if (child(node, 'EventBridgeConfiguration') !== undefined) configuration.EventBridgeConfiguration = {};
  return configuration;
}

export const notificationXml = (shape: Shape): Shape =>
  Object.fromEntries(
    NOTIFICATION_KINDS.map(([member, element, arnElement, arnMember]) => [
      element,
      (shape[member] ?? []).map((to: Shape) => ({
        Id: to.Id,
        [arnElement]: to[arnMember],
        Event: to.Events,
        Filter: to.Filter?.Key?.FilterRules?.length
          ? { S3Key: { FilterRule: to.Filter.Key.FilterRules } }
          : undefined,
      })),
    ]),
  );

/** What a lifecycle rule's elements hold: one level of numbers, texts and flags. */
const RULE_ELEMENTS: Record<string, Record<string, 'number' | 'text' | 'flag'>> = {
  Expiration: { Days: 'number', Date: 'text', ExpiredObjectDeleteMarker: 'flag' },
  NoncurrentVersionExpiration: { NoncurrentDays: 'number', NewerNoncurrentVersions: 'number' },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation: 'number' },
};

export const lifecycle = (node: XmlNode): Shape => ({ Rules: children(node, 'Rule').map(lifecycleRule) });

function lifecycleRule(node: XmlNode): Shape {
  const rule: Shape = {
    ID: text(node, 'ID'),
    Status: requiredText(node, 'Status'),
    Prefix: text(node, 'Prefix'),
  };
  for (const [name, members] of Object.entries(RULE_ELEMENTS)) {
    const element = child(node, name);
    if (element !== undefined) rule[name] = flat(element, members);
  }
  const filter = child(node, 'Filter');
  if (filter !== undefined) rule.Filter = lifecycleFilter(filter);
  const transitions = children(node, 'Transition');
  if (transitions.length > 0)
    rule.Transitions = transitions.map((item) =>
      flat(item, { Days: 'number', Date: 'text', StorageClass: 'text' }),
    );
  if (child(node, 'NoncurrentVersionTransition') !== undefined) rule.NoncurrentVersionTransitions = [];
  return withoutAbsent(rule);
}

function lifecycleFilter(node: XmlNode): Shape {
  const sizes = { Prefix: 'text', ObjectSizeGreaterThan: 'number', ObjectSizeLessThan: 'number' } as const;
  const and = child(node, 'And');
  const one = child(node, 'Tag');
  return withoutAbsent({
    ...flat(node, sizes),
    Tag: one === undefined ? undefined : tag(one),
    And: and === undefined ? undefined : { ...flat(and, sizes), Tags: children(and, 'Tag').map(tag) },
  });
}

const flat = (node: XmlNode, members: Record<string, 'number' | 'text' | 'flag'>): Shape =>
  withoutAbsent(
    Object.fromEntries(
      Object.entries(members).map(([name, kind]) => [
        name,
        kind === 'number'
          ? number(node, name)
          : kind === 'flag'
            ? text(node, name) && text(node, name) === 'true'
            : text(node, name),
      ]),
    ),
  );

const withoutAbsent = (shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined));

export const lifecycleXml = (shape: Shape): Shape => ({
  Rule: shape.Rules.map(({ Transitions, Filter, ...rule }: Shape) => ({
    ...rule,
    Filter: Filter && {
      ...Filter,
      And: Filter.And && { ...Filter.And, Tags: undefined, Tag: Filter.And.Tags },
    },
    Transition: Transitions,
  })),
});
