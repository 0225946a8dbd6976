/** Binds a model's SQL to a run: its slice of bronze, its id, and the stage in place of `{table}`. */

import { databaseOf } from '../databases.ts';
import { bronzeColumns } from '../glue.ts';
import type { RunScope } from '../plan.ts';
import { readQuery } from '../sql/query.ts';
import { tokenize } from '../sql/tokens.ts';
import { nameList, quoteTable, quoteText } from '../sql/write.ts';

interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function replaceAll(sql: string, replacements: readonly Replacement[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text } of [...replacements].sort((a, b) => a.start - b.start)) {
    result += sql.slice(at, start) + text;
    at = end;
  }
  return result + sql.slice(at);
}

/**
 * Literal bounds on the partitions of bronze (and of quarantine, which has the same) that a run reads.
 * @throws RangeError for a run without objects.
 */
export function sliceBounds(scope: RunScope, qualifier: string): string {
  const { streams, hours, firstDt, lastDt } = scope.slice;
  if (streams.length === 0 || hours.length === 0)
    throw new RangeError(`the run ${scope.runId} has no objects: there is nothing to read in bronze`);
  const list = (values: readonly string[]) => values.map(quoteText).join(', ');
  return (
    `${qualifier}.stream IN (${list(streams)}) AND ` +
    `${qualifier}.dt BETWEEN ${quoteText(firstDt)} AND ${quoteText(lastDt)} AND ` +
    `${qualifier}.hour IN (${list(hours)})`
  );
}

/**
 * The records of a run: those of exactly the objects in its manifest. The bounds prune partitions; the manifest decides.
 */
export function runRecords(scope: RunScope, columns: readonly string[] = bronzeColumns): string {
  const bronze = databaseOf(scope.study, 'bronze');
  return (
    `(SELECT ${nameList(columns, 'r')} FROM ${quoteTable(bronze, 'records')} AS r ` +
    `WHERE ${sliceBounds(scope, 'r')} AND r."$path" IN ` +
    `(SELECT o.path FROM ${quoteTable(bronze, 'run_objects')} AS o WHERE o.run = ${quoteText(scope.runId)}))`
  );
}

/** Replaces the literal `'{run_id}'` and every reference to `<study>_bronze.records` in one query. */
export function bindRun(sql: string, scope: RunScope): string {
  const query = readQuery(sql);
  const records = runRecords(scope);
  return replaceAll(sql, [
    ...query.tokens
      .filter((token) => token.kind === 'string' && token.value === '{run_id}')
      .map(({ start, end }) => ({ start, end, text: quoteText(scope.runId) })),
    ...query.references
      .filter(
        (reference) =>
          reference.database === databaseOf(scope.study, 'bronze') && reference.table === 'records',
      )
      .map(({ start, end, aliased }) => ({
        start,
        end,
        // Without an alias of its own the sub-query keeps the table's name, so that `records.data` still resolves.
        text: aliased ? records : `${records} AS records`,
      })),
  ]);
}

/** Replaces `{table}` (ODCS also writes `{object}`, `${table}`) in a quality rule's SQL; `{column}` likewise. */
export function bindTable(query: string, table: string, column: string | undefined): string {
  const bound = query
    .replace(/\$?\{(?:table|object)\}/g, () => table)
    .replace(/\$?\{(?:column|property)\}/g, () => (column ? `"${column}"` : '{column}'));
  const tokens = tokenize(bound);
  const left = tokens.findIndex((token) => token.text === '{');
  if (left >= 0)
    throw new RangeError(
      `the rule's query holds '{${tokens[left + 1]?.text ?? ''}…'; known placeholders are {table} and, under a column, {column}`,
    );
  return bound;
}
