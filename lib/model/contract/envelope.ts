/** Decodes a stream record's bytes into a CloudEvent (https://github.com/cloudevents/spec, v1.0 JSON format). */

import { isUtf8 } from 'node:buffer';
import { isTimestamp } from './instant.ts';
import { memberFinder } from './jsonText.ts';

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly datacontenttype?: string;
  readonly dataschema?: string;
  readonly data: unknown;
}

export interface DecodedEvent {
  readonly event: CloudEvent;
  /** The payload exactly as it came: big integers, `1.0` and duplicate keys included. */
  readonly dataText: string;
}

export interface Refusal {
  readonly rule: string;
  /** JSON pointer. */
  readonly path: string;
  readonly message: string;
}

const refuse = (path: string, message: string, rule = 'envelope'): Refusal => ({ rule, path, message });

/** In the order in which most producers write them. */
const attributes = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'data'];
const dataPlace = attributes.length - 1;
const findAttributes = memberFinder(attributes);

const requiredTexts = ['id', 'source', 'type'] as const;
const optionalTexts = ['subject', 'time', 'datacontenttype', 'dataschema'] as const;

/**
 * The event in the bytes, or the rule they broke: `undecodable` when they are not one JSON object in UTF-8 (nothing
 * of them can be shown as text), `envelope` when a CloudEvents attribute is missing or wrong.
 */
export function decodeEvent(bytes: Uint8Array): DecodedEvent | Refusal {
  if (!isUtf8(bytes)) return refuse('', 'the bytes are not UTF-8', 'undecodable');
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    return refuse('', `not JSON: ${(error as SyntaxError).message}`, 'undecodable');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return refuse('', 'the record is JSON, but no object', 'undecodable');
  return readAttributes(parsed as Record<string, unknown>, text);
}

function readAttributes(event: Record<string, unknown>, text: string): DecodedEvent | Refusal {
  if (event.specversion !== '1.0')
    return refuse('/specversion', `specversion is ${JSON.stringify(event.specversion)}; it must be "1.0"`);
  for (const name of requiredTexts)
    if (typeof event[name] !== 'string' || event[name] === '')
      return refuse(`/${name}`, `${name} must be a text that is not empty`);
  for (const name of optionalTexts)
    if (event[name] !== undefined && (typeof event[name] !== 'string' || event[name] === ''))
      return refuse(`/${name}`, `${name} must be absent or a text that is not empty`);
  const half = [...requiredTexts, ...optionalTexts].find(
    (name) => event[name] !== undefined && !(event[name] as string).isWellFormed(),
  );
  if (half) return refuse(`/${half}`, `${half} holds half of a character (a lone surrogate)`);
  if (event.time !== undefined && !isTimestamp(event.time as string))
    return refuse('/time', `time is ${JSON.stringify(event.time)}; it must be an RFC 3339 timestamp`);
  if (event.data === undefined)
    return refuse(
      '/data',
      event.data_base64 === undefined ? 'data is missing' : 'data_base64 is not read; send data as JSON',
    );
  const { starts, ends } = findAttributes(text);
  return { event: event as unknown as CloudEvent, dataText: text.slice(starts[dataPlace], ends[dataPlace]) };
}
