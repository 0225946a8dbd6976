/** Document paths such as `items[0].price`: read from an item, cut out of it, and compared for overlap. */
import type { AttributeValue, Item } from '../values.ts';

/** Names and list indexes, the head being an attribute of the item. */
export type Path = readonly (string | number)[];

/** The value at a path, or undefined where the item has none. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined = item[path[0] as string];
  for (const step of path.slice(1)) {
    value = typeof step === 'number' ? value?.L?.[step] : value?.M?.[step];
  }
  return value;
}

/** As AWS prints a path in messages: `[a, b, [0]]`. */
export const pathText = (path: Path) =>
  `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;

/** `overlap` when one path is the other or within it, `conflict` when a step is a name in one and an index in the other. */
export function relation(a: Path, b: Path): 'overlap' | 'conflict' | undefined {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (typeof a[at] !== typeof b[at]) return 'conflict';
    if (a[at] !== b[at]) return undefined;
  }
  return 'overlap';
}

interface Branch {
  whole: boolean;
  readonly steps: Map<string | number, Branch>;
}

const emptyBranch = (): Branch => ({ whole: false, steps: new Map() });

function cut(value: AttributeValue | undefined, branch: Branch): AttributeValue | undefined {
  if (value === undefined || branch.whole) return value;
  if (value.L) {
    const members = [...branch.steps]
      .filter(([step]) => typeof step === 'number')
      .sort(([a], [b]) => (a as number) - (b as number))
      .flatMap(([step, rest]) => cut(value.L![step as number], rest) ?? []);
    return members.length > 0 ? { L: members } : undefined;
  }
  if (value.M) {
    const members = cutItem(value.M, branch);
    return Object.keys(members).length > 0 ? { M: members } : undefined;
  }
  return undefined;
}

function cutItem(item: Item, branch: Branch): Item {
  return Object.fromEntries(
    [...branch.steps].flatMap(([step, rest]) => {
      const value = typeof step === 'string' ? cut(item[step], rest) : undefined;
      return value === undefined ? [] : [[step, value]];
    }),
  );
}

/** The parts of an item that the paths name; list members keep their order and close the gaps. */
export function project(item: Item, paths: readonly Path[]): Item {
  const root = emptyBranch();
  for (const path of paths) {
    let branch = root;
    for (const step of path) {
      if (!branch.steps.has(step)) branch.steps.set(step, emptyBranch());
      branch = branch.steps.get(step)!;
    }
    branch.whole = true;
  }
  return cutItem(item, root);
}
