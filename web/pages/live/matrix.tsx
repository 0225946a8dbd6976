/** Two keys of a live view against each other, the more the darker. */
import { count } from '../../parts/text.ts';
import { Changing } from './changing.tsx';
import type { Matrix } from './contract.ts';
import { inWords } from './words.ts';

/** Shades of cells with something in them. */
const SHADES = 5;

export function MatrixTable({ matrix, measure }: { matrix: Matrix; measure: string }) {
  const { rowKey, columnKey, columns, rows, total } = matrix;
  const most = Math.max(...rows.flatMap(({ cells }) => cells), 1);
  const shade = (value: number) => Math.ceil((Math.max(0, value) / most) * SHADES);
  const title = `${inWords(measure)} by ${inWords(rowKey)} and ${inWords(columnKey)}`;
  return (
    <>
      <div class="scroll" tabIndex={0} role="region" aria-label={title}>
        <table class="matrix">
          <caption class="vh">{title}</caption>
          <thead>
            <tr>
              <th scope="col">{inWords(rowKey)}</th>
              {[...columns.map(({ name }) => name), 'all'].map((name) => (
                <th key={name} scope="col" class="r">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.name}>
                <th scope="row">{row.name}</th>
                {row.cells.map((value, index) => (
                  <Cell key={columns[index]!.name} value={value} shade={shade(value)} />
                ))}
                <Cell value={row.total} />
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">all</th>
              {columns.map((column) => (
                <Cell key={column.name} value={column.total} />
              ))}
              <Cell value={total} />
            </tr>
          </tfoot>
        </table>
      </div>
      <p class="small muted">{noteOf(matrix, measure)}</p>
    </>
  );
}

const Cell = ({ value, shade }: { value: number; shade?: number }) => (
  <td class={shade === undefined ? 'r' : `r q${shade}`}>
    <Changing>{count(value)}</Changing>
  </td>
);

function noteOf({ rows, rowCount, columns, columnCount, windows }: Matrix, measure: string): string {
  const what = `${inWords(measure)} of ${windows === 1 ? 'the newest window' : `the newest ${windows} windows`}`;
  if (rowCount === rows.length && columnCount === columns.length) return what;
  return `${what}; of ${count(rowCount)} rows and ${count(columnCount)} columns the greatest`;
}
