/** The tables that hold rows made from a record: the name of each row, when it was published, where its file is. */
import { quoteName, quoteTable, quoteText } from '../lib/model/sql/write.ts';
import type { LineageColumn } from '../lib/model/study/lineage.ts';
import type { Model, Study } from '../lib/model/study/study.ts';
import { ask } from './ask.ts';
import type { LakeContext } from './context.ts';
import type { TableEvidence } from './journey.ts';
import { isGrouped, measuresOf, rowLabel, separated, sourceColumns, valueWords } from './rowWords.ts';
import type { RunDetail } from './runs.ts';
import { readTable } from './tables.ts';
import type { Layer } from './trace.ts';

const keyOf = (uri: string) => uri.replace(/^s3:\/\/[^/]+\//, '');

/** A cell that the record went into. */
export interface FollowedCell {
  readonly zone: 'silver' | 'gold' | 'marts';
  readonly table: string;
  readonly column: string;
  readonly key: Readonly<Record<string, string>>;
  /** Key of the row of gold that it went into on the way. */
  readonly by?: Readonly<Record<string, string>>;
}

export interface FoundTable {
  readonly model: Model;
  readonly evidence: TableEvidence;
  readonly measures: readonly string[];
}

/** The tables with rows made from the record, facts before what they look up. */
export async function tablesOf(
  lake: LakeContext,
  study: Study,
  lineage: ReadonlyMap<string, LineageColumn>,
  layers: readonly Layer[],
  run: RunDetail | undefined,
  source = '',
): Promise<FoundTable[]> {
  const found = layers.flatMap((layer) => {
    const model = study.models.find(({ database, table }) => `${database}.${table}` === layer.place);
    return model && layer.layer === model.layer ? [{ model, layer }] : [];
  });
  // What accounts for the record, then what changes with it, then what only reads it.
  const rank = ({ contract }: Model) => (contract.accountsFor ? 0 : contract.incremental ? 1 : 2);
  const ordered = found.toSorted((a, b) => rank(a.model) - rank(b.model));
  const held = new Set(found.map(({ model }) => model.name));
  const statements = layers
    .filter(({ layer }) => layer.startsWith('statements '))
    .flatMap(({ rows }) => rows);
  return Promise.all(
    ordered.map(async ({ model, layer }) => {
      const measures = measuresOf(model, lineage, source);
      const row = layer.rows[0]!;
      const cell = (name: string) => row[layer.columns.indexOf(name)] ?? '';
      const values = valuesOf(model, layer, measures).map(([name, value]) => [name, value] as const);
      const [measure] = measures;
      const evidence: TableEvidence = {
        layer,
        zone: model.layer,
        table: model.table,
        labels: layer.rows.map((one) => rowLabel(model, layer, one)),
        ...(measure &&
          cell(measure) !== '' && { measure: { column: measure, value: separated(cell(measure)) } }),
        values,
        isGrouped: isGrouped(model),
        isView: model.contract.materialization === 'view',
        isOwn: model.contract.incremental !== undefined || layer.rows.length === 1,
        ...(await publication(lake, study, model, run)),
        statements: statements
          .flatMap(([uri]) => statementIn(keyOf(uri!), model.name))
          .toSorted((a, b) => STEPS.indexOf(a.step) - STEPS.indexOf(b.step)),
        ...(model.layer === 'gold' && (await fileOf(lake, model, layer))),
        joined: study.models
          .filter(
            ({ name, layer: zone }) => model.dependsOn.includes(name) && zone === 'gold' && !held.has(name),
          )
          .map((one) => ({ zone: one.layer, table: one.table })),
      };
      return { model, evidence, measures };
    }),
  );
}

/** Up to three values of the first row: what the record added to; of silver, what it says. */
function valuesOf({ contract }: Model, layer: Layer, measures: readonly string[]): [string, string][] {
  const own = layer.columns.filter((name) => !/^(_|event_)/.test(name));
  const first = contract.layer === 'silver' ? own : [];
  const names = [...new Set([...first.slice(0, 2), ...measures, ...first])].slice(0, 3);
  return names.flatMap((name): [string, string][] => {
    const value = layer.rows[0]![layer.columns.indexOf(name)];
    if (value === null || value === undefined) return [];
    return [[name, measures.includes(name) ? separated(value) : valueWords(name, value)]];
  });
}

const STEPS = ['stage', 'publish', 'view'];

/** A step of a model, among the statements that a run kept. */
function statementIn(key: string, model: string): { step: string; key: string }[] {
  const [, step, name] = /\/statements\/.*\/([a-z]+)-(\w+?)(?:-\d+)?\.sql$/.exec(key) ?? [];
  return name === model && STEPS.includes(step!) ? [{ step: step!, key }] : [];
}

/** Clocks of the statement and of the snapshot may differ by as much. */
const CLOCKS_MS = 1000;

/** When the run published the table, and the snapshot that it made. */
async function publication(
  lake: LakeContext,
  study: Study,
  { database, table, layer }: Model,
  run: RunDetail | undefined,
): Promise<Pick<TableEvidence, 'publishedAt' | 'snapshot'>> {
  const into = new RegExp(`^\\s*(?:MERGE|INSERT)\\s+INTO\\s+"${database}"\\."${table}"`, 'i');
  const statement = run?.statements.findLast(({ sql, state }) => state === 'SUCCEEDED' && into.test(sql));
  if (!statement) return {};
  const begun = Date.parse(statement.submittedAt);
  const ended = begun + statement.milliseconds;
  const { snapshots } = await readTable(lake, study.name, layer, table);
  const snapshot = snapshots.find(
    ({ at }) => Date.parse(at) >= begun - CLOCKS_MS && Date.parse(at) <= ended + CLOCKS_MS,
  );
  return { publishedAt: new Date(ended).toISOString(), ...(snapshot && { snapshot: snapshot.id }) };
}

const isKey = (value: string | null | undefined): value is string => value !== null && value !== undefined;

/** The row's key, when all of it has a value. */
function rowKey({ contract }: Model, { columns, rows }: Layer): Record<string, string> | undefined {
  const cells = contract.primaryKey.map((name) => [name, rows[0]![columns.indexOf(name)]] as const);
  return cells.length > 0 && cells.every(([, value]) => isKey(value))
    ? (Object.fromEntries(cells) as Record<string, string>)
    : undefined;
}

/** The data file that holds the first row now. */
async function fileOf(lake: LakeContext, model: Model, layer: Layer): Promise<Pick<TableEvidence, 'file'>> {
  const key = rowKey(model, layer);
  if (!key || model.contract.materialization === 'view') return {};
  const table = quoteTable(model.database, model.table);
  const condition = Object.entries(key)
    .map(([name, value]) => `cast(${quoteName(name)} as varchar) = ${quoteText(value)}`)
    .join(' and ');
  const { rows } = await ask(lake, `select "$path" from ${table} where ${condition} limit 1`);
  const path = rows[0]?.[0];
  if (!path) return {};
  const files = await ask(
    lake,
    `select record_count, file_size_in_bytes from ${quoteTable(model.database, `${model.table}$files`)} where file_path = ${quoteText(path)}`,
  );
  const [count, bytes] = files.rows[0] ?? [];
  return {
    file: { key: keyOf(path), ...(count && { rows: Number(count) }), ...(bytes && { bytes: Number(bytes) }) },
  };
}

/** The cell that is led back from: of the first grouped mart, else of gold, the value that the record added to. */
export function cellOf(tables: readonly FoundTable[]): FollowedCell | undefined {
  const candidates = tables.flatMap(({ model, evidence, measures: [column] }) => {
    const key = rowKey(model, evidence.layer);
    return key && column && model.layer !== 'silver' && evidence.isOwn
      ? [{ cell: { zone: model.layer, table: model.table, column, key }, evidence }]
      : [];
  });
  const single = candidates.filter(({ evidence }) => evidence.layer.rows.length === 1);
  const best =
    single.find(({ evidence }) => evidence.zone === 'marts' && evidence.isGrouped) ??
    single.find(({ evidence }) => evidence.isGrouped) ??
    single[0] ??
    candidates[0];
  const gold = candidates.find(({ evidence }) => evidence.zone === 'gold');
  return best && { ...best.cell, ...(gold && gold !== best && { by: gold.cell.key }) };
}

/** Payload columns that the row's key and its value are made from. */
export function fieldsOf(
  lineage: ReadonlyMap<string, LineageColumn>,
  source: string,
  { model, measures, evidence }: FoundTable,
): string[] {
  const shown = [...model.contract.primaryKey, ...(evidence.measure ? measures.slice(0, 1) : [])];
  return sourceColumns(
    lineage,
    source,
    shown.map((name) => `${model.layer}.${model.table}.${name}`),
  );
}
