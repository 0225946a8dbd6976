/** The keys of a bronze object's records: when it is written, and when a study keeps other keys than it did then. */
import { gunzipSync } from 'node:zlib';
import type { BronzeLine, BronzeRecord } from '../../lib/model/run/bronze.ts';
import { addKeys, type SourceKeys } from '../../lib/model/run/keys/keyKinds.ts';
import { createKeyCollector, type KeySegment } from '../../lib/model/run/keys/keySegment.ts';

type SourceKeysByName = ReadonlyMap<string, SourceKeys>;

export function keysOf(keys: SourceKeysByName, records: readonly BronzeRecord[]): KeySegment {
  const collector = createKeyCollector();
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  let last = '';
  for (const { line, payload } of records) {
    if (line.arrived_at !== last) {
      last = line.arrived_at;
      const ms = Date.parse(last);
      from = Math.min(from, ms);
      to = Math.max(to, ms);
    }
    const kept = line.source === undefined ? undefined : keys.get(line.source);
    if (!payload || !kept) continue;
    const record = {
      eventSource: line.event_source ?? '',
      eventId: line.event_id ?? '',
      eventTime: line.event_time,
      arrivedAt: line.arrived_at,
      data: payload,
    };
    addKeys(kept, record, collector);
  }
  return collector.segment([from, to]);
}

/** The keys of an object that is stored. */
export const keysOfObject = (keys: SourceKeysByName, body: Uint8Array): KeySegment =>
  keysOf(
    keys,
    gunzipSync(body)
      .toString()
      .split('\n')
      .filter(Boolean)
      .map((text) => {
        const line = JSON.parse(text) as BronzeLine;
        return {
          line,
          ...(line.verdict === 'valid' && line.data !== undefined && { payload: JSON.parse(line.data) }),
        };
      }),
  );
