/** Writes what a statement ends in to the query's output location, and reads it back page by page. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { ObjectStore } from '../../../core/objectStore.ts';
import { s3Location } from '../session.ts';
import { type ColumnInfo, metadataFile } from './columns.ts';
import { type Cell, csvLine } from './csv.ts';

const keptRows = 10_000;
const flushCharacters = 4_000_000;

/**
 * Writes a query's rows to `<folder><id>.csv`, and their description to `<id>.csv.metadata`.
 * @returns every row of the file, the header included; undefined when the result is too large to keep
 */
export async function writeQueryResult(
  store: ObjectStore,
  columns: readonly ColumnInfo[],
  rows: AsyncIterable<readonly Cell[][]>,
  target: { readonly location: string; readonly queryExecutionId: string },
): Promise<readonly Cell[][] | undefined> {
  const header = columns.map(({ Name }) => Name);
  const kept: Cell[][] = [header];
  let pending = csvLine(header);
  let rowCount = 0;
  const spill = spillFile(store);
  for await (const chunk of rows) {
    for (const cells of chunk) {
      pending += csvLine(cells);
      if (++rowCount <= keptRows) kept.push(cells);
    }
    if (pending.length > flushCharacters) {
      await spill.write(pending);
      pending = '';
    }
  }
  const { bucket, key } = s3Location(target.location);
  if (spill.path) {
    await spill.write(pending);
    await store.putFile(bucket, key, await spill.close());
  } else {
    await store.put(bucket, key, Buffer.from(pending));
  }
  await store.put(bucket, `${key}.metadata`, metadataFile(target.queryExecutionId, columns));
  return rowCount <= keptRows ? kept : undefined;
}

/** A file that a result too large for memory goes to; made when it is first needed. */
function spillFile(store: ObjectStore) {
  let path: string | undefined;
  let stream: ReturnType<typeof createWriteStream> | undefined;
  return {
    get path() {
      return path;
    },
    async write(text: string) {
      path ??= store.tempFile('.csv');
      stream ??= createWriteStream(path);
      if (!stream.write(text)) await once(stream, 'drain');
    },
    async close(): Promise<string> {
      stream!.end();
      await once(stream!, 'finish');
      return path!;
    },
  };
}

/**
 * Writes the lines of SHOW, DESCRIBE and the like to `<id>.txt`, the last one without a line end.
 * @param columns absent for a statement that has nothing to say: its file is empty and has no `.metadata`
 */
export async function writeTextResult(
  store: ObjectStore,
  columns: readonly ColumnInfo[] | undefined,
  rows: readonly (readonly string[])[],
  target: { readonly location: string; readonly queryExecutionId: string },
): Promise<void> {
  const { bucket, key } = s3Location(target.location);
  await store.put(bucket, key, Buffer.from(rows.map((row) => row.join('\t')).join('\n')));
  if (columns) await store.put(bucket, `${key}.metadata`, metadataFile(target.queryExecutionId, columns));
}

/** Writes what a statement changed: there are no rows to show, so only the `.metadata` file tells of it. */
export async function writeCount(
  store: ObjectStore,
  columns: readonly ColumnInfo[],
  written: {
    readonly location: string;
    readonly queryExecutionId: string;
    readonly update: string;
    readonly rows: number;
  },
): Promise<void> {
  const { bucket, key } = s3Location(written.location);
  await store.put(bucket, `${key}.metadata`, metadataFile(written.queryExecutionId, columns, written));
}

/** Writes the list of data files that a statement made, one URI a line. */
export async function writeManifest(
  store: ObjectStore,
  location: string,
  uris: readonly string[],
): Promise<void> {
  const { bucket, key } = s3Location(location);
  await store.put(bucket, key, Buffer.from(uris.map((uri) => `${uri}\n`).join('')));
}
