/**
 * Bronze: the line that keeps a record exactly, with its verdict, and the object it goes into. Key and partition
 * come from the record's own arrival time and sequence number, so any writer, at any time, gives the same answer.
 */
import { studyPrefix } from '../layout.ts';

/** One line of a bronze object: flat texts, absent where there is nothing to say. */
export interface BronzeLine {
  readonly stream: string;
  readonly shard: string;
  readonly sequence_number: string;
  /** ISO 8601, UTC, milliseconds. */
  readonly arrived_at: string;
  readonly partition_key?: string;
  /** The contract's source; absent when the record names none that we know. */
  readonly source?: string;
  readonly verdict: 'valid' | 'refused';
  /** The rule that a refused record broke. */
  readonly rule?: string;
  /** JSON pointer to where it broke. */
  readonly rule_path?: string;
  /** What was wrong and what is allowed; of a record that was set aside, by whom, when and why. */
  readonly rule_detail?: string;
  readonly event_id?: string;
  readonly event_source?: string;
  readonly event_type?: string;
  readonly event_time?: string;
  readonly event_subject?: string;
  readonly event_schema?: string;
  /** The payload's own text. */
  readonly data?: string;
  /** The record's bytes, when they are not a JSON object, and in quarantine always. */
  readonly raw_base64?: string;
}

export const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Characters that a line keeps of what was said of a refused record. */
const detailLength = 500;

/** A message as a line keeps it. It may quote the record, and a cut must leave no half of a character. */
export const detailText = (message: string): string => message.slice(0, detailLength).toWellFormed();

/** A record as bronze keeps it. */
export interface BronzeRecord {
  readonly line: BronzeLine;
  /** Of a valid record: its payload, from which its keys are taken. */
  readonly payload?: Readonly<Record<string, unknown>>;
}

/** The same line for quarantine, where the bytes are always kept. */
export const quarantineLine = (line: BronzeLine, bytes: Uint8Array): BronzeLine => ({
  ...line,
  raw_base64: base64(bytes),
});

/** Printable ASCII without quote and backslash needs no escaping in JSON. */
const plain = /^[ !#-[\]-~]*$/;

const member = (name: string, value: string | undefined) =>
  value === undefined
    ? ''
    : plain.test(value)
      ? `,"${name}":"${value}"`
      : `,"${name}":${JSON.stringify(value)}`;

/** One NDJSON line with its line feed. `stream` is left out: it is a partition column and part of the key. */
export function encodeLine(line: BronzeLine): string {
  return `{"shard":${JSON.stringify(line.shard)}${member('sequence_number', line.sequence_number)}${member(
    'arrived_at',
    line.arrived_at,
  )}${member('partition_key', line.partition_key)}${member(
    'source',
    line.source,
  )}${member('verdict', line.verdict)}${member('rule', line.rule)}${member(
    'rule_path',
    line.rule_path,
  )}${member('rule_detail', line.rule_detail)}${member('event_id', line.event_id)}${member(
    'event_source',
    line.event_source,
  )}${member('event_type', line.event_type)}${member(
    'event_time',
    line.event_time,
  )}${member('event_subject', line.event_subject)}${member('event_schema', line.event_schema)}${
    line.data === undefined ? '' : `,"data":${JSON.stringify(line.data)}`
  }${line.raw_base64 === undefined ? '' : `,"raw_base64":"${line.raw_base64}"`}}\n`;
}

export interface Hour {
  /** `yyyy-MM-dd`, UTC. */
  readonly dt: string;
  /** `00`–`23`. */
  readonly hour: string;
}

export interface ObjectPlace extends Hour {
  readonly study: string;
  readonly stream: string;
  readonly shard: string;
  /** Sequence numbers of the first and last line. */
  readonly first: string;
  readonly last: string;
}

const placeKey = (layer: 'bronze' | 'keys' | 'quarantine', place: ObjectPlace) =>
  `${studyPrefix(layer, place.study)}stream=${place.stream}/dt=${place.dt}/hour=${place.hour}/` +
  `${place.shard}-${place.first}-${place.last}.ndjson.gz`;

/** Key of a bronze object: `bronze/study=…/stream=…/dt=…/hour=…/<shard>-<first>-<last>.ndjson.gz`. */
export const objectKey = (place: ObjectPlace): string => placeKey('bronze', place);

/** Key of the file of the keys of its records. */
export const keysKey = (place: ObjectPlace): string =>
  placeKey('keys', place).replace(/\.ndjson\.gz$/, '.keys');

/** Key of the quarantine object next to it. */
export const quarantineKey = (place: ObjectPlace): string => placeKey('quarantine', place);

/** Where a study's files are kept as they were delivered, byte for byte. */
export const deliveredPrefix = (study: string): string => studyPrefix('delivered', study);

/** Key of a delivered file; `sha256` is that of its bytes, so that one file is kept once. */
export const deliveredKey = (study: string, source: string, sha256: string, name: string): string =>
  `${deliveredPrefix(study)}source=${source}/${sha256}/${name}`;

const keyPattern =
  /^(?:bronze|quarantine)\/study=([^/]+)\/stream=([^/]+)\/dt=([^/]+)\/hour=(\d\d)\/(.+)-([^-/]+)-([^-/]+)\.ndjson\.gz$/;

/** The place that a bronze or quarantine key names, or undefined for another key. */
export function placeOf(key: string): ObjectPlace | undefined {
  const match = keyPattern.exec(key);
  if (!match) return undefined;
  const [, study, stream, dt, hour, shard, first, last] = match as unknown as string[];
  return { study, stream, dt, hour, shard, first, last } as ObjectPlace;
}
