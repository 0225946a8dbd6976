/** Finds bronze objects whose writer died between the object and its ledger row, and rebuilds the row from the object. */

import { gunzipSync } from 'node:zlib';
import { studyPrefix } from '../../lib/model/layout.ts';
import { type ObjectPlace, placeOf } from '../../lib/model/run/bronze.ts';
import { type LedgerRow, ledgerKey, ledgerRow } from '../../lib/model/run/ledger.ts';

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly lastModifiedMs: number;
}

export interface SweepPorts {
  /** Objects below a prefix. */
  readonly list: (prefix: string) => AsyncIterable<ListedObject>;
  /** Sort keys of the ledger rows under a partition key. */
  readonly ledgerKeys: (pk: string) => Promise<ReadonlySet<string>>;
  readonly read: (key: string) => Promise<Uint8Array>;
  /** Writes the row unless there is one. */
  readonly put: (row: LedgerRow) => Promise<boolean>;
}

export interface SweepOptions {
  readonly study: string;
  readonly streams: readonly string[];
  /** Days of arrival, `yyyy-MM-dd`, that are looked through. */
  readonly days: readonly string[];
  readonly nowMs: number;
  /** Younger objects may still get their row from their writer. */
  readonly minutesBeforeSwept: number;
}

/** The last `count` days up to now, `yyyy-MM-dd`, oldest first. */
export const lastDays = (nowMs: number, count: number): string[] =>
  Array.from({ length: count }, (_, back) =>
    new Date(nowMs - (count - 1 - back) * 86_400_000).toISOString().slice(0, 10),
  );

/** Adds the missing rows; gives the keys of the objects that had none. */
export async function sweep(ports: SweepPorts, options: SweepOptions): Promise<string[]> {
  const { study, streams, days, nowMs, minutesBeforeSwept } = options;
  const youngestMs = nowMs - minutesBeforeSwept * 60_000;
  const added: string[] = [];
  for (const stream of streams) {
    for (const dt of days) {
      const known = new Map<string, Promise<ReadonlySet<string>>>();
      for await (const object of ports.list(`${studyPrefix('bronze', study)}stream=${stream}/dt=${dt}/`)) {
        const place = placeOf(object.key);
        if (!place || object.lastModifiedMs > youngestMs) continue;
        const pk = ledgerKey(study, place.stream, place.shard, place.dt, place.hour);
        if (!known.has(pk)) known.set(pk, ports.ledgerKeys(pk));
        if ((await known.get(pk)!).has(object.key)) continue;
        const row = rowOf(place, object.key, await ports.read(object.key), nowMs);
        if (await ports.put(row)) added.push(object.key);
      }
    }
  }
  return added;
}

/** The row as the writer would have written it, counted from the object's lines. */
function rowOf(place: ObjectPlace, key: string, body: Uint8Array, nowMs: number): LedgerRow {
  const lines = gunzipSync(body).toString('utf8').trimEnd().split('\n');
  const valid = lines.filter((line) => (JSON.parse(line) as { verdict: string }).verdict === 'valid').length;
  return ledgerRow(
    place,
    key,
    { records: lines.length, valid, refused: lines.length - valid, bytes: body.byteLength },
    new Date(nowMs).toISOString(),
  );
}
