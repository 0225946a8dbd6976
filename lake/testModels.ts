/** Tests a study's models: the rows that each SELECT gives for given rows, compared with those that are expected. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { databaseOf, EVENTS } from '../lib/model/layout.ts';
import { createRecordMaker } from '../lib/model/run/bronzeRecord.ts';
import { bronzeColumns } from '../lib/model/run/glue.ts';
import { modelSql } from '../lib/model/run/statements.ts';
import { type GivenTable, type ModelTest, readModelTests } from '../lib/model/study/modelTests.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { UsageError } from './errors.ts';
import type { Studies } from './studies.ts';
import type { ModelEngine } from './targets/modelEngine.ts';

export interface ModelTestOutcome {
  /** `gold.fact_sales` */
  readonly model: string;
  readonly test: string;
  readonly passed: boolean;
  /** Columns that were compared. */
  readonly columns: readonly string[];
  /** Expected rows that the model did not give, and rows that it gave and nobody expected; texts as Athena writes them. */
  readonly missing: readonly TextRow[];
  readonly unexpected: readonly TextRow[];
  /** Why the statement failed, in the local Athena's words. */
  readonly error?: string;
}

type TextRow = readonly (string | null)[];

/**
 * Runs the tests of a study, or of one of its models (`fact_sales` or `gold.fact_sales`). Throws `UsageError` for an unknown
 * model, `StudyError` for a test file with faults.
 */
export async function testModels(
  studies: Studies,
  name: string,
  model?: string,
): Promise<ModelTestOutcome[]> {
  const study = studies.find(name);
  const folder = studies.folderOf(name);
  const models = model === undefined ? study.models : [findModel(study, model)];
  assertEveryTestHasItsModel(folder, study);
  const tests = models.flatMap((one) =>
    readModelTests(folder, study, one).map((test) => ({ model: one, test })),
  );
  if (tests.length === 0) return [];
  const { openModelEngine } = await import('./targets/modelEngine.ts');
  const engine = await openModelEngine();
  try {
    const outcomes: ModelTestOutcome[] = [];
    for (const { model: one, test } of tests) outcomes.push(await outcomeOf(engine, study, one, test));
    return outcomes;
  } finally {
    engine.close();
  }
}

function findModel(study: Study, name: string): Model {
  const found = study.models.find(({ layer, table }) => name === table || name === `${layer}.${table}`);
  if (found) return found;
  throw new UsageError(
    `${study.name} has no model '${name}'; it has: ${study.models.map(({ layer, table }) => `${layer}.${table}`).join(', ')}.`,
  );
}

/** A test next to no model would never run. */
function assertEveryTestHasItsModel(folder: string, study: Study): void {
  const known = new Set(study.models.map(({ layer, table }) => join(layer, `${table}.test.yaml`)));
  for (const layer of ['silver', 'gold', 'marts']) {
    const dir = join(folder, layer);
    for (const file of existsSync(dir) ? readdirSync(dir) : [])
      if (file.endsWith('.test.yaml') && !known.has(join(layer, file)))
        throw new UsageError(`${join(dir, file)} tests a table that the study does not have.`);
  }
}

async function outcomeOf(
  engine: ModelEngine,
  study: Study,
  model: Model,
  test: ModelTest,
): Promise<ModelTestOutcome> {
  const common = { model: `${model.layer}.${model.table}`, test: test.name, columns: test.compared };
  const types = new Map(model.contract.columns.map(({ name, type }) => [name, type]));
  // Without an expected row any column shows that there is none.
  const names =
    test.compared.length > 0 ? test.compared : model.contract.columns.slice(0, 1).map(({ name }) => name);
  const columns = names.map((name) => ({ name, type: types.get(name)! }));
  try {
    const sql = modelSql(model, { study: study.name, runId: 'test', arrived: [], models: {} });
    const rows = await engine.select(sql, columns, withPayloads(study, test), new Date(test.at));
    const found = rows.map((row) => names.map((name) => canonical(row[name] ?? null)));
    const expected = test.expect.map((row) => names.map((name) => canonical(textOf(row[name]))));
    const missing = without(expected, found);
    const unexpected = without(found, expected);
    return { ...common, passed: missing.length + unexpected.length === 0, missing, unexpected };
  } catch (error) {
    if ((error as Error).name !== 'SqlError') throw error;
    return { ...common, passed: false, missing: [], unexpected: [], error: (error as Error).message };
  }
}

/** The given tables, with the payloads as the lines that bronze has of them. */
function withPayloads(study: Study, test: ModelTest): GivenTable[] {
  const toRecord = createRecordMaker(study);
  const arrivedAtMs = Date.parse(test.at);
  const lines = test.payloads.map(({ source, data }, at) => {
    const contract = study.sources.find(({ name }) => name === source)!;
    const time = contract.eventTime && data[contract.eventTime];
    const event = {
      specversion: '1.0',
      id: `given-${at + 1}`,
      source: '/given',
      type: contract.eventType,
      subject: `given-${at + 1}`,
      ...(typeof time === 'string' ? { time } : {}),
      data,
    };
    return toRecord({
      stream: EVENTS,
      shard: 'shardId-000000000000',
      sequenceNumber: String(at + 1),
      arrivedAtMs,
      partitionKey: event.id,
      bytes: Buffer.from(JSON.stringify(event)),
    }).line;
  });
  const day = new Date(arrivedAtMs).toISOString();
  const rows = lines.map((line) => ({ ...line, dt: day.slice(0, 10), hour: day.slice(11, 13) }));
  const bronze = databaseOf(study.name, 'bronze');
  const isRecords = ({ database, table }: GivenTable) => database === bronze && table === 'records';
  const given = test.given.map((table) =>
    isRecords(table) ? { ...table, rows: [...table.rows, ...rows] } : table,
  );
  return rows.length === 0 || given.some(isRecords)
    ? given
    : [...given, { database: bronze, table: 'records', columns: bronzeColumns.map(textColumn), rows }];
}

const textColumn = (name: string) => ({ name, type: 'string' });

const textOf = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);

/** One text per value: 149, 149.0 and 149.00 are one number, 10:00Z and 10:00:00.000000 one time. */
function canonical(text: string | null): string | null {
  if (text === null) return null;
  if (/^-?\d+(\.\d+)?$/.test(text)) return text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
  const time = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?(?: ?UTC|Z)?$/.exec(text);
  if (!time) return text;
  const [, day, minute, second = '00', fraction = ''] = time;
  const rest = fraction.replace(/0+$/, '');
  return `${day} ${minute}:${second}${rest && `.${rest}`}`;
}

/** The rows of `a` that are not in `b`, each as often as it is missing there. */
function without(a: readonly TextRow[], b: readonly TextRow[]): TextRow[] {
  const left = new Map<string, number>();
  for (const row of b) left.set(JSON.stringify(row), (left.get(JSON.stringify(row)) ?? 0) + 1);
  return a.filter((row) => {
    const key = JSON.stringify(row);
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
}
