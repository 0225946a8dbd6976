/** Keeping Iceberg tables: OPTIMIZE, VACUUM, whole-file deletes, merged manifests, new partitionings, and the tables that describe one. */
import assert from 'node:assert/strict';
import { test } from 'vitest';
import * as iceberg from '../iceberg/index.ts';
import { icebergLake, type TestLake } from './support/icebergLake.ts';

const REF = { database: 'd', table: 't' };
const DAY = 86_400_000;

const create = (
  { lake }: TestLake,
  parts: { partitioning?: string[]; properties?: Record<string, string> } = {},
) =>
  iceberg.createTable(lake, REF, {
    location: 's3://lake/d/t',
    columns: [
      { name: 'id', type: 'int' },
      { name: 'part', type: 'string' },
    ],
    ...parts,
  });

const add = ({ lake, connection }: TestLake, values: string) =>
  iceberg.append(lake, connection, REF, { select: `SELECT * FROM (VALUES ${values}) AS v(id, part)` });

async function remove({ lake, connection }: TestLake, where: string) {
  const base = await iceberg.loadTable(lake, REF);
  const { relation } = await iceberg.planScan(lake, connection, base.metadata, { rowIds: true });
  const deletes = `SELECT "$path", "$pos" FROM ${relation} WHERE ${where}`;
  return iceberg.rowDelta(lake, connection, base, { operation: 'delete', deletes });
}

async function scan({ lake, connection }: TestLake, options: iceberg.ScanOptions = {}) {
  const { metadata } = await iceberg.loadTable(lake, REF);
  return iceberg.planScan(lake, connection, metadata, options);
}

const idsOf = async (world: TestLake) =>
  (await world.rows(`SELECT id FROM ${(await scan(world)).relation} ORDER BY id`)).flat();

// https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html: optimize_rewrite_data_file_threshold 5, optimize_rewrite_delete_file_threshold 2.
test('OPTIMIZE leaves fewer than five small files alone, and merges five of a partition', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'] });
  for (const id of [1, 2, 3, 4]) await add(world, `(${id}, 'a'), (${id + 10}, 'b')`);

  const early = await iceberg.optimize(world.lake, world.connection, REF);
  await add(world, `(5, 'a')`);
  const late = await iceberg.optimize(world.lake, world.connection, REF);

  assert.equal(early.snapshotId, undefined);
  assert.equal(late.addedFiles, 1);
  assert.deepEqual((await scan(world)).files.map((file) => file.partition).sort(), [
    'part=a',
    ...Array(4).fill('part=b'),
  ]);
  assert.deepEqual(await idsOf(world), [1, 2, 3, 4, 5, 11, 12, 13, 14]);
  const summary = late.table.metadata.snapshots.at(-1)!.summary;
  assert.deepEqual(
    [summary.operation, summary['deleted-data-files'], summary['total-records']],
    ['replace', '5', '9'],
  );
});

// https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html: files below 0.75 times and above 1.8 times the target.
test('OPTIMIZE by default takes files below three quarters of the target and above 1.8 times it', async (t) => {
  const world = await icebergLake(t);
  await create(world);
  const { lake, connection } = world;
  await iceberg.append(lake, connection, REF, {
    select: 'SELECT i, md5(i::VARCHAR) FROM range(2000) r(i)',
  });
  const [large] = (await scan(world)).files;
  const optimizeFor = async (share: number) => {
    const target = String(Math.floor(large!.bytes / share));
    await iceberg.setProperties(lake, REF, { set: { 'write.target-file-size-bytes': target } });
    return (await iceberg.optimize(lake, connection, REF)).snapshotId !== undefined;
  };

  assert.equal(await optimizeFor(1.79), false);
  for (const id of [1, 2, 3, 4]) await add(world, `(${id}, 'a')`);
  assert.equal(await optimizeFor(0.76), false);
  assert.equal(await optimizeFor(0.74), true);
  assert.equal((await scan(world)).files.length, 1);
  assert.equal(await optimizeFor(1.95), true);
});

