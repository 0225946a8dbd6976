/** Change data capture: turns a record of the table's stream into the CloudEvent that its source's contract describes. */
import type { CloudEvent } from '../../contract/envelope.ts';
import type { Capture, Change, OltpDesign } from './design.ts';
import { fill, fillText, type Scope } from './template.ts';

/** DynamoDB's typed JSON. */
export type AttributeValue = Readonly<Record<string, unknown>>;

/** What this reads of a stream record, as Lambda delivers it. */
export interface TableChange {
  readonly eventID?: string;
  readonly eventName?: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb?: {
    readonly NewImage?: Readonly<Record<string, AttributeValue>>;
    readonly OldImage?: Readonly<Record<string, AttributeValue>>;
    /** Epoch seconds. */
    readonly ApproximateCreationDateTime?: number;
    readonly SequenceNumber?: string;
  };
}

/** JSON.rawJSON (ECMAScript proposal, in Node ≥ 22): a number that prints with every digit that DynamoDB keeps. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * A plain value of an attribute value; numbers keep their 38 digits when printed as JSON.
 * @throws RangeError for a type that the design's items never have (binary).
 */
function plainValue(attribute: AttributeValue): unknown {
  const [[type, value] = ['', undefined]] = Object.entries(attribute);
  switch (type) {
    case 'S':
    case 'BOOL':
    case 'SS':
      return value;
    case 'NULL':
      return null;
    case 'N':
      return plainNumber(value as string);
    case 'NS':
      return (value as string[]).map(plainNumber);
    case 'L':
      return (value as AttributeValue[]).map(plainValue);
    case 'M':
      return plainItem(value as Record<string, AttributeValue>);
    default:
      throw new RangeError(
        `an attribute of type '${type}' cannot become JSON; allowed: S, N, BOOL, NULL, L, M, SS, NS`,
      );
  }
}

const plainNumber = (text: string): unknown => (String(Number(text)) === text ? Number(text) : rawJSON(text));

const plainItem = (image: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(image).map(([name, attribute]) => [name, plainValue(attribute)]));

const changeOf: Readonly<Record<string, Change>> = { INSERT: 'insert', MODIFY: 'modify', REMOVE: 'remove' };

/** The first capture that the design declares for this change. */
function captureOf(design: OltpDesign, change: Change, item: Scope, before: Scope): Capture | undefined {
  return design.cdc.find(
    (capture) =>
      capture.entity === item.entity &&
      capture.on.includes(change) &&
      (change !== 'modify' ||
        !capture.changed ||
        capture.changed.some((name) => JSON.stringify(item[name]) !== JSON.stringify(before[name]))),
  );
}

/**
 * The event of a change, or undefined when the design tells nothing of it. The event's id is the stream record's own, so
 * a record that is delivered twice is the same event.
 * @throws MissingValue when a template needs an attribute that the item lacks.
 */
export function changeToEvent(design: OltpDesign, record: TableChange): CloudEvent | undefined {
  const change = changeOf[record.eventName ?? ''];
  const image = change === 'remove' ? record.dynamodb?.OldImage : record.dynamodb?.NewImage;
  if (!change || !image || !record.eventID) return undefined;
  const item = plainItem(image);
  const before = plainItem(record.dynamodb?.OldImage ?? {});
  const capture = captureOf(design, change, item, before);
  if (!capture) return undefined;
  const seconds = record.dynamodb?.ApproximateCreationDateTime ?? 0;
  return {
    specversion: '1.0',
    id: record.eventID,
    source: `oltp:${design.study}/${capture.entity}`,
    type: capture.eventType,
    subject: fillText(capture.subject, item),
    time: capture.time ? fillText(capture.time, item) : new Date(seconds * 1000).toISOString(),
    datacontenttype: 'application/json',
    data: Object.fromEntries(
      Object.entries(capture.data)
        .map(([column, template]) => [column, fill(template, item)] as const)
        .filter(([, value]) => value !== undefined),
    ),
  };
}
