/** Commits of the Iceberg library under failure and contention: the old state or the new one, never between. */
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { type TestContext, test } from 'vitest';
import type { ObjectStore } from '../core/objectStore.ts';
import * as iceberg from '../iceberg/index.ts';
import { icebergLake, memoryCatalog, type TestLake } from './support/icebergLake.ts';

const REF = { database: 'd', table: 't' };
const AGES = 1e9;

/** Fails every call from a chosen one on, as a killed process would; `calls` counts the ones that change something. */
function failingAfter(limit: { calls: number; at: number }) {
  const step = () => {
    if (limit.calls++ >= limit.at) throw new Error('killed');
  };
  return {
    store: (store: ObjectStore): ObjectStore => ({
      ...store,
      put: async (...put) => {
        step();
        return store.put(...put);
      },
      putFile: async (...put) => {
        step();
        return store.putFile(...put);
      },
      delete: async (...keys) => {
        step();
        return store.delete(...keys);
      },
    }),
    step,
  };
}

/** A table of the ids 0 to 9 in two partitions. */
async function numbers({ lake, connection }: TestLake) {
  await iceberg.createTable(lake, REF, {
    location: 's3://lake/d/t',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'part', type: 'int' },
    ],
    partitioning: ['part'],
    properties: { optimize_rewrite_delete_file_threshold: '1', optimize_rewrite_data_file_threshold: '2' },
  });
  const { table } = await iceberg.append(lake, connection, REF, {
    select: 'SELECT i, i % 2 FROM range(10) r(i)',
  });
  return table;
}

async function idsOf({ lake, connection, rows }: TestLake): Promise<unknown[]> {
  const { metadata } = await iceberg.loadTable(lake, REF);
  const { relation } = await iceberg.planScan(lake, connection, metadata);
  return (await rows(`SELECT id FROM ${relation} ORDER BY id`)).flat();
}

const objects = async (store: ObjectStore): Promise<string[]> =>
  (await Array.fromAsync(store.list('lake', ''))).map((object) => object.key);

