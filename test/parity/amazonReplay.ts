/** Replays on Trino every statement that Athena took in a study's runs, into tables next to the study's own. */
import type { Trino, TrinoResult } from '@headwaters/localstack/trino';
import { arrivalsStage } from '../../lib/model/run/statements.ts';

/** One finished statement of the local Athena. */
export interface Taken {
  readonly id: string;
  readonly kind: string;
  readonly sql: string;
  /** When it was submitted and when it had ended, by the cloud's clock. */
  readonly submittedAt: number;
  readonly endedAt: number;
}

export interface Athena {
  /** What was run in the workgroup, first one first. */
  history(): Promise<Taken[]>;
  /** Rows of a finished query, as text. */
  rows(id: string): Promise<(string | null)[][]>;
  /** Runs one more statement; gives its rows as text. */
  ask(sql: string): Promise<(string | null)[][]>;
}

export interface Replayed {
  readonly statements: Readonly<Record<string, number>>;
  /** What Trino refused or answered otherwise, each with its statement. */
  readonly faults: readonly string[];
}

/** Where Trino's own tables are: `amazon_gold` is `trino_gold` there. */
export const copyOf = (database: string) => database.replace(/^amazon_/, 'trino_');

const LAKE = 's3://headwaters-lake-000000000000-us-east-1/';

/**
 * The same statement on the copies. Bronze and the records in quarantine are files that both read; strings stay
 * as they are, except for the places of new tables; a run names its objects of bronze by their paths.
 */
export function redirect(sql: string): string {
  return sql.replace(
    /--[^\n]*|'(?:[^']|'')*'|\bamazon_(?:stage|silver|gold|marts)\b|\bamazon_quarantine(?=["`]?\.["`]?(?:refused|checks)\b)/g,
    (found) => {
      if (found.startsWith('--')) return found;
      if (found.startsWith(`'${LAKE}`) && !found.startsWith(`'${LAKE}bronze/`))
        return found.replace(LAKE, `${LAKE}trino/`);
      return found.startsWith("'") ? found : copyOf(found);
    },
  );
}

/**
 * Athena's CREATE TABLE AS in Trino's words. Trino takes the catalog from the name, and knows neither `table_type`,
 * `is_external` nor `write_compression`.
 */
export function createTableAs(sql: string): string {
  return sql
    .replace(/^CREATE TABLE /, 'CREATE TABLE iceberg.')
    .replace("table_type = 'ICEBERG', is_external = false, ", '')
    .replace("write_compression = 'ZSTD', ", '');
}

/** Statements that are Hive's DDL in Athena and that no Trino reads: ours makes and drops the tables that Trino fills. */
const DDL = new Set(['CREATE_TABLE', 'ALTER_TABLE_ADD_COLUMN', 'CREATE_VIEW']);

const SESSION = { catalog: 'awsdatacatalog' };

/**
 * Makes the tables that a run left, with their rows, once more next to the study's: what Trino is to change.
 * @param tables `database.table` of each
 */
export async function fillCopies(athena: Athena, tables: readonly string[]): Promise<void> {
  for (const { kind, sql } of await athena.history())
    if (DDL.has(kind) && !sql.includes('amazon_stage')) await athena.ask(redirect(sql));
  await Promise.all(tables.map((table) => athena.ask(`INSERT INTO ${copyOf(table)} SELECT * FROM ${table}`)));
}

/** @param taken those of the local Athena's statements that Trino is to run, first one first */
export async function replay(taken: readonly Taken[], athena: Athena, trino: Trino): Promise<Replayed> {
  const statements: Record<string, number> = {};
  const faults: string[] = [];
  await asTheyRan(taken, async ({ id, kind, sql }) => {
    statements[kind] = (statements[kind] ?? 0) + 1;
    try {
      const fault = await untilCommitted(() => again(athena, trino, id, kind, redirect(sql)));
      if (fault) faults.push(`${fault}\n${sql}`);
    } catch (error) {
      faults.push(`${(error as Error).message}\n${sql}`);
    }
  });
  return { statements, faults };
}

