/** The corpus: statements by page of Athena's documentation, Trino's recorded answers, and our own answers to compare. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import {
  engineError,
  parseStatement,
  parseType,
  SqlError,
  type TableResolver,
  translateQuery,
} from '@headwaters/localstack/sql';
import { openSqlEngine } from '../../localstack/test/support/sqlEngine.ts';
import { shownValue } from './values.ts';

const FOLDER = join(import.meta.dirname, 'corpus');

export interface Answer {
  readonly columns: { readonly name: string; readonly type: string }[];
  /** As Trino's client protocol gives values; integers beyond 2^53 as text. */
  readonly rows: unknown[][];
}
/** Trino's refusal, by its error name. */
export interface Failure {
  readonly error: string;
}
export type Recorded = Answer | Failure;

export interface Page {
  readonly name: string;
  readonly statements: string[];
  readonly recorded: Readonly<Record<string, Recorded>>;
}

const recordFile = (name: string) => join(FOLDER, `${name}.trino.json`);

/** A statement ends with `;` at the end of a line; a line that begins with `--` between statements is a note. */
function readStatements(text: string): string[] {
  return text
    .split(/;\n/)
    .map((part) => part.replace(/^(?:--.*\n|\s*\n)*/, '').trim())
    .filter(Boolean);
}

export function readCorpus(): Page[] {
  return globSync('*.sql', { cwd: FOLDER })
    .sort()
    .map((file) => {
      const name = basename(file, '.sql');
      const recorded = existsSync(recordFile(name)) ? JSON.parse(readFileSync(recordFile(name), 'utf8')) : {};
      return { name, statements: readStatements(readFileSync(join(FOLDER, file), 'utf8')), recorded };
    });
}

/** One statement a line, so that a change of one answer is a change of one line. */
export async function writeRecorded(page: Page, recorded: Readonly<Record<string, Recorded>>): Promise<void> {
  const lines = page.statements.map((sql) => `${JSON.stringify(sql)}: ${JSON.stringify(recorded[sql])}`);
  await writeFile(recordFile(page.name), `{\n${lines.join(',\n')}\n}\n`);
}

export interface OurAnswer extends Answer {
  readonly functions: readonly string[];
}
/** `refused`: by name, because it is not verified; else the statement failed. */
export interface OurFailure {
  readonly refused: boolean;
  readonly message: string;
}

const NO_TABLES: TableResolver = {
  async resolve(name) {
    throw new SqlError('TABLE_NOT_FOUND', `Table '${name.table}' does not exist`);
  },
};

export interface Engine {
  ask(sql: string): Promise<OurAnswer | OurFailure>;
  close(): void;
}

/** Our own engine: translation on an empty DuckDB. */
export async function startEngine(): Promise<Engine> {
  const { connection, close } = await openSqlEngine(2);
  return { ask: (sql) => askOurs(connection, sql), close };
}

async function askOurs(connection: DuckDBConnection, sql: string): Promise<OurAnswer | OurFailure> {
  try {
    const statement = parseStatement(sql);
    if (statement.kind !== 'query') throw new Error(`not a query: ${sql}`);
    const translation = await translateQuery(statement.query, NO_TABLES, {
      session: { now: new Date() },
      // The judge is Trino, not Athena.
      decimalLiterals: 'decimal',
    });
    const result = await connection.runAndReadAll(translation.sql);
    const types = translation.columns.map((column) => parseType(column.type));
    const rows = result
      .getRows()
      .map((row) =>
        row.map((value, index) => shownValue(value, types[index]!, translation.columns[index]!.zone)),
      );
    return {
      columns: translation.columns.map(({ name, type }) => ({ name, type })),
      rows,
      functions: translation.functions ?? [],
    };
  } catch (cause) {
    const error = engineError(cause);
    return { refused: error.code === 'NOT_VERIFIED', message: error.message };
  }
}

// ---------------------------------------------------------------- comparison

export type Verdict =
  | { readonly kind: 'same' | 'refused' }
  | { readonly kind: 'wrong'; readonly detail: string };

/** Floating sums may differ in the last digits with the order of summation. */
const TOLERANCE = 1e-12;

function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return a === b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, index) => sameValue(value, b[index]));
  if (a && b && typeof a === 'object' && typeof b === 'object') {
    const [left, right] = [Object.entries(a), Object.entries(b)];
    return (
      left.length === right.length &&
      left.every(([key, value]) => sameValue(value, (b as Record<string, unknown>)[key]))
    );
  }
  return a === b;
}

const sorted = (rows: unknown[][]) =>
  rows
    .map((row) => JSON.stringify(row))
    .sort()
    .map((row) => JSON.parse(row) as unknown[]);
const withoutBlanks = (type: string) => type.toLowerCase().replaceAll(', ', ',');
const show = (answer: Answer) =>
  `${answer.columns.map(({ name, type }) => `${name} ${withoutBlanks(type)}`).join(', ')} | ${JSON.stringify(answer.rows)}`;

/** Rows compare in order when the statement orders them at its end, else as a bag. */
export function judge(sql: string, theirs: Recorded, ours: OurAnswer | OurFailure): Verdict {
  if ('refused' in ours) {
    if (ours.refused) return { kind: 'refused' };
    return 'error' in theirs
      ? { kind: 'same' }
      : { kind: 'wrong', detail: `we failed: ${ours.message}\nTrino: ${show(theirs)}` };
  }
  if ('error' in theirs)
    return { kind: 'wrong', detail: `Trino failed with ${theirs.error}\nours: ${show(ours)}` };
  const ordered = /ORDER BY(?!.*\bFROM\b)/s.test(sql);
  const [a, b] = ordered ? [ours.rows, theirs.rows] : [sorted(ours.rows), sorted(theirs.rows)];
  const sameColumns =
    ours.columns.length === theirs.columns.length &&
    ours.columns.every(
      ({ name, type }, index) =>
        name === theirs.columns[index]!.name &&
        withoutBlanks(type) === withoutBlanks(theirs.columns[index]!.type).replaceAll('row("', 'row("'),
    );
  if (sameColumns && sameValue(a, b)) return { kind: 'same' };
  return { kind: 'wrong', detail: `ours:  ${show(ours)}\nTrino: ${show(theirs)}` };
}
