/** The files of a dataset's folder: which source each belongs to, how it is written, and its rows. */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  type Dirent,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { type DeliveredFile, type Unpacked, unpack } from '../../lib/formats/delivered.ts';
import { readerOf } from '../../lib/formats/format.ts';
import { FileRefusedError, type RawRow } from '../../lib/formats/row.ts';
import type { Contract } from '../../lib/model/contract/contract.ts';
import { type FileOfSource, fileOfSource } from '../../lib/model/contract/deliveredFile.ts';
import type { FileSettings } from '../../lib/model/contract/fileSettings.ts';
import { pathPattern } from '../../lib/model/contract/pathPattern.ts';
import { type Dataset, type InputFile, inputNames, settingsOfInput } from '../../lib/model/study/inputs.ts';
import type { Study } from '../../lib/model/study/study.ts';
import { UsageError } from '../errors.ts';

/** A file, and one source whose rows are in it. */
export interface ClaimedFile {
  /** In the folder, with `/` between segments. */
  readonly path: string;
  readonly contract: Contract;
  readonly input: InputFile;
  readonly settings: FileSettings;
}

const SUFFIXES = /\.(csv|tsv|json|ndjson|jsonl|xml|parquet)(\.gz)?$|\.zip$/i;

/**
 * Paths of the files in a folder and its folders that may hold rows, in order. Throws `UsageError` for a symbolic link that
 * leads to nothing, or to a folder: leaving its files out would go unnoticed.
 */
export function filesIn(dir: string): string[] {
  const entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => (entry.isSymbolicLink() ? isLinkToFile(entry) : entry.isFile()))
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((path) => SUFFIXES.test(path))
    .sort();
}

function isLinkToFile({ parentPath, name }: Dirent): boolean {
  const path = join(parentPath, name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory())
    throw new UsageError(
      `${path} is a symbolic link to a folder, which is not followed. Give that folder with --input, or copy it.`,
    );
  if (!found && SUFFIXES.test(name))
    throw new UsageError(
      `${path} is a symbolic link to a file that does not exist. Point it to one, or remove it.`,
    );
  return found?.isFile() === true;
}

/** The dataset of the study that knows most of the files. */
export const datasetOf = (paths: readonly string[], study: Study): Dataset | undefined =>
  study.inputs
    .map((dataset) => ({ dataset, known: paths.filter((path) => claimsOf(path, dataset).length > 0).length }))
    .filter(({ known }) => known > 0)
    .sort((a, b) => b.known - a.known)[0]?.dataset;

const claimsOf = (path: string, dataset: Dataset | undefined): readonly InputFile[] =>
  dataset?.files.filter((input) => inputNames(input, path)) ?? [];

/**
 * A file belongs to the sources for which the dataset names it, else to the source it is named after (`orders.csv`),
 * unless it is in a folder of the folder.
 */
export function claim(paths: readonly string[], study: Study, dataset: Dataset | undefined): ClaimedFile[] {
  return paths.flatMap((path) => {
    const named = claimsOf(path, dataset);
    const inputs = named.length > 0 ? named : [{ file: path, source: path.replace(SUFFIXES, '') }];
    return inputs.flatMap((input) => {
      const contract = study.sources.find(({ name }) => name === input.source);
      return contract ? [{ path, contract, input, settings: settingsOfInput(input) }] : [];
    });
  });
}

/** What identifies a file on disk, as it would be delivered. */
export async function describeFile(path: string): Promise<DeliveredFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { name: basename(path), path, sha256: hash.digest('hex'), bytes };
}

/** What is in a file of a source; a packed one is unpacked under the scratch folder for as long as this takes. */
export async function* partsOf(
  file: DeliveredFile,
  contract: Contract,
  settings: FileSettings,
  scratchDir: string,
): AsyncGenerator<Exclude<Unpacked, { isPassedOver: true }>> {
  const members = settings.members ?? contract.members;
  const isWanted = (member: string) =>
    members === undefined || pathPattern(members).match(member) !== undefined;
  mkdirSync(scratchDir, { recursive: true });
  const folder = mkdtempSync(join(scratchDir, 'file-'));
  try {
    for await (const part of unpack(file, folder, isWanted)) if (!('isPassedOver' in part)) yield part;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export interface InputRow {
  readonly raw: RawRow;
  readonly file: FileOfSource;
  /** 1-based. */
  readonly number: number;
}

/** @throws FileRefusedError when the file, or one of its members, cannot be read to its end. */
export async function* rowsOf(
  dir: string,
  claimed: ClaimedFile,
  scratchDir: string,
): AsyncGenerator<InputRow> {
  const { contract, settings } = claimed;
  const delivered = await describeFile(join(dir, claimed.path));
  for await (const part of partsOf(delivered, contract, settings, scratchDir)) {
    if ('refused' in part) throw part.refused;
    const path = part.member === undefined ? claimed.path : `${claimed.path}/${part.member}`;
    const file = readAs(contract, { sha256: part.sha256, path }, settings);
    let number = 0;
    for await (const rows of readerOf(part.name)(part.path, file.contract))
      for (const raw of rows) yield { raw, file, number: ++number };
  }
}

function readAs(...file: Parameters<typeof fileOfSource>): FileOfSource {
  try {
    return fileOfSource(...file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new FileRefusedError(error.message, { cause: error });
  }
}
