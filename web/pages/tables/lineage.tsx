/** Column lineage: the path of one column from the sources to the answers, the rest as names only. */
import { useAnswer } from '../../app/backend.ts';
import { hrefOf, place, setQuery } from '../../app/location.ts';
import { LayerMark, layerOf } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { counted } from '../../parts/text.ts';
import { useWidth } from '../../parts/width.ts';
import type { ColumnPath, LineageColumn } from './contract.ts';
import { type Graph, layOutPath } from './graph.ts';

const layerOfLineage = (layer: LineageColumn['layer']) =>
  layer === 'sources' ? 'ingestion' : layer === 'answers' ? 'serving' : layerOf(layer);

/** A column leads to its own path; a source and an answer have no page among the tables. */
function hrefOfColumn({ layer, table, column }: Pick<LineageColumn, 'layer' | 'table' | 'column'>): string {
  if (layer === 'answers') return hrefOf({ page: 'sql', rest: [], query: { q: table } });
  const zone = layer === 'sources' ? 'silver' : layer;
  return hrefOf({ rest: [zone, table], query: { view: 'lineage', column } });
}

export function Lineage({ zone, name, columns }: { zone: string; name: string; columns: readonly string[] }) {
  const { study, query } = place.value;
  const column = query.get('column') ?? columns[0]!;
  const id = `${zone}.${name}.${column}`;
  const path = useAnswer<ColumnPath>(`studies/${study}/lineage?column=${encodeURIComponent(id)}`);
  return (
    <>
      <label class="field lineage-choice">
        Column
        <select value={column} onChange={(event) => setQuery({ column: event.currentTarget.value })}>
          {columns.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <Loaded asked={path} lines={8}>
        {(data) => (
          <>
            <Finding path={data} />
            <Drawing path={data} />
            <Off path={data} />
            <HowMade path={data} />
          </>
        )}
      </Loaded>
    </>
  );
}

function Finding({ path: { column, columns } }: { path: ColumnPath }) {
  const own = columns.find(({ id }) => id === column)!;
  const readers = columns.filter(({ from }) => from.includes(column));
  return (
    <Bar
      title={`${own.column} comes from ${counted(own.from.length, 'column')} and feeds ${counted(readers.length, 'column')}`}
    >
      {counted(columns.length, 'column')} on its path
    </Bar>
  );
}

function Drawing({ path }: { path: ColumnPath }) {
  const [frame, width] = useWidth<HTMLDivElement>(900);
  const graph = layOutPath(path.columns, width);
  return (
    <div class="path scroll" ref={frame} tabIndex={0} role="region" aria-label="Path of the column">
      <svg width={graph.width} height={graph.height + 4} role="group" aria-label={`Path of ${path.column}`}>
        <Edges graph={graph} />
        {graph.boxes.map(({ id, layer, table, x, y, height, columns }) => (
          <g key={id} class={`k-${layerOfLineage(layer)}`}>
            <rect class="box" x={x + 0.5} y={y + 0.5} width={graph.boxWidth} height={height} rx="3" />
            <rect class="bank" x={x + 0.5} y={y + 0.5} width="3" height={height} />
            <text class="table" x={x + 12} y={y + 18}>
              {cut(table, graph.boxWidth)}
            </text>
            {columns.map(({ id: column, name, y: line }) => (
              <a key={column} href={hrefOfColumn({ layer, table, column: name })}>
                <text class={column === path.column ? 'chosen' : undefined} x={x + 12} y={line}>
                  {cut(name, graph.boxWidth)}
                </text>
              </a>
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

/** What fits into a box, at 7.4 px a character of the monospaced font. */
const cut = (text: string, width: number) => {
  const most = Math.floor((width - 20) / 7.4);
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
};

const Edges = ({ graph }: { graph: Graph }) => (
  <g class="edges">
    {graph.edges.map(({ key, from, to }) => {
      const bend = (to.x - from.x) / 2;
      return (
        <path
          key={key}
          d={`M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`}
        />
      );
    })}
  </g>
);

function Off({ path: { off } }: { path: ColumnPath }) {
  const rows = off.filter(({ tables }) => tables.length > 0);
  if (rows.length === 0) return null;
  return (
    <div class="off">
      {rows.map(({ layer, tables }) => (
        <p key={layer} class="small muted">
          {tables.length} of {layer} not on this path: {tables.join(', ')}
        </p>
      ))}
    </div>
  );
}

function HowMade({ path: { column, columns } }: { path: ColumnPath }) {
  return (
    <section>
      <Bar title="How each column of the path is made" />
      <Table
        caption="Columns of the path"
        rows={columns}
        keyOf={({ id }) => id}
        rowProps={({ id }) => (id === column ? { 'aria-current': 'true' } : {})}
        columns={[
          {
            id: 'table',
            title: 'Table',
            heads: true,
            cell: ({ layer, table }) => (
              <LayerMark layer={layerOfLineage(layer)}>{`${layer}.${table}`}</LayerMark>
            ),
          },
          {
            id: 'column',
            title: 'Column',
            cell: (one) => <a href={hrefOfColumn(one)}>{one.column}</a>,
          },
          {
            id: 'expression',
            title: 'Expression',
            cell: ({ expression, from }) =>
              expression ? (
                <code class="wraps">{expression}</code>
              ) : from.length > 0 ? (
                <span class="muted">cast of the source’s column</span>
              ) : (
                <span class="muted">as it arrives</span>
              ),
          },
        ]}
      />
    </section>
  );
}
