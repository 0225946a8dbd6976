/**
 * What arrived: the one statement of a run that reads bronze. It stages every line of the run's objects, partitioned by
 * source, with the columns of all derived silver tables next to each other, each null in the lines of other sources. What
 * follows (audit, publishing, the balance sheet) reads the few columns and the source that it needs.
 */

import { parseType, queryType } from '../../contract/types.ts';
import { maxTravellingBytes, nameList, quoteName, quoteText } from '../../sql/write.ts';
import { derivedSql, lineageSql, payloadColumns, unfitSql } from '../../study/derivedSilver.ts';
import type { Model, Study } from '../../study/study.ts';
import { bronzeColumns } from '../glue.ts';
import { type RunScope, unknownSource } from '../scope.ts';
import { runRecords } from './bind.ts';
import { columnNames, type ModelTable, type Staged, stageName } from './names.ts';
import { ruleOf } from './rowRule.ts';
import { createStageSql } from './table.ts';

export const arrivalsStage: Staged = { name: 'arrivals__records' };

export const arrivalsName = (scope: RunScope, attempt: number): string =>
  stageName(arrivalsStage, scope, attempt);

/** Columns of the stage that are not of one source: lineage, the source, its verdict, and the rule that refuses the row. */
const common = [
  ...lineageSql.map(({ name }) => name).filter((name) => name !== '_run_id'),
  '_source',
  '_verdict',
  '_rule',
];

/** Columns of bronze as the stage carries them for silver tables whose SELECT is written by hand. */
const carried = (column: string) => `_bronze_${column}`;

interface Column {
  readonly name: string;
  readonly type: string;
  readonly sql: string;
  readonly sources: string[];
}

/** The statement must leave room for the run's bounds and the rules. */
const mostTypedBytes = maxTravellingBytes / 2;

/**
 * Sources whose silver columns the stage can have: derived ones, as long as no column has another meaning for another source
 * and all fit into one statement. The rest is carried as bronze has it, and cast by a statement of its own.
 */
export function typedSources(
  study: Pick<Study, 'sources' | 'models'>,
  present: readonly string[],
): ReadonlySet<string> {
  const typed = new Set<string>();
  const taken = new Map<string, string>(common.map((name) => [name, '']));
  let bytes = 0;
  for (const source of study.sources) {
    const model = study.models.find(({ derivedFrom }) => derivedFrom === source.name);
    if (!present.includes(source.name) || model?.sql !== derivedSql(source)) continue;
    const columns = payloadColumns(source);
    bytes += columns.reduce((sum, { name, sql }) => sum + name.length + sql.length, 0);
    if (bytes > mostTypedBytes || columns.some(({ name, sql }) => (taken.get(name) ?? sql) !== sql)) continue;
    for (const { name, sql } of columns) taken.set(name, sql);
    typed.add(source.name);
  }
  return typed;
}

const present = (scope: RunScope, typed: boolean) =>
  Object.entries(scope.sources)
    .filter(([, plan]) => plan.typed === typed)
    .map(([name]) => name);

function typedColumns(
  study: Pick<Study, 'sources' | 'models'>,
  scope: RunScope,
  sources: readonly string[],
): Column[] {
  // One column serves several sources, so all are read as the rebuilt one is.
  const cast = sources.some((name) => scope.sources[name]?.remade) ? 'try_cast' : 'cast';
  const columns = new Map<string, Column>();
  for (const source of study.sources.filter(({ name }) => sources.includes(name))) {
    const types = new Map(modelOf(study, source.name).contract.columns.map(({ name, type }) => [name, type]));
    for (const { name, sql } of payloadColumns(source, cast)) {
      const known = columns.get(name);
      if (known) known.sources.push(source.name);
      else columns.set(name, { name, type: types.get(name) as string, sql, sources: [source.name] });
    }
  }
  return [...columns.values()];
}

const modelOf = (study: Pick<Study, 'models'>, source: string) =>
  study.models.find(({ derivedFrom }) => derivedFrom === source) as Model;

const isSource = (sources: readonly string[]) =>
  sources.length === 1
    ? `source = ${quoteText(sources[0] as string)}`
    : `source IN (${sources.map(quoteText).join(', ')})`;

