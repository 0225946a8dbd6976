/** `headwaters query`: Athena SQL over any table, whether or not a cloud is up; a shell where no SQL is given. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { QueryFailedError, type QueryResult } from '../../lake/ask.ts';
import { RunFailedError, UsageError } from '../../lake/errors.ts';
import { exportFormatOf, exportRows, toCsv, toJson } from '../../lake/export.ts';
import type { Lake } from '../../lake/lake.ts';
import { bytes, counted } from '../../lake/text.ts';
import { type ScriptStatement, statementsOf } from '../../lib/model/sql/script.ts';
import { type LakeOptions, withLake } from '../command.ts';
import { showRows } from '../rows.ts';
import { runShell } from '../shell/shell.ts';
import type { Terminal } from '../terminal.ts';

const FORMATS = ['table', 'json', 'csv'] as const;

export interface QueryOptions extends LakeOptions {
  readonly format: (typeof FORMATS)[number];
  readonly json: boolean;
  readonly expanded: boolean;
  /** `-` is standard input. */
  readonly file?: string;
  readonly output?: string;
  readonly database?: string;
}

export async function query(sql: string | undefined, options: QueryOptions): Promise<void> {
  if (!FORMATS.includes(options.format))
    throw new UsageError(`--format is '${options.format}'; allowed: ${FORMATS.join(', ')}.`);
  if (sql !== undefined && options.file !== undefined)
    throw new UsageError('Give the SQL or --file with a file of it, not both.');
  if (sql === undefined && options.file === undefined && process.stdin.isTTY) return shell(options);
  const outputFormat = options.output === undefined ? undefined : exportFormatOf(options.output);
  const format = options.json ? 'json' : options.format;
  const statements = statementsOf(sql ?? (await scriptOf(options.file)));
  if (statements.length === 0)
    throw new UsageError('There is no statement to run. Try: npx headwaters query "show databases"');
  const quiet = format !== 'table' && outputFormat === undefined;
  await withLake({ ...options, port: 0, quiet }, async (lake, terminal) => {
    let last: QueryResult | undefined;
    for (const statement of statements) {
      last = await runOne(lake, statement, statements.length, options.database);
      if (outputFormat === undefined) print(terminal, last, { ...options, format });
    }
    if (outputFormat === undefined || last === undefined) return;
    writeFileSync(options.output!, await exportRows(last, outputFormat));
    terminal.note(`Wrote ${counted(last.rows.length, 'row')} to ${options.output}.`);
  });
}

/** `headwaters sql`: the shell, also for lines from a pipe. */
export async function shell(options: Omit<QueryOptions, 'format' | 'json' | 'expanded'>): Promise<void> {
  const interactive = process.stdin.isTTY === true && process.stdout.isTTY === true;
  await withLake({ ...options, port: 0, quiet: !interactive }, async (lake, terminal) => {
    const failed = await runShell(lake, {
      input: process.stdin,
      output: process.stdout,
      interactive,
      historyFile: join(options.state, 'sql_history'),
      database: options.database,
      styleNull: (text) => terminal.style('dim', text),
    });
    if (failed > 0 && !interactive)
      throw new RunFailedError(`${counted(failed, 'statement')} failed; see above.`);
  });
}

async function scriptOf(file: string | undefined): Promise<string> {
  return file === undefined || file === '-' ? readAll(process.stdin) : readFileSync(file, 'utf8');
}

/** One of several statements is named by its line when it fails. */
async function runOne(
  lake: Lake,
  { sql, line }: ScriptStatement,
  of: number,
  database: string | undefined,
): Promise<QueryResult> {
  try {
    return await lake.askExplained(sql, database === undefined ? {} : { database });
  } catch (error) {
    if (!(error instanceof QueryFailedError) || of === 1) throw error;
    throw new QueryFailedError(sql, `The statement at line ${line} failed: ${error.message}`);
  }
}

function print(terminal: Terminal, result: QueryResult, { format, expanded }: QueryOptions): void {
  if (result.columns.length > 0) terminal.line(render(terminal, result, format, expanded));
  const { milliseconds, scannedBytes } = result.statistics;
  terminal.note(
    terminal.style(
      'dim',
      `${counted(result.rows.length, 'row')} · ${milliseconds} ms · ${bytes(scannedBytes)} scanned`,
    ),
  );
}

function render(terminal: Terminal, result: QueryResult, format: QueryOptions['format'], expanded: boolean) {
  if (format === 'json') return toJson(result);
  if (format === 'csv') return toCsv(result);
  return showRows(result, {
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
    expanded: expanded ? 'on' : 'auto',
    styleNull: (text) => terminal.style('dim', text),
  });
}
