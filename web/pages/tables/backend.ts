/** A study's tables: the catalog, and one table with its contract, snapshots, lineage, checks and rows. */
import { UsageError } from '../../../lake/errors.ts';
import { databaseOf, type Zone, zones } from '../../../lib/model/layout.ts';
import { systemPurposes } from '../../../lib/model/run/statements/quarantine.ts';
import { readQuery } from '../../../lib/model/sql/query.ts';
import { lineageLayers, reached, studyLineage } from '../../../lib/model/study/lineage.ts';
import type { Model, Study } from '../../../lib/model/study/study.ts';
import { type Backend, PageProblem, type Route } from '../../server/http.ts';
import type {
  CellOrigin,
  CheckRow,
  ColumnPath,
  DeclaredColumn,
  LakeTable,
  Sample,
  TableView,
} from './contract.ts';

const SAMPLE_ROWS = 50;

function zoneOf(name: string | undefined): Zone {
  const zone = zones.find((one) => one === name);
  if (zone) return zone;
  throw new PageProblem(404, `There is no layer ${name}.`, { detail: `There is: ${zones.join(', ')}.` });
}

async function view({ lake }: Backend, studyName: string, zone: Zone, name: string): Promise<TableView> {
  const study = lake.studies.find(studyName);
  const table = await lake.table(studyName, zone, name).catch((error: Error) => {
    if (error.name !== 'EntityNotFoundException') throw error;
    throw new PageProblem(404, `There is no table ${databaseOf(studyName, zone)}.${name}.`, {
      detail: 'A run makes the tables of its models.',
      remedy: `npx headwaters run ${studyName}`,
    });
  });
  const model = study.models.find((one) => one.layer === zone && one.table === name);
  return {
    table,
    ...(model?.contract.grain && { grain: model.contract.grain }),
    purpose: purposeOf(study, table),
    columns: model
      ? declared(model)
      : table.columns.map(({ name: column, type, comment }) => ({
          name: column,
          type,
          meaning: comment,
          rules: [],
        })),
    upstream: model?.references.map((one) => shortName(study, one)) ?? [],
    downstream: readersOf(study, `${databaseOf(study.name, zone)}.${name}`),
    primaryKey: model?.contract.primaryKey ?? [],
    ...(model && { sql: model.sql }),
  };
}

/** What the table holds: by its contract, by Glue, or one that every study has. */
function purposeOf({ models }: Study, { zone, name, description }: LakeTable): string {
  const model = models.find(({ layer, table }) => layer === zone && table === name);
  if (model) return model.contract.purpose;
  if (description) return description;
  return zone === 'quarantine' && Object.hasOwn(systemPurposes, name)
    ? systemPurposes[name as keyof typeof systemPurposes]
    : '';
}

/** `shop_gold.fact_sales` → `gold.fact_sales` */
const shortName = (study: Study, reference: string) =>
  reference.replace(`${databaseOf(study.name, 'gold').slice(0, -'gold'.length)}`, '');

function declared({ contract }: Model): DeclaredColumn[] {
  return contract.columns.map(({ name, type, description, required }) => ({
    name,
    type,
    meaning: description,
    rules: [
      ...(contract.primaryKey.includes(name) ? ['key'] : []),
      ...(required ? ['required'] : []),
      ...(contract.partitioning?.some((part) => part === name || part.includes(`(${name})`))
        ? ['partition']
        : []),
      ...contract.quality.filter((rule) => rule.column === name).map((rule) => rule.name),
    ],
  }));
}

function readersOf(study: Study, table: string): string[] {
  const queries = study.queries.filter(({ sql }) =>
    readQuery(sql).references.some(({ database, table: name }) => `${database}.${name}` === table),
  );
  return [
    ...study.models
      .filter(({ references }) => references.includes(table))
      .map(({ layer, name }) => `${layer}.${name}`),
    ...queries.map(({ name }) => `query ${name}`),
  ];
}

/** Every table with what it holds. */
async function tables({ lake }: Backend, studyName: string): Promise<readonly LakeTable[]> {
  const study = lake.studies.find(studyName);
  return (await lake.tables(studyName)).map((table) => ({ ...table, description: purposeOf(study, table) }));
}