/** CREATE TABLE … AS of what arrived. */
export function arrivalsSql(
  study: Pick<Study, 'name' | 'sources' | 'models'>,
  scope: RunScope,
  attempt: number,
  objects: readonly { readonly path: string }[],
): string {
  const typed = present(scope, true);
  const untyped = present(scope, false);
  const columns = typedColumns(study, scope, typed);
  const remade = study.sources.filter(({ name }) => typed.includes(name) && scope.sources[name]?.remade);
  const raw = untyped.length > 0 ? bronzeColumns : [];
  const lines = bronzeColumns.filter((name) => raw.length > 0 || linesRead.includes(name));
  const rules = typed.map((source) => {
    const unfit = scope.sources[source]?.remade ? '"_unfit"' : undefined;
    return `WHEN ${quoteText(source)} THEN ${ruleOf(modelOf(study, source), unfit)}`;
  });
  const names = [
    ...common.filter((name) => name !== '_rule'),
    ...columns.map(({ name }) => name),
    ...raw.map(carried),
  ];
  const select = [
    'WITH lines AS (',
    `  SELECT ${nameList(lines, 'r')} FROM ${runRecords(scope, objects, lines)} AS r`,
    '),',
    'typed AS (',
    '  SELECT',
    [
      ...lineageSql
        .filter(({ name }) => name !== '_run_id')
        .map(({ name, sql }) => `${sql} AS ${quoteName(name)}`),
      // The rules of silver's columns speak of all of them.
      `${quoteText(scope.runId)} AS "_run_id"`,
      `coalesce(source, ${quoteText(unknownSource)}) AS "_source"`,
      'verdict AS "_verdict"',
      ...columns.map(({ name, type, sql, sources }) => {
        const value = `CAST(${sql} AS ${queryType(parseType(type))})`;
        return `CASE WHEN verdict = 'valid' AND ${isSource(sources)} THEN ${value} END AS ${quoteName(name)}`;
      }),
      ...(remade.length > 0
        ? [
            `CASE WHEN verdict = 'valid' THEN CASE source ${remade.map((source) => `WHEN ${quoteText(source.name)} THEN ${unfitSql(source)}`).join(' ')} END END AS "_unfit"`,
          ]
        : []),
      ...raw.map(
        (name) =>
          `CASE WHEN verdict = 'valid' AND ${isSource(untyped)} THEN ${quoteName(name)} END AS ${quoteName(carried(name))}`,
      ),
    ]
      .map((line) => `    ${line}`)
      .join(',\n'),
    '  FROM lines',
    ')',
    `SELECT ${nameList(names)},`,
    `  ${rules.length > 0 ? `CAST(CASE "_source" ${rules.join('\n    ')} END AS varchar)` : 'CAST(NULL AS varchar)'} AS "_rule"`,
    'FROM typed',
  ].join('\n');
  return createStageSql(`what arrived for ${study.name}`, arrivalsStage, scope, attempt, select, ['_source']);
}

/** Columns of bronze that the lines of derived tables are made from. */
const linesRead = [
  'shard',
  'sequence_number',
  'arrived_at',
  'source',
  'verdict',
  'event_id',
  'event_source',
  'event_time',
  'data',
  'stream',
];

/** The valid rows of a source as its silver table has them, the rule that refuses a row included. */
export function arrivedRows(model: ModelTable, scope: RunScope, attempt: number): string {
  const columns = columnNames(model).map((name) =>
    name === '_run_id' ? `${quoteText(scope.runId)} AS "_run_id"` : `a.${quoteName(name)}`,
  );
  return (
    `(SELECT ${columns.join(', ')}, a."_rule" FROM ${arrivalsName(scope, attempt)} AS a ` +
    `WHERE a."_source" = ${quoteText(model.derivedFrom as string)} AND a."_verdict" = 'valid')`
  );
}

/** The lines of these sources as bronze has them. */
export function arrivedLines(scope: RunScope, attempt: number, sources: readonly string[]): string {
  const columns = bronzeColumns.map((name) => `a.${quoteName(carried(name))} AS ${quoteName(name)}`);
  return (
    `(SELECT ${columns.join(', ')} FROM ${arrivalsName(scope, attempt)} AS a ` +
    `WHERE a."_source" IN (${sources.map(quoteText).join(', ')}) AND a."_verdict" = 'valid')`
  );
}
