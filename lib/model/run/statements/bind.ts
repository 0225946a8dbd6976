/** Binds a model's SQL to a run: its slice of bronze, its id, and the stage in place of `{table}`. */
import { databaseOf } from '../../layout.ts';
import { readQuery } from '../../sql/query.ts';
import { tokenize } from '../../sql/tokens.ts';
import { nameList, quoteName, quoteTable, quoteText } from '../../sql/write.ts';
import type { ModelPlan } from '../affected.ts';
import type { ModelScope, RunScope } from '../scope.ts';
import type { ModelTable } from './names.ts';
import { inPeriods } from './within.ts';

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
export function sliceBounds(scope: Pick<RunScope, 'runId' | 'slice'>, qualifier: string): string {
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

/** Paths in a list up to this many bytes together; beyond, their bounds are written, and the manifest is asked. */
const mostPathBytes = 100_000;

/** More ranges of paths would make a statement longer than Athena takes: a back-fill has objects in folders of many years. */
const mostRanges = 200;

/** The objects of each folder and shard are between two paths: those of other runs are before or after them. */
function pathBounds(paths: readonly string[]): string {
  const shardOf = (path: string) => path.replace(/-[^-/]+-[^-/]+$/, '');
  const shards = [...Map.groupBy(paths.toSorted(), shardOf).values()];
  const together = Math.ceil(shards.length / mostRanges);
  const bounds: string[] = [];
  for (let from = 0; from < shards.length; from += together) {
    const some = shards.slice(from, from + together).flat();
    bounds.push(`r."$path" BETWEEN ${quoteText(some[0] as string)} AND ${quoteText(some.at(-1) as string)}`);
  }
  return `(${bounds.join(' OR ')})`;
}

/**
 * The records of a run: those of exactly the objects in its manifest. A path that is named is all that Athena reads of a
 * partition; paths that come from a query would be compared with every object of it.
 */
export function runRecords(
  scope: Pick<RunScope, 'study' | 'runId' | 'slice'>,
  objects: readonly { readonly path: string }[],
  columns: readonly string[],
): string {
  const bronze = databaseOf(scope.study, 'bronze');
  const paths = objects.map(({ path }) => path);
  const named = paths.map(quoteText).join(', ');
  const isOfRun =
    Buffer.byteLength(named) <= mostPathBytes
      ? `r."$path" IN (${named})`
      : `${pathBounds(paths)} AND r."$path" IN (SELECT o.path FROM ${quoteTable(bronze, 'run_objects')} AS o WHERE o.run = ${quoteText(scope.runId)})`;
  return (
    `(SELECT ${nameList(columns, 'r')} FROM ${quoteTable(bronze, 'records')} AS r ` +
    `WHERE ${sliceBounds(scope, 'r')} AND ${isOfRun})`
  );
}

/** `database.table` → the relation that a SELECT reads instead. */
export type Relations = Readonly<Record<string, string>>;

/**
 * A model's SELECT for a run: with the run's id for the literal `'{run_id}'`, these relations, and of other tables the
 * partitions that the run needs.
 */
export const bindModel = (model: ModelTable, scope: ModelScope, relations: Relations = {}): string =>
  bindReads(model.sql, scope.models[model.name]?.reads ?? {}, { runId: scope.runId, relations });

/** A query that reads of tables only these partitions. */
export function bindReads(
  sql: string,
  reads: ModelPlan['reads'],
  { runId, relations = {} }: { readonly runId: string; readonly relations?: Relations },
): string {
  const query = readQuery(sql);
  const replaced = (database: string | undefined, table: string): string | undefined => {
    const name = `${database}.${table}`;
    const read = reads[name];
    if (relations[name]) return relations[name];
    return database && read
      ? `(SELECT * FROM ${quoteTable(database, table)} AS p WHERE ${inPeriods(read.cut, 'p', read.periods)})`
      : undefined;
  };
  return replaceAll(sql, [
    ...query.tokens
      .filter((token) => token.kind === 'string' && token.value === '{run_id}')
      .map(({ start, end }) => ({ start, end, text: quoteText(runId) })),
    ...query.references.flatMap(({ database, table, start, end, aliased }) => {
      const relation = replaced(database, table);
      // Without an alias of its own the sub-query keeps the table's name, so that `records.data` still resolves.
      return relation
        ? [{ start, end, text: aliased ? relation : `${relation} AS ${quoteName(table)}` }]
        : [];
    }),
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
