/** Reads a folder of a user's or a public dataset into files and events, by the study's contracts and its named inputs. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readerOf } from '../lambdas/file-loader/formats/format.ts';
import type { RawRow } from '../lambdas/file-loader/formats/row.ts';
import { unpack } from '../lambdas/file-loader/unpack.ts';
import { coerceRow, fileEventId } from '../lib/model/coerce.ts';
import type { Contract } from '../lib/model/contract.ts';
import type { InputFile } from '../lib/model/inputs.ts';
import type { Study } from '../lib/model/study.ts';
import { UsageError } from './failure.ts';

export interface InputRecord {
  /** When it happened, milliseconds since the epoch. */
  readonly time: number;
  readonly partitionKey: string;
  /** CloudEvents 1.0 in JSON. */
  readonly bytes: Uint8Array;
}

export interface Input {
  /** Name of the dataset, or of the folder. */
  readonly title: string;
  /** Hash over names and contents: the same input is the same feed. */
  readonly digest: string;
  readonly files: readonly { source: string; name: string; path: string }[];
  /** In the order of their time. */
  readonly records: readonly InputRecord[];
  /** Rows read per streamed source. */
  readonly rows: Readonly<Record<string, number>>;
  /** Files that no source claims. */
  readonly ignored: readonly string[];
}

const SUFFIXES = /\.(csv|tsv|json|ndjson|jsonl|xml|parquet)(\.gz)?$|\.zip$/i;

/**
 * Reads `dir`. A file belongs to the source that the study's inputs name for it, else to the source it is named after
 * (`orders.csv`). Throws `UsageError` when the folder is missing or holds nothing the study knows.
 */
export async function readInput(dir: string, study: Study, stateDir: string): Promise<Input> {
  if (!existsSync(dir) || !statSync(dir).isDirectory())
    throw new UsageError(`--input ${dir} is no folder. Name a folder with the dataset's files.`);
  const present = readdirSync(dir)
    .filter((name) => SUFFIXES.test(name) && statSync(join(dir, name)).isFile())
    .sort();
  const dataset = study.inputs.find(({ files }) => files.some(({ file }) => present.includes(file)));
  const claimed = claim(present, study, dataset?.files ?? []);
  if (claimed.length === 0)
    throw new UsageError(
      `${dir} holds no file that the study ${study.name} knows. It knows files named after its sources ` +
        `(${study.sources.map(({ name }) => `${name}.csv`).join(', ')}; also tsv, json, ndjson, xml, parquet, .gz, .zip)` +
        `${study.inputs.length ? ` and the datasets ${study.inputs.map(({ title }) => title).join(', ')}` : ''}.`,
    );

  const workshop = join(stateDir, 'unpacked');
  const times = await readLookups(dir, claimed, workshop);
  const records: InputRecord[] = [];
  const rows: Record<string, number> = {};
  for (const { input, contract } of claimed) {
    if (contract.door !== 'stream') continue;
    for await (const raw of readRows(dir, input, contract, workshop)) {
      records.push(encodeRow(study.name, contract, input, raw, times));
      rows[contract.name] = (rows[contract.name] ?? 0) + 1;
    }
  }
  return {
    title: dataset?.title ?? basename(dir),
    digest: await digestOf(
      dir,
      claimed.map(({ input }) => input.file),
    ),
    files: claimed
      .filter(({ contract }) => contract.door === 'file')
      .map(({ input, contract }) => ({
        source: contract.name,
        name: input.file,
        path: join(dir, input.file),
      })),
    records: records.sort((a, b) => a.time - b.time),
    rows,
    ignored: present.filter((name) => !claimed.some(({ input }) => input.file === name)),
  };
}

interface Claimed {
  readonly input: InputFile;
  readonly contract: Contract;
}

function claim(present: readonly string[], study: Study, named: readonly InputFile[]): Claimed[] {
  const contractOf = (name: string) => study.sources.find((source) => source.name === name);
  return present.flatMap((file) => {
    const input = named.find((candidate) => candidate.file === file) ?? {
      file,
      source: file.replace(SUFFIXES, ''),
    };
    const contract = contractOf(input.source);
    return contract ? [{ input, contract }] : [];
  });
}

