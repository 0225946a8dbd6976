/** State shared by DynamoDB's actions: the store, the tables by name, and the writes that touch items, indexes and the stream. */
import { join } from 'node:path';
import { AwsError } from '../../core/errors.ts';
import type { CloudContext } from '../../core/service.ts';
import { addIndexUnits, type Consumption, noConsumption, totalUnits, writeUnits } from './capacity.ts';
import { type Condition, holds } from './expressions/condition.ts';
import { applyUpdate, type Change } from './expressions/update.ts';
import { assertItemKeys, keyOf, type Position, positionOf } from './keys.ts';
import { openStore, type Store } from './store.ts';
import { appendStreamRecord } from './streamRecords.ts';
import { type IndexDefinition, projected, type Table } from './table.ts';
import { createThrottle } from './throttle.ts';
import { expiryOf } from './timeToLive.ts';
import { equalItems, type Item, itemSize, MAX_ITEM_BYTES, validationError } from './values.ts';

/** One item's change, all of its expressions parsed. */
export interface Write {
  readonly table: Table;
  readonly key: Item;
  readonly action:
    | { readonly kind: 'put'; readonly item: Item }
    | { readonly kind: 'update'; readonly changes: readonly Change[] }
    | { readonly kind: 'delete' }
    | { readonly kind: 'check' };
  readonly condition?: Condition;
  readonly returnOldOnFailure?: boolean;
}

export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly consumption: Consumption;
}

/** Who wrote, as the stream record tells it; absent for a caller of the API. */
export interface StreamIdentity {
  readonly Type: 'Service';
  readonly PrincipalId: 'dynamodb.amazonaws.com';
}

export interface Database {
  readonly store: Store;
  readonly context: CloudContext;
  /** By name or ARN; throws `ResourceNotFoundException`. */
  table(nameOrArn: unknown): Table;
  /** Runs `work` in one transaction, then tells the listeners which streams got records. `unitFactor` is 2 for transactions. */
  commit<T>(
    work: (write: (change: Write, identity?: StreamIdentity) => Written) => T,
    unitFactor?: number,
  ): T;
  /** Meters what a read of the table cost; throws when rates are AWS's and the table has no unit left. */
  meterRead(table: Table, consumption: Consumption): void;
  /** Called after each commit, e.g. to look at the next expiry. */
  afterCommit?: () => void;
}

const databases = new WeakMap<CloudContext, Database>();

/** The one database of a cloud, which DynamoDB and DynamoDB Streams share. */
export function databaseOf(context: CloudContext): Database {
  const database = databases.get(context) ?? openDatabase(context);
  databases.set(context, database);
  return database;
}

function openDatabase(context: CloudContext): Database {
  const store = openStore(join(context.stateDir, 'dynamodb'));
  const throttle = createThrottle(context);

  const database: Database = {
    store,
    context,
    table(nameOrArn) {
      if (typeof nameOrArn !== 'string') {
        throw validationError("The parameter 'TableName' is required but was not present in the request");
      }
      const name = nameOrArn.startsWith('arn:') ? nameOrArn.split('/')[1]! : nameOrArn;
      const table = store.table(name);
      if (!table) throw new AwsError('ResourceNotFoundException', 'Requested resource not found');
      return table;
    },
    commit(work, unitFactor = 1) {
      const streams = new Set<string>();
      const result = store.transaction(() =>
        work((change, identity) => {
          // The service's own deletions (time to live) cost nothing.
          if (!identity) throttle.assertRoom(change.table, 'write');
          const written = applyWrite(store, change);
          const { before, after } = written;
          if (changed(before, after) && change.table.stream) {
            appendStreamRecord(store, context, change.table, { before, after }, identity);
            streams.add(change.table.stream.arn);
          }
          if (!identity) {
            const units = totalUnits(written.consumption) * unitFactor;
            throttle.spend(change.table, units, 'write');
            context.meter.add('dynamodb', 'write', 'units', units);
          }
          return written;
        }),
      );
      for (const arn of streams) {
        context.events.emit('dynamodb:stream', { streamArn: arn, shardId: store.stream(arn)!.shardId });
      }
      database.afterCommit?.();
      return result;
    },
    meterRead(table, consumption) {
      throttle.assertRoom(table, 'read');
      throttle.spend(table, totalUnits(consumption), 'read');
      context.meter.add('dynamodb', 'read', 'units', totalUnits(consumption));
    },
  };
  return database;
}

