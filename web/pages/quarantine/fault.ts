/** Where a refused record broke its rule: in its text, and in its bytes. */
import { jsonFault, type Span, spanOf } from '../../parts/jsonText.ts';

/** Rules whose path is in the event around the payload. */
const OF_ENVELOPE = new Set(['envelope', 'unknown-type']);

interface Refusal {
  readonly rule: string;
  /** JSON pointer. */
  readonly path: string;
}

export interface Found {
  /** The record as UTF-8 text. */
  readonly text: string;
  /** Of the text, in UTF-16 code units; undefined where no part of the record is to blame, as for what is missing. */
  readonly span?: Span;
  /** The same, in bytes. */
  readonly bytes?: Span;
}

export function faultIn(record: Uint8Array, refusal: Refusal): Found {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(record);
  const broken = notUtf8(record, text);
  if (broken) return { text, ...broken };
  const span = spanIn(text, refusal);
  if (!span || span.end <= span.start) return { text };
  const size = (part: string) => new TextEncoder().encode(part).length;
  const start = size(text.slice(0, span.start));
  return { text, span, bytes: { start, end: start + size(text.slice(span.start, span.end)) } };
}

/** The first byte that is not UTF-8; its text is the replacement character. */
function notUtf8(record: Uint8Array, text: string): Pick<Found, 'span' | 'bytes'> | undefined {
  const written = new TextEncoder().encode(text);
  const start = record.findIndex((byte, at) => byte !== written[at]);
  if (start < 0) return undefined;
  const at = new TextDecoder('utf-8', { ignoreBOM: true }).decode(record.subarray(0, start)).length;
  return { span: { start: at, end: at + 1 }, bytes: { start, end: start + 1 } };
}

function spanIn(text: string, { rule, path }: Refusal): Span | undefined {
  if (text === '') return undefined;
  const fault = jsonFault(text);
  // Of a text that ends before its JSON does, the last character is marked.
  if (fault !== undefined) return { start: Math.min(fault, text.length - 1), end: text.length };
  if (path === '') return undefined;
  if (OF_ENVELOPE.has(rule)) return spanOf(text, path);
  // A row of a file has no envelope; the time of an event is checked with its payload.
  return spanOf(text, `/data${path}`) ?? spanOf(text, path);
}