test('OPTIMIZE folds the deletes of a file that has two delete files, and drops them', async (t) => {
  const world = await icebergLake(t);
  await create(world);
  await add(world, `(1, 'a'), (2, 'a'), (3, 'b')`);
  await remove(world, 'id = 1');
  const once = await iceberg.optimize(world.lake, world.connection, REF);
  await remove(world, 'id = 3');

  const twice = await iceberg.optimize(world.lake, world.connection, REF);

  assert.equal(once.snapshotId, undefined);
  assert.deepEqual(await idsOf(world), [2]);
  assert.deepEqual(
    (await scan(world)).files.map((file) => [file.records, file.deletes]),
    [[1, 0]],
  );
  const summary = twice.table.metadata.snapshots.at(-1)!.summary;
  assert.deepEqual([summary['total-delete-files'], summary['total-position-deletes']], ['0', '0']);
});

test('OPTIMIZE rewrites only the partitions of its condition', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'], properties: { optimize_rewrite_data_file_threshold: '2' } });
  await add(world, `(1, 'a'), (2, 'b')`);
  await add(world, `(3, 'a'), (4, 'b')`);

  await iceberg.optimize(world.lake, world.connection, REF, {
    where: { op: '=', column: 'part', value: 'b' },
  });

  assert.deepEqual((await scan(world)).files.map((file) => file.partition).sort(), [
    'part=a',
    'part=a',
    'part=b',
  ]);
});

// https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html: "Specifying a non-partition column will cause the query to fail."
test('OPTIMIZE refuses a condition on a column that is not a partition column', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'] });

  const optimizing = iceberg.optimize(world.lake, world.connection, REF, {
    where: {
      op: 'and',
      terms: [
        { op: '=', column: 'part', value: 'a' },
        { op: '<', column: 'id', value: 5 },
      ],
    },
  });

  await assert.rejects(optimizing, { code: 'NOT_SUPPORTED', message: /'id' is none/ });
});

test('VACUUM keeps snapshots of the last five days, and always the current one', async (t) => {
  const world = await icebergLake(t);
  const { lake, clock } = world;
  clock.now -= 20 * DAY;
  await create(world);
  await add(world, `(1, 'a')`);
  clock.now += DAY;
  const old = await remove(world, 'id = 1');
  clock.now += 18 * DAY;
  await add(world, `(2, 'a')`);
  clock.now += DAY / 2;
  await add(world, `(3, 'a')`);

  const result = await iceberg.vacuum(lake, REF);

  assert.equal(result.snapshots, 2);
  const { metadata } = result.table;
  assert.deepEqual(await idsOf(world), [2, 3]);
  assert.equal(metadata.snapshots.length, 2);
  assert.equal(metadata['snapshot-log'].length, 2);
  await assert.rejects(scan(world, { snapshotId: old.snapshotId! }), { code: 'INVALID_ARGUMENTS' });
  clock.now += 30 * DAY;
  assert.equal((await iceberg.vacuum(lake, REF)).table.metadata.snapshots.length, 1);
  assert.deepEqual(await idsOf(world), [2, 3]);
});

// One round of Athena's VACUUM removes 20,000 files at most, and asks for another.
// https://docs.aws.amazon.com/athena/latest/ug/create-table-as.html: vacuum_max_snapshot_age_seconds is 432000 (5 days),
// vacuum_min_snapshots_to_keep is 1.
test('VACUUM by default keeps a snapshot for exactly five days', async (t) => {
  const world = await icebergLake(t);
  await create(world);
  await add(world, `(1, 'a')`);
  await add(world, `(2, 'a')`);
  const made = world.clock.now;

  world.clock.now = made + 5 * DAY - 60_000;
  const kept = await iceberg.vacuum(world.lake, REF);
  world.clock.now = made + 5 * DAY + 60_000;
  const gone = await iceberg.vacuum(world.lake, REF);

  assert.deepEqual([kept.snapshots, gone.snapshots], [0, 1]);
  assert.deepEqual(await idsOf(world), [1, 2]);
});

test('VACUUM by rounds removes so many files a time, and the rest later', async (t) => {
  const world = await icebergLake(t);
  await create(world, { properties: { vacuum_max_snapshot_age_seconds: '1' } });
  for (const id of [1, 2, 3, 4]) await add(world, `(${id}, 'a')`);
  await iceberg.deleteWhere(world.lake, REF, { op: 'true' });
  world.clock.now = Date.now() + 10 * DAY;

  const first = await iceberg.vacuum(world.lake, REF, { mostFiles: 3 });
  let rounds = 1;
  let more = first.more;
  while (more) {
    ({ more } = await iceberg.vacuum(world.lake, REF, { mostFiles: 3 }));
    rounds++;
  }

  assert.deepEqual([first.removed, first.more], [3, true]);
  assert.ok(rounds > 3);
  const left = (await Array.fromAsync(world.store.list('lake', 'd/t/data/'))).map(({ key }) => key);
  assert.deepEqual(left, []);
  assert.deepEqual(await idsOf(world), []);
});

