/** Places the models of a run by their level, each near what it reads, and the path through one of them. */
import type { RunNode } from './contract.ts';

export interface PlacedNode extends RunNode {
  readonly x: number;
  readonly y: number;
}

export interface RunEdge {
  readonly key: string;
  /** `bronze` for models that read no other. */
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

export interface RunGraph {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly RunEdge[];
  /** Left edges of the levels, px. */
  readonly columns: readonly number[];
  readonly bronze: { readonly x: number; readonly y: number };
  /** More than there is room for where labels need it: then it is scrolled to. */
  readonly width: number;
  readonly height: number;
}

const ROW = 24;
const BRONZE_WIDTH = 76;
/** Room of the marks before a label, and of a character of it. */
const MARKS = 34;
const CHARACTER = 6.4;
/** An edge needs so much to bend, and the head of a level so much for its time. */
const BEND = 26;
const HEAD_WIDTH = 106;

/** Of a model with its marks, px. */
export const labelWidth = (name: string): number => MARKS + name.length * CHARACTER + 4;

export function layOutRun(nodes: readonly RunNode[], width: number): RunGraph {
  const levels = levelsOf(nodes);
  const widths = levels.map((level) =>
    Math.max(HEAD_WIDTH, ...level.map(({ name }) => labelWidth(name) + BEND)),
  );
  const needed = BRONZE_WIDTH + BEND + widths.reduce((sum, one) => sum + one, 0);
  const spare = Math.max(0, width - needed) / Math.max(1, levels.length);
  const columns = levels.map(
    (_, index) => BRONZE_WIDTH + BEND + widths.slice(0, index).reduce((sum, one) => sum + one + spare, 0),
  );
  const height = Math.max(1, ...levels.map((level) => level.length)) * ROW;
  const bronze = { x: 0, y: height / 2 };
  const places = new Map<string, PlacedNode>();
  for (const [index, level] of levels.entries()) {
    const middle = ({ reads }: RunNode) => {
      const ys = reads.flatMap((one) => places.get(one)?.y ?? []);
      return ys.length === 0 ? bronze.y : ys.reduce((sum, y) => sum + y, 0) / ys.length;
    };
    const ordered = index === 0 ? level : level.toSorted((a, b) => middle(a) - middle(b));
    const spacing = height / ordered.length;
    for (const [at, node] of ordered.entries())
      places.set(node.name, {
        ...node,
        x: columns[index]!,
        y: (at + 0.5) * spacing,
      });
  }
  return {
    nodes: [...places.values()],
    edges: edgesOf(places, bronze),
    columns,
    bronze,
    width: Math.max(width, needed),
    height,
  };
}

function levelsOf(nodes: readonly RunNode[]): RunNode[][] {
  const levels: RunNode[][] = [];
  for (const node of nodes) levels[node.level - 1] = [...(levels[node.level - 1] ?? []), node];
  return levels.filter((level) => level !== undefined);
}

function edgesOf(places: ReadonlyMap<string, PlacedNode>, bronze: RunGraph['bronze']): RunEdge[] {
  const end = ({ x, name }: PlacedNode) => x + labelWidth(name);
  const curve = (fromX: number, fromY: number, toX: number, toY: number) => {
    const bend = Math.max(BEND / 2, (toX - fromX) / 2);
    return `M${fromX} ${fromY}C${fromX + bend} ${fromY} ${toX - bend} ${toY} ${toX} ${toY}`;
  };
  return [...places.values()].flatMap((node): RunEdge[] => {
    const to = { x: node.x - 3, y: node.y };
    if (node.reads.length === 0)
      return [
        {
          key: `bronze ${node.name}`,
          from: 'bronze',
          to: node.name,
          path: curve(bronze.x + BRONZE_WIDTH, bronze.y, to.x, to.y),
        },
      ];
    return node.reads.flatMap((name) => {
      const from = places.get(name);
      return from
        ? [
            {
              key: `${name} ${node.name}`,
              from: name,
              to: node.name,
              path: curve(end(from), from.y, to.x, to.y),
            },
          ]
        : [];
    });
  });
}

/** The model, what it reads and what reads it, all the way. */
export function pathThrough(nodes: readonly RunNode[], name: string): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const path = new Set<string>();
  const walk = (one: string, next: (of: string) => readonly string[]) => {
    path.add(one);
    for (const other of next(one)) if (!path.has(other)) walk(other, next);
  };
  walk(name, (of) => nodes.filter(({ reads }) => reads.includes(of)).map((node) => node.name));
  path.delete(name);
  walk(name, (of) => byName.get(of)?.reads ?? []);
  return path;
}
