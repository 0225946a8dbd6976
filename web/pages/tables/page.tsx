/** Tables: the catalog, and a table's columns with meaning and rules, lineage, snapshots with time travel, checks and rows. */
import type { ComponentChildren } from 'preact';
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place } from '../../app/location.ts';
import { cellText, isNumeric } from '../../charts/chartFrame.tsx';
import { Bound, ColumnName } from '../../parts/columnCells.tsx';
import { Command } from '../../parts/command.tsx';
import { Age, Gauge, Gauges } from '../../parts/figures.tsx';
import { LayerMark, layerOf, Verdict } from '../../parts/marks.tsx';
import { Bar, Head, Tabs } from '../../parts/page.tsx';
import { Empty, Loaded, LoadedPage } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { bytes, count, counted, shortId, shortRun, time } from '../../parts/text.ts';
import type { CheckRow, DeclaredColumn, LakeTable, Sample, TableView } from './contract.ts';
import { Files, useFiles } from './files.tsx';
import { Lineage } from './lineage.tsx';
import { hrefOfOrigin, Origin } from './origin.tsx';

const views = ['columns', 'lineage', 'snapshots', 'files', 'quality', 'rows', 'origin', 'sql'] as const;
const titles = {
  columns: 'Columns',
  lineage: 'Lineage',
  snapshots: 'Snapshots',
  files: 'Files',
  quality: 'Quality',
  rows: 'Sample rows',
  origin: 'Records of a cell',
  sql: 'SQL',
} as const;

export default function TablesPage() {
  const { study, rest } = place.value;
  const tables = useAnswer<readonly LakeTable[]>(`studies/${study}/tables`);
  const [zone, name] = rest;
  return (
    <LoadedPage asked={tables} name="Tables" lines={12}>
      {(list) =>
        list.length === 0 ? (
          <>
            <Head title="There are no tables yet" />
            <Empty command={`npx headwaters run ${study}`}>A run makes the tables of its models.</Empty>
          </>
        ) : zone && name ? (
          <One zone={zone} name={name} tables={list} />
        ) : (
          <All tables={list} />
        )
      }
    </LoadedPage>
  );
}

/** The catalog next to the content; where there is no room for it, the page of all tables is the catalog. */
const WithCatalog = ({
  tables,
  chosen,
  children,
}: {
  tables: readonly LakeTable[];
  chosen?: string;
  children: ComponentChildren;
}) => (
  <div class="cols">
    <div class="c3 catalog-column">
      <Catalog tables={tables} chosen={chosen} />
    </div>
    <div class="c9">{children}</div>
  </div>
);

function Catalog({ tables, chosen }: { tables: readonly LakeTable[]; chosen: string | undefined }) {
  const zones = [...new Set(tables.map(({ zone }) => zone))];
  return (
    <nav aria-label="Catalog">
      <Bar title="Catalog">{counted(tables.length, 'table')}</Bar>
      <div class="zones">
        {zones.map((zone) => (
          <div key={zone} class="zone">
            <h3>
              <LayerMark layer={layerOf(zone)}>
                {tables.find((table) => table.zone === zone)!.database}
              </LayerMark>
            </h3>
            <ul>
              {tables
                .filter((table) => table.zone === zone)
                .map(({ name, rows }) => (
                  <li key={name}>
                    <a
                      href={hrefOf({
                        rest: [zone, name],
                        query: { view: place.value.query.get('view') ?? undefined },
                      })}
                      aria-current={`${zone}.${name}` === chosen ? 'page' : undefined}
                    >
                      {name}
                    </a>
                    {rows !== undefined && <span class="muted xs">{count(rows)}</span>}
                  </li>
                ))}
            </ul>
          </div>
        ))}
      </div>
    </nav>
  );
}

