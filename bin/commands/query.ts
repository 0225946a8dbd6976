/** `headwaters query`: Athena SQL over any table, whether or not a cloud is up. */
import { ask, QueryFailedError, type QueryResult } from '../athena.ts';
import type { AthenaEngine } from '../defaults.ts';
import { UsageError } from '../failure.ts';
import { bytes, createTerminal, table } from '../terminal.ts';
import { openWorld } from '../world.ts';

export interface QueryOptions {
  readonly state: string;
  readonly format: string;
  readonly database?: string;
  readonly athena?: AthenaEngine;
}

const FORMATS = ['table', 'json', 'csv'];

export async function query(sql: string, options: QueryOptions): Promise<void> {
  if (!FORMATS.includes(options.format))
    throw new UsageError(`--format is '${options.format}'; allowed: ${FORMATS.join(', ')}.`);
  if (!sql.trim()) throw new UsageError('The SQL text is empty. Try: headwaters query "show databases"');
  const terminal = createTerminal({ quiet: options.format !== 'table' });
  const world = await openWorld({
    stateDir: options.state,
    port: 0,
    athena: options.athena,
    note: terminal.note,
  });
  try {
    const result = await ask(world.clients.athena, sql, {
      ...(options.database ? { database: options.database } : {}),
    });
    terminal.line(render(result, options.format));
    terminal.note(
      terminal.style(
        'dim',
        `${result.rows.length} row${result.rows.length === 1 ? '' : 's'} · ` +
          `${result.statistics.milliseconds} ms · ${bytes(result.statistics.scannedBytes)} scanned`,
      ),
    );
  } catch (error) {
    throw withHint(error);
  } finally {
    await world.close();
  }
}

/** An empty world has no workgroup and no tables: say how to fill it. */
function withHint(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (/WorkGroup is not found/i.test(error.message))
    return new QueryFailedError(
      '',
      `${error.message}\nNothing is deployed in this state folder yet. Run: npx headwaters run amazon --once`,
    );
  // A statement that cannot be read is refused when it is sent.
  if (error.name === 'InvalidRequestException') return new QueryFailedError('', error.message);
  return error;
}

function render({ columns, rows }: QueryResult, format: string): string {
  const names = columns.map(({ name }) => name);
  if (format === 'json')
    return JSON.stringify(
      rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i] ?? null]))),
      undefined,
      2,
    );
  if (format === 'csv') return [names, ...rows].map((row) => row.map(csvCell).join(',')).join('\n');
  return table(names, rows);
}

/** RFC 4180; SQL's NULL is an empty cell, the empty text a quoted one. */
const csvCell = (value: string | null) =>
  value === null ? '' : value === '' || /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