async function checks({ lake }: Backend, study: string, name: string): Promise<CheckRow[]> {
  const { rows } = await lake.ask(
    `SELECT rule, dimension, run_id, passed, failed, total FROM ${databaseOf(study, 'quarantine')}.checks
     WHERE model = '${name.replaceAll("'", "''")}' ORDER BY run_id DESC, rule LIMIT 300`,
  );
  return rows.map(([rule, dimension, runId, passed, failed, total]) => ({
    rule: rule!,
    dimension: dimension ?? '',
    runId: runId!,
    passed: passed === 'true',
    failed: Number(failed),
    total: Number(total),
  }));
}

async function sample(
  { lake }: Backend,
  study: string,
  zone: Zone,
  name: string,
  snapshot: string | null,
): Promise<Sample> {
  if (snapshot !== null && !/^\d+$/.test(snapshot))
    throw new PageProblem(422, `${snapshot} is not a snapshot's id.`, { detail: 'An id is a whole number.' });
  const sql = `SELECT * FROM "${databaseOf(study, zone)}"."${name.replaceAll('"', '""')}"${snapshot ? ` FOR VERSION AS OF ${snapshot}` : ''} LIMIT ${SAMPLE_ROWS}`;
  const { columns, rows } = await lake.ask(sql);
  return { columns, rows, sql };
}

/** Every column that one comes from or goes into. Throws `PageProblem` 404. */
export function pathOf(study: Study, column: string): ColumnPath {
  const lineage = studyLineage(study);
  if (!lineage.has(column))
    throw new PageProblem(404, `There is no column ${column}.`, {
      detail: 'A column is named as layer.table.column.',
    });
  const ids = new Set([...reached(lineage, column, 'upstream'), ...reached(lineage, column, 'downstream')]);
  const columns = [...lineage.values()].filter(({ id }) => ids.has(id));
  const touched = new Set(columns.map(({ layer, table }) => `${layer}.${table}`));
  return {
    column,
    columns,
    off: lineageLayers.map((layer) => ({
      layer,
      tables: [
        ...new Set(
          [...lineage.values()]
            .filter((one) => one.layer === layer && !touched.has(`${layer}.${one.table}`))
            .map(({ table }) => table),
        ),
      ],
    })),
  };
}

/** Records of a cell; the row's key is given as `key.<column>`, and not at all for NULL. */
async function origin(
  { lake }: Backend,
  study: string,
  zone: Zone,
  table: string,
  query: URLSearchParams,
): Promise<CellOrigin> {
  const key = Object.fromEntries(
    [...query].flatMap(([name, value]) =>
      name.startsWith('key.') ? [[name.slice('key.'.length), value] as const] : [],
    ),
  );
  try {
    return await lake.cellOrigin(study, zone, table, query.get('column') ?? '', key);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new PageProblem(422, 'The cell cannot be traced back.', { detail: error.message });
  }
}

export const tableRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: 'studies/:study/tables',
    handle: (backend, { params }) => tables(backend, params.study!),
  },
  {
    method: 'GET',
    path: 'studies/:study/tables/:zone/:table',
    handle: (backend, { params }) => view(backend, params.study!, zoneOf(params.zone), params.table!),
  },
  {
    method: 'GET',
    path: 'studies/:study/lineage',
    handle: ({ lake }, { params, query }) =>
      pathOf(lake.studies.find(params.study!), query.get('column') ?? ''),
  },
  {
    method: 'GET',
    path: 'studies/:study/tables/:zone/:table/origin',
    handle: (backend, { params, query }) =>
      origin(backend, params.study!, zoneOf(params.zone), params.table!, query),
  },
  {
    method: 'GET',
    path: 'studies/:study/tables/:zone/:table/files',
    handle: ({ lake }, { params }) => lake.tableFiles(params.study!, zoneOf(params.zone), params.table!),
  },
  {
    method: 'GET',
    path: 'studies/:study/tables/:zone/:table/checks',
    handle: (backend, { params }) => checks(backend, params.study!, params.table!),
  },
  {
    method: 'GET',
    path: 'studies/:study/tables/:zone/:table/sample',
    handle: (backend, { params, query }) =>
      sample(backend, params.study!, zoneOf(params.zone), params.table!, query.get('snapshot')),
  },
];