test('VACUUM spares files that a writer may be about to commit', async (t) => {
  const world = await icebergLake(t);
  const { lake, store, clock } = world;
  clock.now = Date.now();
  await create(world);
  await add(world, `(1, 'a')`);
  await store.put('lake', 'd/t/data/unfinished.parquet', Buffer.from('x'));
  await store.put('lake', 'd/t2/data/neighbour.parquet', Buffer.from('x'));

  const early = await iceberg.vacuum(lake, REF);
  clock.now += 6 * DAY;
  const late = await iceberg.vacuum(lake, REF);

  assert.deepEqual([early.orphans, late.orphans], [0, 1]);
  assert.equal((await store.get('lake', 'd/t2/data/neighbour.parquet')).toString(), 'x');
});

test('VACUUM spares files of a writer that is at work, however far the clock was moved meanwhile', async (t) => {
  const world = await icebergLake(t);
  const { lake, store, clock } = world;
  clock.now = Date.now();
  await create(world);
  await store.put('lake', 'd/t/data/unfinished.parquet', Buffer.from('x'));
  clock.now += 30 * DAY;

  const during = await iceberg.vacuum(lake, REF, { writersSince: Date.now() - DAY });
  const after = await iceberg.vacuum(lake, REF);

  assert.deepEqual([during.orphans, after.orphans], [0, 1]);
});

test('many appends leave few manifests', async (t) => {
  const world = await icebergLake(t);
  await create(world, { properties: { 'commit.manifest.min-count-to-merge': '10' } });
  for (let id = 0; id < 45; id++) await add(world, `(${id}, 'a')`);

  const { metadata } = await iceberg.loadTable(world.lake, REF);
  const { relation } = await iceberg.metadataTable(world.lake, metadata, '$manifests');

  const [[count]] = (await world.rows(`SELECT count(*)::INT FROM ${relation}`)) as [[number]];
  assert.ok(count <= 10, `${count} manifests`);
  assert.equal((await idsOf(world)).length, 45);
  assert.equal((await scan(world, { snapshotId: metadata.snapshots[3]!['snapshot-id'] })).records, 4);
});

test('a delete that takes whole files writes no delete file', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'] });
  await add(world, `(1, 'a'), (2, 'b'), (3, 'b'), (4, NULL)`);

  const part = await iceberg.deleteWhere(world.lake, REF, { op: '>', column: 'id', value: 2 });
  const whole = await iceberg.deleteWhere(world.lake, REF, { op: '=', column: 'part', value: 'b' });

  assert.equal(part, undefined);
  assert.equal(whole?.deletedRecords, 2);
  const summary = whole?.table.metadata.snapshots.at(-1)?.summary;
  assert.deepEqual([summary?.operation, summary?.['added-delete-files']], ['delete', undefined]);
  assert.deepEqual(await idsOf(world), [1, 4]);
});

test('more partitions than a statement may open are refused, and nothing is left', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['id'] });

  const writing = iceberg.append(world.lake, world.connection, REF, {
    select: `SELECT i, 'x' FROM range(101) r(i)`,
    maxOpenPartitions: 100,
  });

  await assert.rejects(writing, {
    code: 'ICEBERG_TOO_MANY_OPEN_PARTITIONS',
    message: 'Exceeded limit of 100 open writers for partitions',
  });
  assert.equal((await Array.fromAsync(world.store.list('lake', 'd/t/data/'))).length, 0);
});

test('partition values of any text, long ones and NULL included, make their own partitions', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'] });
  const texts = ['é'.repeat(200), '__HIVE_DEFAULT_PARTITION__', 'null', '', 'a/b=c d%', "o'clock"];
  const values = texts.map((text, index) => `(${index}, '${text.replaceAll("'", "''")}')`).join(', ');

  await add(world, `${values}, (99, NULL)`);

  const found = await world.rows(`SELECT part FROM ${(await scan(world)).relation} ORDER BY id`);
  assert.deepEqual(found.flat(), [...texts, null]);
  for (const text of texts) {
    const plan = await scan(world, { filter: { op: '=', column: 'part', value: text } });
    assert.equal(plan.files.length, 1, text);
  }
  assert.equal((await scan(world, { filter: { op: 'is null', column: 'part' } })).files.length, 1);
});

