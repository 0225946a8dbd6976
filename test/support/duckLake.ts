/**
 * Runs composed statements on DuckDB where its dialect coincides with Athena's: what the statements mean is tested here
 * in milliseconds, what Athena itself takes is the end-to-end suite's matter.
 */

import { DuckDBInstance } from '@duckdb/node-api';
import { parseType, queryType } from '../../lib/model/contract/types.ts';
import { databaseOf, zones } from '../../lib/model/layout.ts';
import type { BronzeLine } from '../../lib/model/run/bronze.ts';
import { bronzeColumns } from '../../lib/model/run/glue.ts';
import { systemColumns } from '../../lib/model/run/statements/quarantine.ts';
import type { Study } from '../../lib/model/study/study.ts';

export interface DuckLake {
  execute(statement: string): Promise<void>;
  query<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** Puts lines into bronze as one object; refused ones also into quarantine. */
  land(path: string, lines: readonly BronzeLine[]): Promise<void>;
  close(): void;
}

const text = (value: string | undefined) =>
  value === undefined ? 'NULL' : `'${value.replaceAll("'", "''")}'`;

/** DuckDB knows no comments, partitions, places and properties of a table, no backticks, and no precision of a timestamp with time zone. */
const translate = (statement: string) =>
  statement
    .replace(/\nWITH \(table_type = .*?\)\nAS\n/s, '\nAS\n')
    .replace(/(?<=^CREATE TABLE IF NOT EXISTS .*) COMMENT '[^']*'(?=,?$)/gms, '')
    .replace(/^(?:PARTITIONED BY|LOCATION|TBLPROPERTIES) .*$/gm, '')
    .replaceAll('`', '"')
    .replaceAll('timestamp(6) with time zone', 'timestamptz');

export async function createDuckLake(study: Study): Promise<DuckLake> {
  const bronze = databaseOf(study.name, 'bronze');
  const quarantine = databaseOf(study.name, 'quarantine');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const run = async (sql: string) => {
    await connection.run(sql);
  };
  await run('CREATE MACRO json_extract_scalar(j, p) AS json_extract_string(j, p)');
  await run('CREATE MACRO json_format(j) AS CAST(j AS varchar)');
  await run('CREATE MACRO to_utf8(x) AS x');
  await run('CREATE MACRO to_hex(x) AS upper(x)');
  await run('CREATE MACRO date_format(t, f) AS strftime(t, f)');
  await run('CREATE MACRO sequence(a, b, i) AS generate_series(a, b, i)');
  await run('CREATE MACRO day_of_week(d) AS isodow(d)');
  await run('CREATE MACRO count_if(x) AS count(CASE WHEN x THEN 1 END)');
  for (const zone of zones) await run(`CREATE SCHEMA ${databaseOf(study.name, zone)}`);
  const lineColumns = bronzeColumns.map((name) => `"${name}" varchar`).join(', ');
  await run(`CREATE TABLE ${bronze}.records (${lineColumns}, "$path" varchar)`);
  await run(`CREATE TABLE ${quarantine}.records (${lineColumns})`);
  await run(`CREATE TABLE ${bronze}.run_objects (path varchar, run varchar)`);
  await run(
    `CREATE TABLE ${bronze}.acknowledged (stream varchar, shard varchar, sequence_number varchar, partition_key varchar, event_source varchar, event_id varchar, run varchar)`,
  );
  const create = (database: string, table: string, columns: readonly { name: string; type: string }[]) =>
    run(
      `CREATE TABLE ${database}.${table} (${columns.map((column) => `"${column.name}" ${queryType(parseType(column.type))}`).join(', ')})`,
    );
  for (const model of study.models)
    if (model.contract.materialization !== 'view')
      await create(model.database, model.table, model.contract.columns);
  for (const table of ['refused', 'checks'] as const) await create(quarantine, table, systemColumns[table]);

  return {
    execute: (statement) => run(translate(statement)),
    async query<Row>(sql: string) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson() as Row[];
    },
    async land(path, lines) {
      if (lines.length === 0) return;
      const valuesOf = (line: BronzeLine) =>
        bronzeColumns.map((name) =>
          text(
            name === 'dt'
              ? line.arrived_at.slice(0, 10)
              : name === 'hour'
                ? line.arrived_at.slice(11, 13)
                : line[name as keyof BronzeLine],
          ),
        );
      const rows = lines.map((line) => `(${[...valuesOf(line), text(path)].join(', ')})`);
      await run(`INSERT INTO ${bronze}.records VALUES ${rows.join(', ')}`);
      const refused = lines.filter(({ verdict }) => verdict === 'refused');
      if (refused.length > 0)
        await run(
          `INSERT INTO ${quarantine}.records VALUES ${refused.map((line) => `(${valuesOf(line).join(', ')})`).join(', ')}`,
        );
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
