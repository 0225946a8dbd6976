/** Asks Athena for what a study serves: the rows of its charts and the values of its figures. */
import type { Lake } from '../../lake/lake.ts';
import { databaseOf, type Zone } from '../../lib/model/layout.ts';
import type { Chart, Figure, RowSource } from '../../lib/model/study/serving/design.ts';
import { findingOf } from '../../lib/model/study/serving/finding.ts';
import type { Study } from '../../lib/model/study/study.ts';
import type { AskedRows, DrawnChart, ReadFigure } from '../contract/rows.ts';
import { orNotPublished } from './notPublished.ts';

/** More rows than a chart can show are cut by the query. */
const MOST_ROWS = 5000;

/** The statement for a row source, and how a person names it. */
function statementOf(study: Study, rows: RowSource, orderBy?: string): { sql: string; source: string } {
  if ('query' in rows)
    return { sql: study.queries.find(({ name }) => name === rows.query)!.sql, source: rows.query };
  const [zone, table] = rows.table.split('.') as [Zone, string];
  const name = `${databaseOf(study.name, zone)}.${table}`;
  return {
    sql: `SELECT * FROM ${name}${orderBy ? ` ORDER BY "${orderBy}"` : ''} LIMIT ${MOST_ROWS}`,
    source: name,
  };
}

/** What had arrived by this instant is in the tables, ISO 8601. */
export const asOf = async (lake: Lake, study: string): Promise<string> =>
  (await lake.publishedRun(study))?.startedAt ?? new Date(await lake.target.now()).toISOString();

async function rowsOf(lake: Lake, study: Study, rows: RowSource, orderBy?: string): Promise<AskedRows> {
  const { sql, source } = statementOf(study, rows, orderBy);
  const [at, result] = await Promise.all([
    asOf(lake, study.name),
    lake.ask(sql).catch(orNotPublished(study.name)),
  ]);
  return {
    columns: result.columns.map(({ name }) => name),
    types: result.columns.map(({ type }) => type),
    rows: result.rows,
    source,
    at,
    scannedBytes: result.statistics.scannedBytes,
    queryExecutionId: result.queryExecutionId,
  };
}

export async function drawChart(lake: Lake, study: Study, chart: Chart): Promise<DrawnChart> {
  const data = await rowsOf(lake, study, chart.rows, chart.x.column);
  return { chart, data, title: findingOf(chart.title, data) };
}

/** Figures of one question are asked once. */
export async function readFigures(
  lake: Lake,
  study: Study,
  figures: readonly Figure[],
): Promise<ReadFigure[]> {
  const asked = new Map<string, Promise<AskedRows>>();
  return Promise.all(
    figures.map(async ({ name, label, rows, column, unit, percent, source }) => {
      const key = JSON.stringify(rows);
      const rowsAsked = asked.get(key) ?? rowsOf(lake, study, rows);
      asked.set(key, rowsAsked);
      const data = await rowsAsked;
      const at = data.columns.indexOf(column);
      return {
        name,
        label,
        value: data.rows[0]?.[at] ?? null,
        ...(unit && { unit }),
        percent,
        source,
        at: data.at,
      };
    }),
  );
}
