/** Work on many things a few at a time: a judge that answers over the network waits more than it works. */

/** As many at once as two cores keep busy. */
const AT_ONCE = 4;

/** Results in the order of the items. The first failure is thrown once what was begun has ended. */
export async function sideBySide<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const takeTurns = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, item] = next;
      results[at] = await work(item);
    }
  };
  const turns = await Promise.allSettled(Array.from({ length: AT_ONCE }, takeTurns));
  for (const turn of turns) if (turn.status === 'rejected') throw turn.reason;
  return results;
}
