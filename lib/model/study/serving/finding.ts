/** Fills in a chart's title from its rows, so that a title states what the data shows and never goes stale. */

export type Cell = string | null;
export interface Rows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** A place in a title that cannot be filled in. */
export class FindingError extends RangeError {
  override readonly name = 'FindingError';
}

const functions = [
  'first',
  'last',
  'min',
  'max',
  'mean',
  'sum',
  'count',
  'argmax',
  'argmin',
  'share',
] as const;
type Name = (typeof functions)[number];

interface Place {
  readonly name: Name;
  readonly columns: readonly string[];
  /** Digits after the point; percent is `%`. */
  readonly digits: number | '%' | undefined;
}

const PLACE = /\{([^{}]*)\}/g;

function readPlace(text: string): Place {
  const [call = '', digits] = text.split(':');
  const [name, ...columns] = call.trim().split(/\s+/);
  if (!functions.includes(name as Name))
    throw new FindingError(
      `{${text}}: '${name}' is not a function of a title; allowed: ${functions.join(', ')}`,
    );
  const wanted = name === 'count' ? 0 : name === 'argmax' || name === 'argmin' ? 2 : 1;
  if (columns.length !== wanted)
    throw new FindingError(
      `{${text}}: ${name} takes ${wanted} column${wanted === 1 ? '' : 's'}, not ${columns.length}`,
    );
  if (digits !== undefined && !/^(\d|%)$/.test(digits.trim()))
    throw new FindingError(`{${text}}: after the colon comes a number of digits or %, not '${digits}'`);
  const asked = digits?.trim();
  return {
    name: name as Name,
    columns,
    digits: asked === undefined ? undefined : asked === '%' ? '%' : Number(asked),
  };
}

/** Columns that a title uses. Throws `FindingError` for a place that is not understood. */
export const columnsOfTitle = (title: string): string[] => [
  ...new Set([...title.matchAll(PLACE)].flatMap(([, text]) => readPlace(text!).columns)),
];

/**
 * The title with its places filled in, e.g. `Revenue averages {mean revenue:0} a day` → `Revenue averages 1,874 a day`.
 * `argmax state revenue` is the state of the row with the largest revenue; `share segment` is the first row's part of the sum.
 * Without rows the title says so.
 */
export function findingOf(title: string, data: Rows): string {
  if (data.rows.length === 0) return 'No rows yet';
  return title.replace(PLACE, (_whole, text: string) => filledIn(readPlace(text), data));
}

function filledIn({ name, columns, digits }: Place, { columns: names, rows }: Rows): string {
  const at = (column: string) => {
    const index = names.indexOf(column);
    if (index < 0) throw new FindingError(`a title names '${column}', but the rows have ${names.join(', ')}`);
    return index;
  };
  if (name === 'count') return written(rows.length, 0);
  const column = at(columns.at(-1)!);
  const numbers = () => rows.flatMap((row) => (row[column] === null ? [] : [Number(row[column])]));
  const figure = (value: number) => written(value, digits ?? decimalsOf(rows, column));
  switch (name) {
    case 'first':
    case 'last': {
      const cell = rows.at(name === 'first' ? 0 : -1)![column] ?? 'none';
      return cell !== 'none' && cell.trim() !== '' && Number.isFinite(Number(cell))
        ? figure(Number(cell))
        : cell;
    }
    case 'min':
      return figure(Math.min(...numbers()));
    case 'max':
      return figure(Math.max(...numbers()));
    case 'sum':
      return figure(total(numbers()));
    case 'mean':
      return figure(total(numbers()) / numbers().length);
    case 'share':
      return written(Number(rows[0]![column] ?? 0) / total(numbers()), '%');
    case 'argmax':
    case 'argmin': {
      const direction = name === 'argmax' ? 1 : -1;
      const best = rows.reduce((found, row) =>
        direction * (Number(row[column] ?? Number.NaN) - Number(found[column] ?? Number.NaN)) > 0
          ? row
          : found,
      );
      return best[at(columns[0]!)] ?? 'none';
    }
  }
}

const total = (numbers: readonly number[]) => numbers.reduce((sum, value) => sum + value, 0);

const decimalsOf = (rows: Rows['rows'], column: number): number =>
  Math.max(0, ...rows.map((row) => /\.(\d+)$/.exec(row[column] ?? '')?.[1]?.length ?? 0));

function written(value: number, digits: number | '%'): string {
  if (!Number.isFinite(value)) return 'none';
  if (digits === '%') return `${(value * 100).toFixed(1)} %`;
  return new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);
}