function All({ tables }: { tables: readonly LakeTable[] }) {
  const rows = tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
  const size = tables.reduce((sum, table) => sum + (table.bytes ?? 0), 0);
  return (
    <>
      <Head
        title={`${counted(rows, 'row')} in ${counted(tables.length, 'table')}`}
        lead={`${bytes(size)} of Parquet in the Iceberg tables. Choose a table to see its columns, where they come from, and every state it had.`}
      />
      <WithCatalog tables={tables}>
        <Table
          caption="All tables"
          rows={tables}
          keyOf={({ database, name }) => `${database}.${name}`}
          columns={[
            {
              id: 'name',
              title: 'Table',
              heads: true,
              cell: ({ zone, name }) => (
                <LayerMark layer={layerOf(zone)}>
                  <a href={hrefOf({ rest: [zone, name] })}>{name}</a>
                </LayerMark>
              ),
            },
            {
              id: 'meaning',
              title: 'What it holds',
              prose: true,
              cell: ({ description }) => description?.replace(/\.$/, ''),
            },
            {
              id: 'rows',
              title: 'Rows',
              right: true,
              cell: ({ rows: n }) => (n === undefined ? '' : count(n)),
            },
            {
              id: 'files',
              title: 'Files',
              right: true,
              cell: ({ files }) => (files === undefined ? '' : count(files)),
            },
            {
              id: 'changed',
              title: 'Changed',
              right: true,
              cell: ({ changedAt }) => (changedAt ? <Age at={changedAt} /> : ''),
            },
          ]}
        />
      </WithCatalog>
    </>
  );
}

function One({ zone, name, tables }: { zone: string; name: string; tables: readonly LakeTable[] }) {
  const { study, query } = place.value;
  const asked = useAnswer<TableView>(`studies/${study}/tables/${zone}/${encodeURIComponent(name)}`);
  const view = views.find((one) => one === query.get('view')) ?? 'columns';
  return (
    <LoadedPage asked={asked} name={name} lines={12}>
      {(data) => {
        const { table } = data;
        const layer = layerOf(zone);
        return (
          <>
            <Head title={data.grain ? `${name}: ${lowerFirst(data.grain)}` : name} lead={data.purpose}>
              <a class="btn" href={hrefOf({ rest: [] })}>
                All tables
              </a>
              <a
                class="btn"
                href={hrefOf({
                  page: 'sql',
                  rest: [],
                  query: { sql: `select *\nfrom ${table.database}.${name}\nlimit 100` },
                })}
              >
                Query it
              </a>
            </Head>
            <WithCatalog tables={tables} chosen={`${zone}.${name}`}>
              {table.kind === 'iceberg' && (
                <Gauges label={`Figures of ${name}`}>
                  <Gauge
                    layer={layer}
                    label="Rows"
                    value={count(table.rows ?? 0)}
                    at={table.changedAt}
                    source="current snapshot"
                  />
                  <Gauge
                    layer={layer}
                    label="Files"
                    value={count(table.files ?? 0)}
                    source={`${bytes(table.bytes ?? 0)}, Parquet`}
                  />
                  <Gauge
                    layer={layer}
                    label="Snapshots"
                    value={count(table.snapshots.length)}
                    source="kept for time travel"
                  />
                  <Gauge
                    layer={layer}
                    label="Partition columns"
                    value={count(table.partitions.length)}
                    source={table.partitions.join(', ') || 'not partitioned'}
                  />
                </Gauges>
              )}
              <section>
                <Tabs
                  label="Views of the table"
                  current={view}
                  items={views
                    .filter(
                      (one) =>
                        (one !== 'sql' || data.sql) &&
                        ((one !== 'snapshots' && one !== 'files') || table.kind === 'iceberg') &&
                        (one !== 'origin' || view === 'origin'),
                    )
                    .map((one) => ({
                      id: one,
                      title: titles[one],
                      href: hrefOf({ rest: [zone, name], query: { view: one } }),
                    }))}
                />
                <div class="table-view">
                  {view === 'columns' && <Columns view={data} />}
                  {view === 'lineage' && data.primaryKey.length > 0 && (
                    <Lineage zone={zone} name={name} columns={data.columns.map((column) => column.name)} />
                  )}
                  {view === 'lineage' && <Neighbours view={data} name={`${zone}.${name}`} />}
                  {view === 'snapshots' && <Snapshots view={data} zone={zone} />}
                  {view === 'files' && table.kind === 'iceberg' && <Files table={table} />}
                  {view === 'quality' && <Quality zone={zone} name={name} />}
                  {view === 'rows' && (
                    <Rows
                      zone={zone}
                      name={name}
                      primaryKey={data.primaryKey}
                      snapshot={query.get('snapshot') ?? undefined}
                    />
                  )}
                  {view === 'origin' && <Origin zone={zone} name={name} />}
                  {view === 'sql' && data.sql && <pre class="code">{data.sql}</pre>}
                </div>
              </section>
            </WithCatalog>
          </>
        );
      }}
    </LoadedPage>
  );
}

