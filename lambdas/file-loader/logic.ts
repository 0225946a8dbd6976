/** Loads one delivered file: known files are left alone, broken ones refused with their reason, the rest goes to bronze row by row. */
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Unpacked, UnpackedFile } from '../../lib/formats/delivered.ts';
import { partsOf, readerOf } from '../../lib/formats/format.ts';
import { limits } from '../../lib/formats/limits.ts';
import { type Advice, FileRefusedError } from '../../lib/formats/row.ts';
import type { Contract } from '../../lib/model/contract/contract.ts';
import { type FileOfSource, fileOfSource, landedPath } from '../../lib/model/contract/deliveredFile.ts';
import type { FileSettings } from '../../lib/model/contract/fileSettings.ts';
import { pathPattern } from '../../lib/model/contract/pathPattern.ts';
import { type FileEntry, fileKey } from '../../lib/model/run/ledger.ts';
import {
  type BronzeObject,
  type BronzeStudy,
  bronzeObject,
  type JudgedRecord,
} from '../shared/bronzeObjects.ts';
import { createRowJudge, refusedFile } from './judgeRow.ts';
import { stageRanges } from './ranges.ts';
import { type Staged, stage, withBytes } from './staging.ts';

/** The registry's entry, with the arrival that the rows are filed under: a second try writes the same objects. */
export interface RegistryEntry extends FileEntry {
  /** ISO, UTC, ms. */
  readonly arrived_at: string;
  /** Of a file that is being read: how often that was begun and neither finished nor given back. */
  readonly attempts?: number;
}

export interface LoaderPorts {
  readonly entry: (key: { pk: string; sk: string }) => Promise<RegistryEntry | undefined>;
  readonly register: (entry: RegistryEntry) => Promise<void>;
  /** Copies the delivered file's bytes to the lake's bucket; gives the key, or undefined for one too large to copy. */
  readonly keep: () => Promise<string | undefined>;
  /** Stores object, quarantine and ledger row. */
  readonly store: (object: BronzeObject) => Promise<void>;
  /** Stores only the quarantine's part: a file that was not loaded has no rows in bronze. */
  readonly quarantine: (object: BronzeObject) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that the loader may still work. */
  readonly remainingMs: () => number;
  /** How large files are cut. @default see `CUTTING` */
  readonly cutting?: Partial<Cutting>;
}

export interface Cutting {
  readonly threads: number;
  /** A file of fewer bytes is read from its start, which takes less memory and half a minute at most. */
  readonly cutFromBytes: number;
  /** Where a file is cut must not depend on the machine: a second try writes the same objects. */
  readonly rangeBytes: number;
}

const CUTTING: Cutting = {
  threads: Math.max(1, Math.min(4, availableParallelism())),
  cutFromBytes: 256 * 2 ** 20,
  rangeBytes: 32 * 2 ** 20,
};

export interface Delivery {
  readonly study: BronzeStudy;
  /** Key in the landing bucket: `<study>/<source>/<anything>`. */
  readonly key: string;
  readonly source: string;
  /** Absent when the study has no such source. */
  readonly contract: Contract | undefined;
  /** What the delivery says of its file; an error when that is not allowed. */
  readonly settings: FileSettings | RangeError;
  /** When the file landed: ISO, UTC, ms. */
  readonly arrivedAt: string;
}

export interface LoadResult {
  readonly name: string;
  readonly state: 'loaded' | 'known' | 'refused';
  readonly rows: number;
  readonly refusedRows: number;
  readonly reason?: string;
  readonly advice?: Advice;
}

/** Who dies so often over a file is not given it again. */
const ATTEMPTS = 2;
/** Time that is left for storing what was read. */
const STORING_MS = 60_000;
/** A file that was begun with so much time, and was not read to its end, will never be. */
const LONG_MS = 10 * 60_000;

/** `shop/customers/2024/a.csv` → its source `customers`; undefined for a key that names none. */
export function sourceOf(study: string, key: string): string | undefined {
  const [first, source, ...name] = key.split('/');
  return first === study && source && name.length > 0 && name.at(-1) !== '' ? source : undefined;
}

