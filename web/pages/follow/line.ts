/** The line of bronze as a reader reads it: the payload laid out inside the envelope, and the fields of the gold row marked. */
import { type JsonPart, layOut } from '../../parts/jsonText.ts';

interface MarkedPart extends JsonPart {
  readonly marked: boolean;
}

/** @param fields members of the payload that are marked */
export function markedLine(text: string, fields: readonly string[]): readonly MarkedPart[] | undefined {
  const parts = layOut(unpacked(text));
  if (!parts) return undefined;
  const wanted = new Set(fields);
  let isPayload = false;
  let isMarked = false;
  return parts.map((part) => {
    if (part.kind === 'key') {
      const name = JSON.parse(part.text) as string;
      isMarked = isPayload && wanted.has(name);
      if (name === 'data') isPayload = true;
    } else if (part.text.startsWith(',') || part.text.includes('\n')) isMarked = false;
    return { ...part, marked: isMarked };
  });
}

/** `data` is one JSON string in the object: its own text takes its place, so that every digit stays as it was sent. */
function unpacked(text: string): string {
  const line = JSON.parse(text) as Record<string, unknown>;
  const { data } = line;
  if (typeof data !== 'string' || layOut(data) === undefined) return text;
  const members = Object.entries(line).map(
    ([name, value]) => `${JSON.stringify(name)}:${name === 'data' ? data : JSON.stringify(value)}`,
  );
  return `{${members.join(',')}}`;
}