const lowerFirst = (text: string) => (text[0]?.toLowerCase() ?? '') + text.slice(1).replace(/\.$/, '');

function Columns({ view }: { view: TableView }) {
  const { data: files } = useFiles(view.table);
  const bounds = files?.bounds ?? {};
  const hasBounds = view.table.kind === 'iceberg';
  const hasNulls = Object.values(bounds).some(({ nulls }) => nulls > 0);
  return (
    <>
      <Table
        caption="Columns"
        rows={view.columns}
        keyOf={({ name }) => name}
        columns={[
          {
            id: 'name',
            title: 'Column',
            heads: true,
            cell: (column) => <ColumnName {...column} />,
          },
          { id: 'meaning', title: 'Meaning', prose: true, cell: ({ meaning }) => meaning },
          ...(hasBounds
            ? [
                {
                  id: 'from',
                  title: 'From',
                  cell: ({ name }: DeclaredColumn) => <Bound>{bounds[name]?.from}</Bound>,
                },
                {
                  id: 'to',
                  title: 'To',
                  cell: ({ name }: DeclaredColumn) => <Bound>{bounds[name]?.to}</Bound>,
                },
              ]
            : []),
          ...(hasNulls
            ? [
                {
                  id: 'nulls',
                  title: 'NULL',
                  right: true,
                  cell: ({ name }: DeclaredColumn) => (bounds[name] ? count(bounds[name].nulls) : ''),
                },
              ]
            : []),
          { id: 'rules', title: 'Rules', cell: ({ rules }) => rules.join(', ') },
        ]}
      />
      {hasBounds && (
        <p class="small muted">
          From, To and NULL are those of the Iceberg manifests, by which Athena skips files; of a text a bound
          has 16 characters.
        </p>
      )}
    </>
  );
}