const STATEMENTS: Record<string, (world: TestLake, base: iceberg.LoadedTable) => Promise<unknown>> = {
  append: ({ lake, connection }) => iceberg.append(lake, connection, REF, { select: 'SELECT 10, 0' }),
  merge: async ({ lake, connection }, base) => {
    const { relation } = await iceberg.planScan(lake, connection, base.metadata, { rowIds: true });
    return iceberg.rowDelta(lake, connection, base, {
      operation: 'merge',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id < 3`,
      inserts: 'SELECT 20, 0 UNION ALL SELECT 21, 1',
    });
  },
  optimize: ({ lake, connection }) => iceberg.optimize(lake, connection, REF),
};

for (const [name, statement] of Object.entries(STATEMENTS))
  test(`killed at any step of ${name}, the table is at its old or its new state, and vacuum leaves no orphan`, async (t) => {
    let isDone = false;
    const outcomes = new Set<string>();

    for (let at = 0; !isDone; at++) {
      const limit = { calls: Number.NEGATIVE_INFINITY, at };
      const failing = failingAfter(limit);
      const catalog = memoryCatalog();
      const world = await icebergLake(t, {
        store: failing.store,
        catalog: {
          ...catalog,
          swap: async (...swap) => {
            failing.step();
            await catalog.swap(...swap);
            failing.step();
          },
        },
      });
      await numbers(world);
      await iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 100, 0' });
      const base = await iceberg.loadTable(world.lake, REF);
      const before = await idsOf(world);
      limit.calls = 0;

      isDone = await statement(world, base).then(
        () => true,
        () => false,
      );

      limit.at = Number.POSITIVE_INFINITY;
      const after = await idsOf(world);
      const expected = await expectedAfter(t, statement);
      outcomes.add(JSON.stringify(after) === JSON.stringify(before) ? 'old' : 'new');
      assert.ok(
        [before, expected].some((ids) => JSON.stringify(ids) === JSON.stringify(after)),
        `step ${at}: ${JSON.stringify(after)}`,
      );
      await assertVacuumLeavesOnlyLive(world);
      assert.deepEqual(await idsOf(world), after);
    }

    assert.ok(outcomes.has('old'));
  });

let known: Map<unknown, unknown[]> = new Map();

/** What the statement leaves when nothing fails. */
async function expectedAfter(t: TestContext, statement: (typeof STATEMENTS)[string]): Promise<unknown[]> {
  const found = known.get(statement);
  if (found) return found;
  const world = await icebergLake(t);
  await numbers(world);
  await iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 100, 0' });
  await statement(world, await iceberg.loadTable(world.lake, REF));
  const ids = await idsOf(world);
  known = new Map([...known, [statement, ids]]);
  return ids;
}

async function assertVacuumLeavesOnlyLive(world: TestLake): Promise<void> {
  const { lake, clock, store } = world;
  await iceberg.setProperties(lake, REF, {
    set: { vacuum_max_snapshot_age_seconds: '1', vacuum_max_metadata_files_to_keep: '1' },
  });
  clock.now = Date.now() + AGES;

  const { table } = await iceberg.vacuum(lake, REF);

  const plan = await iceberg.planScan(lake, world.connection, table.metadata);
  const files = await iceberg.metadataTable(lake, table.metadata, '$files');
  const manifests = await iceberg.metadataTable(lake, table.metadata, '$manifests');
  const paths = await world.rows(
    `SELECT file_path FROM ${files.relation} UNION ALL SELECT path FROM ${manifests.relation}`,
  );
  const live = [
    ...paths.flat(),
    ...table.metadata.snapshots.map((snapshot) => snapshot['manifest-list']),
    table.metadataLocation,
    ...table.metadata['metadata-log'].map((entry) => entry['metadata-file']),
  ].map((location) => String(location).replace('s3://lake/', ''));
  assert.equal(table.metadata.snapshots.length, 1);
  assert.ok(plan.files.length > 0);
  assert.deepEqual(await objects(store), live.sort());
}

// Iceberg's GlueTableOperations asks the catalog after a failure whose outcome it does not know (checkCommitStatus).
for (const isDone of [true, false])
  test(`a swap whose answer is lost ${isDone ? 'is found to have happened' : 'leaves the table and the files as they are'}`, async (t) => {
    const catalog = memoryCatalog();
    let isLost = false;
    const world = await icebergLake(t, {
      catalog: {
        ...catalog,
        async swap(...swap) {
          if (!isLost) return catalog.swap(...swap);
          isLost = false;
          if (isDone) await catalog.swap(...swap);
          throw new Error('The connection was reset.');
        },
      },
    });
    await numbers(world);
    const before = await objects(world.store);
    isLost = true;

    const appended = iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 10, 0' });

    if (isDone) await appended;
    else await assert.rejects(appended, /connection was reset/);
    assert.equal((await idsOf(world)).length, isDone ? 11 : 10);
    assert.ok((await objects(world.store)).length > before.length);
    await assertVacuumLeavesOnlyLive(world);
    assert.equal((await idsOf(world)).length, isDone ? 11 : 10);
  });

test('two appends at once both land', async (t) => {
  const world = await icebergLake(t);
  await numbers(world);
  const second = await world.instance.connect();

  await Promise.all([
    iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 10, 0' }),
    iceberg.append(world.lake, second, REF, { select: 'SELECT 11, 1' }),
  ]);

  assert.deepEqual(await idsOf(world), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  const { metadata } = await iceberg.loadTable(world.lake, REF);
  assert.equal(metadata['last-sequence-number'], 3);
  second.closeSync();
});

test('of two deletes of one row, one wins and the other fails with a commit error', async (t) => {
  const world = await icebergLake(t);
  const base = await numbers(world);
  const { relation } = await iceberg.planScan(world.lake, world.connection, base.metadata, { rowIds: true });
  const doomed = {
    operation: 'delete' as const,
    deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id = 4`,
    conflictFilter: { op: '=' as const, column: 'id', value: 4 },
  };
  await iceberg.rowDelta(world.lake, world.connection, base, doomed);

  const second = iceberg.rowDelta(world.lake, world.connection, base, doomed);

  await assert.rejects(second, { name: 'IcebergError', code: 'ICEBERG_COMMIT_ERROR' });
  assert.deepEqual(await idsOf(world), [0, 1, 2, 3, 5, 6, 7, 8, 9]);
});

test('deletes in different partitions do not conflict', async (t) => {
  const world = await icebergLake(t);
  const base = await numbers(world);
  const { relation } = await iceberg.planScan(world.lake, world.connection, base.metadata, { rowIds: true });
  const deleting = (id: number) =>
    iceberg.rowDelta(world.lake, world.connection, base, {
      operation: 'delete',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id = ${id}`,
      conflictFilter: { op: '=', column: 'part', value: id % 2 },
    });

  await deleting(4);
  await deleting(5);

  assert.deepEqual(await idsOf(world), [0, 1, 2, 3, 6, 7, 8, 9]);
});

test('a merge conflicts with rows appended where it looked, unless its isolation level is snapshot', async (t) => {
  const world = await icebergLake(t);
  const { lake, connection } = world;
  const base = await numbers(world);
  await iceberg.append(lake, connection, REF, { select: 'SELECT 10, 0' });
  const merging = (from: iceberg.LoadedTable) =>
    iceberg.rowDelta(lake, connection, from, { operation: 'merge', inserts: 'SELECT 10, 0' });

  await assert.rejects(merging(base), { code: 'ICEBERG_COMMIT_ERROR' });
  const relaxed = await iceberg.setProperties(lake, REF, {
    set: { 'write.merge.isolation-level': 'snapshot' },
  });
  await iceberg.append(lake, connection, REF, { select: 'SELECT 11, 0' });
  await merging(relaxed);

  assert.deepEqual((await idsOf(world)).slice(-3), [10, 10, 11]);
});

test('rewriting files fails when another writer deleted from them meanwhile', async (t) => {
  let duringSwap = async () => {};
  const catalog = memoryCatalog();
  const world = await icebergLake(t, {
    catalog: {
      ...catalog,
      swap: async (...swap) => {
        const first = duringSwap;
        duringSwap = async () => {};
        await first();
        return catalog.swap(...swap);
      },
    },
  });
  await numbers(world);
  await iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 10, 0' });
  const base = await iceberg.loadTable(world.lake, REF);
  const { relation } = await iceberg.planScan(world.lake, world.connection, base.metadata, { rowIds: true });
  const second = await world.instance.connect();
  duringSwap = async () => {
    await iceberg.rowDelta(world.lake, second, base, {
      operation: 'delete',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id = 0`,
    });
  };

  const rewriting = iceberg.optimize(world.lake, world.connection, REF);

  await assert.rejects(rewriting, { code: 'ICEBERG_COMMIT_ERROR' });
  assert.deepEqual(await idsOf(world), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  second.closeSync();
});

test('a writer that loses every race gives up with a commit error and leaves no file behind', async (t) => {
  const catalog = memoryCatalog();
  let isContended = false;
  const world = await icebergLake(t, {
    catalog: {
      ...catalog,
      swap: async (...swap) => {
        if (isContended) throw new iceberg.CommitConflict(swap[0], swap[1], swap[2]);
        return catalog.swap(...swap);
      },
    },
  });
  await numbers(world);
  const before = await objects(world.store);
  isContended = true;

  const appending = iceberg.append(world.lake, world.connection, REF, { select: 'SELECT 10, 0' });

  await assert.rejects(appending, { code: 'ICEBERG_COMMIT_ERROR' });
  assert.deepEqual(await objects(world.store), before);
});

test('a target row that two source rows match is an error, and nothing is written', async (t) => {
  const world = await icebergLake(t);
  const base = await numbers(world);
  const before = await objects(world.store);
  const { relation } = await iceberg.planScan(world.lake, world.connection, base.metadata, { rowIds: true });

  const merging = iceberg.rowDelta(world.lake, world.connection, base, {
    operation: 'merge',
    deletes: `SELECT "$path", "$pos" FROM ${relation} JOIN (VALUES (1), (1)) AS source(id) USING (id)`,
    inserts: 'SELECT 1, 1',
  });

  await assert.rejects(merging, {
    code: 'MERGE_TARGET_ROW_MULTIPLE_MATCHES',
    message: 'One MERGE target table row matched more than one source row',
  });
  assert.deepEqual(await objects(world.store), before);
});

test('a table made with its rows does not exist when its query fails', async (t) => {
  const { lake, connection, root } = await icebergLake(t);

  const creating = iceberg.createTableAs(lake, connection, REF, {
    location: 's3://lake/d/t',
    columns: [{ name: 'id', type: 'int', required: true }],
    select: 'SELECT NULL',
  });

  await assert.rejects(creating, {
    code: 'CONSTRAINT_VIOLATION',
    message: 'NULL value not allowed for NOT NULL column: id',
  });
  await assert.rejects(iceberg.loadTable(lake, REF), /EntityNotFoundException/);
  await assert.rejects(stat(`${root}/lake/d/t`), { code: 'ENOENT' });
});
