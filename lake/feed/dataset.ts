/** Reads a folder of a user's or a public dataset into files and events, by the study's contracts and its named inputs. */

import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileRefusedError } from '../../lib/formats/row.ts';
import { coerceRow } from '../../lib/model/contract/coerce.ts';
import { rowEventId } from '../../lib/model/contract/deliveredFile.ts';
import { toMetadata } from '../../lib/model/contract/fileSettings.ts';
import type { InputFile } from '../../lib/model/study/inputs.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { UsageError } from '../errors.ts';
import {
  type ClaimedFile,
  claim,
  datasetOf,
  describeFile,
  filesIn,
  type InputRow,
  rowsOf,
} from './inputFiles.ts';
import type { LandedFile } from './landedFiles.ts';

export interface InputRecord {
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  readonly partitionKey: string;
  /** Absent when the bytes are not an event: a row that is not text. */
  readonly event?: { readonly source: string; readonly id: string };
  /** CloudEvents 1.0 in JSON. */
  readonly bytes: Uint8Array;
}

export interface Input {
  /** Name of the dataset, or of the folder. */
  readonly title: string;
  /** Hash over names and contents: the same input is the same feed. */
  readonly digest: string;
  readonly files: readonly LandedFile[];
  /** Files of streamed sources that cannot be read, each with the reason: they are landed, and quarantined. */
  readonly refused: readonly { readonly path: string; readonly reason: string }[];
  /** In the order of their time. */
  readonly records: readonly InputRecord[];
  /** Rows read per streamed source. */
  readonly rows: Readonly<Record<string, number>>;
  /** Files that no source claims. */
  readonly ignored: readonly string[];
}

/** Kinesis takes records of 1 MiB, the key included (https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html). */
const RECORD_BYTES = 2 ** 20;

/**
 * Reads `dir`. Files of streamed sources become events; those of file sources are landed as they are, and so are files
 * and rows that no event can hold: whatever the file loader refuses is quarantined with its reason.
 * Throws `UsageError` when the folder is missing or holds nothing the study knows.
 */
export async function readInput(dir: string, study: Study, scratchDir: string): Promise<Input> {
  assertFolder(dir);
  const present = filesIn(dir);
  const dataset = datasetOf(present, study);
  const claimed = claim(present, study, dataset);
  if (claimed.length === 0) throw nothingKnown(dir, study);
  const files: LandedFile[] = claimed
    .filter(({ contract }) => contract.ingestion === 'file')
    .map((file) => landed(dir, file));
  const refused: { path: string; reason: string }[] = [];
  const records: InputRecord[] = [];
  const rows: Record<string, number> = {};
  const times = await readLookups(dir, claimed, scratchDir);
  for (const file of claimed) {
    if (file.contract.ingestion !== 'stream') continue;
    try {
      const read = await streamedRows(dir, file, times, { study: study.name, scratchDir });
      for (const record of read.records) records.push(record);
      files.push(...read.tooLong);
      rows[file.contract.name] = (rows[file.contract.name] ?? 0) + read.records.length;
    } catch (error) {
      if (!(error instanceof FileRefusedError)) throw error;
      refused.push({ path: file.path, reason: error.message });
      files.push(landed(dir, file));
    }
  }
  return {
    title: dataset?.title ?? basename(dir),
    digest: await digestOf(dir, claimed),
    files,
    refused,
    records: records.sort((a, b) => a.time - b.time),
    rows,
    ignored: present.filter((path) => !claimed.some((file) => file.path === path)),
  };
}

/** Throws `UsageError` when there is no such folder. */
export function assertFolder(dir: string): void {
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new UsageError(`--input ${dir} is not a folder. Name a folder with the dataset's files.`);
}

const landed = (dir: string, { contract, path, settings }: ClaimedFile): LandedFile => ({
  contract,
  name: path,
  content: { path: join(dir, path) },
  settings,
});

const nothingKnown = (dir: string, study: Study) =>
  new UsageError(
    `${dir} holds no file that the study ${study.name} knows. It knows files named after its sources ` +
      `(${study.sources.map(({ name }) => `${name}.csv`).join(', ')}; also tsv, json, ndjson, xml, parquet, .gz, .zip)` +
      `${study.inputs.length ? ` and the datasets ${study.inputs.map(({ title }) => title).join(', ')}` : ''}.`,
  );

