/** The interactive SQL shell: statements over several lines, history, completion, and commands after psql's. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { QueryResult } from '../../lake/ask.ts';
import type { CatalogTable } from '../../lake/catalog.ts';
import { UsageError } from '../../lake/errors.ts';
import { exportFormatOf, exportRows } from '../../lake/export.ts';
import type { Lake } from '../../lake/lake.ts';
import { bytes, counted } from '../../lake/text.ts';
import { readScript, statementsOf } from '../../lib/model/sql/script.ts';
import { showRows } from '../rows.ts';
import { HELP } from './commands.ts';
import { complete } from './complete.ts';
import { page } from './pager.ts';

export interface ShellOptions {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream & { readonly columns?: number; readonly rows?: number };
  /** Keys, prompt, history and pager; without it the lines are run as they come. */
  readonly interactive: boolean;
  readonly historyFile: string;
  readonly database?: string | undefined;
  readonly styleNull?: (text: string) => string;
}

interface Session {
  database: string | undefined;
  expanded: 'on' | 'off' | 'auto';
  timing: boolean;
  pager: boolean;
  /** Lines of a statement that is not ended. */
  open: string;
  last: QueryResult | undefined;
  catalog: Promise<readonly CatalogTable[]> | undefined;
  running: AbortController | undefined;
  isOver: boolean;
  failed: number;
}

/** One run of the shell, and what its parts work with. */
interface Shell {
  readonly lake: Lake;
  readonly options: ShellOptions;
  readonly session: Session;
  readonly lines: Interface;
  readonly print: (text: string) => void;
}

/** Gives the number of statements and commands that failed. */
export async function runShell(lake: Lake, options: ShellOptions): Promise<number> {
  const session: Session = {
    database: options.database,
    expanded: 'auto',
    timing: true,
    pager: true,
    open: '',
    last: undefined,
    catalog: undefined,
    running: undefined,
    isOver: false,
    failed: 0,
  };
  const lines = openLines(lake, options, session);
  const print = (text: string) => void options.output.write(`${text}\n`);
  const shell: Shell = { lake, options, session, lines, print };
  if (options.interactive) print('Athena SQL. \\? lists the commands, \\d the tables, \\q leaves.');
  prompt(shell);
  for await (const line of lines) {
    await takeLine(shell, line);
    if (session.isOver) break;
    prompt(shell);
  }
  if (session.open.trim() !== '') for (const { sql } of statementsOf(session.open)) await run(shell, sql);
  lines.close();
  return session.failed;
}

function openLines(lake: Lake, options: ShellOptions, session: Session): Interface {
  const { input, output, interactive, historyFile } = options;
  const lines = createInterface({
    input,
    ...(interactive && {
      output,
      terminal: true,
      history: readHistory(historyFile),
      historySize: HISTORY_SIZE,
      removeHistoryDuplicates: true,
      completer: (line: string, done: (error: null, result: [string[], string]) => void) => {
        catalogOf(lake, session)
          .then((catalog) => complete(line, { catalog, database: session.database, before: session.open }))
          .catch((): [string[], string] => [[], line])
          .then((result) => done(null, result));
      },
    }),
  });
  if (interactive) lines.on('history', (history: string[]) => keepHistory(historyFile, history));
  lines.on('SIGINT', () => {
    if (session.running) return session.running.abort(new UsageError('Stopped.'));
    session.open = '';
    output.write('\n');
    lines.setPrompt(promptOf(session));
    lines.prompt();
  });
  return lines;
}

const HISTORY_SIZE = 1000;

