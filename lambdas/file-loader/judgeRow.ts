/** A file's row as a bronze line: coerced and judged by the source's contract, named by file and row number. */

import { limits, sizeText } from '../../lib/formats/limits.ts';
import type { RawRow } from '../../lib/formats/row.ts';
import { coerceRow } from '../../lib/model/contract/coerce.ts';
import { type FileOfSource, rowEventId } from '../../lib/model/contract/deliveredFile.ts';
import type { Refusal } from '../../lib/model/contract/envelope.ts';
import { isDate } from '../../lib/model/contract/instant.ts';
import { compileValidator } from '../../lib/model/contract/validator.ts';
import { LANDING } from '../../lib/model/layout.ts';
import { type BronzeLine, detailText } from '../../lib/model/run/bronze.ts';
import type { JudgedRecord } from '../shared/bronzeObjects.ts';

/** The first 32 hex digits of a file's identity are where a stream's record has its shard. */
const shardOfFile = (fileId: string) => fileId.slice(0, 32);

export interface FilePlace {
  /** Hex, 64 digits. */
  readonly fileId: string;
  /** When the file landed: ISO, UTC, ms. */
  readonly arrivedAt: string;
}

const identityOf = (place: FilePlace, rowNumber: number, source: string) => ({
  stream: LANDING,
  shard: shardOfFile(place.fileId),
  sequence_number: String(rowNumber).padStart(12, '0'),
  arrived_at: place.arrivedAt,
  source,
  event_source: `file:${source}`,
});

/** Compiles a file's contract into the judgement of one row; row numbers are 1-based. */
export function createRowJudge(
  { contract, values, id }: FileOfSource,
  arrivedAt: string,
): (raw: RawRow, rowNumber: number) => JudgedRecord {
  const validate = compileValidator(contract);
  const place = { fileId: id, arrivedAt };
  const arrivedAtMs = Date.parse(arrivedAt);
  const hasValues = Object.keys(values).length > 0;

  const refused = (
    rowNumber: number,
    { rule, path, message }: Refusal,
    bytes: () => Uint8Array,
    data?: string,
  ): JudgedRecord => {
    const line: BronzeLine = {
      ...identityOf(place, rowNumber, contract.name),
      event_type: contract.eventType,
      verdict: 'refused',
      rule,
      rule_path: path,
      rule_detail: detailText(message),
      ...(data === undefined ? { raw_base64: Buffer.from(bytes()).toString('base64') } : { data }),
    };
    return { line, bytes };
  };

  return (raw, rowNumber) => {
    if ('refusal' in raw) return refused(rowNumber, raw.refusal, raw.raw);
    const coerced = coerceRow(hasValues ? { ...raw.row, ...values } : raw.row, contract);
    const dataText = 'rule' in coerced ? coerced.partlyTyped : coerced.dataText;
    const bytes = raw.raw ?? (() => Buffer.from(dataText));
    const tooLong = lengthRefusal(dataText);
    if (tooLong) return refused(rowNumber, tooLong, bytes);
    if ('rule' in coerced) return refused(rowNumber, coerced, bytes, dataText);
    const verdict = validate(coerced.data, dataText, arrivedAtMs);
    if (!verdict.valid) return refused(rowNumber, verdict, bytes, dataText);
    const text = (column: string | undefined) => {
      const value = column === undefined ? undefined : coerced.data[column];
      return value === undefined ? undefined : String(value);
    };
    const line: BronzeLine = {
      ...identityOf(place, rowNumber, contract.name),
      verdict: 'valid',
      partition_key: text(contract.partitionKey),
      event_id: rowEventId(contract, coerced, id, rowNumber),
      event_type: contract.eventType,
      event_time: instantText(text(contract.eventTime)),
      data: dataText,
    };
    return { line, payload: coerced.data, bytes };
  };
}

/** A day begins at midnight in UTC. */
const instantText = (text: string | undefined) => (text && isDate(text) ? `${text}T00:00:00Z` : text);

function lengthRefusal(dataText: string): Refusal | undefined {
  if (dataText.length * 3 <= limits.cellBytes) return undefined;
  const refusal = (path: string, bytes: number, most: number): Refusal => ({
    rule: 'limit',
    path,
    message: `${path || 'the row'} has ${sizeText(bytes)}; allowed are ${sizeText(most)}`,
  });
  const bytes = Buffer.byteLength(dataText);
  if (bytes > limits.rowBytes) return refusal('', bytes, limits.rowBytes);
  for (const [name, value] of Object.entries(JSON.parse(dataText) as Record<string, unknown>)) {
    const cell = Buffer.byteLength(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
    if (cell > limits.cellBytes) return refusal(`/${name}`, cell, limits.cellBytes);
  }
  return undefined;
}

export interface RefusedFile {
  readonly source: string;
  readonly key: string;
  readonly member?: string;
  readonly reason: string;
  /** Key of the delivered bytes in the lake's bucket; absent for a file that is too large to be copied. */
  readonly kept?: string;
  /** The file's own bytes, when they are few enough for a line. */
  readonly bytes?: Uint8Array;
}

/** The quarantine's line for a file that could not be loaded at all: row 0, the reason as its data. */
export function refusedFile(place: FilePlace, file: RefusedFile): JudgedRecord {
  const { key, member, reason, kept, bytes } = file;
  return {
    line: {
      ...identityOf(place, 0, file.source),
      verdict: 'refused',
      rule: 'file',
      rule_path: '',
      rule_detail: detailText(reason),
      data: JSON.stringify({ key, member, reason, kept }),
    },
    bytes: () => bytes ?? new Uint8Array(),
  };
}