const pathOf = ({ study, source, key }: Delivery, member: string | undefined) =>
  landedPath(study.name, source, key) + (member === undefined ? '' : `/${member}`);

/** Which members of a zip belong to the source. */
export function isWanted({ contract, settings }: Delivery): (member: string) => boolean {
  const pattern = (settings instanceof RangeError ? undefined : settings.members) ?? contract?.members;
  return pattern === undefined ? () => true : (member) => pathPattern(pattern).match(member) !== undefined;
}

/** A file with its identity, and why it cannot be read, if that is known before its first byte. */
type Identified =
  | { readonly file: UnpackedFile; readonly of: FileOfSource; readonly id: string }
  | { readonly refusal: FileRefusedError; readonly id: string };

function identify(delivery: Delivery, file: LoadableFile): Identified {
  const { contract, settings, source } = delivery;
  const id = file.sha256;
  if (!contract) return { id, refusal: new FileRefusedError(`the study has no source "${source}"`) };
  if (settings instanceof RangeError)
    return { id, refusal: new FileRefusedError(settings.message, { cause: settings }) };
  try {
    const of = fileOfSource(contract, { sha256: id, path: pathOf(delivery, file.member) }, settings);
    return 'refused' in file ? { id: of.id, refusal: file.refused } : { id: of.id, file, of };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // A zip that cannot be opened has no members whose paths could fit.
    return {
      id,
      refusal: 'refused' in file ? file.refused : new FileRefusedError(error.message, { cause: error }),
    };
  }
}

/** What is in a delivered file, without what is passed over. */
type LoadableFile = Exclude<Unpacked, { isPassedOver: true }>;

/**
 * Loads a file, or refuses it as a whole: none of its rows is in bronze then.
 * @param dir a folder for what is read, until it is stored.
 * @throws whatever the ports throw: the queue then delivers the file again.
 */
export async function loadFile(
  ports: LoaderPorts,
  delivery: Delivery,
  unpacked: LoadableFile,
  dir: string,
): Promise<LoadResult> {
  const identified = identify(delivery, unpacked);
  const fileId = identified.id;
  const before = await ports.entry(fileKey(delivery.study.name, delivery.source, fileId));
  const { name } = unpacked;
  if (before?.state === 'loaded') return { name, state: 'known', rows: before.rows, refusedRows: 0 };
  const attempts = before?.state === 'loading' ? (before.attempts ?? 0) : 0;
  const loading: Loading = { ports, delivery, fileId, arrivedAt: before?.arrived_at ?? delivery.arrivedAt };
  const kept = await ports.keep();
  try {
    const loaded =
      'refusal' in identified
        ? identified.refusal
        : await orRefusal(() => load(loading, identified.file, identified.of, attempts, dir));
    return {
      name,
      ...(loaded instanceof FileRefusedError ? await refuse(loading, loaded, unpacked, kept) : loaded),
    };
  } catch (error) {
    await register(loading, 'loading', { rows: 0, attempts });
    throw error;
  }
}

async function orRefusal<T>(act: () => Promise<T>): Promise<T | FileRefusedError> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof FileRefusedError) return error;
    throw error;
  }
}

/** One file on its way. */
interface Loading {
  readonly ports: LoaderPorts;
  readonly delivery: Delivery;
  readonly fileId: string;
  /** ISO, UTC, ms. */
  readonly arrivedAt: string;
}

type Noted = Pick<RegistryEntry, 'rows' | 'refused_rows' | 'reason' | 'advice' | 'attempts'>;

const register = ({ ports, delivery, fileId, arrivedAt }: Loading, state: FileEntry['state'], noted: Noted) =>
  ports.register({
    ...fileKey(delivery.study.name, delivery.source, fileId),
    study: delivery.study.name,
    source: delivery.source,
    state,
    key: delivery.key,
    ...noted,
    arrived_at: arrivedAt,
    changed_at: new Date(ports.now()).toISOString(),
  });