/** Tables that it reads, and what reads it. */
function Neighbours({ view, name }: { view: TableView; name: string }) {
  const entry = (one: string) => {
    const [zone, table] = one.split('.');
    return table && zone ? (
      <a href={hrefOf({ rest: [zone, table], query: { view: 'lineage' } })}>
        <LayerMark layer={layerOf(zone)}>{table}</LayerMark>
      </a>
    ) : (
      <a href={hrefOf({ page: 'sql', rest: [], query: { q: one.replace('query ', '') } })}>{one}</a>
    );
  };
  return (
    <div class="lineage">
      <div>
        <h3>Reads {counted(view.upstream.length, 'table')}</h3>
        <ul>
          {view.upstream.map((one) => (
            <li key={one}>{entry(one)}</li>
          ))}
        </ul>
      </div>
      <div class="self">
        <h3>{name}</h3>
      </div>
      <div>
        <h3>Read by {count(view.downstream.length)}</h3>
        <ul>
          {view.downstream.map((one) => (
            <li key={one}>{entry(one)}</li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Snapshots({ view, zone }: { view: TableView; zone: string }) {
  const { snapshots, name, database } = view.table;
  const newest = snapshots[0];
  return (
    <>
      <Table
        caption="Snapshots, newest first"
        rows={snapshots}
        keyOf={({ id }) => id}
        columns={[
          {
            id: 'snapshot',
            title: 'Snapshot',
            heads: true,
            cell: ({ id }) => (
              <a
                class="mono"
                title={id}
                href={hrefOf({ rest: [zone, name], query: { view: 'rows', snapshot: id } })}
              >
                {shortId(id)}
              </a>
            ),
          },
          { id: 'at', title: 'Committed', cell: ({ at }) => time(at) },
          { id: 'operation', title: 'Operation', cell: ({ operation }) => operation },
          {
            id: 'added',
            title: 'Rows added',
            right: true,
            cell: ({ addedRows }) => <span class={addedRows > 0 ? 'd-new' : ''}>+ {count(addedRows)}</span>,
          },
          {
            id: 'deleted',
            title: 'Rows removed',
            right: true,
            cell: ({ deletedRows }) =>
              deletedRows > 0 ? <span class="d-del">- {count(deletedRows)}</span> : '0',
          },
          { id: 'rows', title: 'Rows', right: true, cell: ({ rows }) => count(rows) },
          { id: 'files', title: 'Files', right: true, cell: ({ files }) => count(files) },
          { id: 'bytes', title: 'Bytes', right: true, cell: (snapshot) => count(snapshot.bytes) },
        ]}
      />
      {newest && (
        <p class="table-command">
          <Command>{`npx headwaters query "select count(*) from ${database}.${name} for version as of ${newest.id}"`}</Command>
        </p>
      )}
    </>
  );
}

function Quality({ zone, name }: { zone: string; name: string }) {
  const { study } = place.value;
  const checks = useAnswer<readonly CheckRow[]>(`studies/${study}/tables/${zone}/${name}/checks`);
  return (
    <Loaded asked={checks}>
      {(rows) =>
        rows.length === 0 ? (
          <Empty>No run has checked this table.</Empty>
        ) : (
          <Table
            caption="Checks by run, newest first"
            rows={rows}
            columns={[
              { id: 'rule', title: 'Check', heads: true, cell: ({ rule }) => <code>{rule}</code> },
              { id: 'dimension', title: 'Dimension', cell: ({ dimension }) => dimension },
              {
                id: 'run',
                title: 'Run',
                cell: ({ runId }) => <a href={hrefOf({ page: 'runs', rest: [runId] })}>{shortRun(runId)}</a>,
              },
              {
                id: 'found',
                title: 'Found',
                cell: ({ passed, failed, total }) => (
                  <Verdict tone={passed ? 'ok' : 'bad'}>
                    {count(failed)} of {count(total)}
                  </Verdict>
                ),
              },
            ]}
          />
        )
      }
    </Loaded>
  );
}

/** A row's key by its columns; undefined for a table without a key, and for a key with a NULL. */
function keyOfRow(
  primaryKey: readonly string[],
  columns: Sample['columns'],
  row: Sample['rows'][number],
): Record<string, string> | undefined {
  const values = primaryKey.map(
    (name) => [name, row[columns.findIndex((column) => column.name === name)]] as const,
  );
  if (values.length === 0 || values.some(([, value]) => value === null || value === undefined))
    return undefined;
  return Object.fromEntries(values as [string, string][]);
}

function Rows({
  zone,
  name,
  primaryKey,
  snapshot,
}: {
  zone: string;
  name: string;
  primaryKey: readonly string[];
  snapshot: string | undefined;
}) {
  const { study } = place.value;
  const sample = useAnswer<Sample>(
    `studies/${study}/tables/${zone}/${name}/sample${snapshot ? `?snapshot=${snapshot}` : ''}`,
  );
  return (
    <Loaded asked={sample} lines={8}>
      {({ columns, rows, sql }) => (
        <>
          {snapshot && (
            <p class="note">
              As of snapshot <span class="mono">{snapshot}</span>.{' '}
              <a href={hrefOf({ rest: [zone, name], query: { view: 'rows' } })}>Read the current one</a>
            </p>
          )}
          <Table
            caption="Sample rows"
            rows={rows}
            columns={columns.map(({ name: column, type }, at) => ({
              id: column,
              title: column,
              right: isNumeric(type),
              cell: (row: Sample['rows'][number]) => {
                const text = cellText(row[at] ?? null, type);
                const key = snapshot ? undefined : keyOfRow(primaryKey, columns, row);
                return key ? (
                  <a class="cell" href={hrefOfOrigin(zone, name, column, key)}>
                    {text}
                  </a>
                ) : (
                  text
                );
              },
            }))}
          />
          <p class="table-command">
            <Command>{`npx headwaters query '${sql}'`}</Command>
          </p>
        </>
      )}
    </Loaded>
  );
}
