/**
 * Bronze: the verdict on each record, the line that keeps it exactly, and the object it goes into. Key and partition
 * come from the record's own arrival time and sequence number, so any writer, at any time, gives the same answer.
 */

import type { Contract } from './contract.ts';
import { decodeEvent } from './envelope.ts';
import { compileValidator, type Validator } from './validator.ts';

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
  readonly event_id?: string;
  readonly event_source?: string;
  readonly event_type?: string;
  readonly event_time?: string;
  readonly event_subject?: string;
  readonly event_schema?: string;
  /** The payload's own text. */
  readonly data?: string;
  /** The record's bytes, when they hold no JSON object, and in quarantine always. */
  readonly raw_base64?: string;
}

export interface StreamRecord {
  readonly stream: string;
  readonly shard: string;
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch: the approximate arrival timestamp that the stream gave it. */
  readonly arrivedAtMs: number;
  readonly partitionKey?: string;
  readonly bytes: Uint8Array;
}

/** The part of a study that judging needs. */
export interface Sources {
  readonly sources: readonly Contract[];
}

const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** ISO texts repeat within a batch, and building one costs more than the rest of a line's small fields. */
function isoMemory(): (ms: number) => string {
  let lastMs = Number.NaN;
  let lastText = '';
  return (ms) => {
    if (ms !== lastMs) {
      lastMs = ms;
      lastText = new Date(ms).toISOString();
    }
    return lastText;
  };
}

/**
 * Compiles a study's contracts into one function that never throws on a record's content. A source that is delivered by
 * file is judged here too if it has an event type: the door says how it usually comes.
 */
export function createJudge(study: Sources): (record: StreamRecord) => BronzeLine {
  const byType = new Map<string, { name: string; validate: Validator }>();
  for (const contract of study.sources)
    if (contract.eventType)
      byType.set(contract.eventType, { name: contract.name, validate: compileValidator(contract) });
  const iso = isoMemory();

  return (record) => {
    const decoded = decodeEvent(record.bytes);
    const identity = {
      stream: record.stream,
      shard: record.shard,
      sequence_number: record.sequenceNumber,
      arrived_at: iso(record.arrivedAtMs),
      partition_key: record.partitionKey,
    };
    if ('rule' in decoded)
      return {
        ...identity,
        verdict: 'refused',
        rule: decoded.rule,
        rule_path: decoded.path,
        raw_base64: base64(record.bytes),
      };
    const { event, dataText } = decoded;
    const source = byType.get(event.type);
    const verdict = source?.validate(event.data);
    return {
      ...identity,
      source: source?.name,
      verdict: verdict?.valid ? 'valid' : 'refused',
      rule: verdict ? (verdict.valid ? undefined : verdict.rule) : 'unknown-type',
      rule_path: verdict ? (verdict.valid ? undefined : verdict.path) : '/type',
      event_id: event.id,
      event_source: event.source,
      event_type: event.type,
      event_time: event.time,
      event_subject: event.subject,
      event_schema: event.dataschema,
      data: dataText,
    };
  };
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

/** One NDJSON line with its line feed. `stream` is left out: it is a partition column and stands in the key. */
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
  )}${member('event_id', line.event_id)}${member(
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

/** The arrival partition of an instant (milliseconds since the epoch). */
export function hourOf(ms: number): Hour {
  const iso = new Date(ms).toISOString();
  return { dt: iso.slice(0, 10), hour: iso.slice(11, 13) };
}

export interface ObjectPlace extends Hour {
  readonly study: string;
  readonly stream: string;
  readonly shard: string;
  /** Sequence numbers of the first and last line. */
  readonly first: string;
  readonly last: string;
}

const placeKey = (layer: string, place: ObjectPlace) =>
  `${layer}/study=${place.study}/stream=${place.stream}/dt=${place.dt}/hour=${place.hour}/` +
  `${place.shard}-${place.first}-${place.last}.ndjson.gz`;

/** Key of a bronze object: `bronze/study=…/stream=…/dt=…/hour=…/<shard>-<first>-<last>.ndjson.gz`. */
export const objectKey = (place: ObjectPlace): string => placeKey('bronze', place);

/** Key of the quarantine object beside it. */
export const quarantineKey = (place: ObjectPlace): string => placeKey('quarantine', place);

const keyPattern =
  /^(?:bronze|quarantine)\/study=([^/]+)\/stream=([^/]+)\/dt=([^/]+)\/hour=(\d\d)\/(.+)-([^-/]+)-([^-/]+)\.ndjson\.gz$/;

/** The place that a bronze or quarantine key names, or undefined for another key. */
export function placeOf(key: string): ObjectPlace | undefined {
  const match = keyPattern.exec(key);
  if (!match) return undefined;
  const [, study, stream, dt, hour, shard, first, last] = match as unknown as string[];
  return { study, stream, dt, hour, shard, first, last } as ObjectPlace;
}
