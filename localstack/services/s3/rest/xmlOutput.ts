/** From the JSON shapes that the actions give to S3's XML, where lists are flat and named in the singular. */

// biome-ignore lint/suspicious/noExplicitAny: shapes of many actions pass through here; each function narrows its own.
type Shape = any;

const iso = (epochSeconds: number) => new Date(epochSeconds * 1000).toISOString();

/** A shape whose `LastModified` is epoch seconds, with ISO 8601 instead. */
export const dated = (shape: Shape): Shape =>
  shape?.LastModified === undefined ? shape : { ...shape, LastModified: iso(shape.LastModified) };

export const tagging = (shape: Shape) => ({ TagSet: { Tag: shape.TagSet } });

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

export const bucketList = ({ Buckets, ...shape }: Shape): Shape => ({
  ...shape,
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

export const notification = (shape: Shape): Shape =>
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

export const lifecycle = (shape: Shape): Shape => ({
  Rule: shape.Rules.map(({ Transitions, Filter, Expiration, ...rule }: Shape) => ({
    ...rule,
    Expiration: Expiration && onItsDay(Expiration),
    Filter: Filter && {
      ...Filter,
      And: Filter.And && { ...Filter.And, Tags: undefined, Tag: Filter.And.Tags },
    },
    Transition: Transitions?.map(onItsDay),
  })),
});

const onItsDay = (due: Shape): Shape => (due.Date === undefined ? due : { ...due, Date: iso(due.Date) });
