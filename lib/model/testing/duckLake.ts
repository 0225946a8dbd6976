/**
 * Runs composed statements on DuckDB where its dialect coincides with Athena's: what the statements mean is tested here
 * in milliseconds, what Athena itself takes is the end-to-end suite's matter.
 */

import { DuckDBInstance } from '@duckdb/node-api';
import type { BronzeLine } from '../bronze.ts';
import { bronzeColumns } from '../glue.ts';
import type { RunScope } from '../plan.ts';
import { systemColumns } from '../statements/quarantine.ts';
import type { Study } from '../study.ts';
import { parseType, queryType } from '../types.ts';

export interface DuckLake {
  execute(statement: string): Promise<void>;
  query<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** Puts lines into bronze as one object of the run; refused ones also into quarantine. */
  land(scope: RunScope, object: string, lines: readonly BronzeLine[]): Promise<void>;
  close(): void;
}

const text = (value: string | undefined) =>
  value === undefined ? 'NULL' : `'${value.replaceAll("'", "''")}'`;

/** DuckDB knows no table properties and no backticks. */
const translate = (statement: string) =>
  statement.replace(/\nWITH \(table_type = .*?\)\nAS\n/s, '\nAS\n').replaceAll('`', '"');

export async function createDuckLake(study: Study): Promise<DuckLake> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const run = async (sql: string) => {
    await connection.run(sql);
  };
  await run('CREATE MACRO json_extract_scalar(j, p) AS json_extract_string(j, p)');
  await run('CREATE MACRO bitwise_and(a, b) AS a & b');
  await run('CREATE MACRO bitwise_or_agg(x) AS bit_or(x)');
  await run('CREATE MACRO json_format(j) AS CAST(j AS varchar)');
  for (const zone of ['bronze', 'stage', 'silver', 'gold', 'marts', 'quarantine'])
    await run(`CREATE SCHEMA ${study.name}_${zone}`);
  const lineColumns = bronzeColumns.map((name) => `"${name}" varchar`).join(', ');
  await run(`CREATE TABLE ${study.name}_bronze.records (${lineColumns}, "$path" varchar)`);
  await run(`CREATE TABLE ${study.name}_quarantine.records (${lineColumns})`);
  await run(`CREATE TABLE ${study.name}_bronze.run_objects (path varchar, run varchar)`);
  await run(
    `CREATE TABLE ${study.name}_bronze.acknowledged (stream varchar, shard varchar, sequence_number varchar, run varchar)`,
  );
  const create = (database: string, table: string, columns: readonly { name: string; type: string }[]) =>
    run(
      `CREATE TABLE ${database}.${table} (${columns.map((column) => `"${column.name}" ${queryType(parseType(column.type))}`).join(', ')})`,
    );
  for (const model of study.models) await create(model.database, model.table, model.contract.columns);
  for (const table of ['rows', 'checks'] as const)
    await create(`${study.name}_quarantine`, table, systemColumns[table]);

  return {
    execute: (statement) => run(translate(statement)),
    async query<Row>(sql: string) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRowObjectsJson() as Row[];
    },
    async land(scope, object, lines) {
      const path = `s3://lake/${object}`;
      await run(`INSERT INTO ${study.name}_bronze.run_objects VALUES (${text(path)}, ${text(scope.runId)})`);
      for (const line of lines) {
        const values = bronzeColumns.map((name) =>
          text(
            name === 'dt'
              ? line.arrived_at.slice(0, 10)
              : name === 'hour'
                ? line.arrived_at.slice(11, 13)
                : line[name as keyof BronzeLine],
          ),
        );
        await run(`INSERT INTO ${study.name}_bronze.records VALUES (${values.join(', ')}, ${text(path)})`);
        if (line.verdict === 'refused')
          await run(`INSERT INTO ${study.name}_quarantine.records VALUES (${values.join(', ')})`);
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
