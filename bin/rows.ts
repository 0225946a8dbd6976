/** Rows of an answer for a person: a table that fits the terminal, or one line for each value. */
import stringWidth from 'string-width';
import type { Rowset } from '../lake/export.ts';
import { isNumeric } from '../lib/model/sql/values.ts';

export interface RowsView {
  /** Columns of the terminal; as wide as needed without it. */
  readonly width?: number | undefined;
  /** `auto`: when a table does not fit. @default auto */
  readonly expanded?: 'on' | 'off' | 'auto';
  /** How NULL is shown; the empty text is shown as nothing. @default as it is */
  readonly styleNull?: (text: string) => string;
}

const GAP = 2;
/** Columns are cut down to this, and no further. */
const NARROWEST = 12;

interface Text {
  readonly text: string;
  readonly width: number;
  readonly isNull: boolean;
}

export function showRows({ columns, rows }: Rowset, view: RowsView = {}): string {
  const cells = rows.map((row) => columns.map((_, at) => textOf(row[at] ?? null)));
  const header = columns.map(({ name }) => textOf(name));
  const natural = header.map(({ width }, at) => Math.max(width, ...cells.map((row) => row[at]!.width)));
  const widths = fitted(natural, view.width);
  if (view.expanded === 'on' || (view.expanded !== 'off' && widths === undefined))
    return showExpanded(header, cells, view);
  const styleNull = view.styleNull ?? ((text: string) => text);
  const line = (row: readonly Text[]) =>
    row
      .map((cell, at) => {
        const size = (widths ?? natural)[at]!;
        const shown = cut(cell, size);
        const fill = ' '.repeat(Math.max(0, size - stringWidth(shown)));
        const text = cell.isNull ? styleNull(shown) : shown;
        return isNumeric(columns[at]!.type) ? fill + text : text + fill;
      })
      .join(' '.repeat(GAP))
      .trimEnd();
  const rule = (widths ?? natural).map((size) => '─'.repeat(size)).join(' '.repeat(GAP));
  return [line(header), rule, ...cells.map(line)].join('\n');
}

function showExpanded(
  header: readonly Text[],
  cells: readonly (readonly Text[])[],
  { styleNull = (text) => text }: RowsView,
): string {
  const width = Math.max(0, ...header.map((name) => name.width));
  return cells
    .map((row, at) =>
      [
        `─[ ${at + 1} ]${'─'.repeat(Math.max(0, width - String(at + 1).length - 2))}`,
        ...row.map((cell, column) => {
          const name = header[column]!;
          const text = cell.isNull ? styleNull(cell.text) : cell.text;
          return `${name.text}${' '.repeat(width - name.width)} │ ${text}`.trimEnd();
        }),
      ].join('\n'),
    )
    .join('\n');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** A value in one line; what would move the cursor is shown by its code. */
function textOf(value: string | null): Text {
  const text = (value ?? 'NULL').replaceAll(CONTROL, (character) =>
    character === '\n'
      ? '↵'
      : character === '\t'
        ? ' '
        : `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  );
  return { text, width: stringWidth(text), isNull: value === null };
}

/** Widths that fit, the widest columns cut first; undefined when even narrow ones do not. */
function fitted(natural: readonly number[], width: number | undefined): number[] | undefined {
  const widths = [...natural];
  if (width === undefined) return widths;
  let over = widths.reduce((sum, size) => sum + size, 0) + GAP * (widths.length - 1) - width;
  while (over > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) return undefined;
    const next = Math.max(NARROWEST, ...widths.filter((size) => size < widest));
    const at = widths.indexOf(widest);
    const less = Math.min(over, widest - next || 1);
    widths[at] = widest - less;
    over -= less;
  }
  return widths;
}

/** A cell of at most this width; what is left out shows as an ellipsis. */
function cut({ text, width }: Text, size: number): string {
  if (width <= size) return text;
  let shown = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(shown + segment) > size - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
