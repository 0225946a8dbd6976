/** The live table in memory, with what a test needs to see or to break. */
import type { LiveItem } from './items.ts';
import type { LiveWriter } from './process.ts';
import type { LiveReader } from './read.ts';

export interface MemoryTable extends LiveWriter, LiveReader {
  readonly items: Map<string, LiveItem>;
}

/** @param before is called before each request: to throw is to die there */
export function memoryTable(before: () => void = () => {}, items = new Map<string, LiveItem>()): MemoryTable {
  const nameOf = ({ pk, sk }: Pick<LiveItem, 'pk' | 'sk'>) => `${pk}\n${sk}`;
  const sequenceOf = (item: LiveItem | undefined) => (item && 'sequence' in item ? item.sequence : undefined);
  return {
    items,
    async read(keys) {
      before();
      return keys.flatMap((key) => items.get(nameOf(key)) ?? []);
    },
    async writeNewer(item) {
      before();
      const held = sequenceOf(items.get(nameOf(item)));
      if (held !== undefined && held >= item.sequence) return false;
      items.set(nameOf(item), item);
      return true;
    },
    async write(written) {
      for (const item of written) {
        before();
        items.set(nameOf(item), item);
      }
    },
    async query(partition, { prefix = '', from = '', before: end, newestFirst, limit } = {}) {
      before();
      const found = [...items.values()]
        .filter(({ pk, sk }) => pk === partition && sk.startsWith(prefix) && sk >= from)
        .filter(({ sk }) => end === undefined || sk < end)
        .sort((a, b) => (a.sk < b.sk ? -1 : 1));
      return (newestFirst ? found.reverse() : found).slice(0, limit);
    },
  };
}
