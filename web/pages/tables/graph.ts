/** Places the columns on a path: tables in levels, each after those that it reads, their columns as lines of a box. */
import type { LineageColumn } from './contract.ts';

export interface Box {
  readonly id: string;
  readonly layer: LineageColumn['layer'];
  readonly table: string;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly columns: readonly { readonly id: string; readonly name: string; readonly y: number }[];
}

export interface Edge {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly key: string;
}

export interface Graph {
  readonly boxes: readonly Box[];
  readonly edges: readonly Edge[];
  readonly boxWidth: number;
  readonly width: number;
  readonly height: number;
}

const HEAD = 26;
const LINE = 18;
const BELOW = 8;
const GAP = 14;
/** A level is at least so wide; more levels than fit are scrolled to. */
const NARROWEST = 150;
const SPACE_BETWEEN = 30;

const tableOf = ({ layer, table }: LineageColumn) => `${layer}.${table}`;

/** Tables by level, those first that read no other on the path. */
export function levelsOf(columns: readonly LineageColumn[]): string[][] {
  const byId = new Map(columns.map((column) => [column.id, column]));
  const reads = new Map<string, Set<string>>();
  for (const column of columns) {
    const own = reads.get(tableOf(column)) ?? new Set();
    for (const id of column.from) {
      const from = byId.get(id);
      if (from && tableOf(from) !== tableOf(column)) own.add(tableOf(from));
    }
    reads.set(tableOf(column), own);
  }
  const levels = new Map<string, number>();
  const levelOf = (table: string): number => {
    const known = levels.get(table);
    if (known !== undefined) return known;
    const level = Math.max(-1, ...[...reads.get(table)!].map(levelOf)) + 1;
    levels.set(table, level);
    return level;
  };
  const found: string[][] = [];
  for (const table of reads.keys()) {
    const level = levelOf(table);
    found[level] = [...(found[level] ?? []), table];
  }
  return found;
}

export function layOutPath(columns: readonly LineageColumn[], width: number): Graph {
  const levels = levelsOf(columns);
  const step = Math.max(NARROWEST, width / levels.length);
  const boxWidth = Math.min(220, step - SPACE_BETWEEN);
  const boxes = levels.flatMap((tables, level) => {
    let y = 0;
    return tables.map((id): Box => {
      const own = columns.filter((column) => tableOf(column) === id);
      const top = y;
      const height = HEAD + own.length * LINE + BELOW;
      y += height + GAP;
      const { layer, table } = own[0]!;
      return {
        id,
        layer,
        table,
        x: level * step,
        y: top,
        height,
        columns: own.map((column, at) => ({
          id: column.id,
          name: column.column,
          y: top + HEAD + at * LINE + 11,
        })),
      };
    });
  });
  const height = Math.max(0, ...boxes.map((box) => box.y + box.height));
  const centred = levels.flatMap((tables) => {
    const own = boxes.filter(({ id }) => tables.includes(id));
    const down = (height - Math.max(...own.map((box) => box.y + box.height))) / 2;
    return own.map((box) => ({
      ...box,
      y: box.y + down,
      columns: box.columns.map((column) => ({ ...column, y: column.y + down })),
    }));
  });
  const places = new Map(
    centred.flatMap(({ x, columns: own }) => own.map(({ id, y }) => [id, { x, y: y - 4 }] as const)),
  );
  const edges = columns.flatMap(({ id, from }) =>
    from.flatMap((source): Edge[] => {
      const start = places.get(source);
      const end = places.get(id)!;
      return start && start.x < end.x
        ? [{ key: `${source} ${id}`, from: { x: start.x + boxWidth, y: start.y }, to: end }]
        : [];
    }),
  );
  return { boxes: centred, edges, boxWidth, width: (levels.length - 1) * step + boxWidth + 2, height };
}