const changed = (before: Item | undefined, after: Item | undefined) =>
  before === undefined || after === undefined ? before !== after : !equalItems(before, after);

function conditionalCheckFailed(before: Item | undefined, returnOld: boolean | undefined): AwsError {
  return new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
    fields: returnOld && before ? { Item: before } : {},
  });
}

function resultOf(write: Write, before: Item | undefined): Item | undefined {
  switch (write.action.kind) {
    case 'put':
      return write.action.item;
    case 'update':
      return applyUpdate(write.action.changes, before ?? write.key);
    case 'delete':
      return undefined;
    case 'check':
      return before;
  }
}

/** Judges the condition and makes the change. Runs inside a transaction of the caller's. */
function applyWrite(store: Store, write: Write): Written {
  const { table, key, action } = write;
  const position = positionOf(table.keySchema, key)!;
  const stored = store.item(table.id, position);
  const before = stored?.item;
  if (write.condition && !holds(write.condition, before ?? {})) {
    throw conditionalCheckFailed(before, write.returnOldOnFailure);
  }
  const after = resultOf(write, before);
  const size = after === before ? (stored?.size ?? 0) : after ? itemSize(after) : 0;
  if (size > MAX_ITEM_BYTES) {
    throw validationError(
      action.kind === 'update'
        ? 'Item size to update has exceeded the maximum allowed size'
        : 'Item size has exceeded the maximum allowed size',
    );
  }
  const consumption = noConsumption('write');
  consumption.table = writeUnits(Math.max(stored?.size ?? 0, size));
  if (action.kind === 'check') return { before, after, consumption };

  if (after) {
    if (action.kind === 'update') assertItemKeys(table, after);
    store.putItem(table.id, position, { item: after, size }, expiryOf(table, after));
  } else if (before) {
    store.deleteItem(table.id, position);
  }
  const added = (after ? 1 : 0) - (before ? 1 : 0);
  if (added !== 0 || size !== stored?.size) {
    store.addSize(`t${table.id}`, added, size - (stored?.size ?? 0));
  }
  for (const index of table.indexes) {
    const units = applyIndexWrite(store, table, index, position, before, after);
    if (units > 0) addIndexUnits(consumption, index, units);
  }
  return { before, after, consumption };
}

const samePosition = (a: Position, b: Position) => a.hash.equals(b.hash) && a.range.equals(b.range);

/**
 * Brings an index's entry in line with its item and gives the write units that it costs: none when what the index
 * holds is unchanged, one entry's when it is added, removed or replaced in place, two entries' when it moves.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
function applyIndexWrite(
  store: Store,
  table: Table,
  index: IndexDefinition,
  item: Position,
  before: Item | undefined,
  after: Item | undefined,
): number {
  const old = before && positionOf(index.keySchema, before);
  const next = after && positionOf(index.keySchema, after);
  const oldHeld = old && projected(table, index, before);
  const nextHeld = next && projected(table, index, after);
  const oldSize = oldHeld ? itemSize(oldHeld) : 0;
  const nextSize = nextHeld ? itemSize(nextHeld) : 0;
  const owner = `i${index.id}`;
  if (old && next && samePosition(old, next)) {
    if (equalItems(oldHeld!, nextHeld!)) return 0;
    if (nextSize !== oldSize) store.addSize(owner, 0, nextSize - oldSize);
    return writeUnits(Math.max(oldSize, nextSize));
  }
  let units = 0;
  if (old) {
    store.deleteEntry(index.id, old, item);
    store.addSize(owner, -1, -oldSize);
    units += writeUnits(oldSize);
  }
  if (next) {
    store.putEntry(index.id, next, item);
    store.addSize(owner, 1, nextSize);
    units += writeUnits(nextSize);
  }
  return units;
}

/** Fills a new index from the items that are there. */
export function backfillIndex(store: Store, table: Table, index: IndexDefinition): void {
  for (const row of store.items(table, {})) {
    applyIndexWrite(store, table, index, row.position, undefined, row.item);
  }
}

/** The key that a page ends at: the table's key and, for an index, its own. */
export const lastKeyOf = (table: Table, index: IndexDefinition | undefined, item: Item): Item => ({
  ...keyOf(table, item),
  ...(index &&
    Object.fromEntries(index.keySchema.map((key) => [key.AttributeName, item[key.AttributeName]!]))),
});
