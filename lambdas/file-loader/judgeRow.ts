/** A file's row as a bronze line: coerced and judged by the source's contract, named by file and row number. */
import type { BronzeLine } from '../../lib/model/bronze.ts';
import { coerceRow, fileEventId } from '../../lib/model/coerce.ts';
import type { Contract } from '../../lib/model/contract.ts';
import type { Refusal } from '../../lib/model/envelope.ts';
import { compileValidator } from '../../lib/model/validator.ts';
import type { JudgedRecord } from '../shared/bronzeObjects.ts';
import type { RawRow } from './formats/row.ts';

/** The stream's name in bronze for rows of files. */
export const LANDING = 'landing';

/** The first 32 hex digits of the file's sha256 stand where a stream's record has its shard. */
export const shardOfFile = (sha256: string) => sha256.slice(0, 32);

export interface RowPlace {
  /** sha256, hex. */
  readonly sha256: string;
  /** 1-based. */
  readonly rowNumber: number;
  /** When the file landed: ISO, UTC, ms. */
  readonly arrivedAt: string;
}

const identityOf = (place: RowPlace, source: string) => ({
  stream: LANDING,
  shard: shardOfFile(place.sha256),
  sequence_number: String(place.rowNumber).padStart(12, '0'),
  arrived_at: place.arrivedAt,
  source,
  event_source: `file:${source}`,
});

/** A row as JSON; bigints keep their digits. */
const rowText = (row: Readonly<Record<string, unknown>>) =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/** Compiles a source's contract into the judgement of one row. */
export function createRowJudge(contract: Contract): (raw: RawRow, place: RowPlace) => JudgedRecord {
  const validate = compileValidator(contract);

  const refused = (
    place: RowPlace,
    { rule, path }: Refusal,
    text: string,
    data: string | undefined,
  ): JudgedRecord => {
    const bytes = () => Buffer.from(text);
    const line: BronzeLine = {
      ...identityOf(place, contract.name),
      event_type: contract.eventType,
      verdict: 'refused',
      rule,
      rule_path: path,
      ...(data === undefined ? { raw_base64: bytes().toString('base64') } : { data }),
    };
    return { line, bytes };
  };

  return (raw, place) => {
    if ('refusal' in raw) return refused(place, raw.refusal, raw.text, undefined);
    const coerced = coerceRow(raw.row, contract);
    if ('rule' in coerced) {
      const text = rowText(raw.row);
      return refused(place, coerced, text, text);
    }
    const verdict = validate(coerced.data);
    if (!verdict.valid) return refused(place, verdict, coerced.dataText, coerced.dataText);
    const text = (column: string | undefined) => {
      const value = column === undefined ? undefined : coerced.data[column];
      return value === undefined ? undefined : String(value);
    };
    const line: BronzeLine = {
      ...identityOf(place, contract.name),
      verdict: 'valid',
      partition_key: text(contract.partitionKey),
      event_id: fileEventId(contract, coerced),
      event_type: contract.eventType,
      event_time: text(contract.eventTime),
      data: coerced.dataText,
    };
    return { line, bytes: () => Buffer.from(coerced.dataText) };
  };
}

/** The quarantine's line for a file that could not be loaded at all: row 0, the reason as its data. */
export function refusedFile(
  place: Omit<RowPlace, 'rowNumber'>,
  file: { readonly source: string; readonly key: string; readonly reason: string },
): JudgedRecord {
  const data = JSON.stringify({ key: file.key, reason: file.reason });
  const bytes = () => Buffer.from(data);
  return {
    line: {
      ...identityOf({ ...place, rowNumber: 0 }, file.source),
      verdict: 'refused',
      rule: 'file',
      rule_path: '',
      data,
    },
    bytes,
  };
}
