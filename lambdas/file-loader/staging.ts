/** Bronze objects of a file on local disk, until the file is known to be whole: a damaged one leaves no rows in the lake. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BronzeObject,
  type BronzeStudy,
  compressObject,
  type EncodedObject,
  encodeObject,
  type JudgedRecord,
} from '../shared/bronzeObjects.ts';

/** Rows in one bronze object, and characters of their lines: a few megabytes, compressed a tenth of it. */
const ROWS_PER_OBJECT = 20_000;
const CHARACTERS_PER_OBJECT = 8 * 2 ** 20;

export interface Staged {
  readonly rows: number;
  readonly refusedRows: number;
  /** In the order of their rows. */
  readonly objects: readonly StagedObject[];
}

/** An object without its bytes, which are on disk. Plain data. */
export interface StagedObject {
  readonly path: string;
  readonly object: BronzeObject;
}

async function write(encoded: EncodedObject, path: string, staged: StagedObject[]): Promise<void> {
  const { body, keys, quarantine, ...rest } = await compressObject(encoded);
  await writeFile(`${path}.bronze`, body);
  await writeFile(`${path}.keys`, keys.body);
  if (quarantine) await writeFile(`${path}.quarantine`, quarantine.body);
  const none = new Uint8Array();
  staged.push({
    path,
    object: {
      ...rest,
      body: none,
      keys: { ...keys, body: none },
      ...(quarantine && { quarantine: { ...quarantine, body: none } }),
    },
  });
}

/**
 * @param dir an empty folder.
 * @param onObject is called after every object: the place to stop when time runs out.
 */
export async function stage(
  study: BronzeStudy,
  batches: AsyncIterable<readonly JudgedRecord[]>,
  dir: string,
  onObject: (rows: number) => void,
): Promise<Staged> {
  const staged: StagedObject[] = [];
  let rows = 0;
  let chunk: JudgedRecord[] = [];
  let characters = 0;
  /** One object is compressed and written while the rows of the next are judged. */
  let writing: Promise<void> | undefined;
  const flush = async () => {
    if (chunk.length === 0) return;
    const encoded = encodeObject(study, chunk);
    rows += chunk.length;
    chunk = [];
    characters = 0;
    await writing;
    writing = write(encoded, join(dir, String(staged.length)), staged);
    // Its failure is thrown where it is awaited.
    writing.catch(() => undefined);
    onObject(rows);
  };
  for await (const records of batches)
    for (const record of records) {
      chunk.push(record);
      characters += (record.line.data ?? record.line.raw_base64 ?? '').length;
      if (chunk.length === ROWS_PER_OBJECT || characters >= CHARACTERS_PER_OBJECT) await flush();
    }
  await flush();
  await writing;
  return {
    rows,
    refusedRows: staged.reduce((sum, { object }) => sum + object.counts.refused, 0),
    objects: staged,
  };
}

/** The objects with their bytes, one at a time. */
export async function* withBytes(staged: readonly StagedObject[]): AsyncGenerator<BronzeObject> {
  for (const { path, object } of staged) {
    const { keys, quarantine } = object;
    yield {
      ...object,
      body: await readFile(`${path}.bronze`),
      keys: { key: keys.key, body: await readFile(`${path}.keys`) },
      ...(quarantine && {
        quarantine: { key: quarantine.key, body: await readFile(`${path}.quarantine`) },
      }),
    };
  }
}
