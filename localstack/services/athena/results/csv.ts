/** Athena's result files: every value in quotes, NULL as nothing at all, so that '' and NULL stay apart. */

/** One cell: NULL is `null`. */
export type Cell = string | null;

const cellText = (cell: Cell) => (cell === null ? '' : `"${cell.replaceAll('"', '""')}"`);

/** Writes one line, ending in a line feed. */
export const csvLine = (cells: readonly Cell[]) => `${cells.map(cellText).join(',')}\n`;

/** Reads what `csvLine` wrote, header included. */
export function parseCsv(text: string): Cell[][] {
  const rows: Cell[][] = [];
  let row: Cell[] = [];
  let at = 0;
  while (at < text.length) {
    let cell: Cell = null;
    if (text[at] === '"') {
      let value = '';
      let from = at + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) throw new Error('The result file ends inside a quoted value.');
        value += text.slice(from, quote);
        if (text[quote + 1] !== '"') {
          at = quote + 1;
          break;
        }
        value += '"';
        from = quote + 2;
      }
      cell = value;
    }
    row.push(cell);
    if (text[at] === '\n') {
      rows.push(row);
      row = [];
    }
    at++;
  }
  return rows;
}
