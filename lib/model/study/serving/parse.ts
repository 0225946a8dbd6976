/** Reads a study's `serving/*.yaml` and checks it against the study: every question, table, column, chart and figure it names must exist. */
import type { Problem } from '../../contract/problem.ts';
import { faultsOf, openYaml, type Report } from '../yamlProblems.ts';
import type {
  Chart,
  Dashboard,
  Encoding,
  Endpoint,
  Figure,
  HomeDesign,
  ParameterType,
  RowSource,
  ServingDesign,
} from './design.ts';
import { columnsOfTitle, FindingError } from './finding.ts';
import { servingSchema } from './schema.ts';

/** What a study offers to what it serves: the columns of each question and of each table (`layer.table`). */
export interface Offered {
  readonly queries: Readonly<Record<string, readonly string[]>>;
  readonly tables: Readonly<Record<string, readonly string[]>>;
}

export interface ServingFile {
  readonly file: string;
  readonly text: string;
}

interface RawParameter {
  readonly name: string;
  readonly type: ParameterType;
  readonly description: string;
  readonly column?: string;
  readonly operator: Endpoint['parameters'][number]['operator'];
  readonly required: boolean;
  readonly example?: string | number | boolean;
}
interface Sourced {
  readonly query?: string;
  readonly table?: string;
}
interface RawFile {
  readonly endpoints: readonly (Sourced & {
    readonly name: string;
    readonly title: string;
    readonly pageSize: number;
    readonly freshness: string;
    readonly parameters: readonly RawParameter[];
  })[];
  readonly charts: readonly (Omit<Chart, 'rows'> & Sourced)[];
  readonly figures: readonly (Omit<Figure, 'rows'> & Sourced)[];
  readonly dashboards: readonly Dashboard[];
  readonly home?: HomeDesign;
}

/** @returns the design, or every problem with file, line and column. */
export function parseServing(
  files: readonly ServingFile[],
  offered: Offered,
): { readonly design: ServingDesign; readonly problems: Problem[] } {
  const problems: Problem[] = [];
  const parts = files.flatMap(({ file, text }) => {
    const { document, report } = openYaml(file, text, problems);
    if (!document) return [];
    const value = (document.toJS() ?? {}) as RawFile;
    const faults = faultsOf(servingSchema, value);
    for (const { place, message } of faults) report(place, message);
    return faults.length === 0 ? [{ value, report }] : [];
  });
  const all = <Item>(pick: (file: RawFile) => readonly Item[]) => parts.flatMap(({ value }) => pick(value));
  const names = {
    charts: all(({ charts }) => charts.map(({ name }) => name)),
    figures: all(({ figures }) => figures.map(({ name }) => name)),
  };
  for (const { value, report } of parts) checkNames(value, names, offered, report);
  for (const kind of ['endpoints', 'charts', 'figures', 'dashboards'] as const) {
    const seen = new Set<string>();
    for (const { value, report } of parts)
      for (const [index, { name }] of value[kind].entries()) {
        if (seen.has(name))
          report(
            [kind, index, 'name'],
            `'${name}' is declared twice; names of ${kind} are unique in a study`,
          );
        seen.add(name);
      }
  }
  const homes = parts.flatMap(({ value, report }) => (value.home ? [{ home: value.home, report }] : []));
  for (const { report } of homes.slice(1)) report(['home'], 'home is declared twice; a study has one');
  return {
    design: {
      endpoints: all(({ endpoints }) => endpoints.map(endpointOf)),
      charts: all(({ charts }) => charts.map(withRows)),
      figures: all(({ figures }) => figures.map(withRows)),
      dashboards: all(({ dashboards }) => dashboards),
      home: homes[0]?.home ?? { figures: [] },
    },
    problems,
  };
}

const rowsOf = ({ query, table }: Sourced): RowSource =>
  query !== undefined ? { query } : { table: table! };

function withRows<Item extends Sourced>({ query, table, ...rest }: Item) {
  return { ...rest, rows: rowsOf({ query, table }) };
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

function endpointOf(raw: RawFile['endpoints'][number]): Endpoint {
  const { freshness, parameters, ...rest } = raw;
  return {
    ...withRows(rest),
    freshnessSeconds: Number(freshness.slice(0, -1)) * SECONDS[freshness.at(-1) as keyof typeof SECONDS],
    parameters: parameters.map(({ column, example, ...parameter }) => ({
      ...parameter,
      column: column ?? parameter.name,
      ...(example !== undefined && { example: String(example) }),
    })),
  };
}

function checkNames(
  file: RawFile,
  names: { readonly charts: readonly string[]; readonly figures: readonly string[] },
  offered: Offered,
  report: Report,
): void {
  const columnsOf = (place: readonly (string | number)[], source: Sourced): readonly string[] | undefined => {
    const [kind, known, name] =
      source.query !== undefined
        ? (['query', offered.queries, source.query] as const)
        : (['table', offered.tables, source.table!] as const);
    if (!known[name])
      report([...place, kind], `there is no ${kind} '${name}'; there is: ${Object.keys(known).join(', ')}`);
    return known[name];
  };
  const check = (
    place: readonly (string | number)[],
    columns: readonly string[] | undefined,
    wanted: readonly string[],
  ) => {
    for (const column of wanted)
      if (columns && !columns.includes(column))
        report(place, `there is no column '${column}'; the rows have ${columns.join(', ')}`);
  };
  for (const [index, endpoint] of file.endpoints.entries()) {
    const columns = columnsOf(['endpoints', index], endpoint);
    for (const [at, parameter] of endpoint.parameters.entries())
      check(['endpoints', index, 'parameters', at], columns, [parameter.column ?? parameter.name]);
  }
  for (const [index, chart] of file.charts.entries()) {
    const place = ['charts', index] as const;
    const columns = columnsOf(place, chart);
    const encodings: readonly (Encoding | undefined)[] = [chart.x, ...chart.y, chart.by];
    check(place, columns, [
      ...encodings.flatMap((one) => one?.column ?? []),
      ...(chart.series ? [chart.series] : []),
    ]);
    try {
      check([...place, 'title'], columns, columnsOfTitle(chart.title));
    } catch (error) {
      if (!(error instanceof FindingError)) throw error;
      report([...place, 'title'], error.message);
    }
  }
  for (const [index, figure] of file.figures.entries()) {
    check(['figures', index], columnsOf(['figures', index], figure), [figure.column]);
    if (!offered.tables[figure.source])
      report(
        ['figures', index, 'source'],
        `there is no table '${figure.source}'; there is: ${Object.keys(offered.tables).join(', ')}`,
      );
  }
  const known = (kind: 'figures' | 'charts', name: string, place: readonly (string | number)[]) => {
    if (!names[kind].includes(name))
      report(
        place,
        `there is no ${kind.slice(0, -1)} '${name}'; there is: ${names[kind].join(', ') || 'none'}`,
      );
  };
  for (const [index, dashboard] of file.dashboards.entries())
    for (const kind of ['figures', 'charts'] as const)
      for (const [at, name] of dashboard[kind].entries()) known(kind, name, ['dashboards', index, kind, at]);
  for (const [at, name] of (file.home?.figures ?? []).entries())
    known('figures', name, ['home', 'figures', at]);
  if (file.home?.chart) known('charts', file.home.chart, ['home', 'chart']);
}
