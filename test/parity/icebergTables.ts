/** The Iceberg tables that other engines are shown: every partitioning and type, with deletes, a changed schema and a rewrite on top. */
import type { DuckDBConnection } from '@duckdb/node-api';
import * as iceberg from '@headwaters/localstack/iceberg';

export interface Writer {
  lake: iceberg.Iceberg;
  connection: DuckDBConnection;
}

/** One table for a reader to read, with the rows that it should find, as SQL. */
export interface Shown {
  name: string;
  /** Location of the metadata file. */
  metadata: string;
  expected: string;
  snapshot?: string;
  filter?: string;
}

/** The rows of a metadata file's table, for FROM. */
export async function relationOf({ lake, connection }: Writer, metadataLocation: string): Promise<string> {
  const metadata = await iceberg.loadMetadata(lake, metadataLocation);
  return (await iceberg.planScan(lake, connection, metadata)).relation;
}

const WIDE_COLUMNS: iceberg.ColumnInput[] = [
  { name: 'id', type: 'bigint' },
  { name: 'flag', type: 'boolean' },
  { name: 'small', type: 'int' },
  { name: 'real', type: 'float' },
  { name: 'double', type: 'double' },
  { name: 'price', type: 'decimal(9,2)' },
  { name: 'big', type: 'decimal(38,6)' },
  { name: 'day', type: 'date' },
  { name: 'clock', type: 'time' },
  { name: 'local', type: 'timestamp' },
  { name: 'instant', type: 'timestamptz' },
  { name: 'name', type: 'string' },
  { name: 'key', type: 'uuid' },
  { name: 'raw', type: 'binary' },
  { name: 'tags', type: 'array<string>' },
  { name: 'sizes', type: 'map<string,int>' },
  { name: 'address', type: 'struct<city:string,lines:array<struct<text:string>>>' },
];

const WIDE_ROWS = `SELECT i AS id, i % 2 = 0 AS flag, i * 7 - 50 AS small, i / 4 AS real, i * 1e10 AS double,
  i * 1.25 AS price, -i * 123456789012.123456 AS big, DATE '1969-12-01' + (i * 9)::INT AS day,
  TIME '00:00:01.5' + INTERVAL (i) HOUR AS clock, TIMESTAMP '1969-12-25 01:02:03.000004' + INTERVAL (i) DAY AS local,
  TIMESTAMPTZ '2024-03-30 22:00:00+00' + INTERVAL (i) HOUR AS instant,
  CASE WHEN i % 5 > 0 THEN 'né/ ' || i % 3 END AS name, uuid() AS key, encode('b' || i) AS raw,
  CASE WHEN i % 2 = 0 THEN [] ELSE ['t' || i, NULL] END AS tags,
  CASE WHEN i % 3 > 0 THEN MAP {'a': i} END AS sizes,
  CASE WHEN i % 4 > 0 THEN {'city': 'c' || i % 4, 'lines': [{'text': 'x'}, NULL]} END AS address
  FROM range(60) r(i)`;

export const PARTITIONINGS: Record<string, string[]> = {
  plain: [],
  by_name: ['name'],
  by_date_identity: ['day'],
  by_decimal: ['price'],
  by_flag: ['flag'],
  by_year: ['year(local)'],
  by_month: ['month(day)'],
  by_day: ['day(instant)'],
  by_hour: ['hour(local)'],
  by_buckets: ['bucket(4, id)', 'bucket(3, name)', 'bucket(5, price)', 'bucket(2, day)'],
  by_other_buckets: ['bucket(4, instant)', 'bucket(3, key)', 'bucket(5, raw)'],
  by_truncates: ['truncate(10, small)', 'truncate(2, name)', 'truncate(100, price)'],
};

/** Tables of every partitioning, each with deletes, updates and a changed schema on top, and one seen as it was. */
export async function writeTables(world: Writer): Promise<Shown[]> {
  const { lake, connection } = world;
  await connection.run(`CREATE TABLE wide AS ${WIDE_ROWS}`);
  const shown: Shown[] = [];
  for (const [name, partitioning] of Object.entries(PARTITIONINGS)) {
    const ref = { database: 'ours', table: name };
    const location = `s3://lake/ours/${name}`;
    await iceberg.createTable(lake, ref, { location, columns: WIDE_COLUMNS, partitioning });
    const { table } = await iceberg.append(lake, connection, ref, { select: 'FROM wide' });
    const { relation } = await iceberg.planScan(lake, connection, table.metadata, { rowIds: true });
    const changed = await iceberg.rowDelta(lake, connection, table, {
      operation: 'merge',
      deletes: `SELECT "$path", "$pos" FROM ${relation} WHERE id % 7 < 2`,
      inserts: `SELECT * REPLACE (small + 1000 AS small) FROM wide WHERE id % 7 = 0`,
    });
    const expected = `SELECT * FROM ${await relationOf(world, changed.table.metadataLocation)}`;
    const metadata = changed.table.metadataLocation;
    shown.push({ name, metadata, expected });
    shown.push({
      name: `${name}_filtered`,
      metadata,
      expected: `${expected} WHERE name = 'né/ 1' AND day > '1970-01-10'`,
      filter: "name == 'né/ 1' and day > '1970-01-10'",
    });
    shown.push({
      name: `${name}_before`,
      metadata,
      expected: 'FROM wide',
      snapshot: String(table.metadata['current-snapshot-id']),
    });
  }
  return [...shown, await evolvedTable(world), await optimizedTable(world)];
}

async function evolvedTable(world: Writer): Promise<Shown> {
  const { lake, connection } = world;
  const ref = { database: 'ours', table: 'by_month' };
  await iceberg.evolve(lake, ref, [
    { change: 'rename', name: 'name', to: 'label' },
    { change: 'rename', name: 'address.city', to: 'town' },
    { change: 'add', name: 'address.zip', type: 'string', after: 'town' },
    { change: 'rename', name: 'address.lines.element.text', to: 'words' },
    { change: 'add', name: 'note', type: 'struct<a:int>', first: true },
    { change: 'widen', name: 'small', type: 'bigint' },
    { change: 'widen', name: 'price', type: 'decimal(18,2)' },
    { change: 'drop', name: 'double' },
  ]);
  await iceberg.repartition(lake, ref, ['bucket(3, id)', 'label']);
  const before = await iceberg.loadTable(lake, ref);
  const { relation } = await iceberg.planScan(lake, connection, before.metadata);
  const { table } = await iceberg.append(lake, connection, ref, { select: `FROM ${relation} WHERE id < 20` });
  const now = await relationOf(world, table.metadataLocation);
  return { name: 'evolved', metadata: table.metadataLocation, expected: `FROM ${now}` };
}

async function optimizedTable(world: Writer): Promise<Shown> {
  const { lake, connection } = world;
  const ref = { database: 'ours', table: 'by_name' };
  await iceberg.setProperties(lake, ref, {
    set: { optimize_rewrite_delete_file_threshold: '1', 'commit.manifest.min-count-to-merge': '2' },
  });
  const { table } = await iceberg.optimize(lake, connection, ref);
  const now = await relationOf(world, table.metadataLocation);
  return { name: 'optimized', metadata: table.metadataLocation, expected: `FROM ${now}` };
}