function readHistory(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Newest first, as readline has it. */
function keepHistory(file: string, history: readonly string[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${history.join('\n')}\n`, { mode: 0o600 });
}

const promptOf = ({ database, open }: Session) =>
  open === '' ? `${database ?? 'athena'}> ` : `${'.'.repeat((database ?? 'athena').length)}> `;

function prompt({ lines, options, session }: Shell): void {
  if (!options.interactive) return;
  lines.setPrompt(promptOf(session));
  lines.prompt();
}

/** Read once, and again after a statement that may have changed it. */
function catalogOf(lake: Lake, session: Session): Promise<readonly CatalogTable[]> {
  session.catalog ??= lake.catalog();
  return session.catalog;
}

async function takeLine(shell: Shell, line: string): Promise<void> {
  const { session } = shell;
  if (session.open === '' && line.trimStart().startsWith('\\'))
    return attempt(shell, () => command(shell, line));
  session.open += `${session.open === '' ? '' : '\n'}${line}`;
  const { statements, rest } = readScript(session.open);
  session.open = rest?.sql ?? '';
  for (const { sql } of statements) await run(shell, sql);
}

/** Whatever goes wrong is printed, and the shell goes on. */
async function attempt({ session, print }: Shell, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    session.failed++;
    print(`error: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const run = (shell: Shell, sql: string): Promise<void> =>
  attempt(shell, async () => {
    const { lake, session, print, options } = shell;
    session.running = new AbortController();
    try {
      const { database, running } = session;
      const result = await lake.askExplained(sql, {
        signal: running.signal,
        ...(database !== undefined && { database }),
      });
      session.last = result;
      if (!/^\s*(?:select|with|show|describe|explain)\b/i.test(sql)) session.catalog = undefined;
      if (result.columns.length > 0) await show(shell, result);
      const { milliseconds, scannedBytes } = result.statistics;
      if (session.timing)
        print(`(${counted(result.rows.length, 'row')}, ${milliseconds} ms, ${bytes(scannedBytes)} scanned)`);
      if (options.interactive) print('');
    } finally {
      session.running = undefined;
    }
  });

async function show({ options, session, lines, print }: Shell, result: QueryResult): Promise<void> {
  const { interactive, output, styleNull } = options;
  const text = showRows(result, {
    expanded: session.expanded,
    ...(interactive && { width: output.columns, styleNull }),
  });
  const isLong = text.split('\n').length >= (output.rows ?? Number.POSITIVE_INFINITY);
  if (!interactive || !session.pager || !isLong) return print(text);
  lines.pause();
  const isShown = await page(text);
  lines.resume();
  if (!isShown) print(text);
}

async function command(shell: Shell, line: string): Promise<void> {
  const { lake, session, print } = shell;
  const [, name = '', rest = ''] = /^\s*\\(\S*)\s*(.*?)\s*;?\s*$/.exec(line)!;
  switch (name) {
    case 'q':
      session.isOver = true;
      return;
    case '?':
      return print(HELP);
    case 'd':
      return print(rest === '' ? await listTables(shell) : await describeTable(shell, rest));
    case 'l':
      return print([...new Set((await catalogOf(lake, session)).map((table) => table.database))].join('\n'));
    case 'c':
      session.database = rest === '' ? undefined : await knownDatabase(shell, rest);
      return;
    case 'i':
      for (const { sql } of statementsOf(readFileSync(rest, 'utf8'))) await run(shell, sql);
      return;
    case 'o':
      return writeLast(shell, rest);
    case 'x':
      session.expanded = choice(rest, ['on', 'off', 'auto'], session.expanded === 'on' ? 'auto' : 'on');
      return print(`Expanded display is ${session.expanded}.`);
    case 'timing':
      session.timing = choice(rest, ['on', 'off'], session.timing ? 'off' : 'on') === 'on';
      return print(`Timing is ${session.timing ? 'on' : 'off'}.`);
    case 'pager':
      session.pager = choice(rest, ['on', 'off'], session.pager ? 'off' : 'on') === 'on';
      return print(`The pager is ${session.pager ? 'on' : 'off'}.`);
    default:
      throw new UsageError(`There is no command \\${name}; \\? lists those there are.`);
  }
}

function choice<T extends string>(given: string, allowed: readonly T[], otherwise: T): T {
  if (given === '') return otherwise;
  const found = allowed.find((one) => one === given);
  if (found) return found;
  throw new UsageError(`'${given}' is not one of ${allowed.join(', ')}.`);
}

async function knownDatabase({ lake, session }: Shell, name: string): Promise<string> {
  const databases = [...new Set((await catalogOf(lake, session)).map((table) => table.database))];
  if (databases.includes(name)) return name;
  throw new UsageError(
    `There is no database '${name}' with tables; there is: ${databases.join(', ') || 'none'}.`,
  );
}

async function listTables({ lake, session, options }: Shell): Promise<string> {
  const tables = (await catalogOf(lake, session)).filter(
    ({ database }) => session.database === undefined || database === session.database,
  );
  return showRows(
    {
      columns: ['table', 'kind', 'columns', 'description'].map((name) => ({
        name,
        type: name === 'columns' ? 'integer' : 'varchar',
      })),
      rows: tables.map(({ database, name, kind, columns, description }) => [
        `${database}.${name}`,
        kind,
        String(columns.length),
        description,
      ]),
    },
    { ...(options.interactive && { width: options.output.columns }), expanded: 'off' },
  );
}

async function describeTable({ lake, session, options }: Shell, given: string): Promise<string> {
  const [database, name] = given.includes('.') ? given.split('.') : [session.database, given];
  const tables = await catalogOf(lake, session);
  const found = tables.filter(
    (table) => table.name === name && (database === undefined || table.database === database),
  );
  if (found.length === 0) throw new UsageError(`There is no table '${given}'; \\d lists those there are.`);
  return found
    .map((table) =>
      [
        `${table.database}.${table.name}${table.description ? `: ${table.description}` : ''}`,
        showRows(
          {
            columns: ['column', 'type', 'meaning'].map((column) => ({ name: column, type: 'varchar' })),
            rows: table.columns.map((column) => [column.name, column.type, column.comment]),
          },
          { ...(options.interactive && { width: options.output.columns }), expanded: 'off' },
        ),
      ].join('\n'),
    )
    .join('\n\n');
}

async function writeLast({ session, print }: Shell, file: string): Promise<void> {
  if (file === '') throw new UsageError('\\o takes a file, e.g. \\o result.xlsx');
  const format = exportFormatOf(file);
  if (!session.last) throw new UsageError('There is no result yet: run a statement, then \\o.');
  writeFileSync(file, await exportRows(session.last, format));
  print(`Wrote ${counted(session.last.rows.length, 'row')} to ${file}.`);
}
