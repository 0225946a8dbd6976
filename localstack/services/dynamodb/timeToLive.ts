/** Time to live: items whose expiry has passed are deleted by the cloud's clock, and the stream says who did it. */

import { keyOf } from './keys.ts';
import type { Database } from './state.ts';
import type { Table } from './table.ts';
import type { Item } from './values.ts';

/** Items that expired longer ago than this are left alone. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html */
const OLDEST_EXPIRY_S = 5 * 365 * 24 * 60 * 60;
const SWEEP_BATCH = 500;
const IDENTITY = { Type: 'Service', PrincipalId: 'dynamodb.amazonaws.com' } as const;

/** The epoch second at which an item expires; undefined without TTL or without a number in its attribute. */
export function expiryOf(table: Table, item: Item): number | undefined {
  const text = table.timeToLive === undefined ? undefined : item[table.timeToLive]?.N;
  if (text === undefined) return undefined;
  const seconds = Math.floor(Number(text));
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}

export interface TimeToLive {
  start(): void;
  stop(): void;
}

/** AWS deletes within days of the expiry; here an item goes when the clock reaches it. */
export function createTimeToLive(database: Database): TimeToLive {
  const { store, context } = database;
  let cancel: (() => void) | undefined;
  let wakesAt: number | undefined;

  function sweep(): void {
    wakesAt = undefined;
    const now = Math.floor(context.clock.now() / 1000);
    const tables = new Map(store.allTables().map((table) => [table.id, table]));
    const due = store.expired(now, SWEEP_BATCH);
    if (due.length > 0) {
      database.commit((write) => {
        for (const { tableId, position } of due) {
          const table = tables.get(tableId)!;
          const { item } = store.item(tableId, position)!;
          if (expiryOf(table, item)! <= now - OLDEST_EXPIRY_S) store.setExpiry(tableId, position, undefined);
          else write({ table, key: keyOf(table, item), action: { kind: 'delete' } }, IDENTITY);
        }
      });
    }
    arm();
  }

  function arm(): void {
    const next = store.nextExpiry();
    if (next === undefined || (wakesAt !== undefined && wakesAt <= next)) return;
    cancel?.();
    wakesAt = next;
    cancel = context.clock.after(Math.max(0, next * 1000 - context.clock.now()), sweep);
  }

  return {
    start() {
      database.afterCommit = arm;
      arm();
    },
    stop() {
      database.afterCommit = undefined;
      cancel?.();
      wakesAt = undefined;
    },
  };
}