/** What ran side by side runs side by side again: a statement waits for those that had ended when it was submitted. */
export async function asTheyRan<T extends Pick<Taken, 'submittedAt' | 'endedAt'>>(
  taken: readonly T[],
  work: (one: T) => Promise<void>,
): Promise<void> {
  const begun: { readonly endedAt: number; readonly done: Promise<void> }[] = [];
  for (const one of [...taken].sort((a, b) => a.submittedAt - b.submittedAt || a.endedAt - b.endedAt)) {
    await Promise.all(begun.filter(({ endedAt }) => endedAt <= one.submittedAt).map(({ done }) => done));
    begun.push({ endedAt: one.endedAt, done: work(one) });
  }
  await Promise.all(begun.map(({ done }) => done));
}

const TRIES = 6;

/** A statement that lost the race to a table runs again, as the pipeline lets it. */
async function untilCommitted<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work();
    } catch (error) {
      const lost = /COMMIT_ERROR|TRANSACTION_CONFLICT/.test((error as { code?: string }).code ?? '');
      if (!lost || tries === TRIES) throw error;
    }
  }
}

async function again(
  athena: Athena,
  trino: Trino,
  id: string,
  kind: string,
  sql: string,
): Promise<string | undefined> {
  if (DDL.has(kind)) {
    await athena.ask(sql);
    return undefined;
  }
  if (kind === 'CREATE_TABLE_AS_SELECT') {
    await trino.query(createTableAs(sql), SESSION);
    return stageFault(athena, sql);
  }
  const answer = await trino.query(sql, SESSION);
  return kind === 'SELECT' ? rowsFault(await athena.rows(id), answer) : undefined;
}

/** The columns that Trino staged have the types of the table that they are published to. */
async function stageFault(athena: Athena, sql: string): Promise<string | undefined> {
  const stage = /^CREATE TABLE "trino_stage"\."([^"]+)"/.exec(sql)?.[1];
  if (!stage) return `CREATE TABLE AS of something else than a stage: ${sql}`;
  const model = stage.replace(/__\d.*$/, '');
  // It has columns of every source; what is published from it is compared.
  if (model === arrivalsStage.name) return undefined;
  const rows = await athena.ask(
    `WITH published AS (SELECT * FROM information_schema.columns WHERE table_name = '${model}' AND table_schema IN ('trino_silver', 'trino_gold', 'trino_marts')),
      staged AS (SELECT * FROM information_schema.columns WHERE table_schema = 'trino_stage' AND table_name = '${stage}')
     SELECT coalesce(p.column_name, s.column_name), s.data_type, p.data_type FROM published AS p FULL JOIN staged AS s ON s.column_name = p.column_name
     WHERE s.data_type IS DISTINCT FROM p.data_type AND coalesce(s.column_name, '') <> '_rule'`,
  );
  return rows.length === 0 ? undefined : `staged by Trino with other types: ${JSON.stringify(rows)}`;
}

/** Athena's text against Trino's value; only a double may differ, in its last digits. */
export function isSame(text: string | null, value: unknown): boolean {
  if (value === null || text === null) return value === text;
  if (text === String(value)) return true;
  if (typeof value !== 'number' || Number.isInteger(value)) return false;
  return Math.abs(Number(text) - value) <= 1e-12 * Math.abs(value);
}

/** Undefined when both have the same rows, in whatever order. */
export function rowsFault(ours: (string | null)[][], theirs: TrinoResult): string | undefined {
  const bagged = (rows: readonly unknown[][]) => [...rows].sort((a, b) => (String(a) < String(b) ? -1 : 1));
  const left = bagged(ours) as (string | null)[][];
  const right = bagged(theirs.rows);
  const same =
    left.length === right.length &&
    left.every((row, at) => row.every((text, column) => isSame(text, right[at]![column])));
  return same
    ? undefined
    : `ours ${JSON.stringify(left).slice(0, 2000)}\nTrino ${JSON.stringify(right).slice(0, 2000)}`;
}
