/** Loads one delivered file: known files are left alone, broken ones refused with their reason, the rest goes to bronze row by row. */
import type { Contract } from '../../lib/model/contract.ts';
import { type FileEntry, fileKey } from '../../lib/model/ledger.ts';
import { type BronzeObject, bronzeObject, type JudgedRecord } from '../shared/bronzeObjects.ts';
import { readerOf } from './formats/format.ts';
import { FileRefusedError } from './formats/row.ts';
import { createRowJudge, refusedFile } from './judgeRow.ts';
import type { Unpacked, UnpackedFile } from './unpack.ts';

/** Rows in one bronze object: a few megabytes, compressed a tenth of it. */
const ROWS_PER_OBJECT = 20_000;

/** The registry's entry, with the arrival that the rows are filed under: a second try writes the same objects. */
export interface RegistryEntry extends FileEntry {
  /** ISO, UTC, ms. */
  readonly arrived_at: string;
}

export interface LoaderPorts {
  readonly entry: (key: { pk: string; sk: string }) => Promise<RegistryEntry | undefined>;
  readonly register: (entry: RegistryEntry) => Promise<void>;
  /** Stores object, quarantine and ledger row. */
  readonly store: (object: BronzeObject) => Promise<void>;
  /** Stores the quarantine's part alone: a file that was not loaded has no rows in bronze. */
  readonly quarantine: (object: BronzeObject) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface Delivery {
  readonly study: string;
  /** Key in the landing bucket: `<study>/<source>/<anything>`. */
  readonly key: string;
  readonly source: string;
  /** Absent when the study has no such source. */
  readonly contract: Contract | undefined;
  /** When the file landed: ISO, UTC, ms. */
  readonly arrivedAt: string;
}

export interface LoadResult {
  readonly name: string;
  readonly state: 'loaded' | 'known' | 'refused';
  readonly rows: number;
  readonly refusedRows: number;
  readonly reason?: string;
}

/** `amazon/customers/2024/a.csv` → its source `customers`; undefined for a key that names none. */
export function sourceOf(study: string, key: string): string | undefined {
  const [first, source, ...name] = key.split('/');
  return first === study && source && name.length > 0 && name.at(-1) !== '' ? source : undefined;
}

/** @throws whatever the ports throw: the queue then delivers the file again. */
export async function loadFile(ports: LoaderPorts, delivery: Delivery, file: Unpacked): Promise<LoadResult> {
  const { study, source, key } = delivery;
  const place = fileKey(study, source, file.sha256);
  const before = await ports.entry(place);
  if (before?.state === 'loaded')
    return { name: file.name, state: 'known', rows: before.rows, refusedRows: 0 };
  const arrivedAt = before?.arrived_at ?? delivery.arrivedAt;
  const register = (state: FileEntry['state'], rows: number, reason?: string) =>
    ports.register({
      ...place,
      study,
      source,
      state,
      key,
      rows,
      ...(reason && { reason }),
      arrived_at: arrivedAt,
      changed_at: new Date(ports.now()).toISOString(),
    });

  await register('loading', 0);
  try {
    const readable = checked(delivery, file);
    await readThrough(readable.file, readable.contract);
    const { rows, refusedRows } = await loadRows(ports, study, readable.contract, readable.file, arrivedAt);
    await register('loaded', rows);
    return { name: file.name, state: 'loaded', rows, refusedRows };
  } catch (error) {
    if (!(error instanceof FileRefusedError)) throw error;
    const reason = error.message;
    const entry = refusedFile({ sha256: file.sha256, arrivedAt }, { source, key, reason });
    await ports.quarantine(bronzeObject(study, [entry]));
    await register('refused', 0, reason);
    return { name: file.name, state: 'refused', rows: 0, refusedRows: 0, reason };
  }
}

function checked({ contract, source }: Delivery, file: Unpacked): { file: UnpackedFile; contract: Contract } {
  if ('refused' in file) throw file.refused;
  if (!contract) throw new FileRefusedError(`the study has no source "${source}"`);
  return { file, contract };
}

/** Reads the file to its end before a row is kept: a truncated one is refused whole, not loaded in part. */
async function readThrough(file: UnpackedFile, contract: Contract): Promise<void> {
  for await (const _row of readerOf(file.name)(file.path, contract));
}

async function loadRows(
  ports: LoaderPorts,
  study: string,
  contract: Contract,
  file: UnpackedFile,
  arrivedAt: string,
): Promise<{ rows: number; refusedRows: number }> {
  const judge = createRowJudge(contract);
  let rows = 0;
  let refusedRows = 0;
  let chunk: JudgedRecord[] = [];
  const flush = async () => {
    if (chunk.length === 0) return;
    const object = bronzeObject(study, chunk);
    chunk = [];
    refusedRows += object.counts.refused;
    await ports.store(object);
  };
  for await (const raw of readerOf(file.name)(file.path, contract)) {
    chunk.push(judge(raw, { sha256: file.sha256, rowNumber: ++rows, arrivedAt }));
    if (chunk.length === ROWS_PER_OBJECT) await flush();
  }
  await flush();
  return { rows, refusedRows };
}
