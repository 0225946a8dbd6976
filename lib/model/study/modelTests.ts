/**
 * Reads a model's tests, `<table>.test.yaml` next to its SQL: given rows per upstream table, and the rows that the model's
 * SELECT gives for them.
 *
 * ```yaml
 * tests:
 *   - name: A line of a canceled order is not revenue.
 *     at: 2026-03-02T00:00:00Z           # the statement's clock; the beginning of 2026 without it
 *     given:                             # tables that are not named are empty, columns that are not named are NULL
 *       silver.orders:
 *         - { order_id: o1, status: canceled }
 *       sources.payments:                # payloads, judged and stored as bronze would have them
 *         - { payment_id: p1, amount: 12.5 }
 *     expect:                            # in any order; columns that are not named are not compared
 *       - { order_id: o1, is_revenue: false }
 * ```
 */

import { existsSync, readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { type Problem, StudyError } from '../contract/problem.ts';
import { databaseOf, zones } from '../layout.ts';
import { bronzeColumns } from '../run/glue.ts';
import type { Model, Study } from './study.ts';

export type GivenRow = Readonly<Record<string, unknown>>;

export interface GivenTable {
  readonly database: string;
  readonly table: string;
  /** Of the table, with Athena's types; rows need not name them all. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly GivenRow[];
}

export interface ModelTest {
  readonly name: string;
  /** ISO 8601: what `current_timestamp` gives. */
  readonly at: string;
  /** Every table that the model reads, in the order of its references. */
  readonly given: readonly GivenTable[];
  /** Payloads of sources, which become rows of bronze. */
  readonly payloads: readonly { readonly source: string; readonly data: GivenRow }[];
  readonly expect: readonly GivenRow[];
  /** Columns that are compared, in the model's order. */
  readonly compared: readonly string[];
}

const DEFAULT_TIME = '2026-01-01T00:00:00Z';

/** Path of a model's tests, next to its SQL or contract. */
const testFileOf = (folder: string, { layer, table }: Pick<Model, 'layer' | 'table'>): string =>
  `${folder}/${layer}/${table}.test.yaml`;

/**
 * The tests of a model; none where it has no test file.
 * @param folder of the study
 * @throws StudyError naming every fault of the file: what is not YAML, an unknown table or column, a test without a name
 */
export function readModelTests(folder: string, study: Study, model: Model): ModelTest[] {
  const file = testFileOf(folder, model);
  if (!existsSync(file)) return [];
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const problems: Problem[] = [];
  const report = (path: readonly (string | number)[], message: string) => {
    const node = document.getIn(path, true) as { range?: [number] } | undefined;
    const { line, col } = lines.linePos(node?.range?.[0] ?? 0);
    problems.push({ file, line: Math.max(1, line), column: Math.max(1, col), message });
  };
  for (const { message, pos } of document.errors) {
    const { line, col } = lines.linePos(pos[0]);
    problems.push({ file, line, column: col, message: message.split('\n')[0] ?? '' });
  }
  const { tests } = (document.toJS() ?? {}) as { tests?: unknown };
  if (!Array.isArray(tests)) report([], 'tests is missing: a list of tests with name, given and expect');
  const read = (Array.isArray(tests) ? tests : []).map((test, at) =>
    readTest(study, model, isRecord(test) ? test : {}, (path, message) =>
      report(['tests', at, ...path], message),
    ),
  );
  if (problems.length > 0) throw new StudyError(problems);
  return read;
}

type Report = (path: readonly (string | number)[], message: string) => void;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const KEYS = ['name', 'at', 'given', 'expect'];

function readTest(study: Study, model: Model, test: Record<string, unknown>, report: Report): ModelTest {
  for (const key of Object.keys(test))
    if (!KEYS.includes(key)) report([key], `'${key}' is not known; allowed: ${KEYS.join(', ')}`);
  if (typeof test.name !== 'string') report([], 'a test has a name: a sentence that says what holds');
  const at = test.at === undefined ? DEFAULT_TIME : String(test.at);
  if (Number.isNaN(Date.parse(at))) report(['at'], `'${at}' is not a time such as ${DEFAULT_TIME}`);
  const given = isRecord(test.given) ? test.given : {};
  const payloads = payloadsOf(study, given, report);
  const tables = tablesOf(study, model);
  for (const name of Object.keys(given))
    if (!name.startsWith('sources.') && !tables.has(name))
      report(
        ['given', name],
        `${model.layer}.${model.table} does not read '${name}'; it reads: ${[...tables.keys()].join(', ')}`,
      );
  const expect = rowsOf(test.expect, ['expect'], model.contract.columns, report);
  const named = new Set(expect.flatMap((row) => Object.keys(row)));
  return {
    name: String(test.name),
    at,
    given: [...tables].map(([name, table]) => ({
      ...table,
      rows: rowsOf(given[name] ?? [], ['given', name], table.columns, report),
    })),
    payloads,
    expect,
    compared: model.contract.columns.flatMap(({ name }) => (named.has(name) ? [name] : [])),
  };
}

/** `layer.table` → what the model reads. */
function tablesOf(study: Study, model: Model): Map<string, Omit<GivenTable, 'rows'>> {
  const bronze = databaseOf(study.name, 'bronze');
  return new Map(
    model.references.map((reference) => {
      const [database, table] = reference.split('.') as [string, string];
      const zone = zones.find((one) => databaseOf(study.name, one) === database);
      const upstream = study.models.find((one) => one.database === database && one.table === table);
      const columns =
        database === bronze
          ? bronzeColumns.map((name) => ({ name, type: 'string' }))
          : (upstream?.contract.columns ?? []);
      return [`${zone}.${table}`, { database, table, columns }];
    }),
  );
}

function rowsOf(
  value: unknown,
  path: readonly string[],
  columns: readonly { readonly name: string }[],
  report: Report,
): GivenRow[] {
  if (!Array.isArray(value) || !value.every(isRecord)) {
    report(path, `${path.at(-1)} is a list of rows: column: value`);
    return [];
  }
  const known = new Set(columns.map(({ name }) => name));
  value.forEach((row, at) => {
    for (const name of Object.keys(row))
      if (!known.has(name))
        report([...path, at, name], `there is no column '${name}'; the table has: ${[...known].join(', ')}`);
  });
  return value;
}

function payloadsOf(study: Study, given: Record<string, unknown>, report: Report) {
  return Object.entries(given).flatMap(([name, rows]) => {
    if (!name.startsWith('sources.')) return [];
    const source = study.sources.find((one) => `sources.${one.name}` === name && one.eventType);
    if (!source) {
      const known = study.sources.flatMap((one) => (one.eventType ? [`sources.${one.name}`] : []));
      report(
        ['given', name],
        `'${name}' is not a source with an eventType; there is: ${known.join(', ') || 'none'}`,
      );
      return [];
    }
    // A payload may lack or have members of its own: whether it is valid is the judge's to say.
    const payloads = Array.isArray(rows) ? rows.filter(isRecord) : [];
    return payloads.map((data) => ({ source: source.name, data }));
  });
}