test('a new partitioning holds for new files, and both kinds are read and deleted from', async (t) => {
  const world = await icebergLake(t);
  await create(world, {
    partitioning: ['part'],
    properties: { optimize_rewrite_data_file_threshold: '1', optimize_rewrite_delete_file_threshold: '1' },
  });
  await add(world, `(1, 'a'), (2, 'b')`);
  await iceberg.repartition(world.lake, REF, ['bucket(4, id)', 'part']);
  await add(world, `(3, 'a'), (4, 'b')`);
  await iceberg.repartition(world.lake, REF, []);
  await add(world, `(5, 'a')`);

  await remove(world, 'id IN (1, 3)');

  assert.deepEqual(await idsOf(world), [2, 4, 5]);
  await iceberg.optimize(world.lake, world.connection, REF);
  assert.deepEqual(await idsOf(world), [2, 4, 5]);
  const { metadata } = await iceberg.loadTable(world.lake, REF);
  assert.deepEqual(
    metadata['partition-specs'].map((spec) => spec.fields.map((field) => field['field-id'])),
    [[1000], [1001, 1000], []],
  );
});

test('a table describes its snapshots, files, partitions and manifests as Trino would', async (t) => {
  const world = await icebergLake(t);
  await create(world, { partitioning: ['part'], properties: { owner: 'shop' } });
  await add(world, `(1, 'a'), (2, 'a'), (3, NULL)`);
  const { table } = await remove(world, 'id = 1');
  const read = async (name: iceberg.MetadataTableName, select: string) => {
    const { relation } = await iceberg.metadataTable(world.lake, table.metadata, name);
    return world.rows(`SELECT ${select} FROM ${relation} ORDER BY ALL`);
  };

  const snapshots = await read('$snapshots', `operation, summary['total-records'], parent_id IS NULL`);
  const files = await read('$files', 'content, partition.part, record_count::INT, lower_bounds[1]');
  const partitions = await read('$partitions', 'partition.part, record_count::INT, data.id.min, data.id.max');
  const manifests = await read(
    '$manifests',
    'added_data_files_count, partition_summaries[1].contains_null, partition_summaries[1].lower_bound',
  );

  assert.deepEqual(snapshots, [
    ['append', '3', true],
    ['delete', '3', false],
  ]);
  assert.deepEqual(await read('$history', 'is_current_ancestor'), [[true], [true]]);
  assert.deepEqual(files, [
    [0, 'a', 2, '1'],
    [0, null, 1, '3'],
    [1, 'a', 1, null],
  ]);
  assert.deepEqual(partitions, [
    ['a', 2, 1, 2],
    [null, 1, 3, 3],
  ]);
  assert.deepEqual(manifests, [
    [1, false, 'a'],
    [2, true, 'a'],
  ]);
  assert.deepEqual(await read('$refs', 'name, type'), [['main', 'BRANCH']]);
  assert.deepEqual(await read('$properties', 'value'), [['shop'], ['zstd']]);
});

test('a table without rows describes itself too', async (t) => {
  const world = await icebergLake(t);
  const { metadata } = await create(world);

  const names = ['$snapshots', '$history', '$files', '$manifests', '$partitions', '$refs'] as const;
  for (const name of names) {
    const { relation, columns } = await iceberg.metadataTable(world.lake, metadata, name);
    assert.deepEqual(await world.rows(`SELECT * FROM ${relation}`), []);
    assert.ok(columns.length > 2);
  }
  assert.deepEqual(await world.rows(`SELECT * FROM ${(await scan(world)).relation}`), []);
});

test('a dropped table leaves no file, and its neighbour stays', async (t) => {
  const world = await icebergLake(t);
  await create(world);
  await add(world, `(1, 'a')`);
  await world.store.put('lake', 'd/t2/x', Buffer.from('x'));

  await iceberg.dropTable(world.lake, REF);

  assert.deepEqual(
    (await Array.fromAsync(world.store.list('lake', ''))).map((object) => object.key),
    ['d/t2/x'],
  );
});