/** The events of a file, and the rows that are too long for one as files of their own. */
async function streamedRows(
  dir: string,
  file: ClaimedFile,
  times: Lookups,
  { study, scratchDir }: { readonly study: string; readonly scratchDir: string },
): Promise<{ records: InputRecord[]; tooLong: LandedFile[] }> {
  const records: InputRecord[] = [];
  const tooLong: LandedFile[] = [];
  for await (const row of rowsOf(dir, file, scratchDir)) {
    const { record, payload } = encodeRow(study, file.input, row, times);
    if (record.bytes.length + Buffer.byteLength(record.partitionKey) <= RECORD_BYTES) records.push(record);
    else
      tooLong.push({
        contract: file.contract,
        name: `${file.path}.row-${row.number}.ndjson`,
        content: { body: payload },
        settings: {},
      });
  }
  return { records, tooLong };
}

/** `file/key/column` → key → time, for the rows that have no time of their own. */
type Lookups = ReadonlyMap<string, ReadonlyMap<string, string>>;

const lookupName = ({ file, key, column }: NonNullable<InputFile['time']>) => `${file}/${key}/${column}`;

async function readLookups(
  dir: string,
  claimed: readonly ClaimedFile[],
  scratchDir: string,
): Promise<Lookups> {
  const lookups = new Map<string, Map<string, string>>();
  for (const { input } of claimed) {
    if (!input.time || lookups.has(lookupName(input.time))) continue;
    const { file, key, column } = input.time;
    const times = new Map<string, string>();
    for (const target of claimed.filter((other) => other.input.file === file)) {
      const timeColumn = target.contract.columns.find((c) => c.name === column || c.physicalName === column);
      for await (const { raw, file: of } of rowsOf(dir, target, scratchDir)) {
        if (!('row' in raw)) continue;
        const coerced = coerceRow(raw.row, of.contract);
        if ('data' in coerced && timeColumn)
          times.set(String(raw.row[key]), String(coerced.data[timeColumn.name]));
      }
    }
    lookups.set(lookupName(input.time), times);
  }
  return lookups;
}

interface EncodedRow {
  readonly record: InputRecord;
  /** JSON text, or the row's bytes when they are not text. */
  readonly payload: string | Uint8Array;
}

/**
 * The event that a row becomes. Values that do not fit the contract are sent as they are: bronze keeps them, and the
 * writer refuses the row with the rule and the column, so that it is accounted for like any other.
 */
function encodeRow(
  study: string,
  input: InputFile,
  { raw, file, number }: InputRow,
  times: Lookups,
): EncodedRow {
  const { contract } = file;
  const coerced = 'row' in raw ? coerceRow({ ...raw.row, ...file.values }, contract) : undefined;
  const typed = coerced && 'data' in coerced ? coerced : undefined;
  const payload = coerced
    ? 'rule' in coerced
      ? coerced.partlyTyped
      : coerced.dataText
    : unreadable('raw' in raw && raw.raw ? raw.raw() : new Uint8Array());
  const digest = () => createHash('sha256').update(payload).digest('hex');
  if (typeof payload !== 'string')
    return { record: { time: 0, partitionKey: digest(), bytes: payload }, payload };
  const own = typed && contract.eventTime ? typed.data[contract.eventTime] : undefined;
  const looked =
    input.time && 'row' in raw && times.get(lookupName(input.time))?.get(String(raw.row[input.time.key]));
  const time = typeof own === 'string' ? own : looked;
  const id = typed ? rowEventId(contract, typed, file.id, number) : digest();
  const subject = String((typed && contract.partitionKey && typed.data[contract.partitionKey]) || id);
  const source = `/headwaters/input/${study}/${contract.name}`;
  const head = JSON.stringify({
    specversion: '1.0',
    id,
    source,
    type: contract.eventType,
    subject,
    ...(time ? { time } : {}),
    datacontenttype: 'application/json',
  });
  const record = {
    time: time ? Date.parse(time) : 0,
    partitionKey: subject.slice(0, 256),
    event: { source, id },
    bytes: Buffer.from(`${head.slice(0, -1)},"data":${payload}}`),
  };
  return { record, payload };
}

/** The payload of a row that could not be read as one. */
const unreadable = (bytes: Uint8Array): string | Uint8Array =>
  isUtf8(bytes) ? JSON.stringify({ unreadable: Buffer.from(bytes).toString() }) : bytes;

async function digestOf(dir: string, claimed: readonly ClaimedFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { path, settings } of claimed) {
    const { sha256 } = await describeFile(join(dir, path));
    hash.update(`${path}\n${sha256}\n${JSON.stringify(toMetadata(settings))}\n`);
  }
  return hash.digest('hex');
}
