/** Plain data as text for people: tables, numbers, sizes. */
import stringWidth from 'string-width';

export type Cell = string | number | null | undefined;

const NUMBER = /^-?\d[\d,]*(\.\d+)?%?$/;

/** A table in columns; numbers are on the right. */
export function table(header: readonly string[], rows: ReadonlyArray<readonly Cell[]>): string {
  const cells = rows.map((row) =>
    row.map((cell) => (cell === null || cell === undefined ? '' : String(cell))),
  );
  const right = header.map(
    (_, i) => cells.length > 0 && cells.every((row) => !row[i] || NUMBER.test(row[i])),
  );
  const widths = header.map((name, i) =>
    Math.max(stringWidth(name), ...cells.map((row) => stringWidth(row[i] ?? ''))),
  );
  const format = (row: readonly string[]) =>
    row
      .map((cell, i) => {
        const fill = ' '.repeat(Math.max(0, widths[i]! - stringWidth(cell)));
        return right[i] ? fill + cell : cell + fill;
      })
      .join('  ')
      .trimEnd();
  return [format(header), widths.map((size) => '─'.repeat(size)).join('  '), ...cells.map(format)].join('\n');
}

/** `1 record`, `2 records`; a word whose plural is irregular gives it. */
export const counted = (value: number | bigint, one: string, many = `${one}s`) =>
  `${count(value)} ${Number(value) === 1 ? one : many}`;

export const count = (value: number | bigint) => value.toLocaleString('en-US');

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}