/** `file/key/column` → key → time, for the rows that have no time of their own. */
type Lookups = ReadonlyMap<string, ReadonlyMap<string, string>>;

const lookupName = ({ file, key, column }: NonNullable<InputFile['time']>) => `${file}/${key}/${column}`;

async function readLookups(dir: string, claimed: readonly Claimed[], workshop: string): Promise<Lookups> {
  const lookups = new Map<string, Map<string, string>>();
  for (const { input } of claimed) {
    if (!input.time || lookups.has(lookupName(input.time))) continue;
    const { file, key, column } = input.time;
    const { input: target, contract } = claimed.find((other) => other.input.file === file)!;
    const timeColumn = contract.columns.find((c) => c.name === column || c.physicalName === column);
    const times = new Map<string, string>();
    for await (const raw of readRows(dir, target, contract, workshop)) {
      if (!('row' in raw)) continue;
      const coerced = coerceRow(raw.row, contract);
      if ('data' in coerced && timeColumn)
        times.set(String(raw.row[key]), String(coerced.data[timeColumn.name]));
    }
    lookups.set(lookupName(input.time), times);
  }
  return lookups;
}

/**
 * The event that a row becomes. A row that its contract cannot type is sent as it is: bronze keeps it, and the writer
 * refuses it with the rule, so that it is accounted for like any other.
 */
function encodeRow(
  study: string,
  contract: Contract,
  input: InputFile,
  raw: RawRow,
  times: Lookups,
): InputRecord {
  const row: Readonly<Record<string, unknown>> =
    'row' in raw ? { ...raw.row, ...input.constants } : { unreadable: raw.text };
  const coerced = coerceRow(row, contract);
  const typed = 'data' in coerced;
  const dataText = typed ? coerced.dataText : exactJson(row);
  const own = typed && contract.eventTime ? coerced.data[contract.eventTime] : undefined;
  const looked = input.time && times.get(lookupName(input.time))?.get(String(row[input.time.key]));
  const time = typeof own === 'string' ? own : looked;
  const id = typed ? fileEventId(contract, coerced) : createHash('sha256').update(dataText).digest('hex');
  const subject = String((typed && contract.partitionKey && coerced.data[contract.partitionKey]) || id);
  const head = JSON.stringify({
    specversion: '1.0',
    id,
    source: `/headwaters/input/${study}/${contract.name}`,
    type: contract.eventType,
    subject,
    ...(time ? { time } : {}),
    datacontenttype: 'application/json',
  });
  return {
    time: time ? Date.parse(time) : 0,
    partitionKey: subject.slice(0, 256),
    bytes: Buffer.from(`${head.slice(0, -1)},"data":${dataText}}`),
  };
}

/** A row as JSON; bigints keep their digits. */
const exactJson = (row: Readonly<Record<string, unknown>>) =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/** Rows of a file, unpacked where it is packed. What the input adds as a constant need not be in the file. */
async function* readRows(
  dir: string,
  input: InputFile,
  contract: Contract,
  workshop: string,
): AsyncGenerator<RawRow> {
  const given = new Set(Object.keys(input.constants ?? {}));
  const asked = {
    ...contract,
    columns: contract.columns.map((column) =>
      given.has(column.name) ? { ...column, required: false } : column,
    ),
  };
  const path = join(dir, input.file);
  if (!/\.(gz|zip)$/i.test(input.file)) {
    yield* readerOf(input.file)(path, asked);
    return;
  }
  mkdirSync(workshop, { recursive: true });
  const folder = mkdtempSync(join(workshop, 'input-'));
  try {
    for (const member of await unpack(input.file, createReadStream(path), folder)) {
      if ('refused' in member) throw member.refused;
      yield* readerOf(member.name)(member.path, asked);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function digestOf(dir: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file}\n`);
    for await (const chunk of createReadStream(join(dir, file))) hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
