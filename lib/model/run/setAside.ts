/**
 * Setting records aside: what a bronze object becomes when some of its records are moved to quarantine. The object keeps
 * every line; only the verdict of those records changes, so that the balance sheet finds them as quarantined.
 */
import {
  type BronzeLine,
  detailText,
  encodeLine,
  type ObjectPlace,
  placeOf,
  quarantineLine,
} from './bronze.ts';

/** A record by its identity, or every record of a bronze object. */
export type SetAsideTarget =
  | {
      readonly kind: 'record';
      readonly stream: string;
      readonly shard: string;
      readonly sequenceNumber: string;
    }
  | { readonly kind: 'object'; readonly key: string; readonly place: ObjectPlace };

/** The rule of records that a person moved to quarantine. */
const setAsideRule = 'set-aside';

/** The rule of records that are known to have been in a damaged object, and cannot be read. */
const unreadableRule = 'unreadable';

/** Reads `stream/shard/sequence number`, or an object's key with or without `s3://bucket/`; undefined for anything else. */
export function parseSetAside(text: string): SetAsideTarget | undefined {
  const key = text.replace(/^s3:\/\/[^/]+\//, '');
  const place = key.startsWith('bronze/') ? placeOf(key) : undefined;
  if (place) return { kind: 'object', key, place };
  const [stream, shard, sequenceNumber, ...rest] = text.split('/');
  if (!stream || !shard || !sequenceNumber || rest.length > 0) return undefined;
  return { kind: 'record', stream, shard, sequenceNumber };
}

/** Sequence numbers are whole numbers, of one length within a shard or not. */
const compareSequence = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

const isWithin = (sequenceNumber: string, { first, last }: Pick<ObjectPlace, 'first' | 'last'>) =>
  compareSequence(sequenceNumber, first) >= 0 && compareSequence(sequenceNumber, last) <= 0;

/** True when the object may hold the target's records: itself, or copies of them that were delivered again. */
export function mayHold(place: ObjectPlace, target: SetAsideTarget): boolean {
  if (target.kind === 'record')
    return (
      place.stream === target.stream && place.shard === target.shard && isWithin(target.sequenceNumber, place)
    );
  const { place: wanted } = target;
  return (
    place.stream === wanted.stream &&
    place.shard === wanted.shard &&
    compareSequence(place.first, wanted.last) <= 0 &&
    compareSequence(place.last, wanted.first) >= 0
  );
}

/** True when the line is one of the target's records; of a damaged object no line can be trusted, so all of them are. */
const isMeant = (line: BronzeLine, target: SetAsideTarget): boolean =>
  target.kind === 'record'
    ? line.sequence_number === target.sequenceNumber
    : line.rule === unreadableRule || isWithin(line.sequence_number, target.place);

/** Who moved the records, when, and why. */
export interface SetAsideNote {
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly reason: string;
}

const noteText = ({ by, at, reason }: SetAsideNote) => detailText(`set aside by ${by} at ${at}: ${reason}`);

/** NDJSON, as it is stored. */
export interface RewrittenObject {
  readonly bronze: string;
  readonly quarantine: string;
  readonly counts: { readonly records: number; readonly valid: number; readonly refused: number };
  /** Sequence numbers of the records that are set aside now, each once. */
  readonly setAside: readonly string[];
}

/**
 * The object's lines with the target's records refused, and the lines of its quarantine.
 * @param lines of the bronze object
 * @param quarantined lines that its quarantine has already
 */
export function rewriteObject(
  lines: readonly BronzeLine[],
  quarantined: readonly BronzeLine[],
  target: SetAsideTarget,
  note: SetAsideNote,
): RewrittenObject {
  const known = new Set(quarantined.map((line) => line.sequence_number));
  const setAside = new Set<string>();
  const bronze: BronzeLine[] = [];
  const quarantine = [...quarantined];
  for (const line of lines) {
    if (!isMeant(line, target)) {
      bronze.push(line);
      continue;
    }
    const refused: BronzeLine =
      line.verdict === 'refused'
        ? line
        : { ...line, verdict: 'refused', rule: setAsideRule, rule_path: '', rule_detail: noteText(note) };
    setAside.add(line.sequence_number);
    bronze.push(refused);
    if (!known.has(line.sequence_number)) quarantine.push(quarantineLine(refused, bytesOf(line)));
    known.add(line.sequence_number);
  }
  const refused = bronze.filter((line) => line.verdict === 'refused').length;
  return {
    bronze: bronze.map(encodeLine).join(''),
    quarantine: quarantine.map(encodeLine).join(''),
    counts: { records: bronze.length, valid: bronze.length - refused, refused },
    setAside: [...setAside],
  };
}

/**
 * The bytes that a valid line came from: of a file's row its payload; of the stream the event, put together again from its
 * attributes and the payload's own text.
 */
function bytesOf(line: BronzeLine): Buffer {
  if (line.raw_base64 !== undefined) return Buffer.from(line.raw_base64, 'base64');
  const data = line.data ?? 'null';
  if (line.stream === 'landing') return Buffer.from(data);
  const attributes = {
    specversion: '1.0',
    id: line.event_id,
    source: line.event_source,
    type: line.event_type,
    subject: line.event_subject,
    time: line.event_time,
    dataschema: line.event_schema,
  };
  return Buffer.from(`${JSON.stringify(attributes).slice(0, -1)},"data":${data}}`);
}

/**
 * Lines that stand for the records of a damaged object that cannot be read, so that they stay accounted for.
 * @param lines what could be read of it
 * @param records how many the ledger has
 * @param kept where the damaged bytes are
 */
export function linesOfUnreadable(
  place: ObjectPlace,
  lines: readonly BronzeLine[],
  records: number,
  kept: string,
): BronzeLine[] {
  const missing = Math.max(0, records - lines.length);
  const read = new Set(lines.map((line) => line.sequence_number));
  const named = [place.last, place.first].filter((sequence) => !read.has(sequence));
  const arrivedAt = lines.at(-1)?.arrived_at ?? `${place.dt}T${place.hour}:00:00.000Z`;
  return Array.from({ length: missing }, (_, index) => ({
    stream: place.stream,
    shard: place.shard,
    sequence_number: named[index] ?? `${place.last}-unreadable-${index + 1}`,
    arrived_at: arrivedAt,
    verdict: 'refused',
    rule: unreadableRule,
    rule_path: '',
    rule_detail: detailText(`the bronze object was damaged; its bytes are kept in ${kept}`),
    raw_base64: '',
  }));
}
