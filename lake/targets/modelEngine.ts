/** Runs a model's SELECT on DuckDB in memory, through the local Athena's own translator, over given rows. */

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { engineError, parseStatement, setupConnection, translateQuery } from '@headwaters/localstack/sql';
import { type AthenaType, parseType, queryType } from '../../lib/model/contract/types.ts';
import { quoteName, quoteTable, quoteText } from '../../lib/model/sql/write.ts';

export interface EngineTable {
  readonly database: string;
  readonly table: string;
  /** Types as contracts write them. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** ISO 8601 for times, JSON values for the rest; a column that is not named is NULL. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface ModelEngine {
  /**
   * The rows of one Athena SELECT over these tables and no others, each value as Athena's text; NULL is null.
   * `columns` says which of its columns are wanted, with their types. Throws the local Athena's error in its own words.
   */
  select(
    sql: string,
    columns: EngineTable['columns'],
    tables: readonly EngineTable[],
    now: Date,
  ): Promise<Record<string, string | null>[]>;
  close(): void;
}

export async function openModelEngine(): Promise<ModelEngine> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await setupConnection(connection);
  return {
    async select(sql, columns, tables, now) {
      for (const table of tables) await fill(connection, table, now);
      const list = columns.map(({ name, type }) => `${asText(name, parseType(type))} as ${quoteName(name)}`);
      const duck = await translated(`select ${list.join(', ')} from (\n${sql}\n)`, tables, now);
      const reader = await connection.runAndReadAll(duck).catch((error: unknown) => {
        throw engineError(error);
      });
      return reader.getRowObjectsJson() as Record<string, string | null>[];
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

async function translated(sql: string, tables: readonly EngineTable[], now: Date): Promise<string> {
  const statement = parseStatement(sql);
  if (statement.kind !== 'query') throw new TypeError('A model is one SELECT.');
  const resolver = {
    async resolve({ database, table }: { database?: string; table: string }) {
      const found = tables.find((one) => one.database === database && one.table === table);
      if (!found) throw new TypeError(`The model reads ${database}.${table}, which was not given.`);
      return {
        columns: found.columns.map(({ name, type }) => ({ name, type: queryType(parseType(type)) })),
        relation: async () => `(select * from ${quoteTable(found.database, found.table)})`,
      };
    },
  };
  return (await translateQuery(statement.query, resolver, { session: { now } })).sql;
}

/** Makes the table again with its rows. */
async function fill(connection: DuckDBConnection, table: EngineTable, now: Date): Promise<void> {
  const row = (values: Readonly<Record<string, unknown>>) =>
    `select ${table.columns
      .map(({ name, type }) => `${literal(values[name], parseType(type))} as ${quoteName(name)}`)
      .join(', ')}`;
  const rows = table.rows.length > 0 ? table.rows.map(row).join('\nunion all\n') : `${row({})} where false`;
  const duck = await translated(rows, [], now);
  await connection.run(`create schema if not exists ${quoteName(table.database)}`);
  await connection.run(`create or replace table ${quoteTable(table.database, table.table)} as ${duck}`);
}

const isNested = ({ kind }: AthenaType) => kind !== 'scalar';

/** A value as an expression of the column's type. */
function literal(value: unknown, type: AthenaType): string {
  const target = queryType(type);
  if (value === null || value === undefined) return `cast(null as ${target})`;
  if (isNested(type)) return `cast(json_parse(${quoteText(JSON.stringify(value))}) as ${target})`;
  const isTime = type.kind === 'scalar' && type.name === 'timestamp';
  const text = isTime ? sqlTime(String(value)) : String(value);
  return `cast(${quoteText(text)} as ${target})`;
}

/** `2026-03-01T10:00:00Z` → `2026-03-01 10:00:00`: SQL's form of the same time in UTC. */
const sqlTime = (iso: string) => iso.replace('T', ' ').replace(/Z$/, '');

const asText = (name: string, type: AthenaType) =>
  isNested(type) ? `json_format(cast(${quoteName(name)} as json))` : `cast(${quoteName(name)} as varchar)`;
