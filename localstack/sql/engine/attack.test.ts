/** Attacks: SQL reaches no file, environment, network or setting of the host, by the allow-list and by DuckDB's own locks. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, test } from 'vitest';
import {
  lockDown,
  parseStatement,
  SqlError,
  setupConnection,
  type TableResolver,
  translateQuery,
} from '../index.ts';

let folder: string;
let instance: DuckDBInstance;
let connection: DuckDBConnection;

const resolver: TableResolver = {
  async resolve(name) {
    throw new SqlError('TABLE_NOT_FOUND', `Table '${name.table}' does not exist`);
  },
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwaters-attack-'));
  await mkdir(join(folder, 'lake'));
  await writeFile(join(folder, 'lake', 'in.csv'), 'x\n1\n');
  await writeFile(join(folder, 'secret.csv'), 'x\n2\n');
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  connection = await instance.connect();
  await setupConnection(connection);
  await lockDown(connection, { allowedDirectories: [join(folder, 'lake')] });
});
afterAll(async () => {
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true, force: true });
});

/** Statements that would be read as Athena's; each must end before DuckDB sees it. */
const IN_ATHENA_SQL = [
  "SELECT * FROM '/etc/passwd'",
  'SELECT * FROM "/etc/passwd"',
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM glob('/etc/*')",
  'SELECT * FROM duckdb_settings()',
  'SELECT * FROM duckdb_settings',
  'SELECT * FROM sqlite_master',
  'SELECT * FROM pg_catalog.pg_tables',
  'SELECT * FROM memory.main.orders',
  "SELECT getenv('HOME')",
  "SELECT current_setting('memory_limit')",
  "SELECT hw_js_url('x', 'host')",
  "SELECT hw_upper('x')",
  "SELECT read_blob('/etc/passwd')",
  "SELECT query('SELECT 1')",
  "SELECT * FROM query('SELECT 1')",
  "SELECT * FROM query_table('x')",
  "SELECT nextval('s')",
  "SELECT 1 /* */; COPY (SELECT 1) TO '/tmp/x'",
  "COPY (SELECT 1) TO '/tmp/x'",
  "ATTACH '/tmp/x.db'",
  'INSTALL httpfs',
  'LOAD httpfs',
  'PRAGMA database_list',
  "SET memory_limit = '1GB'",
  'CALL pragma_version()',
  'SELECT $$x$$',
  "SELECT 'x'::varchar",
  'SELECT * EXCLUDE (a) FROM (VALUES 1) AS t(a)',
  "SELECT E'\\x41'",
  'FROM (VALUES 1) AS t(a)',
];

for (const sql of IN_ATHENA_SQL)
  test(`refused before it runs: ${sql}`, async () => {
    await assert.rejects(async () => {
      const statement = parseStatement(sql);
      assert.equal(statement.kind, 'query');
      await translateQuery((statement as Extract<typeof statement, { kind: 'query' }>).query, resolver, {
        session: { now: new Date() },
      });
    }, SqlError);
  });

test('quotes and control characters in literals and names stay data', async () => {
  const sql = `SELECT 'it''s; DROP TABLE x --', "a""b", '\u0001' FROM (VALUES 1) AS t("a""b")`;
  const statement = parseStatement(sql) as Extract<ReturnType<typeof parseStatement>, { kind: 'query' }>;

  const translation = await translateQuery(statement.query, resolver, { session: { now: new Date() } });
  const result = await connection.runAndReadAll(translation.sql);

  assert.deepEqual(result.getRows(), [["it's; DROP TABLE x --", 1, '\u0001']]);
  assert.equal(result.columnNames()[1], 'a"b');
});

test('a statement with U+0000, which marks a table in translation, is refused', () => {
  assert.throws(() => parseStatement("SELECT '\u0000scan0\u0000' FROM t"), SqlError);
});

/** What DuckDB itself must refuse once it is locked, should a statement ever get that far. */
const IN_DUCKDB = (root: string) => [
  `SELECT * FROM read_csv('${root}/secret.csv')`,
  `SELECT * FROM read_csv('${root}/lake/../secret.csv')`,
  "SELECT * FROM read_text('/etc/passwd')",
  "SELECT * FROM glob('/etc/*')",
  `COPY (SELECT 1) TO '${root}/out.csv'`,
  `ATTACH '${root}/other.db'`,
  'INSTALL httpfs',
  'LOAD httpfs',
  "SELECT * FROM 'https://example.com/x.csv'",
  'SET enable_external_access = true',
  `SET allowed_directories = ['/']`,
  "SET memory_limit = '1GB'",
  "SELECT getenv('HOME')",
];

test('a locked DuckDB opens nothing outside its folders and takes no settings', async () => {
  for (const sql of IN_DUCKDB(folder))
    await assert.rejects(connection.run(sql), /Permission|disabled|locked|does not exist|Cannot change/, sql);
});

test('a locked DuckDB still reads its own folders, on a new connection too', async () => {
  const other = await instance.connect();

  const result = await other.runAndReadAll(`SELECT x FROM read_csv('${folder}/lake/in.csv')`);

  assert.deepEqual(result.getRows(), [[1n]]);
  other.closeSync();
});
