/** What a statement can be about: the study's named queries, and its tables with their columns. */
import { LayerMark, layerOf } from '../../parts/marks.tsx';
import { Bar } from '../../parts/page.tsx';
import { count, counted } from '../../parts/text.ts';
import type { CatalogTable, SqlCatalog } from './contract.ts';

export function Catalog({ catalog, onQuery }: { catalog: SqlCatalog; onQuery: (sql: string) => void }) {
  const zones = [...new Set(catalog.tables.map(({ zone }) => zone))];
  return (
    <>
      <Bar title="Named queries" />
      <ul class="picks">
        {catalog.queries.map(({ name, title, sql }) => (
          <li key={name}>
            <button class="link" type="button" onClick={() => onQuery(sql)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
      <div class="later">
        <Bar title="Catalog">{counted(catalog.tables.length, 'table')}</Bar>
        {zones.map((zone) => (
          <details key={zone} open={zone === 'marts'}>
            <summary>
              <LayerMark layer={layerOf(zone)}>{zone}</LayerMark>
            </summary>
            <ul class="picks">
              {catalog.tables
                .filter((table) => table.zone === zone)
                .map((table) => (
                  <Entry key={table.name} table={table} onQuery={onQuery} />
                ))}
            </ul>
          </details>
        ))}
      </div>
    </>
  );
}

interface EntryProps {
  readonly table: CatalogTable;
  readonly onQuery: (sql: string) => void;
}

const Entry = ({ table: { name, rows, columns }, onQuery }: EntryProps) => (
  <li>
    <details class="entry">
      <summary>
        <span>{name.split('.')[1]}</span>
        {rows !== undefined && <span class="muted xs">{count(rows)}</span>}
      </summary>
      <button class="link small" type="button" onClick={() => onQuery(`select *\nfrom ${name}\nlimit 100`)}>
        Select from it
      </button>
      <dl>
        {columns.map((column) => (
          <div key={column.name}>
            <dt>{column.name}</dt>
            <dd class="muted">{column.type}</dd>
          </div>
        ))}
      </dl>
    </details>
  </li>
);