async function load(
  loading: Loading,
  file: UnpackedFile,
  of: FileOfSource,
  attempts: number,
  dir: string,
): Promise<Omit<LoadResult, 'name'>> {
  if (attempts >= ATTEMPTS)
    throw new FileRefusedError(
      `the loader died on it ${attempts} times: it needs more memory or time than there is. Split it into smaller files`,
    );
  await register(loading, 'loading', { rows: 0, attempts: attempts + 1 });
  let advice: Advice | undefined;
  const advise = (found: Advice) => {
    advice = found;
  };
  const { ports } = loading;
  const folder = await mkdtemp(join(dir, 'staged-'));
  try {
    const { rows, refusedRows, objects } = await stageFile(loading, file, of, folder, advise);
    // From here on the file is known to be whole: a try that dies now is not the file's fault.
    await register(loading, 'loading', { rows: 0, attempts: 0 });
    for await (const object of withBytes(objects)) await ports.store(object);
    await register(loading, 'loaded', { rows, refused_rows: refusedRows, ...(advice && { advice }) });
    return { state: 'loaded', rows, refusedRows, ...(advice && { advice }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stages a file: in ranges at the same time where it is large and can be cut, else from its start to its end. */
async function stageFile(
  { ports, delivery, arrivedAt }: Loading,
  { name, path }: UnpackedFile,
  of: FileOfSource,
  dir: string,
  advise: (advice: Advice) => void,
): Promise<Staged> {
  const { study } = delivery;
  const { threads, cutFromBytes, rangeBytes } = { ...CUTTING, ...ports.cutting };
  const onRows = timeCheck(ports);
  const cut = (await stat(path)).size >= cutFromBytes && (await partsOf(name)?.cut(path, of.contract));
  if (cut) {
    const work = { study: study.described, name, path, of, arrivedAt, dir };
    const staged = await stageRanges(work, cut, { threads, bytes: rangeBytes }, onRows);
    cut.end(staged.tallies, advise);
    return staged;
  }
  const judge = createRowJudge(of, arrivedAt);
  async function* judged(): AsyncGenerator<JudgedRecord[]> {
    let rowNumber = 0;
    for await (const rows of readerOf(name)(path, of.contract, advise))
      yield rows.map((raw) => judge(raw, ++rowNumber));
  }
  return stage(study, judged(), dir, onRows);
}

/** @throws FileRefusedError when a file that had the loader's whole time was not read to its end in it. */
function timeCheck({ remainingMs }: LoaderPorts): (rows: number) => void {
  const atStart = remainingMs();
  return (rows) => {
    if (remainingMs() > STORING_MS) return;
    if (atStart > LONG_MS)
      throw new FileRefusedError(
        `after ${rows} rows the loader's time is up. Split the file into smaller ones`,
      );
    throw new Error('The time is up after other files; the queue delivers this one again.');
  };
}

async function refuse(
  loading: Loading,
  { message: reason, advice }: FileRefusedError,
  file: LoadableFile,
  kept: string | undefined,
): Promise<Omit<LoadResult, 'name'>> {
  const { ports, delivery, fileId, arrivedAt } = loading;
  const bytes = 'path' in file ? await shortBytes(file.path) : undefined;
  const entry = refusedFile(
    { fileId, arrivedAt },
    {
      source: delivery.source,
      key: delivery.key,
      reason,
      ...(file.member !== undefined && { member: file.member }),
      ...(kept && { kept }),
      ...(bytes && { bytes }),
    },
  );
  await ports.quarantine(bronzeObject(delivery.study, [entry]));
  await register(loading, 'refused', { rows: 0, reason, ...(advice && { advice }) });
  return { state: 'refused', rows: 0, refusedRows: 0, reason, ...(advice && { advice }) };
}

/** A file's bytes, if they are so few that a line of quarantine can hold them. */
const shortBytes = async (path: string): Promise<Uint8Array | undefined> =>
  (await stat(path)).size <= limits.rowBytes ? readFile(path) : undefined;
